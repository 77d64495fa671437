#!/bin/bash
# banned.sh - words that do not occur in our C: banned.tsv says which and where.
#
# Comments and literals are taken out first; what is left is code.
. "$(dirname "$0")/lib.sh"

table=$lint_dir/banned.tsv

# The words of the files' code, each once a file: "FILE WORD" for "WORD (" and
# for the words that stand alone.  Members are no calls.  One process for all
# files: a process a file made this the slowest lint.
words_of()
{
	perl -e '
		for my $file (@ARGV) {
			open(my $in, "<", $file) or die "$file: $!\n";
			local $/;
			my $c = <$in>;
			$c =~ s{/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\])*")|(\x27(?:\\.|[^\x27\\])*\x27)}
				{defined $1 ? "\"\"" : defined $2 ? "0" : " "}gse;
			$c =~ s/\\\n/ /g;
			$c =~ s/(?:\.|->)\s*[a-z_]+/ member/g;
			my %seen;
			$seen{$1 // $2} = 1 while $c =~
				/\b([a-zA-Z_]\w*)\b\s*\(|\b(goto|float|double)\b/g;
			print "$file $_\n" for sort keys %seen;
		}' "$@"
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
	local file word where except files
	mapfile -t files < <(c_files tests)
	[ ${#files[@]} -gt 0 ] || return 0
	words_of "${files[@]}" >"$scratch/words" || return
	while read -r file word; do
		[ -n "${where_of[$word]:-}" ] || continue
		read -ra where <<<"${where_of[$word]}"
		read -ra except <<<"${except_of[$word]}"
		if matches "$file" "${where[@]}" &&
			! matches "$file" "${except[@]}"; then
			echo "$file uses $word; here: ${instead_of[$word]}"
		fi
	done <"$scratch/words"
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

	plant src/base/a.c <<'END'
char c = '"'; /* " */ void f(char *a) { strcpy(a, "/*"); }
END
	planted "a banned call among odd literals" 'a.c uses strcpy'

	plant src/supervisor/a.c <<'END'
/* strcpy(a, b) and goto are words here. */
// And so are sprintf(a) and goto.
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
