#!/bin/bash
# Goal: the life of an enrolled device over real TLS: who may suspend, resume,
# retire, approve and delete it, what its evidence is worth in each state, and
# what is impossible.
. "$(dirname "$0")/lib.sh"

officer_row='{ san = "URI:spiffe://demo/officer"; roles = ["officer"]; tenant = "backend-a"; },'
other_row='{ san = "URI:spiffe://demo/other"; roles = ["officer"]; tenant = "backend-b"; },'
none_row='{ san = "URI:spiffe://demo/none"; roles = ["officer"]; },'

prepare
for who in officer other none; do
	make_certificate demo-ca $who URI:spiffe://demo/$who client >>prepared 2>&1
done
sed -i "s|{ san = \"URI:spiffe://demo/monitor\".*|$officer_row $other_row $none_row\n&|" \
	anchord.conf
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}
enrol backend-a
same "a new device" "201 active" "$http_status $(answer .state)"
[ -n "$handle" ] || finish

# order CLIENT WHAT [BODY]
order()
{
	api "$1" POST "/v1/enrollments/$handle/$2" "${3:-{\}}"
}

# attested WHAT REASONS: evidence for a fresh challenge.
attested()
{
	fresh life && attest backend-a "$challenge" life.json \
		"$(bound "$transport" "$request")"
	verdict "$1" "$2"
}

shown()
{
	api officer GET "/v1/enrollments/$handle"
	same "$1" "$2" "$http_status $(answer .state) $(answer .reason)"
}

# a change counts from the next second on: challenges have seconds
next_second()
{
	sleep 1.1
}

attested "an active device is eligible" ""
shown "an officer sees the devices of the tenant" "200 active null"

# A challenge that waits meanwhile, and its answer.
fresh waits
before=$challenge

# --- suspended ------------------------------------------------------------------

order backend-a approve
problem "a backend does not approve" 403 role-denied
order backend-a suspend '{"reason": "ticket 4711"}'
same "a backend suspends" "200 suspended ticket 4711" \
	"$http_status $(answer .state) $(answer .reason)"
changed=$(answer .changed_at)
attested "a suspended device is refused" device-suspended
order backend-a suspend '{"reason": "again"}'
same "the same again changes nothing" "200 suspended ticket 4711 $changed" \
	"$http_status $(answer .state) $(answer .reason) $(answer .changed_at)"
order backend-a resume
problem "a backend does not resume" 403 role-denied
api backend-a DELETE "/v1/enrollments/$handle"
problem "nor does it delete who is suspended" 409 enrollment-state
order officer approve
problem "approving does not end a suspension" 409 enrollment-state
enrol backend-a
same "enrolling again does not end it" "200 suspended" \
	"$http_status $(answer .state)"

# --- who is nobody here -----------------------------------------------------------

order other resume
problem "another tenant's officer does not see it" 404 enrollment-unknown
order none resume
problem "an officer without a tenant has no devices" 403 role-denied
api none GET "/v1/enrollments/$handle"
problem "nor sees any" 403 role-denied
order backend-b suspend
problem "a backend without the right to enrol suspends nothing" 403 workflow-denied
order monitor suspend
problem "nor does a monitor" 403 role-denied
order officer resume '{"reason": "a\nb"}'
problem "no control characters in a reason" 400 value-invalid
order officer resume "{\"reason\": \"$(printf 'x%.0s' {1..129})\"}"
problem "no reason of 129 bytes" 400 value-invalid
order officer resume '{"why": "x"}'
problem "no other member" 400 json-unknown-member
api officer POST "/v1/enrollments/dh1_nobody/resume" '{}'
problem "no unknown device" 404 enrollment-unknown
api officer POST /v1/challenges '{"workflow": "metadata"}'
problem "an officer gets no challenges" 403 role-denied
shown "nothing of it changed the device" "200 suspended ticket 4711"

# --- resumed ----------------------------------------------------------------------

order officer resume
same "an officer resumes" "200 active null" \
	"$http_status $(answer .state) $(answer .reason)"
attest backend-a "$before" waits.json "$(bound "$transport" "$request")"
verdict "a challenge of before does not outlive it" binding-enrolment
next_second
attested "a resumed device is eligible" ""
order officer resume
same "resuming an active device changes nothing" "200 active" \
	"$http_status $(answer .state)"

# --- retired -----------------------------------------------------------------------

order backend-a retire '{"reason": "scrapped"}'
same "a backend retires" "200 retired" "$http_status $(answer .state)"
attested "a retired device is refused" device-suspended
for what in suspend resume approve; do
	order officer $what
	problem "retired is final: no $what" 409 enrollment-state
done
order officer retire
same "retiring again changes nothing" "200 retired scrapped" \
	"$http_status $(answer .state) $(answer .reason)"
enrol backend-a
same "nor does enrolling again" "200 retired" "$http_status $(answer .state)"
api backend-a DELETE "/v1/enrollments/$handle"
problem "a backend does not delete who is retired" 409 enrollment-state
api officer DELETE "/v1/enrollments/$handle"
same "an officer does" 204 "$http_status"

# --- the log ---------------------------------------------------------------------

lines()
{
	grep "event=enrolment-$1" service.log | sed 's/.*client=/client=/; s/ device=[0-9a-f]*//'
}
same "the log has every change, and no other line" "client=URI:spiffe://demo/backend-a tenant=backend-a from=active to=suspended
client=URI:spiffe://demo/officer tenant=backend-a from=suspended to=active
client=URI:spiffe://demo/backend-a tenant=backend-a from=active to=retired" \
	"$(lines changed)"
same "and the deletion" \
	"client=URI:spiffe://demo/officer tenant=backend-a from=retired to=deleted" \
	"$(lines deleted)"
finish
