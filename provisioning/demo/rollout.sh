# rollout.sh - the demo's story of a rollout: a device that may have the release, one
# that waits for its stage, and an emergency stop.
#
# Sourced after lib.sh, say.sh, steps.sh, officers.sh and trust.sh; the service is
# governed by officers, and has stopped.

# The TPMs are canaries; everybody else has an hour to wait.
rollout_write()
{
	local later
	later=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
	cat >rollout.conf <<END
id = "fleet-1"; version = 1;
groups: ( { name = "gateways"; formats = [ "tpm2-quote" ]; } );
channels: ( { name = "beta"; } );
releases: ( {
  release = "fw-2"; channel = "beta";
  stages = ( { name = "canary"; group = "gateways"; },
             { name = "everyone"; percent = 100; from = "$later"; } ); } );
END
}

# The file is one that officers name, and an officer may stop a release.
rollout_configure()
{
	make_certificate demo-ca officer URI:spiffe://demo/officer client
	printf 'rollout: { file = "%s/rollout.conf"; };\n' "$dir" >>anchord.conf
	sed -i 's|^  { san = "URI:spiffe://demo/monitor"|  { san = "URI:spiffe://demo/officer"; roles = ["officer"]; },\n&|' \
		anchord.conf
}

step_rollout()
{
	step "A rollout: who may have which release, and when"
	rollout_write
	as="cat rollout.conf" show tail -n +2 rollout.conf
	must "the rollout file is refused" anchorctl rollout check rollout.conf
	note "" "Two officers name it in version 3 of the bundle, beside the policy:"
	anchorctl trust propose --to p3 --chain chain --policy policy.conf rollout.conf \
		>/dev/null && officer_signs release p3 >/dev/null &&
		officer_signs security p3 >/dev/null || give_up "no version 3"
	as="anchorctl trust apply p3 --config anchord.conf ..." \
		must "version 3 is not applied" apply p3
	rollout_configure
	service_start
	wait_for 200 20 || give_up "not ready: $(cat http.json)"
}

# What is asked for and what is observed: offer TRANSPORT REQUEST.
offer()
{
	observed "$1" "$2" | jq -c '. + {channel: "beta", release: "fw-2"}'
}

offer_challenge()
{
	challenge_ask backend-a metadata "$(offer "$transport" "$request")" ||
		give_up "no challenge: $http_status $(cat http.json)"
}

# offer_present NAME: the answer in NAME.json is handed in.
offer_present()
{
	attest backend-a "$challenge" "$1.json" "$(offer "$transport" "$request")" ||
		give_up "no result: $http_status $(cat http.json)"
	note "-> eligible: $eligible${reasons:+, reasons: $reasons}"
}

# What the signed result says: signed JQ.
signed()
{
	hex_of_b64url "$(cut -d. -f2 <<<"$result")" | xxd -r -p |
		jq -r ".anchord$1"
}

rollout_allowed()
{
	step "Rollout 12: the first device is a canary"
	note "   POST /v1/challenges {\"workflow\": \"metadata\", \"channel\": \"beta\"," \
		"                        \"release\": \"fw-2\", ...}"
	enrol backend-a || give_up "the device is gone: $http_status"
	offer_challenge
	quote "$(hex_of_b64url "$nonce")" canary && evidence_json canary
	offer_present canary
	[ "$eligible" = true ] &&
		[ "$(signed '.rollout | "\(.id) \(.stage)"')" = "fleet-1 canary" ] ||
		give_up "the canary was refused, or by another file"
	proved "eligible for fw-2: the signed result names the file fleet-1 and its stage canary"
}

rollout_waits()
{
	local seconds
	step "Rollout 13: another phone, whose stage has not begun"
	phone_enrol backend-a --device 7 || give_up "no other phone: $http_status"
	offer_challenge
	phone_answer waits "$nonce" --shape attest-key --device 7 ||
		give_up "the phone does not answer"
	offer_present waits
	seconds=$(answer .retry_after)
	[ "$seconds" -gt 0 ] && [ "$seconds" -le 3600 ] ||
		give_up "it is not told when: $seconds"
	refused "the phone for now" rollout-not-reached
	proved "nothing is wrong with it: it is told to ask again in $seconds seconds"
}

rollout_stopped()
{
	step "Rollout 14: an officer stops the release; a challenge of before has no effect"
	enrol backend-a || give_up "the device is gone: $http_status"
	offer_challenge
	quote "$(hex_of_b64url "$nonce")" stopped && evidence_json stopped
	note "   POST /v1/releases/fw-2/stop {\"reason\": \"ticket 4711\"}"
	api officer POST /v1/releases/fw-2/stop '{"reason": "ticket 4711"}'
	[ "$http_status" = 201 ] || give_up "no stop: $http_status $(cat http.json)"
	note "   $http_status $(jq -c . http.json | cut -c1-100)"
	offer_present stopped
	refused "the canary of before" rollout-stopped
	service_stop
}
