#!/bin/bash
# headers.sh - each header compiles alone, and twice over.
#
# Then a file may include the one header that it needs, in any order.
. "$(dirname "$0")/lib.sh"

read -ra flags <<<"$(lint_flags)"
[ ${#flags[@]} -gt 0 ] || { bad "no compiler flags"; finish; }

check()
{
	local h
	while IFS= read -r h; do
		printf '#include "%s"\n#include "%s"\nint lint_unit;\n' \
			"$h" "$h" |
			gcc "${flags[@]}" -Wall -Werror -fsyntax-only -x c - \
				2>"$scratch/gcc" ||
			echo "$h does not compile alone: $(grep -m 1 error \
				"$scratch/gcc")"
	done < <(c_files tests | grep '\.h$')
}

self_test()
{
	plant include/a.h <<<'size_t f(void);'
	planted "a header that needs another" 'include/a.h does not compile'

	plant src/front/a.h <<<'struct a { int b; };'
	planted "a header without a guard" 'src/front/a.h does not compile'

	plant include/a.h <<'END'
#ifndef A_H
#define A_H
#include <stddef.h>
size_t f(void);
#endif
END
	clean "a header that stands alone"
}

check_repository
self_test
finish
