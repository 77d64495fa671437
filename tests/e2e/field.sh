# field.sh - the cases of a collection beside the checkout: what is asked of
# anchorctl, and what it must answer.  Sourced by a scenario, which sets `field`
# to the collection's directory; never run.
#
# CASES.json is an array of {"case", "args", "want"}: in an argument "@D" is the
# case's directory and "@ROOTS" the Android roots of the corpora.  want names
# members of the answer, "rc" for the exit status, and "verdict_not".  A scenario
# may set `more` to a file of cases of our own about the same collection.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=${ANCHORD_BUILD:-build}
[[ $build == /* ]] || build=$PWD/$build
corpora=../shared/corpora
roots=$corpora/android-key-attestation/roots

# What a case says of the answer on standard input, member by member.
met='. as $got | $want | to_entries | all(.value as $value |
	if .key == "reasons" then ($got.reasons | sort) == ($value | sort)
	elif .key == "verdict_not" then $got.verdict != $value
	else $got[.key] == $value end)'

# field_case CASE: as JSON; says what is not as wanted.
field_case()
{
	local name args answer rc
	name=$(jq -r .case <<<"$1")
	mapfile -t args < <(jq -r --arg d "$field/$name" --arg r "$roots" \
		'.args[] | sub("^@D"; $d) | sub("^@ROOTS"; $r)' <<<"$1")
	answer=$("$build/bin/anchorctl" "${args[@]}" 2>/dev/null)
	rc=$?
	[ -n "$answer" ] || answer='{}'
	jq -e --argjson want "$(jq -c .want <<<"$1")" --argjson rc $rc \
		". + {rc: \$rc} | $met" <<<"$answer" >/dev/null && return
	printf '  FAIL  %s %s: %s, got %s %s\n' "$name" "${args[*]:3:3}" \
		"$(jq -c .want <<<"$1")" "$rc" \
		"$(jq -c '[.verdict, .reasons]' <<<"$answer")"
	return 1
}

# field_run FILE...: all cases, or none when a file is not there.
field_run()
{
	local passed=0 failed=0 case file
	for file in "$field/CASES.json" "$@"; do
		[ -r "$file" ] && continue
		echo "  skip  no such collection beside the checkout"
		echo "0 passed, 0 failed, 1 skipped"
		return 0
	done
	while IFS= read -r case; do
		if field_case "$case"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done < <(jq -c '.[]' "$field/CASES.json" ${more:+"$more"})
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
