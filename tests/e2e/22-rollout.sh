#!/bin/bash
# Goal: over real TLS a good device is held back or let on by the rollout file: by
# channel, group, stage, hold, withdrawal, window, build, limit; the signed result
# says by which file and stage; a new file comes into force without a restart, a
# broken one does not, and without a usable file nothing that it should judge is
# answered.
. "$(dirname "$0")/lib.sh"

# rollout CHANNEL-SETTINGS RELEASE-SETTINGS: the file, whole at any time.
version=0
rollout()
{
	version=$((version + 1))
	cat >rollout.new <<-END
		id = "fleet"; version = $version;
		groups: ( { name = "ours"; handles = [ "$handle" ]; },
			{ name = "others"; formats = [ "android-key" ]; } );
		channels: ( { name = "beta"; $1 } );
		releases: ( { release = "fw-2"; channel = "beta"; $2 } );
	END
	mv rollout.new rollout.conf
}

# in_force: waits until the ledger has taken up the file's version.
in_force()
{
	local i
	for i in $(seq 200); do
		grep -q "event=rollout-read.* version=$version" service.log && return
		sleep 0.1
	done
	bad "version $version comes into force" "$(tail -n 3 service.log)"
}

# try WHAT REASONS CHANNEL-SETTINGS RELEASE-SETTINGS: the answer to the device.
try()
{
	rollout "$3" "$4"
	in_force
	ask
	verdict "$1" "$2"
}

ask()
{
	local members='{"channel": "beta", "release": "fw-2"}'
	fresh device "${1:-$members}"
	attest backend-a "$challenge" device.json "$(bound "$transport" "$request" |
		jq -c --argjson m "${1:-$members}" '. + $m')"
}

# said JQ: of the signed result.
said()
{
	printf '%s' "$result" | cut -d. -f2 | tr '_-' '/+' |
		sed 's/$/===/' | base64 -di 2>/dev/null | jq -r ".anchord$1"
}

all='stages = ( { name = "all"; percent = 100; } );'

prepare
handle=dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
rollout "" "$all"
sed -i 's/channels = \["beta"\]/channels = ["beta", "stable"]/' anchord.conf
printf 'rollout: { file = "%s/rollout.conf"; };\n' "$dir" >>anchord.conf
officer_row='{ san = "URI:spiffe://demo/officer"; roles = ["officer"]; },'
sed -i "s|{ san = \"URI:spiffe://demo/monitor\".*|$officer_row\n&|" anchord.conf
make_certificate demo-ca officer URI:spiffe://demo/officer client >>prepared 2>&1
service_start
wait_for 200 30 || { bad "the service becomes ready" "last /readyz: $http_status"; finish; }
enrol backend-a || { bad "enrolment" "$http_status"; finish; }

try "for all" "" "" "$all"
same "the result names file, version and stage" "fleet $version all" \
	"$(said '.rollout | "\(.id) \(.version) \(.stage)"')"
same "and the file's digest" "$(sha256sum rollout.conf | cut -c1-64)" \
	"$(hex_of_b64url "$(said .rollout.digest)")"
try "for its group" "" 'allow = [ "ours" ];' "$all"
same "the result names the group" ours "$(said .rollout.group)"
try "for others" channel-denied 'allow = [ "others" ];' "$all"
same "which is no eligible result" false "$(said .eligible)"
try "denied" channel-denied 'deny = [ "ours" ];' "$all"
try "reached as a canary" "" "" 'stages = ( { name = "canary"; group = "ours"; } );'
try "no canary" rollout-not-reached "" 'stages = ( { name = "canary"; group = "others"; } );'
later=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
try "before its stage" rollout-not-reached "" \
	"stages = ( { name = \"later\"; percent = 100; from = \"$later\"; } );"
same "it is told how long" true \
	"$(answer '.retry_after > 3000 and .retry_after <= 3600')"
same "in the signed result, too" true \
	"$(said '.rollout.retry_after > 3000')"
try "behind a gate" rollout-not-reached "" \
	'stages = ( { name = "gated"; percent = 100; gate = "closed"; } );'
try "a hold" rollout-held "" "$all"' hold = { owner = "ops"; reason = "crashes"; since = "2026-11-01T00:00:00Z"; };'
wait_for 200 10
same "a hold without an alarm is no alarm" null "$(answer .degraded)"
try "a hold that is older than its alarm" rollout-held "" \
	"$all"' hold = { owner = "ops"; reason = "ticket 7"; since = "2026-11-01T00:00:00Z"; alarm = "1d"; };'
for i in $(seq 100); do
	api monitor GET /readyz
	[ "$(answer .degraded)" != null ] && break
	sleep 0.1
