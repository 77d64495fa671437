#!/bin/bash
# Goal: evidence that the field broke verifiers with, real one and shapes of attacks,
# judged as a person does it: each case of the collections beside the checkout has
# the verdict, the reasons, or the exit status that it wants.
#
# CASES.json of a collection is an array of {"case", "args", "want"}: in an argument
# "@D" is the case's directory and "@ROOTS" the Android roots of the corpora.  want
# names members of the answer, "rc" for the exit status, and "verdict_not".
set -u

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=${ANCHORD_BUILD:-build}
[[ $build == /* ]] || build=$PWD/$build
corpora=../shared/corpora
roots=$corpora/android-key-attestation/roots
passed=0 failed=0 skipped=0

# Collection, a file of cases of our own about it, and what else it needs.
collections=(
	"tpm tests/e2e/field-tpm.json"
	"android - $roots"
)

# What a case says of the answer on standard input, member by member.
met='. as $got | $want | to_entries | all(.value as $value |
	if .key == "reasons" then ($got.reasons | sort) == ($value | sort)
	elif .key == "verdict_not" then $got.verdict != $value
	else $got[.key] == $value end)'

# field_case DIRECTORY CASE: as JSON; says what is not as wanted.
field_case()
{
	local name args answer rc
	name=$(jq -r .case <<<"$2")
	mapfile -t args < <(jq -r --arg d "$1/$name" --arg r "$roots" \
		'.args[] | sub("^@D"; $d) | sub("^@ROOTS"; $r)' <<<"$2")
	answer=$("$build/bin/anchorctl" "${args[@]}" 2>/dev/null)
	rc=$?
	[ -n "$answer" ] || answer='{}'
	jq -e --argjson want "$(jq -c .want <<<"$2")" --argjson rc $rc \
		". + {rc: \$rc} | $met" <<<"$answer" >/dev/null && return
	printf '  FAIL  %s %s: %s, got %s %s\n' "$name" "${args[*]:3:3}" \
		"$(jq -c .want <<<"$2")" "$rc" \
		"$(jq -c '[.verdict, .reasons]' <<<"$answer")"
	return 1
}

# field_run NAME MORE [NEEDED]: all cases, or none when a file is not there.
field_run()
{
	local field=$corpora/field/$1 before=$passed case file
	local tables=("$field/CASES.json")
	[ "$2" = - ] || tables+=("$2")
	for file in "$field/CASES.json" "${@:3}"; do
		[ -r "$file" ] && continue
		echo "  skip  no collection $1 beside the checkout"
		skipped=$((skipped + 1))
		return
	done
	while IFS= read -r case; do
		if field_case "$field" "$case"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done < <(jq -c '.[]' "${tables[@]}")
	[ "$passed" -gt "$before" ] || {
		echo "  FAIL  no case of $1 passed"
		failed=$((failed + 1))
	}
}

for collection in "${collections[@]}"; do
	# shellcheck disable=SC2086
	field_run $collection
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
