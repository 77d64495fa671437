#!/bin/bash
# Goal: every workflow x good devices, each kind of bad device, each state of a
# rollout: the decision and exactly the reasons that the table
# tests/scenarios/eligibility.tsv expects, over real TLS from a real service.  With
# --table the table of what was answered is printed at the end.
with_phone=1
. "$(dirname "$0")/lib.sh"
. "$here/../scenarios/table.sh"

# members: for each workflow the JSON of a challenge's request, a line each: what
# its device ($handle, but to enrol) asks for, for $channel and $release where a
# row names them.
members()
{
	jq -nc --arg h "$handle" --arg t "$transport" --arg q "$request" \
		--arg a "$account" --arg c "$channel" --arg r "$release" \
		--arg ttl "$ttl" --arg w "${workflows[*]}" '
		{enroll: {},
		 register: {device_handle: $h, bindings: {account: $a}},
		 metadata: {device_handle: $h},
		 artifact: {device_handle: $h, channel: "open", release: "fw-open"},
		 channel: {device_handle: $h, channel: "open"}} as $base |
		$w | split(" ")[] as $name | $base[$name] |
		.workflow = $name | .bindings += {transport: $t, request: $q} |
		if $c != "" then .channel = $c else . end |
		if $r != "" then .release = $r else . end |
		if $ttl != "" then .ttl = ($ttl | tonumber) else . end'
}

# --- the devices ----------------------------------------------------------------

# tpm NAME [AS]: the TPM's key NAME answers, for the handle of NAME or AS.
tpm()
{
	device=tpm handle=$(cat "${2:-$1}.handle") options=()
	cp "tpm/$1.ctx" tpm/ak.ctx && cp "tpm/$1.pub" tpm/ak.pub
}

# phone [NUMBER [OPTION...]]: that phone answers, if 7 one whose maker's key will
# be revoked.
phone()
{
	device=phone handle=$(cat "phone-${1:-0}.handle")
	options=(--device "${1:-0}" "${model[@]}" "${@:2}")
}
model=(--text 710=anchord) # the brand that the policy wants

answer_challenge()
{
	if [ $device = tpm ]; then
		quote "$(hex_of_b64url "$1")" "$2" && evidence_json "$2"
	else
		phone_answer "$2" "$1" --shape attest-key "${options[@]}"
	fi
}

# new_tpm NAME: a key of the TPM, enrolled and pending.
new_tpm()
{
	tpm2_createak -C tpm/ek.ctx -c "tpm/$1.ctx" -G ecc -g sha256 -s ecdsa \
		-u "tpm/$1.pub" >/dev/null && tpm2_flushcontext -t
	cp "tpm/$1.pub" tpm/ak.pub
	[ "$1" = unknown ] || { enrol backend && echo "$handle" >"$1.handle"; } ||
		bad "the TPM key $1 is enrolled" "$http_status $(cat http.json)"
}

new_phone()
{
	challenge_ask backend enroll '{}' && phone_answer new "$nonce" \
		--device "$1" "${model[@]}" --shape new-attest-key &&
		api backend POST /v1/enrollments/android-key "$(jq -nc \
			--arg c "$challenge" --slurpfile e new.json \
			'{challenge: $c, evidence: $e[0], observed: {}}')"
	answer .device_handle >"phone-$1.handle"
	[ "$http_status" = 201 ] || bad "phone $1 is enrolled" \
		"$http_status $(cat http.json)"
}

# order NAME WHAT: an officer's order about an enrolled device.
order()
{
	api officer POST "/v1/enrollments/$(cat "$1.handle")/$2" '{}'
	[ "$http_status" = 200 ] || bad "$2 $1" "$http_status $(cat http.json)"
}

# A challenge has whole seconds, and one of the second of a change does not count.
next_second()
{
	local second
	second=$(date +%s)
	while [ "$(date +%s)" = "$second" ]; do sleep 0.05; done
}

# --- a row ------------------------------------------------------------------------

