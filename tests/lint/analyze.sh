#!/bin/bash
# analyze.sh - gcc's path analysis (it understands the cleanup attribute) and
# cppcheck: leaks, use after free, null pointers on some path.  cppcheck is not
# asked about leaks, since it does not know that attribute.  Both err now and
# then, so `make analyze` is no part of `make lint`; analyze.tsv lists what was
# looked at and is none.
. "$(dirname "$0")/lib.sh"

read -ra flags <<<"$(lint_flags)"
[ ${#flags[@]} -gt 0 ] || { bad "no compiler flags"; finish; }

sources()
{
	c_files | grep '\.c$'
}

# Takes the findings of a file out that analyze.tsv lists.
known()
{
	local file warning why out=()
	while IFS=$'\t' read -r file warning why; do
		[ "$file" = "$1" ] && out+=(-e "$warning")
	done <"$lint_dir/analyze.tsv"
	if [ ${#out[@]} -gt 0 ]; then
		grep -v "${out[@]}"
	else
		cat
	fi
}

check()
{
	local file
	while IFS= read -r file; do
		gcc "${flags[@]}" -O1 -fanalyzer -Werror -c -o /dev/null "$file" \
			>"$scratch/says" 2>&1 && continue
		grep -E ' error: ' "$scratch/says" | known "$file" | head -n 1 |
			sed "s|^|$file: gcc: |"
	done < <(sources)
	command -v cppcheck >/dev/null || return 0
	sources | cppcheck --quiet --file-list=- --inline-suppr -Iinclude -Isrc -I. \
		--enable=warning,performance,portability --std=c11 \
		--suppress=missingIncludeSystem --suppress=memleak \
		--suppress=resourceLeak --suppress=internalAstError \
		--template='{file}:{line}: cppcheck: {message} ({id})' 2>&1
}

self_test()
{
	plant src/base/a.c <<'END'
#include <stdlib.h>
int f(int n);
int f(int n)
{
	char *p = malloc(8);
	if (!p || n > 4)
		return 1;
	p[0] = (char)n;
	free(p);
	return 0;
}
END
	planted "a leak on one path" 'a.c: gcc: .*leak'

	plant src/base/a.c <<'END'
#include <stdlib.h>
static inline void auto_free(char **p) { free(*p); }
int f(int n);
int f(int n)
{
	__attribute__((cleanup(auto_free))) char *p = malloc(8);
	if (!p || n > 4)
		return 1;
	p[0] = (char)n;
	return 0;
}
END
	clean "a cleanup by scope"
}

check_repository
self_test
finish
