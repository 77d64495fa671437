#!/bin/bash
# Goal: the running service takes up pinned roots and Google's list of revoked
# keys as they come: a device with a software KeyMint is eligible, is revoked by
# one import, and is eligible again by the next; no list, no positive result.
. "$(dirname "$0")/lib.sh"

keymint=$demo_root/${ANCHORD_BUILD:-build}/test/keymint
[[ ${ANCHORD_BUILD:-} == /* ]] && keymint=$ANCHORD_BUILD/test/keymint
if ! [ -x "$keymint" ]; then
	skip "$scenario" "no $keymint: make tests"
	finish
fi

# judged: one enrolment challenge, answered by the device; sets reasons.
judged()
{
	reasons=none
	challenge_ask backend-a enroll '{}' || return
	"$keymint" --state "$dir/device" attest \
		--nonce "$(hex_of_b64url "$nonce")" >evidence.json || return
	attest backend-a "$challenge" evidence.json '{}' || reasons=$http_status
}

# soon WHAT REASONS: within some seconds, without a restart.
soon()
{
	local i
	for ((i = 0; i < 50; i++)); do
		judged
		[ "$reasons" = "$2" ] && break
		sleep 0.1
	done
	same "$1" "$2" "$reasons"
}

# import AT ENTRIES: true when the list was taken.
import()
{
	printf '{"entries":{%s}}' "$2" >status.json
	anchorctl revocation import --out "$dir/lists/revoked" --at "$1" \
		--accepted "$dir/accepted" status.json >import.log 2>&1
}

# accept: an officer's word for the list that was just refused.
accept()
{
	anchorctl revocation accept --out "$dir/accepted" \
		"$(sed 's/.* //' import.log)" >accept.log 2>&1
}

ago() { date -u -d "$1 seconds ago" +%Y-%m-%dT%H:%M:%SZ; }

prepare
mkdir -p device lists
chmod 711 lists
"$keymint" --state device roots >lists/roots
batch=$("$keymint" --state device serials | sed -n 2p)
sed -i '/^  enroll:/,/};$/c\  enroll: { formats = ["android-key"]; };' policy.conf
cat >>policy.conf <<'END'
android: { boot_states = ["self_signed"]; boot_keys = ["BOOT"]; };
END
boot=$("$keymint" --state device attest --nonce 00 >one.json &&
	"$keymint" --state device pem --nonce 00 >one.pem &&
	anchorctl inspect --format android-key one.pem |
	jq -r .key_description.hardware_enforced.root_of_trust.verified_boot_key)
sed -i "s/BOOT/$boot/" policy.conf
anchors="( { file = \"$dir/lists/roots\"; purposes = [\"android-key\"]; } )"
sed -i "s|^trust: {|& anchors = $anchors;|" anchord.conf
cat >>anchord.conf <<END
revocation: { file = "$dir/lists/revoked"; accepted = "$dir/accepted"; max_age = 3600; };
END
service_start
if ! wait_for 200 30; then
	bad "the service becomes ready" "$http_status $(cat http.json)"
	finish
fi

judged
same "without a list nothing is believed" revocation-stale "$reasons"
holds "an empty list" import "$(ago 100)" ''
soon "a good device is eligible" ""
same "and the result says so" true "$eligible"
holds "its batch key is suspended" \
	import "$(ago 90)" "\"$batch\":{\"status\":\"SUSPENDED\"}"
soon "the device is refused" chain-revoked
if import "$(ago 95)" ''; then
	bad "an older list is refused" "$(cat import.log)"
else
	ok "an older list is refused"
fi
if import "$(ago 80)" ''; then
	bad "an empty list after a full one is refused" "$(cat import.log)"
else
	ok "an empty list after a full one is refused"
fi
# Whoever may write the file goes around the import, and the verifiers refuse.
cp lists/revoked mine
rm lists/revoked
import "$(ago 80)" '' || bad "import" "$(cat import.log)"
sleep 1
judged
same "the device stays refused" chain-revoked "$reasons"
cp mine lists/revoked
if import "$(ago 80)" ''; then
	bad "the empty list is refused again" "$(cat import.log)"
fi
holds "an officer accepts it" accept
holds "then a list without it is taken" import "$(ago 80)" ''
soon "the device is eligible again" ""
mv lists/revoked lists/away
sleep 1
judged
same "a list that is gone was taken from nobody" "" "$reasons"
mv lists/away lists/revoked

: >none
openssl req -x509 -newkey ed25519 -nodes -keyout none -subj /CN=other -days 2 \
	-out lists/other 2>/dev/null
mv lists/roots lists/ours
mv lists/other lists/roots
soon "other roots hold at once" chain-untrusted
mv lists/ours lists/roots
soon "and so do the old ones" ""

service_stop
import "$(ago 80)" '' || bad "import" "$(cat import.log)"
sed -i 's/max_age = 3600/max_age = 60/' anchord.conf
service_start
wait_for 200 30
judged
same "a list over its age is stale" revocation-stale "$reasons"
holds "a fresh one" import "$(ago 0)" ''
soon "ends that" ""
finish
