#!/bin/bash
# Goal: the public half of a key in a token and in a TPM, in every form and of
# every algorithm, without a PIN; strangers' libraries read the same key from
# each form, and no wrong name gets one.  An audit takes no software TPM.
. "$(dirname "$0")/by_hand.sh"

# SoftHSM loses some bytes with each Ed25519 key that signs: not our leak, and
# under the leak sanitizer known by its module, with whole stacks.
leaks_of libsofthsm2
export ASAN_OPTIONS=fast_unwind_on_malloc=0

# The forms of one key, written by `public FORMAT`, are one key: kid and
# thumbprint, PEM and JWK, COSE and JWK; and public_sha256 is the PEM's.
agree()
{
	/usr/bin/python3 - "$1" <<-'EOF'
	import base64, cbor2, hashlib, json, sys
	from jwcrypto import jwk
	d = sys.argv[1] + "/"
	raw = lambda name: open(d + name, "rb").read()
	key = jwk.JWK.from_json(raw("jwk").decode())
	own = json.loads(raw("jwk"))
	assert own["kid"] == key.thumbprint() and not key.has_private
	assert json.loads(raw("jwks")) == {"keys": [own]}
	assert jwk.JWK.from_pem(raw("pem")).thumbprint() == own["kid"]
	cose = cbor2.loads(raw("cose"))
	assert cbor2.loads(raw("cose-set")) == [cose]
	assert cose[2].decode() == own["kid"]
	assert cose[3] == {"ES256": -7, "ES384": -35, "EdDSA": -8, "PS256": -37, "RS256": -257}[own["alg"]]
	b64 = lambda name: base64.urlsafe_b64decode(own[name] + "==")
	if own["kty"] == "RSA":
	    assert cose[1] == 3 and cose[-1] == b64("n") and cose[-2] == b64("e")
	else:
	    assert cose[-2] == b64("x") and cose.get(-3) == (b64("y") if "y" in own else None)
	all = json.loads(raw("json"))
	assert all["jwk"] == own and bytes.fromhex(all["cose_key"]) == raw("cose")
	assert all["pem"].encode() == raw("pem") and all["alg"] == own["alg"]
	der = base64.b64decode("".join(all["pem"].splitlines()[1:-1]))
	assert hashlib.sha256(der).hexdigest() == all["public_sha256"]
	assert open(d + "hex").read().strip() == raw("cose").hex()
	assert base64.b64decode(open(d + "base64").read()) == raw("cose")
	EOF
}

# forms WHAT URI MODULE...
forms()
{
	local what=$1 form
	shift
	for form in jwk jwks cose cose-set pem; do
		"$ctl" token public "$@" --format $form --out "$scratch/$form" ||
			return 1
	done
	"$ctl" token public "$@" --format cose >"$scratch/hex" &&
		"$ctl" token public "$@" --format cose --encoding base64 >"$scratch/base64" &&
		"$ctl" token public "$@" --json >"$scratch/json" || return 1
	"$ctl" token public "$@" | cmp - "$scratch/jwk" || return 1
	[ "$(jq -r .alg "$scratch/jwk")" = "$what" ] && agree "$scratch"
}

(umask 077 && echo Tau-6283185307 >"$scratch/pin" && echo 31415926 >"$scratch/so")
if ! /usr/bin/python3 -c 'import cbor2, jwcrypto' 2>/dev/null; then
	skip_all "python3-cbor2 or python3-jwcrypto is missing"
fi

# --- a token -----------------------------------------------------------------

module=$(softhsm_module)
if [ -n "$module" ]; then
	softhsm_tokens "$scratch"
	expect "a token" 0 "$ctl" token init --module "$module" --label t \
		--so-pin-file "$scratch/so" --pin-file "$scratch/pin"
	id=10
	for alg in ES256 ES384 EdDSA PS256 RS256; do
		expect "a key for $alg" 0 "$ctl" token keygen --module "$module" \
			--token t --pin-file "$scratch/pin" --alg $alg \
			--label "key-$alg" --id $id --json
		uri=$(jq -r .uri "$scratch/out")
		sha256=$(jq -r .public_sha256 "$scratch/out")
		expect "$alg: all forms, without a PIN" 0 \
			forms $alg --module "$module" --uri "$uri"
		expect "$alg: what keygen said" 0 \
			jq -e ".public_sha256 == \"$sha256\"" "$scratch/json"
		id=$((id + 1))
	done
	expect "with a PIN" 0 "$ctl" token public --module "$module" \
		--uri "$uri" --pin-file "$scratch/pin" --out "$scratch/again"
	expect "the same as without" 0 cmp "$scratch/again" "$scratch/jwk"
	expect "no key of that id" 3 "$ctl" token public --module "$module" \
		--uri "${uri/id=%14/id=%99}"
	expect "no such token" 3 "$ctl" token public --module "$module" \
		--uri "${uri/token=t/token=u}"
	expect "a URI without its parts" 3 "$ctl" token public \
		--module "$module" --uri pkcs11:token=t
	expect "a module for a TPM" 2 "$ctl" token public --module "$module" \
		--uri tpm2:device:/dev/tpmrm0
	expect "a form that there is not" 2 "$ctl" token public \
		--module "$module" --uri "$uri" --format der
	expect "no module" 2 "$ctl" token public --uri "$uri"
	expect "no way to write" 3 "$ctl" token public --module "$module" \
		--uri "$uri" --out "$scratch/none/x"
