#!/bin/bash
# revocation.sh - seeds for the target about lists of revocations.
#
#	tests/fuzz/seeds/revocation.sh
#
# Fills tests/fuzz/corpus/status_list/: Google's JSON with every member, some
# that must be refused, and the files that anchorctl makes of the good ones.
set -eu
cd "$(dirname "$0")/../../.."
corpus=tests/fuzz/corpus/status_list
ctl=${ANCHORD_BUILD:-build}/bin/anchorctl
mkdir -p "$corpus"

seed() { printf '{"entries":{%s}}' "$2" >"$corpus/$1"; }

seed empty ''
seed one '"c35747a084470c3135aeefe2b8d40cd6":{"status":"REVOKED"}'
seed all '"1":{"status":"REVOKED","reason":"KEY_COMPROMISE","expires":"2026-02-28","comment":"x"},"6681152659205225093": {"status":"SUSPENDED","reason":"CA_COMPROMISE"}'
seed reasons '"a":{"status":"REVOKED","reason":"UNSPECIFIED"},"b":{"status":"REVOKED","reason":"SUPERSEDED"},"c":{"status":"REVOKED","reason":"SOFTWARE_FLAW"}'
seed comment '"a":{"comment":"\u00e9 \"\\ é","status":"REVOKED"}'
seed longest '"ffffffffffffffffffffffffffffffffffffffff":{"status":"REVOKED"}'
seed bad-twice '"a":{"status":"REVOKED"},"a":{"status":"REVOKED"}'
seed bad-zero '"0a":{"status":"REVOKED"}'
seed bad-status '"a":{"status":"OK"}'
seed bad-long '"1ffffffffffffffffffffffffffffffffffffffff":{"status":"REVOKED"}'
seed bad-date '"a":{"status":"REVOKED","expires":"2026-02-30"}'
for name in empty one all reasons; do
	"$ctl" revocation import --at 2026-11-23T12:00:00Z \
		--out "$corpus/file-$name" "$corpus/$name" >/dev/null
done
