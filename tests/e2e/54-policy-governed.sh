#!/bin/bash
# Goal: where officers govern, the live policy of a running service changes by the file
# and a version of the bundle that enough officers signed, by neither alone, and never
# back; requests go on meanwhile, each result names the policy that judged it, and
# metric, log and /readyz say why a file does not count.
. "$(dirname "$0")/lib.sh"
. "$demo_root/provisioning/demo/officers.sh"

# claim JQ: of the last result.
claim()
{
	printf '%s' "$result" | cut -d. -f2 | tr '_-' '/+' |
		sed 's/$/===/' | base64 -di 2>/dev/null | jq -r "$1"
}

# judged WHAT ID VERSION BUNDLE: a fresh attestation is eligible, and its result
# names this policy, the digest of its text in kept-VERSION, and this bundle.
judged()
{
	fresh now
	attest backend-a "$challenge" now.json "$(bound "$transport" "$request")"
	is_judged "$@"
}

is_judged()
{
	if [ "$http_status $eligible" != "200 true" ]; then
		bad "$1" "$http_status $(head -c 200 http.json)"
		return
	fi
	same "$1" "$2 $3 $(sha256sum <"policy-$3" | cut -c1-64) $4" \
		"$(claim '"\(.anchord.policy.id) \(.anchord.policy.version)"') $(
			hex_of_b64url "$(claim .anchord.policy.digest)") $(
			claim .anchord.trust_bundle_version)"
}

# metric NAME: its value.
metric()
{
	api monitor GET /metrics
	sed -n "s/^anchord_front_$1 //p" http.json
}

# comes WHAT NAME VALUE: the metric gets this value within ten seconds.
comes()
{
	local i
	for i in $(seq 100); do
		[ "$(metric "$2")" = "$3" ] && break
		sleep 0.1
	done
	same "$1" "$3" "$(metric "$2")"
}

# tells WHAT PLACE TEXT: a file, or /readyz as "http.json", has it within ten seconds.
tells()
{
	local i
	for i in $(seq 100); do
		[ "$2" != http.json ] || api monitor GET /readyz
		grep -qF "$3" "$2" && break
		sleep 0.1
	done
	holds "$1" grep -F "$3" "$2"
}

# put FILE: into the place of policy.file, whole at any time.
put()
{
	cp "$1" policy.new && mv policy.new policy.conf
}

# put_chain FILE: into the place of trust.bundle.
put_chain()
{
	cp "$1" chain.new && chmod 644 chain.new && mv chain.new chain
}

# apply_live DIR: while the service runs; objects that root made in the token's files
# are the key holder's then.
apply_live()
{
	local status
	apply "$1"
	status=$?
	as_role 3 token
	return $status
}

# pack_with CHAIN PROPOSAL OFFICER...: the chain and the proposal's version, with the
# signatures of these officers alone.  anchorctl makes no such pack.
pack_with()
{
	local name
	head -c -4 "$1" # without "end"
	printf 'version 2 %d\n' "$(stat -c %s "$2/bundle")"
	cat "$2/bundle"
	for name in "${@:3}"; do
		printf 'signature %s %d\n' "$name" \
			"$(stat -c %s "$2/signatures/$name")"
		cat "$2/signatures/$name"
	done
	printf 'end\n'
}

# The processes of the service.
processes()
{
	pgrep -P "$service_pid" -f anchord- | sort -n | paste -sd' '
}

# A backend that asks for challenges all the time, in a directory of its own, as long
# as the service is there.
ask_on()
{
	mkdir asks && cp demo-ca.pem backend-a.pem backend-a.key asks/ || return
	(
		cd asks || exit
		while [ ! -e end ] && kill -0 "$service_pid" 2>/dev/null; do
			api backend-a POST /v1/challenges "$(jq -nc \
				--argjson o "$(bound "$transport" "$request")" \
				'{workflow: "metadata"} + $o')"
			echo "$http_status" >>statuses
		done
	) &
	asks_pid=$!
}

prepare
scratch=$dir
cp policy.conf policy-1
sed 's/version = 1;/version = 2;/; s/^  metadata: {/& result_ttl = 90;/' \
	policy-1 >policy-2
sed 's/version = 1;/version = 3;/; s/^id = "demo"/id = "demo-next"/' \
	policy-1 >policy-3
sed 's/version = 1;/version = 7;/; s/^id = "demo"/id = "trial"/' \
	policy-1 | sed "s/$pcr_0/$(printf '%064d' 0)/" >shadow.conf
sed -i "s|^policy: {|& shadow = \"$dir/shadow.conf\";|" anchord.conf
{
	officers_make &&
		row=$(anchorctl trust device --config anchord.conf --pin-file pin) &&
		officers_found p1 "$row" && officer_signs release p1 &&
		officer_signs audit p1 && govern "$(sha256sum <p1/bundle | cut -c1-64)" &&
		apply p1
} >prepared 2>&1 || {
	sed 's/^/  | /' prepared
	bad "officers" "see above"
	finish
}
cp chain chain-1
service_start
wait_for 200 30 || { bad "the service becomes ready" "last /readyz: $http_status"; finish; }
enrol backend-a || { bad "enrolment" "$http_status"; finish; }
begun=$(processes)
ask_on

