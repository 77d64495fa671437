#!/bin/bash
# headers.sh - each header compiles alone, and twice over.
#
# Then a file may include the one header that it needs, in any order.  Those of
# include/anchord are for others: they compile in C and in C++, as they lie in a
# directory of their own and with nothing else of ours, and say no name but ours.
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
	check_public
}

check_public()
{
	local h lang std
	rm -rf "$scratch/public" && mkdir "$scratch/public"
	[ -d include/anchord ] || return 0
	cp -r include/anchord "$scratch/public"
	for h in include/anchord/*.h; do
		for std in c:c99 c++:c++11; do
			lang=${std%%:*}
			printf '#include <%s>\n#include <%s>\nint lint_unit;\n' \
				"${h#include/}" "${h#include/}" |
				gcc -std="${std#*:}" -I"$scratch/public" -Wall \
					-Wextra -Wpedantic -Werror -fsyntax-only \
					-x "$lang" - 2>"$scratch/gcc" ||
				echo "$h does not compile alone in ${std#*:}: $(
					grep -m 1 error "$scratch/gcc")"
		done
		grep -nE '^(#define|enum|struct|typedef|[a-z][a-z_0-9]*\()' "$h" |
			grep -viE 'anchord_|define (REASON|PROBLEM)\(' |
			sed "s|^|$h has a name without anchord_, line |"
	done
}

self_test()
{
	plant include/a.h <<<'size_t f(void);'
	planted "a header that needs another" 'include/a.h does not compile'

	plant src/front/a.h <<<'struct a { int b; };'
	planted "a header without a guard" 'src/front/a.h does not compile'

	plant include/anchord/a.h <<<'static inline int anchord_f(int new) { return new; }'
	planted "a public header that C++ refuses" 'not compile alone in c++11'

	plant include/anchord/a.h <<'END'
#ifndef ANCHORD_A_H
#define ANCHORD_A_H
#define MAX 3
#endif
END
	planted "a public name without a prefix" 'a name without anchord_'

	plant include/anchord/a.h <<'END'
#include "base/bytes.h"
END
	planted "a public header that stands on a room" 'does not compile alone'

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
