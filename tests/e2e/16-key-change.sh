#!/bin/bash
# Goal: an enrolled device gets another key and keeps its handle: a phone's key
# signs the next one, a TPM's is changed by an officer; nobody else's key, no
# replay and no relay changes one, and the key of before is nobody's any more.
with_phone=1
. "$(dirname "$0")/lib.sh"

prepare
for who in officer other; do
	make_certificate demo-ca $who URI:spiffe://demo/$who client >>prepared 2>&1
done
sed -i 's|{ san = "URI:spiffe://demo/monitor".*|{ san = "URI:spiffe://demo/officer"; roles = ["officer"]; tenant = "backend-a"; },\n{ san = "URI:spiffe://demo/other"; roles = ["officer"]; tenant = "backend-b"; },\n&|' \
	anchord.conf
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}

# A change counts from the next second on: challenges have seconds.
next_second()
{
	sleep 1.1
}

# --- a phone: the key before signs --------------------------------------------------

# enrol_key KEY: enrols the phone's key of that number; sets handle.
enrol_key()
{
	challenge_ask backend-a enroll '{}' &&
		phone_answer enrolment "$nonce" --shape rkp --key "$1" || return
	api backend-a POST /v1/enrollments/android-key "$(jq -nc \
		--arg c "$challenge" --slurpfile e enrolment.json \
		'{challenge: $c, evidence: $e[0], observed: {}}')"
	handle=$(answer '.device_handle // empty')
}

# spki KEY: the public key, in DER.
spki() { keymint --state phone --key "$1" public; }

# der: a signature r || s as DER.
der()
{
	local hex
	hex=$(xxd -p -c 200)
	printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' \
		"${hex:0:64}" "${hex:64}" |
		openssl asn1parse -genconf /dev/stdin -noout -out signature.der &&
		cat signature.der
}

# signed OLD NEW NONCE [LABEL]: key OLD signs key NEW for that challenge.
signed()
{
	{
		printf '%s\0' "${4:-anchord-key-change-v1}"
		hex_of_b64url "$3" | xxd -r -p
		spki "$2" | sha256sum | cut -d' ' -f1 | xxd -r -p
	} | keymint --state phone --key "$1" sign | der | base64 -w0
}

# ask_change [HANDLE]: a challenge to enrol, bound to that device.
ask_change()
{
	challenge_ask backend-a enroll \
		"$(jq -nc --arg h "${1:-$handle}" '{device_handle: $h}')"
}

# body NEW OLD [SIGNATURE]: the order for the last challenge; OLD "-": unsigned.
body()
{
	phone_answer next "$nonce" --shape rkp --key "$1"
	jq -nc --arg c "$challenge" --slurpfile e next.json --arg h "$handle" \
		--arg k "$([ "$2" = - ] || spki "$2" | base64 -w0)" \
		--arg s "$([ "$2" = - ] || echo "${3:-$(signed "$2" "$1" "$nonce")}")" \
		'{challenge: $c, evidence: $e[0], observed: {device_handle: $h},
			reason: "ticket 4711"} +
		if $k == "" then {} else
			{previous_key: $k, previous_signature: $s} end'
}

change()
{
	api "$1" POST "/v1/enrollments/$handle/key" "$2"
}

# changed WHAT REASONS: the last change; empty REASONS: it was made.
changed()
{
	same "$1" "200 $([ -z "$2" ] && echo true || echo false) $2" \
		"$http_status $(answer .key_changed) $(answer '.reasons | join(" ")')"
}

# attested WHAT KEY REASONS: the phone's evidence, with a proof by its key KEY.
attested()
{
	challenge_ask backend-a metadata "$(bound "$transport" "$request")" &&
		phone_answer phone "$nonce" --shape rkp --key 90 --prove "$2" &&
		attest backend-a "$challenge" phone.json \
			"$(bound "$transport" "$request")"
	verdict "$1" "$3"
}

enrol_key 1
phone=$handle
same "a phone is enrolled" "201 new" "$http_status $(answer .state)"
attested "and attests by its key" 1 ""
enrol_key 5
second=$handle
handle=$phone

