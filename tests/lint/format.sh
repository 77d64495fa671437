#!/bin/bash
# format.sh - the one layout: .clang-format says it, nobody discusses it.
. "$(dirname "$0")/lib.sh"

style=$root/.clang-format

check()
{
	local file
	while IFS= read -r file; do
		clang-format --style="file:$style" --dry-run -Werror "$file" \
			>"$scratch/says" 2>&1 ||
			echo "$file is not formatted: $(head -n 1 "$scratch/says")"
	done < <(c_files tests)
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
