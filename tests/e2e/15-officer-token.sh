#!/bin/bash
# Goal: an officer's key lives in a token: anchorctl signs in to a running service
# by it, over real TLS and with real SoftHSM, for each kind of key that TLS takes.
# One login for a connection; a wrong PIN is tried once; a key, a token, a module
# or a certificate that does not fit is told; no PIN stands in the URI.
. "$(dirname "$0")/lib.sh"

spy=
for file in /usr/lib/*/pkcs11-spy.so; do
	[ -r "$file" ] && spy=$file
done
command -v pkcs11-tool >/dev/null && [ -n "$spy" ] || {
	skip "an officer's key in a token" "OpenSC is missing"
	finish
}
prepare
sed -i 's|{ san = "URI:spiffe://demo/monitor".*|{ san = "URI:spiffe://demo/officer"; roles = ["officer"]; tenant = "backend-a"; },\n&|' \
	anchord.conf
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}

# The officer's own token.  What is asked of it is written down by OpenSC's spy.
mkdir officer-token
printf 'directories.tokendir = %s/officer-token\nobjectstore.backend = file\n' \
	"$dir" >officer.conf
export SOFTHSM2_CONF=$dir/officer.conf PKCS11SPY=$softhsm_module \
	PKCS11SPY_OUTPUT=$dir/spied
# The spy frees nothing; a leak sanitizer passes over it.
echo leak:pkcs11-spy >leaks
export LSAN_OPTIONS=suppressions=$dir/leaks:print_suppressions=0
(umask 077 && echo 2718281828 >card-pin && echo 3141592653 >wrong-pin)
softhsm2-util --init-token --free --label officer --so-pin 31415926 \
	--pin 2718281828 >>prepared 2>&1
serial=$(softhsm2-util --show-slots |
	awk '/Serial number:/ { s = $3 } /Label:/ && $2 == "officer" { print s }')

# uri_of NAME ID: of a key of the officer's token.
uri_of()
{
	echo "pkcs11:token=officer;serial=$serial;object=$1;id=%$2"
}

# card_key NAME ID TYPE: a key that is made in the token, and its certificate.
card_key()
{
	pkcs11-tool --module "$softhsm_module" --token-label officer --login \
		--pin 2718281828 --keypairgen --key-type "$3" --label "$1" \
		--id "$2" >>prepared 2>&1
	anchorctl token public --module "$softhsm_module" \
		--uri "$(uri_of "$1" "$2")" --format pem --out "$1.pub" \
		>>prepared 2>&1
	openssl x509 -new -force_pubkey "$1.pub" -subj "/CN=$1" -CA demo-ca.pem \
		-CAkey demo-ca.key -days 30 -out "$1.pem" -extfile <(
			echo "subjectAltName=URI:spiffe://demo/officer"
			echo "basicConstraints=critical,CA:FALSE"
			echo "keyUsage=critical,digitalSignature"
			echo "extendedKeyUsage=clientAuth"
		) 2>>prepared
}

card_key p256 01 EC:prime256v1
card_key p384 02 EC:secp384r1
card_key ed25519 03 EC:edwards25519
card_key rsa 04 rsa:2048

# by_token NAME URI VERB...: as the officer, with that certificate and key.
by_token()
{
	local cert=$1 uri=$2
	shift 2
	: >spied
	timeout 60 anchorctl "$@" --url "https://localhost:$port" \
		--cert "$cert.pem" --key "$uri" --module "${module:-$spy}" \
		--pin-file "${pin:-card-pin}" --ca "${ca:-demo-ca}.pem" \
		>said 2>complaint </dev/null
	status=$?
}

logins()
{
	grep -c '^[0-9]*: C_Login' spied
}

requests()
{
	grep -c 'event=request.*/v1/enrollments' service.log
}

# --- what works ------------------------------------------------------------------

p256=$(uri_of p256 01)
by_token p256 "$p256" device list
same "an officer lists devices by a key in a token" "0 0 enrollments" \
	"$status $(tail -n 1 said)"
same "with one login" 1 "$(logins)"
by_token p256 "$p256" rollout stop fw-2026.11 --reason 'ticket 4711'
same "and stops a release" "0 1" \
	"$status $(grep -c 'event=release-stopped.*why="ticket 4711"' service.log)"
by_token p384 "$(uri_of p384 02)" device list
same "by a key of P-384" "0 0 enrollments" "$status $(tail -n 1 said)"
by_token ed25519 "$(uri_of ed25519 03)" device list
same "by a key of Ed25519" "0 0 enrollments" "$status $(tail -n 1 said)"
by_token rsa "$(uri_of rsa 04)" device list
told "not by an RSA key" 1 'an RSA key in a token cannot sign for TLS 1.3'
ANCHORCTL_URL=https://localhost:$port ANCHORCTL_CERT=p256.pem \
	ANCHORCTL_KEY=$p256 ANCHORCTL_MODULE=$softhsm_module \
	ANCHORCTL_PIN_FILE=card-pin ANCHORCTL_CA=demo-ca.pem \
	anchorctl device list >said 2>complaint
same "all of it from the environment" "0 0 enrollments" "$? $(tail -n 1 said)"

# --- PINs ------------------------------------------------------------------------

before=$(requests)
pin=wrong-pin by_token p256 "$p256" device list
told "a wrong PIN is told" 1 'the PIN is wrong'
same "and tried once" 1 "$(logins)"
by_token p256 "$p256?pin-value=2718281828" device list
told "no pin-value in the URI" 2 '--pin-file names its file'
same "nor is it printed" 0 "$(grep -c 2718281828 complaint)"
same "and the token is not asked" 0 "$(logins)"
by_token p256 "$p256?pin-source=file:card-pin" device list
told "no pin-source in the URI" 2 '--pin-file names its file'
chmod 644 card-pin
by_token p256 "$p256" device list
told "a PIN that others can read" 3 'card-pin'
chmod 600 card-pin
anchorctl device list --url "https://localhost:$port" --cert p256.pem \
	--key "$p256" --module "$softhsm_module" --ca demo-ca.pem \
	>said 2>complaint </dev/null
status=$?
same "without a PIN file the terminal is asked" "3 1" \
	"$status $(grep -c -i 'terminal' complaint)"

# --- what is not there -------------------------------------------------------------

by_token p256 "$(uri_of other 09)" device list
told "an object that is absent" 3 "no such key is visible"
by_token p256 "${p256/token=officer/token=elsewhere}" device list
told "a token that is absent" 3 "no token 'elsewhere'"
by_token p256 "pkcs11:token=officer" device list
told "a URI that may name several keys" 3 "'serial' is missing"
module=/nowhere/module.so by_token p256 "$p256" device list
told "a module that is absent" 3 '/nowhere/module.so'
anchorctl device list --url "https://localhost:$port" --cert p256.pem \
	--key "$p256" --ca demo-ca.pem >said 2>complaint
status=$?
told "no module" 2 '--module or the variable ANCHORCTL_MODULE is missing'
by_token p384 "$p256" device list
told "a certificate of another key" 3 'of another key than --key'
same "signs nothing" 0 "$(logins)"
by_token absent "$p256" device list
told "no certificate" 3 'no certificate in PEM'

# --- who is on the other side --------------------------------------------------------

make_ca strange-ca
ca=strange-ca by_token p256 "$p256" device list
told "a service of another authority" 3 'not the service that --ca and --url name'
same "gets no signature" 0 "$(logins)"
same "nothing of these reached the service" "$before" "$(requests)"
finish
