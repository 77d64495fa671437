#!/bin/bash
# Goal: relays and mix-ups, over real TLS: one device's evidence forwarded by
# another requester, a genuine second device answering for the first, each binding
# shown wrong or not at all, results presented for what they are not.  Each is
# refused for its own reason; the honest request beside them is not.  Each refusal has
# a mutant that takes its check away (tests/mutations/relays.tsv).
. "$(dirname "$0")/lib.sh"

prepare
# A challenge that is bound to everything; backend-b has all rights, too.
sed -i 's/artifact: *{ bindings = \[[^]]*\]/artifact: { bindings = ["device"]/' policy.conf
sed -i 's/"metadata", "channel"\]/"metadata", "channel", "artifact"]/' anchord.conf
sed -i 's/channels = \["beta"\]/channels = ["beta", "stable"]/; s/workflows = \["metadata"\];/workflows = ["enroll", "artifact"];/' anchord.conf
make_certificate demo-ca officer URI:spiffe://demo/officer client >>prepared 2>&1
sed -i "s|{ san = \"URI:spiffe://demo/monitor\".*|{ san = \"URI:spiffe://demo/officer\"; roles = [\"officer\"]; tenant = \"backend-a\"; },\n&|" \
	anchord.conf
service_start
wait_for 200 30 || { bad "the service becomes ready" "last /readyz: $http_status"; finish; }

# device NAME: that device's key answers and is enrolled; both are keys of one
# TPM, which is all that a verifier can tell of two.
device()
{
	cp "tpm/$1.ctx" tpm/ak.ctx && cp "tpm/$1.pub" tpm/ak.pub
}

cp tpm/ak.ctx tpm/first.ctx && cp tpm/ak.pub tpm/first.pub
for name in second stranger; do
	tpm2_createak -C tpm/ek.ctx -c tpm/$name.ctx -G ecc -g sha256 -s ecdsa \
		-u tpm/$name.pub >/dev/null && tpm2_flushcontext -t
done
device second
enrol backend-a || bad "the second device" "$http_status"
second=$handle
device first
enrol backend-b || bad "the first at the other tenant" "$http_status"
foreign=$handle
enrol backend-a || { bad "the first device" "$http_status"; finish; }
first=$handle
different "two devices have two handles" "$first" "$second"
different "one device has another handle at each tenant" "$first" "$foreign"
pinned_keys backend-a || bad "the pinned keys" "$http_status"

account=$(digest_of "account 4711")
all=$(jq -nc --arg h "$first" --arg t "$transport" --arg r "$request" --arg a "$account" \
	'{device_handle: $h, channel: "beta", transaction: "order-1", release: "fw-2",
	  bindings: {transport: $t, request: $r, account: $a}}')

# ask [CLIENT [MEMBERS [DEVICE]]]: a challenge, and that device's answer to it.
ask()
{
	device "${3:-first}"
	challenge_ask "${1:-backend-a}" artifact "${2:-$all}" ||
		bad "a challenge" "$http_status $(head -c 200 http.json)"
	quote "$(hex_of_b64url "$nonce")" answer && evidence_json answer
}

# relay WHAT REASONS JQ [CLIENT]: a challenge that was answered well, and what is
# observed of the requester changed by JQ.
relay()
{
	looked_at "$1" || [ "$1" = "the honest request" ] || return 0
	ask
	attest "${4:-backend-a}" "$challenge" answer.json "$(jq -c "$3" <<<"$all")"
	verdict "$1" "$2"
}

# A mutant that refuses the honest request, too, takes no check away.
relay "the honest request" "" .
if [ -n "$only" ] && [ "$eligible" != true ]; then
	skip "$only" "the honest request is refused"
	finish
fi

# 1 to 14: each binding, another one and none.
relay "forwarded over another connection" binding-transport \
	".bindings.transport = \"$elsewhere\""
relay "no connection shown" binding-transport 'del(.bindings.transport)'
relay "for another request" binding-request ".bindings.request = \"$elsewhere\""
relay "no request shown" binding-request 'del(.bindings.request)'
relay "for another account" binding-account ".bindings.account = \"$elsewhere\""
relay "no account shown" binding-account 'del(.bindings.account)'
relay "for another release" binding-release '.release = "fw-3"'
relay "no release shown" binding-release 'del(.release)'
relay "for another channel" binding-channel '.channel = "stable"'
relay "no channel shown" binding-channel 'del(.channel)'
relay "for another transaction" binding-transaction '.transaction = "order-2"'
relay "no transaction shown" binding-transaction 'del(.transaction)'
relay "by the second device's handle" binding-device ".device_handle = \"$second\""
relay "no handle shown" binding-device 'del(.device_handle)'
# 15 to 18: several at once, and values in each other's place.
relay "nothing shown" \
	"binding-device binding-transport binding-request binding-channel binding-transaction binding-release binding-account" '{}'
relay "connection and request in each other's place" "binding-transport binding-request" \
	'.bindings |= (.transport as $t | .transport = .request | .request = $t)'
relay "account in the place of the request" "binding-request binding-account" \
	'.bindings |= (.account as $a | .account = .request | .request = $a)'
relay "channel and release in each other's place" "binding-channel binding-release" \
	'.channel as $c | .channel = .release | .release = $c'
# 19 to 21: of another tenant.
relay "handed in by another tenant" challenge-audience . backend-b
ask backend-b "$(jq -c ".device_handle = \"$foreign\"" <<<"$all")"
attest backend-a "$challenge" answer.json "$all"
verdict "another tenant's challenge for the same device" challenge-audience
ask backend-b
attest backend-b "$challenge" answer.json "$all"
verdict "a handle of another tenant" device-not-enrolled

