#!/bin/bash
# Goal: a challenge that is bound to a release and an account is good for these
# two and no others, over real TLS: shown right, shown wrong, not shown; the
# service issues none without them where the policy demands both; and a signed
# result says for which it is, so that it cannot be presented for another.
. "$(dirname "$0")/lib.sh"

prepare
sed -i 's/artifact: *{ bindings = \[[^]]*\]/artifact: { bindings = ["device", "release", "account"]/' policy.conf
sed -i '0,/"metadata", "channel"\]/s//"metadata", "channel", "artifact"]/' anchord.conf
service_start
wait_for 200 30 || { bad "the service becomes ready" "last /readyz: $http_status"; finish; }
enrol backend-a || { bad "enrolment" "$http_status"; finish; }
pinned_keys backend-a || bad "the pinned keys" "$http_status"

release=sha256:$(printf 'the manifest' | sha256sum | cut -c1-64)
next_release=sha256:$(printf 'the next manifest' | sha256sum | cut -c1-64)

# account_of IDENTIFIER: as docs/bindings.md has it.
key=$(head -c 32 /dev/urandom | xxd -p | tr -d '\n')
account_of()
{
	b64url_hex "$(printf 'anchord-account-1\0%s' "$1" | openssl dgst -sha256 \
		-mac HMAC -macopt "hexkey:$key" -binary | xxd -p | tr -d '\n')"
}
account=$(account_of 4711)
other_account=$(account_of 4712)

# shown RELEASE ACCOUNT: JSON of what is asked for or was observed; "" is left out.
shown()
{
	jq -nc --arg h "$handle" --arg r "$1" --arg a "$2" '{device_handle: $h} +
		(if $r == "" then {} else {release: $r} end) +
		(if $a == "" then {} else {bindings: {account: $a}} end)'
}

# ask NAME: a challenge for release and account, and evidence that answers it.
ask()
{
	challenge_ask backend-a artifact "$(shown "$release" "$account")" &&
		quote "$(hex_of_b64url "$nonce")" "$1" && evidence_json "$1"
}

same "the policy demands both" '["device","release","account"]' \
	"$(anchorctl policy check --json policy.conf | jq -c .workflows.artifact.bindings)"
challenge_ask backend-a artifact "$(shown "" "$account")"
problem "no challenge without a release" 422 binding-required
same "which is named" 1 "$(answer .detail | grep -c 'the binding release')"
challenge_ask backend-a artifact "$(shown "$release" "")"
problem "no challenge without an account" 422 binding-required
same "which is named" 1 "$(answer .detail | grep -c 'the binding account')"
challenge_ask backend-a artifact "$(shown "$(printf 'x%.0s' {1..129})" "$account")"
problem "no release of 129 bytes" 400 value-invalid
challenge_ask backend-a artifact "$(shown "$release" AAAA)"
problem "no account of three bytes" 400 base64-invalid

ask good
printf '%s' "$challenge" >challenge.txt
anchorctl challenge verify --json --keys keys.json challenge.txt >challenge.json
same "the challenge names both" "good $release $account" \
	"$(jq -r '"\(.verdict) \(.claims.release) \(.claims.account)"' challenge.json)"
attest backend-a "$challenge" good.json "$(shown "$release" "$account")"
verdict "both shown: eligible" ""
kept=$challenge
printf '%s' "$result" >result.jwt
anchorctl result verify --json --keys keys.json result.jwt >result.json
same "the result names both" "eligible $release $account" \
	"$(jq -r '"\(.verdict) \(.claims.anchord.release) \(.claims.anchord.bindings.account)"' result.json)"

# Who acts on a result compares: for_release RELEASE.
for_release()
{
	jq -e --arg r "$1" '.verdict == "eligible" and .claims.anchord.release == $r' \
		result.json >/dev/null
}
for_release "$release"
same "the result is for its release" 0 $?
for_release "$next_release"
same "presented for another release it is not" 1 $?
IFS=. read -r head payload signature <result.jwt
changed=$(hex_of_b64url "$payload" | xxd -r -p |
	sed "s/$release/$next_release/" | base64 -w0 | tr '+/' '-_' | tr -d '=')
different "a result with another release in its place" "$payload" "$changed"
printf '%s.%s.%s' "$head" "$changed" "$signature" >changed.jwt
anchorctl result verify --json --keys keys.json changed.jwt >changed.json
same "is forged" "1 forged" "$? $(jq -r .verdict changed.json)"

attest backend-a "$kept" good.json "$(shown "$next_release" "$account")"
verdict "the same answer for another release" challenge-replayed
attest backend-a "$kept" good.json "$(shown "$release" "$other_account")"
verdict "the same answer for another account" challenge-replayed
attest backend-a "$kept" good.json "$(shown "$release" "$account")"
verdict "the honest retry" ""

ask wrong
attest backend-a "$challenge" wrong.json "$(shown "$next_release" "$account")"
verdict "another release" binding-release
attest backend-a "$challenge" wrong.json "$(shown "$release" "$account")"
verdict "which spends the challenge" challenge-replayed
ask wrong
attest backend-a "$challenge" wrong.json "$(shown "${release^^}" "$account")"
verdict "the release in upper case" binding-release
ask wrong
attest backend-a "$challenge" wrong.json "$(shown "$release" "$other_account")"
verdict "another account" binding-account
ask wrong
attest backend-a "$challenge" wrong.json "$(shown "" "$account")"
verdict "a release that is not shown" binding-release
ask wrong
attest backend-a "$challenge" wrong.json "$(shown "$release" "")"
verdict "an account that is not shown" binding-account
ask wrong
attest backend-a "$challenge" wrong.json "$(shown "" "")"
verdict "neither shown" "binding-release binding-account"

fresh more '{"release": "gateway-fw 4.2.0 \u00e9"}'
attest backend-a "$challenge" more.json "$(bound "$transport" "$request" |
	jq -c '.release = "gateway-fw 4.2.0 \u00e9"')"
verdict "a release where the policy demands none" ""
fresh more '{"release": "gateway-fw 4.2.0 \u00e9"}'
attest backend-a "$challenge" more.json "$(bound "$transport" "$request" |
	jq -c '.release = "gateway-fw 4.2.0 e"')"
verdict "and another one there" binding-release
finish
