#!/bin/bash
# Goal: where a tenant demands it, only devices on its list enrol, by a statement
# and by evidence; the list is its officer's, and no other tenant sees it.
with_phone=1
. "$(dirname "$0")/lib.sh"

prepare
for who in officer other none; do
	make_certificate demo-ca $who URI:spiffe://demo/$who client >>prepared 2>&1
done
sed -i 's|{ san = "URI:spiffe://demo/monitor".*|{ san = "URI:spiffe://demo/officer"; roles = ["officer"]; tenant = "backend-a"; enrollment = "preregistered"; },\n{ san = "URI:spiffe://demo/other"; roles = ["officer"]; tenant = "backend-b"; },\n{ san = "URI:spiffe://demo/none"; roles = ["officer"]; },\n&|
	s|workflows = \["metadata"\]|workflows = ["enroll", "metadata"]|' anchord.conf
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}

# batch CLIENT BODY: preregisters.
batch()
{
	api "$1" POST /v1/preregistrations "$2"
}

counts()
{
	answer '"\(.new) \(.known) \(.invalid)"'
}

entries()
{
	api "$1" GET "/v1/preregistrations$2"
}

# The identity of a TPM's key: the SHA-256 of its name, as tpm2-tools print it.
tpm_digest()
{
	xxd -r -p <<<"$1" | sha256sum | cut -d' ' -f1
}

# --- by a statement ---------------------------------------------------------------

enrol backend-a
problem "a device that nobody listed" 403 device-not-listed
enrol backend-b
same "another tenant demands no list" 201 "$http_status"
digest=$(tpm_digest "$(xxd -p -c 0 tpm/ak.name)")

batch other "[{\"key\": \"$digest\"}]"
same "the other tenant's officer lists it for that tenant" "200 1 0 0" \
	"$http_status $(counts)"
enrol backend-a
problem "which helps nobody here" 403 device-not-listed
batch officer "[{\"key\": \"$digest\", \"label\": \"fleet-7\"}, {\"key\": \"x\"}]"
same "a batch with one that is not valid" "200 1 0 1 1" \
	"$http_status $(counts) $(answer '.faults[0].index')"
batch officer "[{\"key\": \"$digest\"}]"
same "once more it is known" "200 0 1 0" "$http_status $(counts)"
enrol backend-a
same "a listed device enrols" "201 active" "$http_status $(answer .state)"
mine=$handle
entries officer ""
same "its entry is its own now" "200 1 fleet-7 1 $mine" \
	"$http_status $(answer '.preregistrations | length') $(answer \
		'.preregistrations[0] | "\(.label) \(.enrolled) \(.device_handle)"')"
entries other ""
same "another tenant sees its own entry alone" "200 1 null" \
	"$http_status $(answer '.preregistrations | length') $(answer \
		'.preregistrations[0].label')"
fresh good && attest backend-a "$challenge" good.json \
	"$(bound "$transport" "$request")"
verdict "and it attests" ""

# --- by evidence -----------------------------------------------------------------

phone_enrol backend-a
same "a phone that nobody listed" "200 false device-not-listed" \
	"$http_status $(answer .eligible) $(answer '.reasons | join(" ")')"

# The simulator signs its certificates anew for each answer, so the answer is made
# first and its certificates are listed then.
phone_waits()
{
	challenge_ask backend-a enroll '{}' &&
		phone_answer enrolment "$nonce" --shape new-attest-key ||
		bad "the phone answers a challenge" "$http_status"
}

phone_goes_on()
{
	api backend-a POST /v1/enrollments/android-key "$(jq -nc \
		--arg c "$challenge" --slurpfile e enrolment.json \
		'{challenge: $c, evidence: $e[0], observed: {}}')"
}

cert_digest()
{
	jq -r ".x5c[$1]" enrolment.json | base64 -d | sha256sum | cut -d' ' -f1
}

phone_waits
root=$(cert_digest -1)
batch officer "[{\"certificate\": \"$root\", \"devices\": 1000}]"
phone_goes_on
same "a root is nobody's batch" "200 device-not-listed" \
	"$http_status $(answer '.reasons | join(" ")')"
phone_waits
batch officer "[{\"certificate\": \"$(cert_digest 1)\", \"devices\": 2, \"label\": \"batch\"}]"
phone_goes_on
same "a phone below a listed certificate" "201 true new" \
	"$http_status $(answer .eligible) $(answer .state)"
entries officer "?limit=1&after=key-$(printf 'f%.0s' {1..64})"
same "pages go on where they ended" "200 certificate" \
	"$http_status $(answer '.preregistrations[0].entry' | cut -d- -f1)"
same "and have a next one" "true" "$(answer 'has("next")')"

# --- who is nobody here -----------------------------------------------------------

batch backend-a '[{}]'
problem "a backend lists nothing" 403 role-denied
batch none '[{}]'
problem "nor an officer without a tenant" 403 role-denied
batch officer '{}'
problem "a batch is an array" 400 json-wrong-type
entry=key-$digest
api backend-a DELETE "/v1/preregistrations/$entry"
problem "a backend deletes no entry" 403 role-denied
api officer DELETE "/v1/preregistrations/key-1"
problem "no such entry" 404 preregistration-unknown

# --- as many as one request may have ------------------------------------------------

many()
{
	jq -nc --argjson n "$1" --arg l "$(printf 'x%.0s' {1..64})" '[range($n) |
		{certificate: ("\(. + 4096)" | ("0" * (64 - length)) + .),
		 devices: 1000000, label: $l, expires_at: "2099-12-31T23:59:59Z"}]'
}