# asked NAME: challenges for each workflow, and their answers by the device, are in
# NAME; judged goes on with them.
asked()
{
	local i nonces
	rm -rf "$1" && mkdir "$1"
	members >"$1/members"
	api "${client:-backend}" POST /v1/challenges "[$(paste -sd , "$1/members")]"
	if [ "$http_status" != 201 ]; then
		bad "$1: challenges" "$http_status $(cat http.json)"
		return 1
	fi
	answer '.[].challenge' >"$1/challenges"
	answer '.[-1].expires_at' >"$1/ends"
	mapfile -t nonces < <(answer '.[].nonce')
	for i in "${!workflows[@]}"; do
		answer_challenge "${nonces[i]}" "$1/$i" 2>>errors
	done
}

# judged NAME TITLE [JQ [CLIENT]]: the row TITLE is what is answered to what NAME
# has, where JQ changes what the backend observes.
judged()
{
	local i challenges observed got=()
	mapfile -t challenges <"$1/challenges"
	mapfile -t observed < <(jq -c "del(.workflow, .ttl) | ${3:-.}" "$1/members")
	for i in "${!workflows[@]}"; do
		eligible='' reasons=''
		attest "${4:-backend}" "${challenges[i]}" "$1/$i.json" "${observed[i]}"
		case $http_status-$eligible in
		200-true) got[i]=yes ;;
		200-*) got[i]=${reasons:-no reason} ;;
		*) got[i]="$http_status $(answer .type | sed 's/.*://')" ;;
		esac
	done
	cells "$2" "${got[@]}"
}

# row TITLE: one challenge for each workflow, answered by the device.
row()
{
	asked row && judged row "$1"
}

# rollout_row TITLE CHANNEL RELEASE
rollout_row()
{
	local channel=$2 release=$3
	row "$1"
}

# refused_row TITLE: each challenge is refused.
refused_row()
{
	local line got=()
	while IFS= read -r line; do
		api "${client:-backend}" POST /v1/challenges "$line"
		got+=("$http_status $(answer .type | sed 's/.*://')")
	done < <(members)
	cells "$1" "${got[@]}"
}

# --- the service ---------------------------------------------------------------------

write_rollout()
{
	local later past hold
	later=$(date -u -d '+2 hours' +%H:%M) past=$(date -u -d '-1 hour' +%H:%M)
	hold='hold = { owner = "ops"; reason = "crashes"; since = "2026-11-01T00:00:00Z"; };'
	cat >rollout.conf <<-END
		id = "fleet"; version = 1;
		groups: ( { name = "tpms"; formats = [ "tpm2-quote" ]; },
			{ name = "phones"; formats = [ "android-key" ]; } );
		channels: ( { name = "open"; }, { name = "beta"; },
			{ name = "no-tpms"; deny = [ "tpms" ]; },
			{ name = "night"; windows = ( { from = "$later"; to = "$past"; zone = "UTC"; } ); },
			{ name = "narrow"; limits = { concurrent = 1; permit = "1h"; }; },
			{ name = "step"; build = "os_patch_level"; minimum_build = 202612; } );
		releases: ( { release = "fw-open"; channel = "open"; $all },
			{ release = "fw-held"; channel = "beta"; $all $hold },
			{ release = "fw-stopped"; channel = "beta"; $all },
			{ release = "fw-canary"; channel = "beta"; stages = ( { name = "canary"; group = "phones"; } ); },
			{ release = "fw-gone"; channel = "beta"; withdrawn = "bricks"; },
			{ release = "fw-no-tpms"; channel = "no-tpms"; $all },
			{ release = "fw-night"; channel = "night"; $all },
			{ release = "fw-narrow"; channel = "narrow"; $all },
			{ release = "fw-step"; channel = "step"; build = 202701; $all } );
	END
}
all='stages = ( { name = "all"; percent = 100; } );'

