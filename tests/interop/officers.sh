#!/bin/bash
# officers.sh - officers sign with stock OpenSSH, and anybody verifies with it.
#
# Goal: stock ssh-keygen verifies what we put together of a device's raw
# signature, and we verify what stock ssh-keygen signs: with a key in a file,
# through a stock ssh-agent, and through an agent whose key is in a PKCS#11
# token.  Both refuse the same: another message, another namespace, another key.
# We alone refuse a FIDO key without touch or PIN.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${ANCHORD_BUILD:-build}
officer=$build/test/interop/officer
namespace=trust-bundle@anchord
dir=$(mktemp -d) || exit 1
agent=
# Ends the agent that this script started.
leave()
{
	[ -z "$agent" ] || kill "$agent" 2>/dev/null
	rm -rf "$dir"
}
trap leave EXIT
passed=0 failed=0 skipped=0

# check NAME WANTED_STATUS COMMAND...: any failure counts as 1
check()
{
	local name=$1 wanted=$2 status=0
	shift 2
	"$@" >"$dir/out" 2>"$dir/err" </dev/null || status=1
	if [ "$status" -eq "$wanted" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name: status $status, not $wanted"
		cat "$dir/out" "$dir/err"
	fi
}

# stock KEY.pub NAMESPACE MESSAGE SIGNATURE: as an auditor types it
stock()
{
	printf 'officer namespaces="%s" %s\n' "$namespace" \
		"$(cut -d' ' -f1,2 "$1")" >"$dir/allowed"
	ssh-keygen -Y verify -f "$dir/allowed" -I officer -n "$2" -s "$4" <"$3"
}

# ours KEY.pub NAMESPACE MESSAGE SIGNATURE
ours()
{
	"$officer" verify "$@"
}

# only TOOL NAME KEY SIGNATURE: the message verifies, and nothing else does
only()
{
	local tool=$1 name=$2 key=$3 sig=$4
	check "$name" 0 "$tool" "$key" "$namespace" "$message" "$sig"
	check "$name, another message" 1 \
		"$tool" "$key" "$namespace" "$dir/other" "$sig"
	check "$name, another namespace" 1 "$tool" "$key" git "$message" "$sig"
	check "$name, another key" 1 \
		"$tool" "$dir/stranger.pub" "$namespace" "$message" "$sig"
}

if ! command -v ssh-keygen >/dev/null; then
	echo "skipped: openssh-client is missing"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
[ -x "$officer" ] || make --no-print-directory BUILD="$build" "$officer"
message=$dir/message
printf 'format = 1;\nversion = 2;\n' >"$message"
printf 'format = 1;\nversion = 3;\n' >"$dir/other"
ssh-keygen -q -t ed25519 -N '' -C other -f "$dir/stranger"

# What we make.
mkdir "$dir/made"
"$officer" samples "$dir/made" "$message" || exit 1
for name in ecdsa-256 ecdsa-384 ed25519 rsa-2048 rsa-3072 fido-ecdsa fido-ed25519
do
	only stock "stock, $name" "$dir/made/$name.pub" "$dir/made/$name.sig"
	check "ours, $name" 0 ours "$dir/made/$name.pub" "$namespace" \
		"$message" "$dir/made/$name.sig"
done
for name in fido-no-pin fido-no-touch; do
	key=$dir/made/$name.pub sig=$dir/made/$name.sig
	check "$name: stock verification does not look" 0 \
		stock "$key" "$namespace" "$message" "$sig"
	check "$name: ours does" 1 \
		ours "$key" "$namespace" "$message" "$sig"
done

# What ssh-keygen makes.
while read -r name type bits; do
	key=$dir/$name
	ssh-keygen -q -t "$type" -b "$bits" -N '' -C "$name" -f "$key"
	for hash in sha512 sha256; do
		ssh-keygen -q -Y sign -f "$key" -n "$namespace" \
			-O hashalg=$hash <"$message" >"$key.$hash.sig" 2>/dev/null
	done
	only ours "by ssh-keygen, $name" "$key.pub" "$key.sha512.sig"
	check "by ssh-keygen, $name over SHA-256" 0 ours "$key.pub" \
		"$namespace" "$message" "$key.sha256.sig"
done <<'LIST'
s-ecdsa-256 ecdsa   256
s-ecdsa-384 ecdsa   384
s-ed25519   ed25519 256
s-rsa-2048  rsa     2048
s-rsa-3072  rsa     3072
LIST

# Through an agent, which has the key alone.
eval "$(ssh-agent -a "$dir/agent")" >/dev/null
agent=$SSH_AGENT_PID
ssh-add -q "$dir/s-ecdsa-256"
mkdir "$dir/public"
cp "$dir/s-ecdsa-256.pub" "$dir/public/key.pub"
ssh-keygen -q -Y sign -f "$dir/public/key.pub" -n "$namespace" \
	<"$message" >"$dir/agent.sig" 2>/dev/null
only ours "by an agent" "$dir/public/key.pub" "$dir/agent.sig"
ssh-add -q -D
kill "$agent"
agent=

# Through an agent whose key is in a token: P-256 and RSA.
module=
for m in /usr/lib/softhsm/libsofthsm2.so \
	/usr/lib/*/softhsm/libsofthsm2.so /usr/lib64/softhsm/libsofthsm2.so
do
	[ -e "$m" ] && module=$m && break
done
if [ -n "$module" ] && command -v pkcs11-tool >/dev/null; then
	mkdir "$dir/tokens"
	echo "directories.tokendir = $dir/tokens" >"$dir/softhsm2.conf"
	export SOFTHSM2_CONF=$dir/softhsm2.conf
	softhsm2-util --init-token --free --label officer --pin 4711 \
		--so-pin 12345678 >/dev/null
	id=1
	for type in EC:prime256v1 rsa:2048; do
		pkcs11-tool --module "$module" --login --pin 4711 --keypairgen \
			--key-type "$type" --id "0$id" --label "$type" \
			>/dev/null 2>&1
		id=$((id + 1))
	done
	printf '#!/bin/sh\necho 4711\n' >"$dir/askpass"
	chmod +x "$dir/askpass"
	eval "$(ssh-agent -a "$dir/agent2")" >/dev/null
	agent=$SSH_AGENT_PID
	check "an agent opens the token" 0 env SSH_ASKPASS="$dir/askpass" \
		SSH_ASKPASS_REQUIRE=force ssh-add -s "$module"
	n=0
	while read -r line; do
		n=$((n + 1))
		echo "$line" >"$dir/public/token-$n.pub"
		ssh-keygen -q -Y sign -f "$dir/public/token-$n.pub" \
			-n "$namespace" <"$message" >"$dir/token-$n.sig" \
			2>/dev/null
		only ours "by a token, ${line%% *}" "$dir/public/token-$n.pub" \
			"$dir/token-$n.sig"
	done < <(ssh-add -L)
	check "two keys in the token" 0 test "$n" -eq 2
else
	echo "skipped: SoftHSM or pkcs11-tool is missing"
	skipped=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