ask_change
change backend-a "$(body 2 -)"
problem "a backend changes no key without the key before" 403 role-denied
change other "$(body 2 -)"
changed "nor does another tenant's officer" challenge-audience
ask_change
change backend-a "$(body 2 5)"
changed "another device's key does not sign for this one" device-key-mismatch
ask_change
change backend-a "$(body 2 2)"
changed "nor does the new key for itself" device-key-mismatch
ask_change
change backend-a "$(body 2 1 "$(signed 1 3 "$nonce")")"
changed "a signature for a third key" evidence-signature
ask_change
change backend-a "$(body 2 1 "$(signed 1 2 "$(b64url_hex "$(printf '00%.0s' {1..32})")")")"
changed "a signature for another challenge" evidence-signature
ask_change
change backend-a "$(body 2 1 "$(signed 1 2 "$nonce" x)")"
changed "a signature over other words" evidence-signature
challenge_ask backend-a enroll '{}'
change backend-a "$(body 2 1)"
changed "a challenge that names no device" binding-device
ask_change "$second"
change backend-a "$(body 2 1)"
changed "a challenge that names another one" binding-device
challenge_ask backend-a metadata "$(bound "$transport" "$request")"
change backend-a "$(body 2 1)"
changed "a challenge for something else" workflow-denied
ask_change
api backend-a POST "/v1/enrollments/$second/key" "$(body 2 1)"
problem "the path of another device" 400 value-invalid
ask_change
change backend-a "$(body 5 1)"
changed "a key that another device has" key-change-denied
ask_change
change backend-a "$(body 2 1 | jq -c 'del(.previous_signature)')"
problem "a key without its signature" 400 json-missing-member
attested "nothing of it changed the key" 1 ""

# Two challenges that wait: one is used after the change, one after a suspension.
ask_change
waits=$(body 3 1)
ask_change
late=$(body 2 1)
order=$late
api backend-a POST "/v1/enrollments/$handle/suspend" '{}'
change backend-a "$waits"
changed "a suspended device gets no key" device-suspended
api officer POST "/v1/enrollments/$handle/resume" '{}'
change backend-a "$late"
changed "nor by a challenge of before the suspension" binding-enrolment
next_second

ask_change
order=$(body 2 1)
ask_change
waits=$(body 3 1)
challenge_ask backend-a metadata "$(bound "$transport" "$request")"
before=$challenge
phone_answer before "$nonce" --shape rkp --key 91 --prove 2
above=$(jq -r '.evidence.x5c[1]' <<<"$order" | base64 -d | sha256sum | cut -d' ' -f1)
api officer POST /v1/preregistrations "[{\"certificate\": \"$above\", \"devices\": 2}]"
change backend-a "$order"
changed "its key signs the next one" ""
same "the handle stays" "$phone" "$(answer .device_handle)"
cp http.json first.json
change backend-a "$order"
same "the same again is the same result" "$(jq -c . first.json)" \
	"$(jq -c . http.json)"
api officer GET /v1/preregistrations
same "the next one uses the entry of the certificate above it" "200 1" \
	"$http_status $(answer '.preregistrations[0].enrolled')"
change backend-a "$waits"
changed "another change of before does not count" \
	"device-key-mismatch binding-enrolment"
attest backend-a "$before" before.json "$(bound "$transport" "$request")"
verdict "nor does a challenge of before" binding-enrolment
next_second
attested "the new key attests" 2 ""
attested "the key before does not" 1 device-key-mismatch
api officer GET "/v1/enrollments/$phone"
same "the device says since when it has its key" "200 true ticket 4711" \
	"$http_status $(answer 'has("key_changed_at")') $(answer .reason)"

handle=$phone
enrol_key 1
same "the key before enrols no second device" "200 null device-key-mismatch" \
	"$http_status $(answer .device_handle) $(answer '.reasons | join(" ")')"
handle=$phone
ask_change
change backend-a "$(body 1 2)"
changed "nor does it come back" key-change-denied
ask_change
change backend-a "$(body 4 1)"
changed "nor does it sign for another" device-key-mismatch
handle=$second
ask_change
change officer "$(body 1 -)"
changed "nor is it a second device's next key" key-change-denied
handle=$phone

# --- outcomes ----------------------------------------------------------------------

api backend-a GET "/v1/outcomes?eligible=true&workflow=enroll"
same "the outcome says who changed it, and why" \
	'{"by":"key","client":"URI:spiffe://demo/backend-a","reason":"ticket 4711"}' \
	"$(answer '[.outcomes[] | select(.key_change) | .key_change][0] | tojson')"

# --- a TPM: an officer --------------------------------------------------------------

enrol backend-a
tpm=$handle
cp tpm/ak.pub old.pub
tpm_keys >>prepared 2>&1

