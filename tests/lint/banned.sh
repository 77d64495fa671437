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

declare -A where_of except_of instead_of

read_table()
{
	local word where except instead
	while IFS=$'\t' read -r word where except instead; do
		case $word in '' | '#'*) continue ;; esac
		where_of[$word]=$where
		except_of[$word]=$except
		instead_of[$word]=$instead
	done <"$table"
	[ ${#where_of[@]} -gt 20 ] || { bad "banned.tsv is short"; finish; }
}

check()
{
	local file word where except
	while IFS= read -r file; do
		if ! code_of "$file" >"$scratch/code"; then
			echo "$file: the preprocessor failed"
			continue
		fi
		while IFS= read -r word; do
			[ -n "${where_of[$word]:-}" ] || continue
			read -ra where <<<"${where_of[$word]}"
			read -ra except <<<"${except_of[$word]}"
			if matches "$file" "${where[@]}" &&
				! matches "$file" "${except[@]}"; then
				echo "$file uses $word; here: ${instead_of[$word]}"
			fi
		done < <(sed -E 's/(\.|->) *[a-z_]+/ member/g' "$scratch/code" |
			grep -oE '\b[a-zA-Z_][a-zA-Z0-9_]*\b *\(|\b(goto|float|double)\b' |
			tr -d ' (' | sort -u)
	done < <(c_files tests)
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

read_table
check_repository
self_test
finish
