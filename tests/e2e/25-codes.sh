#!/bin/bash
# Goal: the codes that no other scenario meets, over real TLS from the whole service:
# requests that are no HTTP, no JSON or too much, a part that is gone or says nothing,
# and a key that cannot be enrolled.  docs/codes.md says which test has which code.
with_phone=1
. "$(dirname "$0")/lib.sh"
prepare
sed -i 's|^  { san = "URI:spiffe://demo/monitor"|  { san = "URI:spiffe://demo/poor"; tenant = "poor"; roles = ["backend"]; workflows = ["metadata"]; rate = 1; burst = 1; },\n&|' \
	anchord.conf
# Shorter than the time after which a key holder that says nothing counts as gone.
echo 'limits: { deadline_ms = 1500; };' >>anchord.conf
make_certificate demo-ca poor URI:spiffe://demo/poor client >>prepared 2>&1
service_start
wait_for 200 30 || { bad "the service becomes ready" "last /readyz: $http_status"; finish; }
enrol backend-a || { bad "enrolment" "$http_status"; finish; }

# raw TEXT: these bytes, and what is answered before the service ends the connection.
raw()
{
	local said
	printf "$1" >&9
	said=$(timeout 30 openssl s_client -quiet -connect "localhost:$port" \
		-CAfile demo-ca.pem -cert backend-a.pem -key backend-a.key \
		<fifo 2>/dev/null)
	http_status=$(head -n 1 <<<"$said" | cut -d' ' -f2)
	tail -n 1 <<<"$said" >http.json
}
mkfifo fifo
exec 9<>fifo # held open: the client never ends its side first

# sent OPTION... PATH
sent()
{
	http_status=$(curl -sS --max-time 15 --cacert demo-ca.pem --cert backend-a.pem \
		--key backend-a.key -o http.json -w '%{http_code}' "${@:1:$#-1}" \
		"https://localhost:$port${!#}" 2>curl.err)
}

# --- no HTTP -----------------------------------------------------------------------

raw 'GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n'
problem "HTTP of another version" 400 http-malformed
raw 'POST /v1/challenges HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
problem "a body in chunks" 400 http-unsupported
raw 'POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}X'
problem "a byte behind the request" 400 http-pipelined
raw 'GET /healthz HTT'
problem "a head that does not end" 408 request-timeout
sent --http1.1 "/$(printf 'x%.0s' {1..9000})"
problem "a long path" 414 uri-too-long
sent -H "X-More: $(printf 'x%.0s' {1..20000})" /healthz
problem "a large head" 431 headers-too-large
sent -X GET -H 'Content-Type: application/json' -d '{}' /v1/keys
problem "a body where none belongs" 400 body-unexpected
sent -H 'Content-Type: text/plain' -d '{}' /v1/challenges
problem "a body of another type" 415 content-type-unsupported
sent -H 'Content-Type: application/json' -H 'Accept: text/plain' -d '{}' \
	/v1/attestations
problem "an answer of a type that there is not" 406 not-acceptable

# --- no JSON that the endpoint takes, or too much ----------------------------------------

api backend-a POST /v1/challenges '{}'
problem "a member that is missing" 400 json-missing-member
api backend-a POST /v1/challenges '{"workflow": 1}'
problem "a member of another type" 400 json-wrong-type
head -c 70000 /dev/zero | tr '\0' ' ' >long.json
api backend-a POST /v1/challenges @long.json
problem "a body over the ceiling" 413 body-too-large
api backend-a POST /v1/challenges "$(jq -nc '[range(257) | {workflow: "enroll"}]')"
problem "an array over the ceiling" 413 array-too-long
api backend-a GET /v1/trust-bundle
problem "a trust bundle where no officers govern" 404 trust-bundle-none
for i in $(seq 20); do # the quota refills in a second
	api poor GET /v1/keys
	[ "$http_status" = 429 ] && break
done
problem "more requests than the quota" 429 quota-exceeded

# --- a key that cannot be enrolled ----------------------------------------------------

challenge_ask backend-a enroll '{}' &&
	phone_answer p521 "$nonce" --shape factory --alg p521
api backend-a POST /v1/enrollments/android-key "$(jq -nc --arg c "$challenge" \
	--slurpfile e p521.json '{challenge: $c, evidence: $e[0], observed: {}}')"
reasons=$(answer '.reasons | join(" ")') eligible=$(answer .eligible)
verdict "a key whose signatures cannot be verified" key-unsupported

# judged WHAT REASONS OPTION...: a phone that shows such evidence.
judged()
{
	challenge_ask backend-a enroll '{}' && phone_answer odd "$nonce" "${@:3}" &&
		attest backend-a "$challenge" odd.json '{}'
	verdict "$1" "$2"
}

judged "a chain that has expired" chain-expired --defect attestation-expired
judged "a chain whose certificate may not sign" chain-malformed --defect attestation-may-not-sign
fresh short
jq '.quote = "AAAA"' short.json >cut.json
attest backend-a "$challenge" cut.json "$(bound "$transport" "$request")"
verdict "a quote cut short" evidence-malformed

# --- a part that says nothing, and one that is gone --------------------------------------

part() { pgrep -P "$service_pid" -f "anchord-$1"; }

kill -STOP "$(part keyholder)"
challenge_ask backend-a enroll '{}'
problem "a key holder that says nothing" 503 deadline-exceeded
kill -CONT "$(part keyholder)"
wait_for 200 30 || bad "the service goes on" "$http_status"

# The request waits for a verifier that is then killed; one that comes too late for
# that is answered by the next verifier, or that there is none.  lost TENTHS: how long
# it has to come.
lost()
{
	local verifier
	wait_for 200 30 && fresh lost || return
	verifier=$(part verifier)
	kill -STOP "$verifier"
	attest backend-a "$challenge" lost.json "$(bound "$transport" "$request")" &
	sleep "$(($1 / 10)).$(($1 % 10))"
	kill -KILL "$verifier"
	wait $!
	http_status=$(answer '.status // 200')
	answer .type | grep -q part-unavailable
}

for i in 2 4 8 12 16 20 24; do
	lost $i && break
done
problem "a verifier that is gone" 503 part-unavailable
finish
