#!/bin/bash
# Goal: where the policy wants an approval, a device that was just enrolled does
# not count: by a statement or by evidence, it is pending until an officer of
# the tenant approves it.
. "$(dirname "$0")/lib.sh"
with_phone=1

prepare
make_certificate demo-ca officer URI:spiffe://demo/officer client >>prepared 2>&1
sed -i 's|{ san = "URI:spiffe://demo/monitor".*|{ san = "URI:spiffe://demo/officer"; roles = ["officer"]; tenant = "backend-a"; },\n&|' \
	anchord.conf
sed -i 's|^  enroll: *{|& approval = true;|' policy.conf
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}

attested()
{
	fresh good && attest backend-a "$challenge" good.json \
		"$(bound "$transport" "$request")"
	verdict "$1" "$2"
}

approved()
{
	api officer POST "/v1/enrollments/$handle/approve" '{"reason": "ticket 1"}'
	same "$1" "200 active ticket 1" \
		"$http_status $(answer .state) $(answer .reason)"
	sleep 1.1 # challenges have seconds
}

# --- by a statement ---------------------------------------------------------------

enrol backend-a
same "an enrolled TPM is pending" "201 pending" "$http_status $(answer .state)"
attested "and does not count" device-pending
enrol backend-a
same "enrolling it again changes nothing" "200 pending" \
	"$http_status $(answer .state)"
api backend-a POST "/v1/enrollments/$handle/approve" '{}'
problem "its backend does not approve it" 403 role-denied
api backend-a POST "/v1/enrollments/$handle/suspend" '{}'
problem "nor does it suspend who waits" 409 enrollment-state
api officer POST "/v1/enrollments/$handle/resume" '{}'
problem "an officer does not resume who waits" 409 enrollment-state
attested "it still does not count" device-pending
fresh waits
before=$challenge
approved "an officer approves it"
attest backend-a "$before" waits.json "$(bound "$transport" "$request")"
verdict "a challenge of before the approval does not count" binding-enrolment
attested "an approved device is eligible" ""
api backend-a DELETE "/v1/enrollments/$handle"
same "its backend deletes it" 204 "$http_status"
enrol backend-a
same "enrolled anew it waits again" "201 pending" \
	"$http_status $(answer .state)"

# --- by evidence -----------------------------------------------------------------

phone_enrol backend-a
same "an enrolled phone is pending" "201 new pending true" \
	"$http_status $(answer .state) $(answer .device_state) $(answer .eligible)"
cp http.json first.json
same "the signed result says so" '{"device_state":"pending","enrolment":"new"}' \
	"$(answer .result | cut -d. -f2 | tr '_-' '/+' |
		awk '{ while (length($0) % 4) $0 = $0 "="; print }' | base64 -d |
		jq -cS '.anchord | {enrolment, device_state}')"
api backend-a GET "/v1/enrollments/$handle"
same "and GET" "200 pending" "$http_status $(answer .state)"
body=$(jq -nc --arg c "$challenge" --slurpfile e enrolment.json \
	'{challenge: $c, evidence: $e[0], observed: {}}')
phone=$handle
phone_enrol backend-a
same "evidence of a pending phone is refused" "200 false device-pending" \
	"$http_status $(answer .eligible) $(answer '.reasons | join(" ")')"
handle=$phone
approved "an officer approves the phone"
api backend-a POST /v1/enrollments/android-key "$body"
same "a retry still says how it was enrolled" "$(jq -c . first.json)" \
	"$(jq -c . http.json)"
phone_enrol backend-a
same "an approved phone is found" "200 existing active true" \
	"$http_status $(answer .state) $(answer .device_state) $(answer .eligible)"
finish
