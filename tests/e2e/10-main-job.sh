#!/bin/bash
# Goal: the whole job over real TLS, in HTTP/2 and HTTP/1.1: enrol, challenge,
# quote, result; an honest retry gets the same result; what the service signs
# verifies offline and says what it should.
. "$(dirname "$0")/lib.sh"
begin

api backend-a GET /v1/keys
same "the keys are published" 200 "$http_status"
cp http.json keys.json

main_job()
{
	local v=$1 first
	http_option=$2
	fresh "good-$v" || bad "$v: challenge" "$http_status $(cat http.json)"
	same "$v: a nonce of 32 bytes" 64 "$(hex_of_b64url "$nonce" | wc -c)"
	printf '%s' "$challenge" >challenge.txt
	holds "$v: the challenge verifies offline" \
		anchorctl challenge verify --keys keys.json challenge.txt
	same "$v: but not another issuer's" other-issuer \
		"$(anchorctl challenge verify --json --keys keys.json \
			--issuer https://other.test challenge.txt | jq -r .verdict)"
	same "$v: and not before its time" not-yet \
		"$(anchorctl challenge verify --json --keys keys.json \
			--at 2020-01-01T00:00:00Z challenge.txt | jq -r .verdict)"
	attest backend-a "$challenge" "good-$v.json" \
		"$(bound "$transport" "$request")"
	verdict "$v: a good device is eligible" ""
	printf '%s' "$result" >result.jwt
	holds "$v: the result verifies offline" \
		anchorctl result verify --keys keys.json result.jwt
	same "$v: but not another issuer's" other-issuer \
		"$(anchorctl result verify --json --keys keys.json \
			--issuer https://other.test result.jwt | jq -r .verdict)"
	same "$v: and not before its time" not-yet \
		"$(anchorctl result verify --json --keys keys.json \
			--at 2020-01-01T00:00:00Z result.jwt | jq -r .verdict)"

	first=$result
	attest backend-a "$challenge" "good-$v.json" \
		"$(bound "$transport" "$request")"
	same "$v: an honest retry gets the same result" "$first" "$result"
}

claim()
{
	cut -d. -f2 <"$1" | tr '_-' '/+' | awk '{
		while (length($0) % 4) $0 = $0 "="
		print }' | base64 -d | jq -r "$2"
}

main_job h2 --http2
main_job http1 --http1.1
http_option=--http2

same "the result names the tenant" backend-a "$(claim result.jwt .aud)"
same "the result carries the challenge's nonce" "$nonce" \
	"$(claim result.jwt .eat_nonce)"
same "the result says what for" metadata \
	"$(claim result.jwt .anchord.workflow)"
same "the result names the device" "$handle" \
	"$(claim result.jwt .anchord.device_handle)"
vector='[.. | objects | .ear_trustworthiness_vector // empty] | tojson'
same "the result says what is proved of an enrolled device" \
	'[{"executables":3,"hardware":2,"instance-identity":2}]' \
	"$(claim result.jwt "$vector")"
same "the result says yes" true "$(claim result.jwt .anchord.eligible)"

printf '%s' "${result%?????}AAAAA" >forged.jwt
if anchorctl result verify --keys keys.json forged.jwt >/dev/null 2>&1; then
	bad "a result with another signature is refused" "accepted"
else
	ok "a result with another signature is refused"
fi

# Many at once: an array is answered by an array, each with its own nonce.
api backend-a POST /v1/challenges "$(jq -nc \
	--argjson o "$(bound "$transport" "$request")" \
	'[range(20) | $o + {workflow: "metadata"}]')"
same "an array of requests is answered by an array" "201 20" \
	"$http_status $(answer length)"
same "no nonce twice" 20 "$(answer '[.[].nonce] | unique | length')"

enrol backend-a
same "enrolling the same key again finds it" 200 "$http_status"
api backend-a GET "/v1/enrollments/$handle"
same "the enrolment can be read" 200 "$http_status"
api backend-b GET "/v1/enrollments/$handle"
problem "another tenant does not see it" 404 enrollment-unknown
api backend-a DELETE "/v1/enrollments/$handle"
same "the enrolment can be deleted" 204 "$http_status"
fresh gone
attest backend-a "$challenge" gone.json "$(bound "$transport" "$request")"
verdict "a deleted device is not eligible" device-not-enrolled

# Who is to be enrolled is not known yet: anybody may have made the key.
challenge_ask backend-a enroll '{}' && quote "$(hex_of_b64url "$nonce")" new &&
	evidence_json new
attest backend-a "$challenge" new.json '{}'
verdict "a device that nobody enrolled may ask for its enrolment" ""
printf '%s' "$result" >new.jwt
same "and nothing is affirmed of it" '[]' "$(claim new.jwt "$vector")"
finish
