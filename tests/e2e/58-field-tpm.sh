#!/bin/bash
# Goal: TPM evidence that the field broke verifiers with, real and forged, judged as a person does it: each case of the collection beside the
# checkout has the verdict, the reasons, or the exit status that it wants.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${ANCHORD_BUILD:-build}
[[ $build == /* ]] || build=$PWD/$build
ctl=$build/bin/anchorctl
corpora=../shared/corpora
field=$corpora/field/tpm
passed=0 failed=0

if ! [ -r "$field/CASES.json" ]; then
	echo "  skip  no such collection beside the checkout"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

# What a case says of the answer on standard input, member by member.
met='. as $got | $want | to_entries | all(.value as $value |
	if .key == "reasons" then ($got.reasons | sort) == ($value | sort)
	elif .key == "verdict_not" then $got.verdict != $value
	else $got[.key] == $value end)'

while IFS= read -r case; do
	name=$(jq -r .case <<<"$case")
	mapfile -t args < <(jq -r --arg d "$field/$name" \
		'.args[] | sub("^@D"; $d)' <<<"$case")
	answer=$("$ctl" "${args[@]}" 2>/dev/null)
	rc=$?
	[ -n "$answer" ] || answer='{}'
	if jq -e --argjson want "$(jq -c .want <<<"$case")" \
		--argjson rc $rc ". + {rc: \$rc} | $met" <<<"$answer" >/dev/null
	then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '  FAIL  %s %s: %s, got %s %s\n' "$name" \
			"$(jq -r '.args[4]' <<<"$case")" \
			"$(jq -c .want <<<"$case")" "$rc" \
			"$(jq -c '[.verdict, .reasons]' <<<"$answer")"
	fi
done < <(jq -c '.[]' "$field/CASES.json")

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
