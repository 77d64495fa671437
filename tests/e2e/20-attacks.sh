#!/bin/bash
# Goal: every attack on freshness and binding is refused for its own reason, in
# a signed result: replay, relay (transport, request, device, channel), one bit
# of the quote, an answer that is late, a forged challenge, a challenge of
# another tenant, evidence for another nonce, other PCR values, another key.
. "$(dirname "$0")/lib.sh"
begin

fresh good
kept=$challenge
attest backend-a "$challenge" good.json "$(bound "$transport" "$request")"
verdict "a good device is eligible" ""
attest backend-a "$kept" good.json "$(bound "$elsewhere" "$request")"
verdict "replay from another connection" challenge-replayed
quote "$(hex_of_b64url "$nonce")" again && evidence_json again
attest backend-a "$kept" again.json "$(bound "$transport" "$request")"
verdict "replay with another quote" challenge-replayed
attest backend-a "$kept" good.json "$(bound "$transport" "$request")"
verdict "the honest retry still works" ""

pinned_keys backend-a || bad "the pinned keys" "$http_status"
fresh relay
attest backend-a "$challenge" relay.json "$(bound "$elsewhere" "$request")"
verdict "relay to another connection" binding-transport
printf '%s' "$result" >refusal.jwt
anchorctl result verify --json --keys keys.json refusal.jwt >refusal.json
same "the refusal is signed, and its exit status is that of a refusal" \
	"1 ineligible" "$? $(jq -r .verdict refusal.json)"
attest backend-a "$challenge" relay.json "$(bound "$transport" "$request")"
verdict "a failed attempt burns the challenge" challenge-replayed
fresh relay
attest backend-a "$challenge" relay.json "$(bound "$transport" "$elsewhere")"
verdict "relay to another request" binding-request
fresh relay
attest backend-a "$challenge" relay.json \
	"$(jq -nc --arg h "$handle" '{device_handle: $h}')"
verdict "bindings that are not shown" "binding-transport binding-request"
fresh relay
attest backend-a "$challenge" relay.json "$(bound "$transport" "$request" |
	jq -c '.device_handle = "dh1_" + ("A" * 43)')"
verdict "relay to another device handle" binding-device

challenge_ask backend-a channel "$(jq -nc --arg h "$handle" \
	'{device_handle: $h, channel: "beta"}')"
quote "$(hex_of_b64url "$nonce")" channel && evidence_json channel
attest backend-a "$challenge" channel.json "$(jq -nc --arg h "$handle" \
	'{device_handle: $h, channel: "stable"}')"
verdict "relay to another channel" binding-channel

fresh bit
flip bit.msg $quote_clock_offset && evidence_json bit
attest backend-a "$challenge" bit.json "$(bound "$transport" "$request")"
verdict "one bit of the quote" evidence-signature

fresh swapped
attest backend-a "$challenge" good.json "$(bound "$transport" "$request")"
verdict "evidence for another challenge" nonce-mismatch

# The last character of the receipt's signature, to another one.
fresh forged
last=${challenge: -3:1}
forged=${challenge:0:-3}$([ "$last" = A ] && echo B || echo A)${challenge: -2}
attest backend-a "$forged" forged.json "$(bound "$transport" "$request")"
verdict "a forged challenge" challenge-forged
attest backend-a "$challenge" forged.json "$(bound "$transport" "$request")"
verdict "the forgery did not burn the real one" ""
attest backend-a "AAAA" forged.json "$(bound "$transport" "$request")"
verdict "a challenge that is none" challenge-malformed

fresh foreign
attest backend-b "$challenge" foreign.json "$(bound "$transport" "$request")"
verdict "a challenge of another tenant" challenge-audience
attest backend-a "$challenge" foreign.json "$(bound "$transport" "$request")"
verdict "the other tenant did not burn it" ""

fresh late '{"ttl": 1}'
sleep 2.2
attest backend-a "$challenge" late.json "$(bound "$transport" "$request")"
verdict "an answer that is late" challenge-expired

# The device's own key again, but not the enrolled one.
cp tpm/ak.pub ak.enrolled
tpm2_createak -C tpm/ek.ctx -c tpm/ak.ctx -G ecc -g sha256 -s ecdsa \
	-u tpm/ak.pub >/dev/null && tpm2_flushcontext -t
fresh otherkey
attest backend-a "$challenge" otherkey.json "$(bound "$transport" "$request")"
verdict "a key that is not the enrolled one" device-key-mismatch
enrol backend-a

fresh pcr
tpm2_pcrextend "0:sha256=$(printf 'evil' | sha256sum | cut -c1-64)"
quote "$(hex_of_b64url "$nonce")" pcr && evidence_json pcr
attest backend-a "$challenge" pcr.json "$(bound "$transport" "$request")"
verdict "old PCR values beside a new quote" pcr-mismatch
fresh pcr
read_pcrs && evidence_json pcr
attest backend-a "$challenge" pcr.json "$(bound "$transport" "$request")"
verdict "firmware that the policy does not know" pcr-mismatch
finish
