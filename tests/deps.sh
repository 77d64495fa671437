#!/bin/bash
# deps.sh - installs what is missing, by Debian package name, and nothing else.
#
#	tests/deps.sh [build] [run] [test]     (without a word: these three)
#	tests/deps.sh modules                  what `make modules` needs beside them
#	tests/deps.sh --list                   the packages and what each is for
#
# When everything is there, no network is used and nothing is changed.
set -u

# The one list: package, what needs it, what for.
packages()
{
	cat <<'LIST'
gcc              build  the compiler
libc6-dev        build  the C library's headers
linux-libc-dev   build  the kernel's headers
make             build  the build
pkg-config       build  where libraries are
libssl-dev       build  TLS, X.509, signatures
libnghttp2-dev   build  HTTP/2
libevent-dev     build  the front's event loop
libjansson-dev   build  JSON
libcbor-dev      build  CBOR
libconfig-dev    build  configuration and policy files
libsqlite3-dev   build  the ledger's database
libp11-kit-dev   build  PKCS#11 headers and URIs
libtss2-dev      build  a TPM 2.0 that holds the keys
libcurl4-openssl-dev build anchorctl asks the service over HTTPS
libseccomp-dev   build  system call filters
libsystemd-dev   build  readiness and watchdog of the service
scdoc            build  manual pages
softhsm2         run    a PKCS#11 token in software, for demo and tests
libtpm2-pkcs11-1 test   PKCS#11 on a TPM, for the device contract
swtpm            run    a TPM 2.0 in software, for demo and tests
tpm2-tools       run    what a device does with its TPM
openssh-client   run      officers sign, and anybody verifies
libtss2-tcti-swtpm0 run the way from tpm2-tools to swtpm
openssl          run    certificates of demo and tests
curl             run    the backend's side of demo and tests
jq               run    JSON in scripts
xxd              run    bytes in scripts
procps           run    the demo shows its processes
util-linux       run    setpriv: the demo and tests as an ordinary user
libcunit1-dev    test   unit tests
clang            test   fuzz targets
libclang-rt-dev  test   fuzz targets: libFuzzer
clang-format     test   lint: layout
universal-ctags  test   lint: sizes
cppcheck         test   lint: paths
binutils         test   lint: what a program is linked with
python3-minimal  test   small scripts around the tests
python3-cbor2    test   an independent reader of challenges
python3-jwcrypto test   an independent reader of results
ruby-cose        test   a stock COSE library reads challenges
nghttp2-client   test   HTTP/2 against the front
systemd          test   users and directories of the installation
iproute2         test   the network of a machine of a test's own
opencryptoki     test   another PKCS#11 token in software, for the device contract
pcscd            test   the daemon of smart card readers
vsmartcard-vpcd  test   a reader without hardware, for a simulated card
python3-cryptography test the keys of that card
p11-kit          test   a token behind a socket, for the device contract
p11-kit-modules  test   and its client, and the proxy
libnss3-tools    modules a database for NSS's token, for make modules
opensc           run    an independent look into the token, in demo and tests
faketime         test   clocks that jump
LIST
}

[ "${1:-}" = --list ] && { packages; exit 0; }

wanted=${*:-build run test}

missing()
{
	local name for what names=() there
	while read -r name for what; do
		case " $wanted " in *" $for "*) names+=("$name") ;; esac
	done < <(packages)
	there=" $(dpkg-query -W -f '${Package}=${Status}\n' "${names[@]}" \
		2>/dev/null | sed -n 's/=.*ok installed$//p' | tr '\n' ' ')"
	for name in "${names[@]}"; do
		[[ $there == *" $name "* ]] || printf '%s\n' "$name"
	done
}

if ! command -v dpkg-query >/dev/null; then
	echo "deps: this is no Debian; needed are the equivalents of:"
	packages
	exit 0
fi

mapfile -t names < <(missing)
[ ${#names[@]} -gt 0 ] || exit 0

echo "deps: missing on this machine: ${names[*]}"
as=()
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "deps: neither root nor sudo; please install them, as root:"
		echo "      apt-get install ${names[*]}"
		exit 1
	fi
	as=(sudo)
fi
echo "deps: apt-get install ${names[*]}"
install()
{
	"${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "${names[@]}" >/dev/null
}
if ! install 2>/dev/null; then
	"${as[@]}" apt-get update -qq && install
fi || {
	echo "deps: the installation failed"
	exit 1
}
mapfile -t names < <(missing)
if [ ${#names[@]} -gt 0 ]; then
	echo "deps: still missing: ${names[*]}"
	exit 1
fi