else
	skip "no SoftHSM here"
fi

# --- a TPM -------------------------------------------------------------------

if [ -x /usr/bin/swtpm ]; then
	swtpm_start "$scratch"
	tpm=tpm2:swtpm:path=$scratch/sock
	for alg in ES384 RS256; do
		place="?key=$scratch/$alg.tpm"
		expect "a key for $alg in a TPM" 0 "$ctl" token keygen --uri \
			"$tpm$place" --pin-file "$scratch/pin" --alg $alg --json
		uri=$(jq -r .uri "$scratch/out")
		expect "$alg in a TPM: all forms" 0 forms $alg --uri "$uri"
	done
	expect "an audit refuses software for production" 1 \
		"$ctl" token audit --uri "$uri" --pin-file "$scratch/pin"
	cp "$scratch/out" "$scratch/audit"
	expect "and says so, first of all" 0 sh -c \
		"head -n 1 '$scratch/audit' | grep -qx 'SOFTWARE TOKEN: NOT EVIDENCE'"
	expect "a rehearsal takes it" 0 "$ctl" token audit --uri "$uri" \
		--pin-file "$scratch/pin" --profile rehearsal
	expect "wrong PINs are counted" 1 grep -q lockout-exempt "$scratch/audit"
	expect "a TPM counts none, for no reason" 2 "$ctl" token keygen \
		--uri "$tpm" --pin-file "$scratch/pin" --lockout-off ' '
	expect "a reason, and no TPM" 2 "$ctl" token keygen --module /none \
		--token t --pin-file "$scratch/pin" --lockout-off why
	away="?mac=0x81018006&epoch=0x01818006"
	expect "a TPM counts none, for a reason" 0 "$ctl" token keygen --uri \
		"$tpm$away&key=0x81018007" --pin-file "$scratch/pin" \
		--lockout-off 'power "goes"'
	cp "$scratch/out" "$scratch/made"
	expect "keygen says so" 0 grep -q 'does NOT count wrong PINs' "$scratch/made"
	expect "and what the configuration must say" 0 \
		grep -qF 'lockout_off = "power \"goes\"";' "$scratch/made"
	uri=$(sed -n 's/^  uri = "\(.*\)";$/\1/p' "$scratch/made")
	expect "an audit refuses that" 1 "$ctl" token audit --uri "$uri" \
		--pin-file "$scratch/pin" --profile rehearsal
	expect "its key is pinned" 0 "$ctl" token public --uri "$uri" \
		--pins "$scratch/pins"
	sed "/^token: {/,/^};/d; s#/etc/anchord/pins#$scratch/pins#" \
		provisioning/examples/anchord.conf >"$scratch/conf"
	printf 'token: { uri = "%s"; state = "/s"; lockout_off = "power goes"; };\n' \
		"$uri" >>"$scratch/conf"
	expect "an audit takes the reason" 0 "$ctl" token audit --uri "$uri" \
		--pin-file "$scratch/pin" --profile rehearsal \
		--config "$scratch/conf"
	cp "$scratch/out" "$scratch/audit"
	expect "and tells it" 0 grep -q 'lockout-waived.*power goes' \
		"$scratch/audit"
	expect "a configuration, and no TPM" 2 "$ctl" token audit --module /none \
		--token t --no-login --config "$scratch/conf"
	expect "a configuration that is not there" 3 "$ctl" token audit --uri \
		"$uri" --no-login --config "$scratch/nothing"
	expect "a URI and a module" 2 "$ctl" token audit --uri "$uri" \
		--module /none --token t
	expect "no key there" 1 "$ctl" token public --uri "$tpm"
	expect "another TPM" 1 "$ctl" token public --uri \
		"${uri/parent-name=000b????/parent-name=000bffff}"
	expect "nobody there" 3 "$ctl" token public --uri \
		"tpm2:swtpm:path=$scratch/none"
else
	skip "no swtpm here"
fi

closing
