#!/bin/bash
# demo.sh - the whole job with real parts, on one machine, in readable steps.
#
# Token, keys and trust are made in two ceremonies that were rehearsed: one officer
# is refused, two of three are not.  A backend asks for a challenge, a device answers
# it with a TPM quote, the service decides and signs, the result is verified offline;
# then four attacks, each of which must be refused for its own reason.  The same with
# an Android phone, and four more refusals.  At last trust is attacked: what others
# put back, add or destroy is found.  And a release is rolled out: to a canary, not yet to
# another phone, and to nobody after an emergency stop.
# Exits 0 only when all that is claimed was seen.
# Leaves nothing behind.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
. ./say.sh
. ./steps.sh
. ./officers.sh
. ./ceremony.sh
. ./provision.sh
. ./trust.sh
. ./rollout.sh

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

# A challenge for this device, connection and request, living TTL seconds.
challenge_for()
{
	challenge_ask backend-a metadata "$(jq -nc --argjson o \
		"$(observed "$transport" "$request")" --argjson ttl "$1" \
		'$o + {ttl: $ttl}')" ||
		give_up "no challenge: $http_status $(cat http.json)"
}

# The same, and the TPM's quote over its nonce: challenge_and_quote NAME TTL.
challenge_and_quote()
{
	challenge_for "$2"
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
	note "The backend has the key from an officer, not from the service:" \
		"   anchorctl pins show --jwks pins >keys.json"
	pinned_keys backend-a || give_up "/v1/keys has another key: $http_status"
	proved "/v1/keys, to be compared and never to be trusted, names no other key"
	printf '%s' "$challenge" >challenge.txt
	must "the challenge does not verify" \
		anchorctl challenge verify --keys keys.json challenge.txt
	proved "the receipt verifies offline with the pinned key"

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

# --- the phone ------------------------------------------------------------------

# phone_asks NAME OPTION...: a challenge for the phone, and its answer: a new
# key, attested by the enrolled attest key, as NAME.json.
phone_asks()
{
	local name=$1
	shift
	challenge_for 120
	phone_answer "$name" "$nonce" --shape attest-key "$@" ||
		give_up "the phone does not answer"
}

phone_job()
{
	step "The phone's answer: a fresh key, attested by the enrolled one"
	phone_asks phone
	note "   its chain: $(jq '.x5c | length' phone.json) certificates;" \
		"   POST /v1/attestations"
	present phone "$transport" "$request"
	[ "$eligible" = true ] || give_up "a good phone was refused"
	printf '%s' "$result" >result.jwt
	must "the result does not verify" \
		anchorctl result verify --keys keys.json result.jwt
	[ "$(judged_by)" = "1 $(b64url_hex "$genesis")" ] ||
		give_up "judged by another bundle: $(judged_by)"
	proved "eligible: its root is in the token, and the result names bundle 1 by its digest"
}

attack_unlocked()
{
	step "Refusal 5: a phone whose boot loader was unlocked"
	phone_asks unlocked --unlocked
	present unlocked "$transport" "$request"
	refused "unlocked phone" device-unlocked
}

attack_old()
{
	step "Refusal 6: a phone with an old patch level"
	note "202512; the policy wants $phone_os_patch, and it had a newer one before:"
	phone_asks old --int 706=202512
	present old "$transport" "$request"
	refused "old system" "patch-level firmware-rollback"
}

attack_phone_relay()
{
	step "Refusal 7: the phone's fresh answer, relayed to another connection"
	phone_asks relayed
	present relayed "$other_transport" "$request"
	refused "relayed answer" binding-transport
}

attack_revoked()
{
	local serial
	step "Refusal 8: the key that its hardware was given is revoked"
	serial=$(phone_batch_serial)
	note "Somebody took such a key out of a phone; the list has its certificate now," \
		"and the running service takes the list up by itself:"
	as="anchorctl revocation import --out revoked status.json # $serial" \
		must "the list is refused" phone_list 1badc0de "$serial"
	await_list 2 || give_up "the service did not take the list up"
	phone_asks revoked
	present revoked "$transport" "$request"
	refused "revoked phone" chain-revoked
}

# The verifier has read a list of N entries.
await_list()
{
	local i
	for ((i = 0; i < 100; i++)); do
		grep -q "event=revocation-read .*entries=$1\b" service.log &&
			return
		sleep 0.1
	done
	return 1
}

# --- -------------------------------------------------------------------------------

# All that was started has ended before the directory goes away.
demo_over()
{
	rehearse_stop
	demo_end
}

started=$SECONDS
governed=yes # the configuration is written in the ceremonies
demo_begin demo
trap demo_over EXIT
port=$(free_port)
printf '%sanchord: the whole job, with real parts%s\n' "$bold" "$plain"
note "SoftHSM tokens, a software TPM, a software phone, the service's own programs;" \
	"all of it in $dir, which is called . below and is removed at the end"

step_certificates
step_device
step_phone
step_policy
rehearse_begin
step_officers
step_rehearsal
step_token_ceremony
step_bundle_ceremony
step_transcripts
step_stock
step_service
step_enrol
main_job
attack_replay
attack_relay
attack_bit
attack_late
step_phone_enrol
phone_job
attack_unlocked
attack_old
attack_phone_relay
attack_revoked
attack_rollback
attack_rogue_root
attack_destroyed
service_stop
step_rollout
rollout_allowed
rollout_waits
rollout_stopped

printf '\n%s%d claims shown in %d seconds: two eligible devices, sixteen refusals\n' \
	"$bold" "$proofs" $((SECONDS - started))
printf 'with their reasons, two of three officers. Nothing is left behind.%s\n' "$plain"