write_eligibility_policy()
{
	local w
	printf 'id = "table"; version = 1; workflows: {\n' >policy.conf
	for w in "${workflows[@]}"; do
		printf '%s: { formats = ["tpm2-quote", "android-key"]; %s};\n' "$w" \
			"$([ "$w" != enroll ] || echo 'approval = true; ')"
	done >>policy.conf
	cat >>policy.conf <<-END
		};
		tpm2: { pcrs = ( { bank = "sha256"; index = 0; values = ["$pcr_0"]; },
			{ bank = "sha256"; index = 7; values = ["$pcr_7"]; } ); };
		android: { levels = ["tee"]; boot_states = ["self_signed"];
			boot_keys = ["$boot_key"]; os_patch = $phone_os_patch;
			os_version = 140000; brands = ["anchord"]; $1 };
	END
}

write_clients()
{
	local who
	for who in backend officer clerk visitor; do
		make_certificate demo-ca $who URI:spiffe://demo/$who client
	done
	sed -i '/^clients = (/,$d' anchord.conf
	cat >>anchord.conf <<-END
		rollout: { file = "$dir/rollout.conf"; };
		clients = (
		{ san = "URI:spiffe://demo/backend"; tenant = "backend"; roles = ["backend"];
		  workflows = ["enroll", "register", "metadata", "artifact", "channel"];
		  channels = ["open", "beta", "no-tpms", "night", "narrow", "step"];
		  rate = 1000; burst = 2000; },
		{ san = "URI:spiffe://demo/backend-b"; tenant = "backend-b"; roles = ["backend"];
		  workflows = ["enroll", "register", "metadata", "artifact", "channel"];
		  rate = 1000; burst = 2000; },
		{ san = "URI:spiffe://demo/clerk"; tenant = "backend"; roles = ["backend"];
		  workflows = ["enroll"]; },
		{ san = "URI:spiffe://demo/visitor"; tenant = "backend"; roles = ["backend"];
		  workflows = ["enroll", "register", "metadata", "artifact", "channel"];
		  channels = ["beta"]; },
		{ san = "URI:spiffe://demo/officer"; tenant = "backend"; roles = ["officer"]; },
		{ san = "URI:spiffe://demo/monitor"; roles = ["monitor"]; } );
	END
}

ago() { date -u -d "$1 seconds ago" +%Y-%m-%dT%H:%M:%SZ; }

# list AT SERIAL...: the list of revoked keys, of that age.
list()
{
	jq -n '{entries: ($ARGS.positional | map({key: ., value:
		{status: "REVOKED"}}) | from_entries)}' --args "${@:2}" >status.json
	anchorctl revocation import --out revoked --at "$(ago "$1")" \
		--accepted accepted status.json >import.log 2>&1 ||
		bad "a list of revoked keys" "$(cat import.log)"
}

# await REGEX: until the log has such a line.
await()
{
	local i
	for ((i = 0; i < 300; i++)); do
		grep -q -e "$1" service.log && return
		sleep 0.1
	done
	bad "the log says $1" "$(tail -n 2 service.log)"
}

ready()
{
	service_start
	wait_for 200 30 || { bad "the service becomes ready" "$http_status"; finish; }
}

# --- the rows ----------------------------------------------------------------------------

bad_devices()
{
	tpm unknown good && row "a key that nobody enrolled"
	tpm deleted && row "an enrolment that was deleted"
	tpm pending && row "an enrolment that waits for its approval"
	tpm suspended && row "suspended"
	tpm retired && row "retired"
	tpm second good && row "a genuine second device for the first"
	tpm changed && asked row
	order changed suspend && order changed resume
	judged row "a challenge of before a suspension"
	phone 0 --unlocked && row "an unlocked boot loader"
	phone 0 --boot-state 0 && row "another boot state"
	phone 0 --int 706=202512 && row "a patch level below the policy's"
	phone 0 --int 706=202608 && row "a patch level below the device's own of before"
	phone 0 --int 705=130000 && row "a system below the policy's"
	phone 0 --text 710=other && row "a model that the policy does not name"
	phone 0 --int 702=2 && row "a key that was imported"
	phone 0 --level strongbox && row "another security level than the policy's"
	list 90 1badc0de "$batch" && await 'event=revocation-read .*entries=2\b'
	phone 7 && row "its maker's key is revoked"
}

