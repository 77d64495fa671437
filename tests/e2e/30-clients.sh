#!/bin/bash
# Goal: who may ask what: no certificate, a certificate of another CA, a client
# that nobody configured, a role, a workflow, a channel, a binding that policy
# asks for; and malformed requests are problems that redeem nothing.
. "$(dirname "$0")/lib.sh"
prepare
make_ca other-ca
make_certificate other-ca outsider URI:spiffe://demo/backend-a client
make_certificate demo-ca stranger URI:spiffe://demo/stranger client
make_certificate demo-ca twofold \
	URI:spiffe://demo/backend-a,URI:spiffe://demo/backend-b client
service_start
wait_for 200 30 || bad "the service becomes ready" "$http_status"
enrol backend-a || bad "enrolment" "$http_status"

if curl -sS --cacert demo-ca.pem "https://localhost:$port/v1/keys" \
	>/dev/null 2>&1; then
	bad "no certificate, no connection" "answered"
else
	ok "no certificate, no connection"
fi
api outsider GET /v1/keys
same "a certificate of another CA, no connection" 000 "$http_status"
api stranger GET /v1/keys
problem "a client that nobody configured" 403 client-unknown
api twofold GET /v1/keys
problem "a certificate that names two clients" 403 client-unknown
if curl -sS --tls-max 1.2 --cacert demo-ca.pem --cert backend-a.pem \
	--key backend-a.key "https://localhost:$port/v1/keys" >/dev/null 2>&1
then
	bad "TLS 1.2 is refused" "answered"
else
	ok "TLS 1.2 is refused"
fi

api monitor POST /v1/challenges '{"workflow": "metadata"}'
problem "a monitor may not ask for challenges" 403 role-denied
api backend-a GET /metrics
problem "a backend may not read the metrics" 403 role-denied
api monitor GET /metrics
same "the monitor may" 200 "$http_status"
if command -v promtool >/dev/null; then
	if promtool check metrics <http.json >promtool.out 2>&1; then
		ok "promtool takes the metrics"
	else
		bad "promtool takes the metrics" "$(head -n 3 promtool.out)"
	fi
else
	skip "promtool takes the metrics" "it is not installed"
fi
api monitor GET /healthz
same "the monitor asks for health" 200 "$http_status"

# The service answers these before it has read the body; a client that is still
# sending it must get the answer all the same, each time.
early=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	api monitor POST /v1/challenges '{"workflow": "metadata"}'
	[ "$http_status" = 403 ] && early=$((early + 1))
done
same "an early refusal always arrives" 12 "$early"

all="$(bound "$transport" "$request")"
challenge_ask backend-b enroll '{}'
problem "a workflow that the client may not use" 403 workflow-denied
challenge_ask backend-a artifact "$all"
problem "a workflow that this backend may not use" 403 workflow-denied
challenge_ask backend-a channel "$(jq -nc --arg h "$handle" \
	'{device_handle: $h, channel: "gold"}')"
problem "a channel that the client may not use" 403 channel-denied
challenge_ask backend-a metadata "$(jq -nc --arg h "$handle" \
	'{device_handle: $h}')"
problem "a binding that the policy asks for" 422 binding-required
challenge_ask backend-a metadata "$(jq -c '.ttl = 100000' <<<"$all")"
problem "a ttl over the ceiling" 422 ttl-out-of-range
challenge_ask backend-a metadata "$(jq -c '.surprise = 1' <<<"$all")"
problem "an unknown member" 400 json-unknown-member
api backend-a POST /v1/challenges '{"workflow": '
problem "JSON that ends early" 400 json-malformed
api backend-a POST /v1/challenges '{"workflow": 1, "workflow": 2}'
problem "a member that appears twice" 400 json-duplicate-member
api backend-a POST /v1/nothing '{}'
problem "an unknown path" 404 path-unknown
api backend-a DELETE /v1/challenges
problem "an unknown method" 405 method-not-allowed

fresh good
attest backend-a "$challenge" <(jq -c '.surprise = 1' good.json) "$all"
problem "an unknown member of the evidence" 400 evidence-invalid
attest backend-a "$challenge" good.json "$all"
verdict "a malformed request redeemed nothing" ""

# A storage key is no attestation key.
cp tpm/ak.pub ak.good
cp tpm/ek.pub tpm/ak.pub
enrol backend-a
problem "an endorsement key cannot be enrolled" 422 enrollment-refused
finish