# 22 to 25: another device answers.
ask backend-a "$all" second
attest backend-a "$challenge" answer.json "$all"
verdict "a genuine second device answers for the first" device-key-mismatch
ask backend-a "$(jq -c ".device_handle = \"$second\"" <<<"$all")"
attest backend-a "$challenge" answer.json "$(jq -c ".device_handle = \"$second\"" <<<"$all")"
verdict "the first answers for the second" device-key-mismatch
ask backend-a "$all" stranger
attest backend-a "$challenge" answer.json "$all"
verdict "a device that nobody enrolled" device-key-mismatch
ask
cp answer.json kept.json
kept=$challenge
ask
cp answer.json next.json
attest backend-a "$challenge" kept.json "$all"
verdict "the device's answer to its challenge before" nonce-mismatch

# 26 to 29: again.
attest backend-a "$kept" next.json "$all"
verdict "the answers in each other's place" nonce-mismatch
attest backend-a "$kept" kept.json "$all"
verdict "the right answer behind a wrong one" challenge-replayed
ask
attest backend-a "$challenge" answer.json "$all"
verdict "spent honestly" ""
attest backend-a "$challenge" answer.json "$(jq -c ".bindings.transport = \"$elsewhere\"" <<<"$all")"
verdict "then from another connection" challenge-replayed
attest backend-b "$challenge" answer.json "$all"
verdict "then by another tenant" challenge-audience

# 30: a challenge of before a change of the device.
ask
api officer POST "/v1/enrollments/$first/suspend" '{}'
api officer POST "/v1/enrollments/$first/resume" '{}'
attest backend-a "$challenge" answer.json "$all"
verdict "a challenge of before its suspension" binding-enrolment

second_of_change=$(date +%s) # which has to pass: challenges have whole seconds
while [ "$(date +%s)" = "$second_of_change" ]; do sleep 0.05; done

# 31 to 33: a workflow's challenge for another one, by the one that enrols.
device stranger
challenge_ask backend-a metadata "$(bound "$transport" "$request" | jq -c ".device_handle = \"$first\"")"
quote "$(hex_of_b64url "$nonce")" answer && evidence_json answer
attest backend-a "$challenge" answer.json "$all"
verdict "a stranger in another workflow" device-key-mismatch
# The last of its characters has bits that mean nothing, unless there are as many
# characters as fill whole bytes; a longer transaction makes it one byte longer.
spelled=$all
for more in '' 1 11; do
	spelled=$(jq -c ".transaction += \"$more\"" <<<"$all")
	ask backend-a "$spelled"
	[ $((${#challenge} % 4)) -eq 0 ] || break
done
digits=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_
before=${digits%"${challenge: -1}"*}
attest backend-a "${challenge:0:-1}${digits:$((${#before} + 1)):1}" answer.json "$spelled"
problem "a challenge of another spelling" 400 base64-invalid
attest backend-a "$challenge" answer.json "$spelled"
verdict "did not spend the real one" ""

# 34 to 39: a result that is presented for what it is not.  A relying party compares
# with what it is about to do.
ask
attest backend-a "$challenge" answer.json "$all"
printf '%s' "$result" >result.jwt
anchorctl result verify --json --keys keys.json result.jwt >result.json
# satisfied TENANT RELEASE CHANNEL TRANSACTION REQUEST DEVICE
satisfied()
{
	jq -e --arg tenant "$1" --arg release "$2" --arg channel "$3" \
		--arg transaction "$4" --arg request "$5" --arg device "$6" '
		.verdict == "eligible" and (.claims |
		.aud == $tenant and
		.anchord.release == $release and
		.anchord.channel == $channel and
		.anchord.transaction == $transaction and
		.anchord.bindings.request == $request and
		.anchord.device_handle == $device)' result.json >/dev/null
}
# presented WHAT OF...: a relying party that expects this is not satisfied.
presented()
{
	if satisfied "${@:2}"; then
		bad "$1" "satisfied"
	else
		ok "$1"
	fi
}
if satisfied backend-a fw-2 beta order-1 "$request" "$first"; then
	ok "a result for what it is"
else
	bad "a result for what it is" "$(cat result.json)"
fi
presented "to another tenant" backend-b fw-2 beta order-1 "$request" "$first"
presented "for a release that is another" backend-a fw-3 beta order-1 "$request" "$first"
presented "for a channel that is another" backend-a fw-2 stable order-1 "$request" "$first"
presented "for a transaction that is another" backend-a fw-2 beta order-2 "$request" "$first"
presented "for a request that is another" backend-a fw-2 beta order-1 "$elsewhere" "$first"
presented "for a device that is another" backend-a fw-2 beta order-1 "$request" "$second"

# 40 to 43: a result that somebody changed, or kept.
IFS=. read -r head payload signature <result.jwt
# changed WHAT FROM TO: the result with other words in it is forged.
changed()
{
	local words
	words=$(hex_of_b64url "$payload" | xxd -r -p | sed "s/$2/$3/" |
		base64 -w0 | tr '+/' '-_' | tr -d '=')
	different "a result with $3 in it" "$payload" "$words"
	printf '%s.%s.%s' "$head" "$words" "$signature" >changed.jwt
	anchorctl result verify --json --keys keys.json changed.jwt >changed.json
	same "$1" "1 forged" "$? $(jq -r .verdict changed.json)"
}
changed "changed to another tenant" backend-a backend-b
changed "changed to another release" fw-2 fw-3
changed "changed to another transaction" order-1 order-2
same "presented too late" "1 expired" \
	"$(anchorctl result verify --json --keys keys.json --at 2037-01-01T00:00:00Z result.jwt >late.json; echo "$? $(jq -r .verdict late.json)")"
finish
