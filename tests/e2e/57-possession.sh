#!/bin/bash
# Goal: a backend asks, offline and request by request, whether the requester is
# still the device that the result is about: a phone signs a DPoP proof with the
# key that its hardware attested, and is believed; who stole the result and has
# another key is not, nor a proof for another request, result or time.  A TPM's
# result has no such key, nor has a refusal, and a policy may demand one.
with_phone=1
. "$(dirname "$0")/lib.sh"
begin
tpm_handle=$handle
url=https://ota.example/v1/artifacts/7
asked=$url method=GET # the request as the backend sees it

b64url() { basenc --base64url -w0 | tr -d =; }

claims() { cut -d. -f2 "$1" | tr '_-' '/+' | base64 -d 2>/dev/null; }

# jwk OPTION...: the public key of a device's hardware.
jwk()
{
	keymint --state phone "$@" public | tail -c 64 >point
	jq -nc --arg x "$(head -c 32 point | b64url)" \
		--arg y "$(tail -c 32 point | b64url)" \
		'{kty: "EC", crv: "P-256", x: $x, y: $y}'
}

# dpop FILE KEY SIGNER [JQ]: a proof for result.jwt that shows KEY and is signed by
# SIGNER (options of keymint), of claims that JQ changes.
dpop()
{
	local text
	# shellcheck disable=SC2086
	text=$(jq -nc --argjson k "$(jwk $2)" \
		'{typ: "dpop+jwt", alg: "ES256", jwk: $k}' | tr -d '\n' | b64url)
	text=$text.$(jq -nc --arg u "$url" --argjson t "$(date +%s)" \
		--arg a "$(tr -d '\n' <result.jwt | openssl dgst -sha256 -binary |
			b64url)" --arg j "$RANDOM$RANDOM" \
		"{jti: \$j, htm: \"GET\", htu: \$u, iat: \$t, ath: \$a} | ${4:-.}" |
		tr -d '\n' | b64url)
	# shellcheck disable=SC2086
	printf '%s.%s' "$text" "$(printf '%s' "$text" |
		keymint --state phone $3 sign | b64url)" >"$1"
}

# judged WHAT VERDICT PROOF [OPTION...]: what a backend says of a request.
judged()
{
	local what=$1 wanted=$2 proof=$3 got
	shift 3
	got=$(anchorctl result verify --json --keys keys.json --dpop "$proof" \
		--method $method --url "$asked" "$@" result.jwt 2>err)
	got="$? $(jq -r .verdict <<<"$got")"
	if [ "$wanted" = eligible ]; then
		same "$what" "0 eligible" "$got"
	else
		same "$what" "1 $wanted" "$got"
	fi
}

# phone_job OPTION...: the phone's answer to a challenge, and its result.
phone_job()
{
	challenge_ask backend-a metadata "$(bound "$transport" "$request")" &&
		phone_answer phone "$nonce" --shape attest-key "$@" &&
		attest backend-a "$challenge" phone.json \
			"$(bound "$transport" "$request")"
	printf '%s' "$result" >result.jwt
}

tpm_job()
{
	handle=$tpm_handle
	fresh quoted
	attest backend-a "$challenge" quoted.json "$(bound "$transport" "$request")"
	printf '%s' "$result" >result.jwt
	handle=$phone_handle
}

pinned_keys backend-a || bad "the pinned keys" "$http_status"
phone_enrol backend-a || bad "the phone is enrolled" "$http_status $(cat http.json)"
phone_handle=$handle
phone_job
verdict "a good phone is eligible" ""
first=$result
attest backend-a "$challenge" phone.json "$(bound "$transport" "$request")"
same "a retry gets the same result, with the same key" "$first" "$result"
same "its result confirms the key that its hardware attested" "$(jwk | jq -cS .)" \
	"$(claims result.jwt | jq -cS .cnf.jwk)"
same "and nothing else of it" '["jwk"]' "$(claims result.jwt | jq -c '.cnf | keys')"

dpop proof "" ""
judged "the device that signs the request" eligible proof
dpop proof "" "" '.htu = "HTTPS://OTA.example:443/v1/./artifacts/7?x=1"'
judged "the same URL in another spelling" eligible proof

# Somebody has the result.
dpop stolen "--device 7" "--device 7"
judged "a stolen result, and a key of the thief's own" dpop-other-key stolen
dpop stolen "" "--device 7"
judged "a stolen result, the device's key shown, the thief's signature" \
	dpop-signature stolen
dpop stolen "--key 5" "--key 5"
judged "another key of the same device" dpop-other-key stolen

# Somebody has a proof.
dpop proof "" ""
method=DELETE judged "a proof for another method" dpop-method proof
asked=$url/8 judged "a proof for another URL" dpop-url proof
judged "a proof of yesterday" dpop-stale proof --at \
	"$(date -u -d '70 seconds' +%Y-%m-%dT%H:%M:%SZ)"
judged "but not for who waits so long" eligible proof --dpop-age 300 --at \
	"$(date -u -d '70 seconds' +%Y-%m-%dT%H:%M:%SZ)"
dpop proof "" "" '.iat += 60'
judged "a proof of tomorrow" dpop-early proof
dpop proof "" "" 'del(.ath)'
judged "a proof for no result" dpop-no-ath proof
dpop proof "" ""
phone_job
judged "a proof for another result of the same device" dpop-other-result proof
dpop proof "" "" '.htm = "GET"'
judged "and one for this" eligible proof

# Nothing to prove it by.
phone_job --unlocked
verdict "an unlocked phone is refused" device-unlocked
same "and no key looks confirmed" false "$(claims result.jwt | jq 'has("cnf")')"
phone_job --int 405=1
verdict "a phone whose key signs only once is eligible" ""
same "without a key" false "$(claims result.jwt | jq 'has("cnf")')"
judged "a proof by it" dpop-no-key proof
tpm_job
verdict "a TPM is eligible" ""
same "without a key, too" false "$(claims result.jwt | jq 'has("cnf")')"
judged "a proof by nothing" dpop-no-key proof

for words in "--dpop proof" "--dpop proof --url $url" "--method GET" "--dpop-age 5" \
	"--dpop proof --method GET --url /v1" \
	"--dpop proof --method GET --url $url --dpop-age 0"; do
	# shellcheck disable=SC2086
	anchorctl result verify --keys keys.json $words result.jwt >out 2>&1
	same "result verify $words" 2 $?
done

# The policy demands it.
service_stop
sed -i '/^  metadata:/s/{/{ possession = true;/' policy.conf
holds "the policy is one" anchorctl policy check policy.conf
service_start
wait_for 200 30 || bad "the service becomes ready" "$http_status"
phone_job
verdict "possession: a good phone is eligible" ""
phone_job --int 405=1
verdict "possession: not if its key signs only once" evidence-unsupported
tpm_job
verdict "possession: not a TPM" evidence-unsupported
finish