bad_answers()
{
	tpm good && asked row && judged row "replayed: the first time"
	judged row "replayed: from another connection" \
		".bindings.transport = \"$elsewhere\""
	asked row && judged row "relayed to another connection" \
		".bindings.transport = \"$elsewhere\""
	asked row && judged row "handed in by another tenant" . backend-b
	asked row && judged row "handed in by a client without the workflow" . clerk
	asked row && judged row "handed in by a client without the channel" . visitor
	ttl=1 asked row
	while [[ $(ago 0) < $(cat row/ends) ]]; do sleep 0.1; done
	judged row "stale: the challenge has expired"
}

rollout_states()
{
	tpm good
	rollout_row "allowed" open fw-open
	rollout_row "held" beta fw-held
	api officer POST /v1/releases/fw-stopped/stop '{}'
	rollout_row "stopped" beta fw-stopped
	rollout_row "outside the stage" beta fw-canary
	rollout_row "outside the window" night fw-night
	tpm second && rollout_row "the limit: the device that has the permit" narrow fw-narrow
	tpm good && rollout_row "the limit is reached" narrow fw-narrow
	rollout_row "withdrawn" beta fw-gone
	rollout_row "not in the channel" no-tpms fw-no-tpms
	rollout_row "a release that the file does not have" beta fw-unknown
	phone && rollout_row "below the channel's build step" step fw-step
	phone && rollout_row "in the canary's group" beta fw-canary
	tpm good && channel=gold release='' refused_row "a channel that is not the tenant's"
}

# The configuration has changed: lists live for a minute and challenges, too; then
# the policy names applications.
other_times()
{
	tpm good && ttl=600 asked long
	tpm good && ttl=600 asked lost
	tpm2_pcrextend "0:sha256=$(printf 'evil' | sha256sum | cut -c1-64)"
	read_pcrs && row "a PCR that the policy does not know"
	service_stop
	sed -i 's|^revocation: {|& max_age = 60;|; $a challenge: { ttl = 60; ttl_max = 60; };' \
		anchord.conf
	ready
	phone && row "stale: the list of revoked keys"
	judged long "a challenge for longer than is permitted now"
	service_stop
	list 0 1badc0de "$batch"
	sed -i 's/max_age = 60;//; /^challenge: /d' anchord.conf
	write_eligibility_policy "apps = ( { package = \"org.anchord\"; signers = [\"$boot_key\"]; } );"
	ready
	phone && row "an application that the policy does not name"
	service_stop
	rm -rf ledger && mkdir ledger
	ready
	judged lost "the ledger does not know the challenge"
}

channel='' release='' ttl='' account=$(digest_of "account 4711")
prepare
[ "${1:-}" != --table ] || echo "every workflow, every kind of device, every state of a rollout:"
cells_begin "$here/../scenarios/eligibility.tsv"
write_eligibility_policy ''
write_clients >>prepared 2>&1
sed -i "s|^revocation: { |&accepted = \"$dir/accepted\"; |" anchord.conf
rm -f revoked
list 100 1badc0de
batch=$(keymint --state phone serials --device 7 --shape new-attest-key | sed -n 2p)
write_rollout
ready
for name in good second suspended retired pending deleted changed unknown; do
	new_tpm $name
done
for name in 0 7; do new_phone $name; done
for name in good second suspended retired deleted changed phone-0 phone-7; do
	order $name approve
done
order suspended suspend && order retired retire
api officer DELETE "/v1/enrollments/$(cat deleted.handle)"
next_second
tpm good && row "a good TPM"
phone && row "a good phone"
bad_devices
next_second
bad_answers
rollout_states
other_times
cells_end
[ "${1:-}" != --table ] || cells_print
finish
