#!/bin/bash
# analyze.sh - gcc's path analysis and cppcheck over the C files given.
#
# Their findings are opinions until somebody has looked at them, so this is not
# a lint: it is run by hand and before a release.
set -u
cd "$(dirname "$0")/.." || exit 1

read -ra flags <<<"$(make -s --no-print-directory lint-flags)"
passed=0 failed=0
for file in "$@"; do
	if said=$(gcc "${flags[@]}" -O1 -fanalyzer -Werror -c -o /dev/null \
		"$file" 2>&1); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s\n' "$said"
	fi
done
if command -v cppcheck >/dev/null; then
	if cppcheck --quiet --error-exitcode=1 --inline-suppr -Iinclude \
		--enable=warning,performance,portability --std=c11 \
		--suppress=missingIncludeSystem "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
fi
printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