done
same "somebody is told" \
	"200 ledger: rollout: the hold of the release fw-2, since 2026-11-01T00:00:00Z, is older than its alarm" \
	"$http_status $(answer .degraded)"
same "and the log says whom to ask" 1 \
	"$(grep -c 'event=rollout-hold-overdue.* owner=ops.*ticket 7' service.log)"
try "a hold of the channel" rollout-held \
	'hold = { owner = "ops"; reason = "crashes"; since = "2026-11-01T00:00:00Z"; };' "$all"
try "withdrawn" release-withdrawn "" "$all"' withdrawn = "bricks";'
hour=$(date -u -d '+2 hours' +%H:%M)
past=$(date -u -d '-1 hour' +%H:%M)
try "in its window" "" \
	"windows = ( { from = \"$past\"; to = \"$hour\"; zone = \"UTC\"; } );" "$all"
try "outside its window" rollout-window \
	"windows = ( { from = \"$hour\"; to = \"$past\"; zone = \"UTC\"; } );" "$all"
try "expedited" "" "windows = ( { from = \"$hour\"; to = \"$past\"; zone = \"UTC\"; } );" \
	'expedite = true;'
try "a build that the evidence does not show" build-step 'build = "os_version";' \
	'build = 3; '"$all"
try "its first attempt" "" 'limits = { attempts = 1; permit = "1s"; };' "$all"
ask
for i in $(seq 50); do # until the permit has ended
	[ "$reasons" = rollout-limit ] && break
	sleep 0.1
	ask
done
verdict "and no second one" rollout-limit
ask '{"channel": "beta", "release": "fw-3"}'
verdict "a release that the file does not have" rollout-not-reached
ask '{"channel": "beta"}'
verdict "the channel alone" ""
ask '{"channel": "stable"}'
verdict "another channel" channel-denied
fresh plain
attest backend-a "$challenge" plain.json "$(bound "$transport" "$request")"
verdict "neither: no question of the rollout" ""
same "and the result says nothing of it" null "$(said .rollout)"

# An emergency stop holds at once, also for a challenge that was issued before.
rollout "" "$all"
in_force
members='{"channel": "beta", "release": "fw-2"}'
fresh before "$members"
api backend-a POST /v1/releases/fw-2/stop '{}'
problem "a backend stops no release" 403 role-denied
api officer POST /v1/releases/fw%202/stop '{}'
same "nor anybody one of another spelling" 404 "$http_status"
api officer POST /v1/releases/fw-2/stop '{"reason": "ticket 4711"}'
same "an officer does" "201 fw-2" "$http_status $(answer .release)"
stop=$(answer .stop)
attest backend-a "$challenge" before.json "$(bound "$transport" "$request" |
	jq -c --argjson m "$members" '. + $m')"
verdict "for a challenge of before" rollout-stopped
api officer POST /v1/releases/fw-2/stop '{}'
same "again it is the same stop" "200 $stop" "$http_status $(answer .stop)"
same "the log has it once" 1 "$(grep -c "event=release-stopped.* stop=$stop" service.log)"
kill -KILL "$(pgrep -P "$service_pid" -f anchord-ledger)"
wait_for 503 10
wait_for 200 30
ask
verdict "a ledger that was killed knows it" rollout-stopped
try "and no other file lifts it" rollout-stopped "" "$all lifts = [ \"${stop//[0-9a-f]/0}\" ];"
try "but one that names it" "" "" "$all lifts = [ \"$stop\" ];"

# A broken file does not come into force, and is told.
echo 'id = "fleet"; version = 99; channels: ( { name = "beta"; alow = [ "ours" ]; } );' >rollout.conf
for i in $(seq 200); do
	grep -q "event=rollout-refused.*did you mean allow" service.log && break
	sleep 0.1
done
same "a broken file is refused by line and setting" 1 \
	"$(grep -c 'event=rollout-refused.*line 1: alow: unknown setting; did you mean allow' service.log)"
ask '{"channel": "stable"}'
verdict "the file before stays in force" channel-denied
wait_for 200 10
same "and the service is degraded" 1 "$(answer .degraded | grep -c 'did you mean allow')"

# Without a usable file nothing is answered that it should judge.
service_stop
service_start
wait_for 503 30
for i in $(seq 200); do # at first it is starting
	wait_for 503 10 && answer .reason | grep -q 'did you mean allow' && break
	sleep 0.1
done
same "a start with a broken file is not ready" 1 \
	"$(answer .reason | grep -c 'did you mean allow')"
ask '{"channel": "beta"}'
problem "and answers nothing" 503 not-ready
rollout "" "$all"
wait_for 200 30
same "until it is mended" 200 "$http_status"
finish
