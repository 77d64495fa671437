#!/bin/bash
# format.sh - the one layout: .clang-format says it, nobody discusses it.
. "$(dirname "$0")/lib.sh"

style=$root/.clang-format

check()
{
	local files
	mapfile -t files < <(c_files tests)
	[ ${#files[@]} -gt 0 ] || return 0
	clang-format --style="file:$style" --dry-run -Werror "${files[@]}" \
		>"$scratch/says" 2>&1 && return 0
	grep ' error: ' "$scratch/says" |
		awk -F: '!told[$1]++ { print $1 " is not formatted, line " $2 }'
	grep -q ' error: ' "$scratch/says" || head -n 3 "$scratch/says"
}

self_test()
{
	plant src/base/a.c <<<'int f(void) { return 0; }'
	planted "another layout" 'a.c is not formatted'

	printf 'int\nf(void)\n{\n\treturn 0;\n}\n' | plant src/base/a.c
	clean "the one layout"
}

check_repository
self_test
finish