quoted()
{
	quote "$(hex_of_b64url "$nonce")" "$1" && evidence_json "$1" &&
		jq -nc --arg c "$challenge" --slurpfile e "$1.json" \
			--arg h "$handle" '{challenge: $c, evidence: $e[0],
			observed: {device_handle: $h}, reason: "board replaced"}'
}

ask_change
change backend-a "$(quoted tpm1)"
problem "a backend does not change a TPM's key" 403 role-denied
change backend-a "$(quoted tpm1 | jq -c --arg k "$(spki 1 | base64 -w0)" \
	--arg s "$(signed 1 2 "$nonce")" \
	'. + {previous_key: $k, previous_signature: $s}')"
changed "nor does a phone's key" evidence-unsupported
ask_change
change officer "$(quoted tpm2)"
changed "an officer does" ""
next_second
fresh good && attest backend-a "$challenge" good.json \
	"$(bound "$transport" "$request")"
verdict "the new key attests" ""
api backend-a GET "/v1/enrollments/$tpm"
same "the answer says since when it has that key" "200 true" \
	"$http_status $(answer '.key_changed_at != null')"
api backend-a POST /v1/enrollments/tpm2 \
	"$(jq -nc --arg k "$(base64 -w0 old.pub)" '{ak_public: $k}')"
problem "the key before enrols no second device" 409 enrollment-state
api backend-a POST "/v1/enrollments/$tpm/retire" '{}'
tpm_keys >>prepared 2>&1
handle=$tpm
next_second
ask_change
change officer "$(quoted tpm3)"
changed "a retired device does not come back by it" device-suspended

same "the log has both changes" \
	"client=URI:spiffe://demo/backend-a tenant=backend-a device=$(logged backend-a "$phone") by=key
client=URI:spiffe://demo/officer tenant=backend-a device=$(logged backend-a "$tpm") by=officer" \
	"$(grep event=enrolment-key-changed service.log | sed 's/.*client=/client=/')"

# --- by anchorctl -------------------------------------------------------------------

# rekey CLIENT OPTION...: orders a change of $handle as this client, by the files
# challenge.txt and next.json.
rekey()
{
	local who=$1
	shift
	ctl "$who" device rekey "$handle" --challenge challenge.txt \
		--evidence next.json --reason 'by hand' "$@"
}

# again KEY: a challenge for $handle, and the phone's answer by that key.
again()
{
	ask_change && phone_answer next "$nonce" --shape rkp --key "$1"
	echo "$challenge" >challenge.txt
}

handle=$phone
next_second
again 6
spki 2 >before.der
openssl pkey -pubin -inform DER -in before.der -out before.pem
signed 2 6 "$nonce" | base64 -d >before.sig
rekey backend-a
told "a backend alone changes no key by hand" 1 'refused: role-denied'
rekey backend-a --previous-key before.pem
told "a key goes with its signature" 2 'go together'
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem 2>>prepared
openssl pkey -in private.pem -outform DER -out private.der
rekey backend-a --previous-key private.pem --previous-signature before.sig
told "a private key in pem is not sent" 1 'not one public key'
rekey backend-a --previous-key private.der --previous-signature before.sig
told "nor is one in der" 1 'not one public key'
rekey backend-a --previous-key before.pem --previous-signature before.der
same "what is no signature" "1 $phone: has no other key: evidence-signature" \
	"$status $(cat said)"
again 6
signed 2 6 "$nonce" | base64 -d >before.sig
rekey backend-a --previous-key before.pem --previous-signature before.sig
same "the key before signs, in files" \
	"0 $phone: has another key; the key before is nobody's" "$status $(cat said)"
rekey backend-a --previous-key before.der --previous-signature before.sig --json
same "the same again, in JSON" "0 true $phone" \
	"$status $(jq -r '"\(.key_changed) \(.device_handle)"' said)"

enrol backend-a
next_second
tpm_keys >>prepared 2>&1
ask_change
echo "$challenge" >challenge.txt
quoted tpm4 | jq .evidence >next.json
rekey other
same "another tenant's officer changes none" \
	"1 $handle: has no other key: challenge-audience" "$status $(cat said)"
ask_change
echo "$challenge" >challenge.txt
quoted tpm5 | jq .evidence >next.json
jq -n '{device_handle: "x"}' >observed.json
rekey officer --observed observed.json
same "an officer does, of the device that he names" \
	"0 $handle: has another key; the key before is nobody's" "$status $(cat said)"
api officer GET "/v1/enrollments/$handle"
same "and the device says why" "by hand" "$(answer .reason)"
rekey officer --observed challenge.txt
told "what is no JSON is not sent" 1 'challenge.txt: line 1'
finish