judged "the first policy judges" demo 1 1
same "by the service's lifetime of results" 300 "$(claim '.exp - .iat')"
comes "the shadow policy needs no officer" shadow_policy_version 7
comes "and refuses what is eligible" 'shadow_results_total{shadow="trial",difference="refuses"}' 1

# --- a file that no bundle names ------------------------------------------------------

put policy-2
comes "a file that officers did not sign does not count" policy_refused 1
tells "the log says that it waits" service.log 'event=policy-waits'
tells "/readyz says why" http.json 'policy: the trust bundle does not name it'
same "the policy of before is in force" 1 "$(metric policy_version)"
judged "and judges" demo 1 1

# --- too few officers -----------------------------------------------------------------

{
	anchorctl trust propose --to p2 --chain chain --policy policy-2 &&
		officer_signs security p2
} >>prepared 2>&1 || bad "a proposal" "$(tail -n 2 prepared)"
ctl_says=$(apply_live p2 2>&1)
same "one officer's signature is not applied" "1 same" \
	"$? $(cmp -s chain chain-1 && echo same)"
same "which is told" yes "$(grep -q 'trust-quorum' <<<"$ctl_says" && echo yes || echo "$ctl_says")"
pack_with chain-1 p2 security >chain-few
put_chain chain-few
tells "nor taken when somebody puts it there" service.log \
	'event=trust-refused why="trust-quorum-before'
tells "/readyz says so" http.json 'trust-quorum-before'
same "bundle and policy are those of before" "1 1 1" "$(metric trust_bundle_version) $(
	metric policy_version) $(metric policy_refused)"
judged "which judge" demo 1 1

# --- the quorum -----------------------------------------------------------------------

fresh before # a challenge of before the change
of_before=$challenge
officer_signs release p2 >>prepared 2>&1
put_chain chain-1
expect "two officers' signatures are applied" 0 apply_live p2
cp chain chain-2
comes "the policy comes into force" policy_version 2
comes "and counts" policy_refused 0
same "by its bundle" 2 "$(metric trust_bundle_version)"
tells "the log names it" service.log 'event=policy-read id=demo version=2'
judged "the new policy judges" demo 2 2
same "by its own lifetime of results" 90 "$(claim '.exp - .iat')"
attest backend-a "$of_before" before.json "$(bound "$transport" "$request")"
is_judged "a challenge of before, too" demo 2 2
expect "the same again moves the token's head" 0 apply_live p2
for _ in $(seq 150); do # the key holder looks at the token's head now and then
	api monitor GET /readyz
	[ "$(answer .degraded)" = null ] && break
	sleep 0.1
done
same "nothing is wrong any more" "true null" "$(answer '"\(.ready) \(.degraded)"')"

# --- never back -----------------------------------------------------------------------

put policy-1
comes "the file of before does not count" policy_refused 1
tells "since no bundle names it now" http.json \
	'policy: the trust bundle does not name it'
put_chain chain-1
tells "nor does the chain of before" service.log \
	'why="trust-rollback: the chain does not have version 2'
judged "the new policy judges on" demo 2 2
put policy-2
comes "its file counts" policy_refused 0
put_chain chain-2
{
	sed 's/version = 2;/version = 1;/; s/^id = "demo"/id = "demo-old"/' \
		policy-2 >policy-old
	anchorctl trust propose --to p3 --chain chain --policy policy-2 \
		--policy policy-old --policy policy-3 && officer_signs release p3 &&
		officer_signs audit p3 && apply_live p3
} >>prepared 2>&1 || bad "a third version" "$(tail -n 2 prepared)"
comes "a bundle that names several" trust_bundle_version 3
put policy-old
tells "brings no lower version back" http.json \
	'policy: version 1 is lower than version 2, which is in force'
judged "the version in force judges" demo 2 3
put policy-3
comes "a greater one needs no other bundle" policy_version 3
judged "and judges at once" demo-next 3 3

# --- meanwhile ------------------------------------------------------------------------

touch asks/end
wait "$asks_pid"
same "requests went on" 201 "$(sort -u asks/statuses | paste -sd' ')"
holds "all the time" test "$(wc -l <asks/statuses)" -gt 50
same "by the same processes" "$begun" "$(processes)"

# --- one that is started anew ---------------------------------------------------------

put policy-1
comes "an older file lies there" policy_refused 1
kill -KILL "$(pgrep -P "$service_pid" -f anchord-verifier)"
wait_for 503 10
wait_for 200 30
judged "a verifier that was killed has the policy in force" demo-next 3 3
finish
