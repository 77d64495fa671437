#!/bin/bash
# banned.sh - words that do not occur in our C: banned.tsv says which and where.
#
# Comments and string literals are taken out first, by the preprocessor and by
# sed; what is left is code.
. "$(dirname "$0")/lib.sh"

table=$lint_dir/banned.tsv

# The words of a file's code, each once: "strcpy(" or "goto ".
code_of()
{
	gcc -fpreprocessed -dD -E -P -x c "$1" 2>/dev/null |
		sed -e 's/"\([^"\\]\|\\.\)*"/""/g' \
			-e "s/'\([^'\\\\]\|\\\\.\)*'/0/g" \
			-e '/^[ \t]*#[ \t]*include/d'
}

matches()
{
	local text=$1 p
	shift
	for p in "$@"; do
		# shellcheck disable=SC2053
		[[ $text == $p ]] && return 0
	done
	return 1
}

check()
{
	local file word where except instead
	local words=() wheres=() excepts=() insteads=()
	while IFS=$'\t' read -r word where except instead; do
		case $word in '' | '#'*) continue ;; esac
		words+=("$word") wheres+=("$where")
		excepts+=("$except") insteads+=("$instead")
	done <"$table"
	[ ${#words[@]} -gt 20 ] || return 1

	while IFS= read -r file; do
		if ! code_of "$file" >"$scratch/code"; then
			echo "$file: the preprocessor failed"
			continue
		fi
		sed -E 's/(\.|->) *[a-z_]+/ member/g' "$scratch/code" |
			grep -oE '\b[a-zA-Z_][a-zA-Z0-9_]*\b *\(|\b(goto|float|double)\b' |
			tr -d ' (' | sort -u >"$scratch/words"
		judge "$file"
	done < <(c_files tests)
}

judge()
{
	local i w e
	for i in "${!words[@]}"; do
		grep -qx -e "${words[i]}" "$scratch/words" || continue
		read -ra w <<<"${wheres[i]}"
		read -ra e <<<"${excepts[i]}"
		if matches "$1" "${w[@]}" && ! matches "$1" "${e[@]}"; then
			echo "$1 uses ${words[i]}; here: ${insteads[i]}"
		fi
	done
}

self_test()
{
	plant src/base/a.c <<<'void f(char *a) { strcpy(a, "b"); }'
	planted "a banned call" 'a.c uses strcpy'

	plant src/base/a.c <<<'void f(void) { goto out; out:; }'
	planted "a goto" 'a.c uses goto'

	plant src/front/a.c <<<'char *f(void) { return getenv("A"); }'
	planted "the environment in a role" 'a.c uses getenv'

	plant src/crypto/a.c <<<'void f(void) { log_event(1, "a"); }'
	planted "a log line in a pure floor" 'a.c uses log_event'

	plant src/supervisor/a.c <<'END'
/* strcpy(a, b) and goto are words here. */
int g(struct h *h) { return h->random(1); }
const char *s = "system(\"x\") goto";
char *f(void) { return getenv("A"); }
END
	clean "banned words in a comment and a string"
}

check_repository
self_test
finish
