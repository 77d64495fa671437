#!/bin/bash
# run.sh - each fuzz target for some seconds, from its committed corpus.
#
#	tests/fuzz/run.sh SECONDS TARGET...
#
# What libFuzzer finds new stays beside the target; a crash is written there,
# too, and belongs into tests/fuzz/regression/<parser>/ once it is mended.
set -u
cd "$(dirname "$0")/../.." || exit 1

seconds=$1
shift
passed=0 failed=0
for target in "$@"; do
	name=$(basename "$target")
	name=${name#fuzz_}
	found=$(dirname "$target")/found/$name
	crashes=$(dirname "$target")/crashes/$name-
	mkdir -p "$found" "$(dirname "$crashes")"
	seeds=()
	for d in "tests/fuzz/corpus/$name" "tests/fuzz/regression/$name"; do
		[ -d "$d" ] && seeds+=("$d")
	done
	if "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
		-artifact_prefix="$crashes" "$found" "${seeds[@]}" \
		>"$target.log" 2>&1; then
		passed=$((passed + 1))
		printf '  ok    %-24s %s\n' "$name" "$(grep -a '^Done' "$target.log")"
	else
		failed=$((failed + 1))
		printf '  FAIL  %-24s see %s\n' "$name" "$target.log"
	fi
done
printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