many 1000 >many.json
[ "$(wc -c <many.json)" -gt 200000 ] || bad "a large batch" "$(wc -c <many.json)"
batch officer @many.json
same "a batch of 1000" "200 1000 0 0" "$http_status $(counts)"
http_option=--http1.1
batch officer @many.json
same "again, by HTTP/1.1" "200 0 1000 0" "$http_status $(counts)"
http_option=
many 1001 >many.json
batch officer @many.json
problem "not one of 1001" 413 array-too-long
seen=0
after=
while :; do
	entries officer "?limit=400$after"
	seen=$((seen + $(answer '.preregistrations | length')))
	next=$(answer '.next // empty')
	[ -n "$next" ] || break
	after="&after=$next"
done
same "the pages have all of them" 1003 "$seen"

# --- deletion ---------------------------------------------------------------------

api officer DELETE "/v1/preregistrations/certificate-$root"
same "an officer deletes an entry" 204 "$http_status"
api officer DELETE "/v1/preregistrations/certificate-$root"
problem "once" 404 preregistration-unknown
api backend-a DELETE "/v1/enrollments/$mine"
same "a device is deleted" 204 "$http_status"
entries officer "?limit=500"
same "with its entry" "200 0" "$http_status $(answer \
	"[.preregistrations[] | select(.entry == \"$entry\")] | length")"
enrol backend-a
problem "and must be listed again" 403 device-not-listed

# --- the log ---------------------------------------------------------------------

same "the log has who listed and deleted" \
	"client=URI:spiffe://demo/other tenant=backend-b entries=1
client=URI:spiffe://demo/officer tenant=backend-a entries=1
client=URI:spiffe://demo/officer tenant=backend-a entries=1
client=URI:spiffe://demo/officer tenant=backend-a entries=1
client=URI:spiffe://demo/officer tenant=backend-a entries=1000
client=URI:spiffe://demo/officer tenant=backend-a entries=1" \
	"$(grep -E "event=(devices-preregistered|preregistration-deleted)" service.log |
		sed 's/.*client=/client=/')"

# --- by anchorctl -----------------------------------------------------------------

batches()
{
	grep -c 'event=devices-preregistered .*tenant=backend-a' service.log
}

hex64()
{
	printf '%064x' "$1"
}

{
	hex64 1
	printf '\n\n{"certificate": "%s", "devices": 5, "label": "by hand"}\n' \
		"$(hex64 2)"
	printf '{"key": "%s", "devices": 2}\n%s\n' "$(hex64 3)" "$(hex64 1)"
} >devices.txt
ctl officer device preregister devices.txt
same "a file of digests and objects, and the line that is not valid" \
	"1 line 4: a key is of one device; 2 new, 1 known, 1 invalid" \
	"$status $(paste -sd' ' said | sed 's/device 2/device; 2/')"
ctl officer device preregister devices.txt --json
same "again, in JSON" '1 {"faults":[{"detail":"a key is of one device","line":4}],"invalid":1,"known":3,"new":0,"unnamed":0}' \
	"$status $(jq -cS . said)"
jq -nc '[range(2500) | {key: ("\(. + 1000000)" | ("0" * (64 - length)) + .)}]' \
	>devices.json
before=$(batches)
ctl officer device preregister devices.json
same "an array of 2500" "0 2500 new, 0 known, 0 invalid" "$status $(cat said)"
same "goes in batches of 1000" 3 "$(($(batches) - before))"
jq -nc 'range(100) | {key: "x", label: ("y" * 4000)}' >long.json
ctl officer device preregister long.json --json
same "nor is a batch too long, and who is not named is counted" \
	"1 0 100 40 60 1 100" "$status $(jq -r \
		'"\(.new) \(.invalid) \(.faults | length) \(.unnamed)"' said) $(
		jq '.faults[0].line' said) $(
		jq '[.faults[].line, 100] | max' said)"
before=$(batches)
{ hex64 11 && echo && hex64 12 && echo && printf '{"key": "'; } >cut.txt
ctl officer device preregister cut.txt
told "of a file that is cut off" 1 'cut.txt: line 3: '
same "nothing is sent" "$before" "$(batches)"
: >empty.txt
ctl officer device preregister empty.txt
told "an empty file is none" 1 'no entries'
ctl backend-a device preregister devices.txt
told "a backend lists nothing by it" 1 'refused: role-denied'
ctl officer device known --json
same "all that are known, page by page" "0 3503 2501" \
	"$status $(jq '.preregistrations | length' said) $(
		jq '[.preregistrations[] | select(.key)] | length' said)"
entries officer "?limit=500"
same "as the service has them" true "$(jq -n --slurpfile a said \
	--slurpfile b http.json '$a[0].preregistrations[:500] ==
		$b[0].preregistrations')"
ctl officer device known --after "key-$(printf 'f%.0s' {1..64})" --limit 1
same "from one on" "0 1 certificate-$(hex64 2) 5 by hand" "$status $(
	grep -c '^there may be more: --after certificate-' said) $(
	sed -n '2s/^\([^ ]*\)  *\([0-9]*\) .*  by hand$/\1 \2 by hand/p' said)"
ctl officer device forget "key-$(hex64 1)"
same "an officer forgets one" "0 key-$(hex64 1): nobody enrols by it any more" \
	"$status $(cat said)"
ctl officer device forget "key-$(hex64 1)"
told "once" 1 'refused: preregistration-unknown'
ctl officer device forget "../enrollments/$handle"
told "and nothing that is no entry" 2 'is no entry'
ctl officer device list
same "devices are enrolled" true "$(grep -q '^dh1_' said && echo true)"
ctl officer device list --overdue 1
same "and none is overdue" "0 0 enrollments" "$status $(tail -n 1 said)"
ctl officer device list --overdue 3651
told "in no more than ten years" 1 'refused: query-invalid'
finish
