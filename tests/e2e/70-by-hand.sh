#!/bin/bash
# Goal: every command of docs/curl.md works as it stands there, in one shell,
# against a service like that of `make run`.
. "$(dirname "$0")/lib.sh"
with_phone=1
prepare
service_start
wait_for 200 30 || bad "the service becomes ready" "$http_status"

sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$demo_root/docs/curl.md" >by-hand.sh
if [ "$(wc -l <by-hand.sh)" -lt 20 ]; then
	bad "the page has commands" "$(wc -l <by-hand.sh) lines"
fi
export PORT=$port SOURCE=$demo_root
if bash -euo pipefail by-hand.sh >by-hand.log 2>&1; then
	ok "the commands of docs/curl.md"
else
	bad "the commands of docs/curl.md" "exit status $?"
	sed 's/^/  | /' by-hand.log | tail -n 12
fi
same "the result in CBOR is one" 82 "$(head -c 1 result.cwt | xxd -p)"
same "the device was eligible" true "$(jq -r .eligible attestation.json)"
same "the replay was not" "false challenge-replayed" \
	"$(jq -r '"\(.eligible) \(.reasons | join(" "))"' replay.json)"
same "the phone was eligible" true "$(jq -r .eligible phone-attestation.json)"
same "unlocked, it was not" "false device-unlocked" \
	"$(jq -r '"\(.eligible) \(.reasons | join(" "))"' unlocked.json)"
finish
