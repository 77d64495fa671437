#!/bin/bash
# demo.sh - the whole job with real parts, on one machine, in readable steps.
#
# A backend asks for a challenge, a device answers it with a TPM quote, the
# service decides and signs, the result is verified offline; then four attacks,
# each of which must be refused for its own reason.  Exits 0 only when all that
# is claimed was seen.  Leaves nothing behind.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
. ./say.sh
. ./steps.sh

transport=$(digest_of "the device's connection to the backend")
request=$(digest_of "GET /metadata/42/timestamp.json")
other_request=$(digest_of "GET /private/artifact.img")
other_transport=$(digest_of "an attacker's connection to the backend")

# What the backend saw of the requester: observed TRANSPORT REQUEST.
observed()
{
	jq -nc --arg h "$handle" --arg t "$1" --arg r "$2" \
		'{device_handle: $h, bindings: {transport: $t, request: $r}}'
}

# A challenge for this device, connection and request, living TTL seconds, and
# the device's quote over its nonce, as NAME.json.
challenge_and_quote()
{
	challenge_ask backend-a metadata "$(jq -nc --argjson o \
		"$(observed "$transport" "$request")" --argjson ttl "$2" \
		'$o + {ttl: $ttl}')" ||
		give_up "no challenge: $http_status $(cat http.json)"
	quote "$(hex_of_b64url "$nonce")" "$1" || give_up "no quote"
	evidence_json "$1"
}

# Hands challenge and evidence in: present NAME TRANSPORT REQUEST.
present()
{
	attest backend-a "$challenge" "$1.json" "$(observed "$2" "$3")" ||
		give_up "no result: $http_status $(cat http.json)"
	note "-> eligible: $eligible${reasons:+, reasons: $reasons}"
}

# refused WORD REASON: the last answer must have this reason and no other, in
# a result that is signed all the same.
refused()
{
	[ "$eligible" = false ] && [ "$reasons" = "$2" ] ||
		give_up "$1: expected $2, got ${reasons:-nothing}"
	printf '%s' "$result" >refusal.jwt
	[ "$(anchorctl result verify --json --keys keys.json refusal.jwt |
		jq -r .verdict)" = ineligible ] ||
		give_up "$1: the refusal is no signed result"
	proved "$1 refused: $2 (the refusal is signed, too)"
}

main_job()
{
	step "The challenge: signed by the token, bound to one transaction"
	note "device, the connection's digest and the request's digest go in:" \
		"   POST /v1/challenges {\"workflow\": \"metadata\", ...}"
	challenge_and_quote good 120
	note "   $http_status challenge of ${#challenge} characters" \
		"   nonce $nonce"
	api backend-a GET /v1/keys
	[ "$http_status" = 200 ] || give_up "no keys: $http_status"
	cp http.json keys.json
	printf '%s' "$challenge" >challenge.txt
	must "the challenge does not verify" \
		anchorctl challenge verify --keys keys.json challenge.txt
	proved "the receipt verifies offline with the key of /v1/keys"

	step "The answer: a quote over the nonce, then a signed result"
	note "\$ tpm2_quote -q $(hex_of_b64url "$nonce") ..." \
		"   POST /v1/attestations"
	present good "$transport" "$request"
	[ "$eligible" = true ] || give_up "a good device was refused"
	printf '%s' "$result" >result.jwt
	must "the result does not verify" \
		anchorctl result verify --keys keys.json result.jwt
	proved "eligible, and the result verifies offline"

	local first=$result
	note "" "The answer was lost? The backend asks again, with the same:"
	present good "$transport" "$request"
	[ "$result" = "$first" ] || give_up "an honest retry got another result"
	proved "an honest retry gets the same result, byte for byte"
}

attack_replay()
{
	step "Attack 1: replay of a spent challenge from another connection"
	present good "$other_transport" "$request"
	refused replay challenge-replayed
}

attack_relay()
{
	step "Attack 2: relay of fresh evidence to another request"
	challenge_and_quote relay 120
	present relay "$transport" "$other_request"
	refused relay binding-request
}

attack_bit()
{
	step "Attack 3: one bit of the quote turned over"
	challenge_and_quote bit 120
	flip bit.msg $quote_clock_offset
	evidence_json bit
	present bit "$transport" "$request"
	refused "changed quote" evidence-signature
}

attack_late()
{
	step "Attack 4: the answer to a challenge that has expired"
	challenge_and_quote late 1
	note "a challenge for one second; three seconds later:"
	sleep 3
	present late "$transport" "$request"
	refused "late answer" challenge-expired
}

# --- -------------------------------------------------------------------------------

started=$SECONDS
demo_begin demo
port=$(free_port)
printf '%sanchord: the whole job, with real parts%s\n' "$bold" "$plain"
note "a SoftHSM token, a software TPM, the service's own programs; all of it in" \
	"$dir, which is called . below and is removed at the end"

step_certificates
step_token
step_device
step_policy
step_service
step_enrol
main_job
attack_replay
attack_relay
attack_bit
attack_late

printf '\n%s%d claims shown in %d seconds: one eligible device, four attacks refused,\n' \
	"$bold" "$proofs" $((SECONDS - started))
printf 'each for its own reason. Nothing is left behind.%s\n' "$plain"
