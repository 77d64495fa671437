#!/bin/bash
# words.sh - the project speaks of itself, of nothing else, and leaves no notes.
#
# No reminders in place of work, no paths of one machine, no reference to
# documents or places that a reader of this repository does not have.
. "$(dirname "$0")/lib.sh"

# One extended regular expression a line; a bracket keeps each from finding
# itself.  The second list is taken out of a line before it is looked at.
words='\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b
(^|[^a-z.])/wor[k]/
/tm[p]/w\b
/hom[e]/[a-z]
/roo[t]/
\b(DESIG[N]|STYL[E]|BRIE[F])\.md\b
\bshare[d]/
\bissue[ ]#?[0-9]+\b
\bwork[p]lace\b
\b[e]ngineer ["'\''(]?[a-h]\b
\bpull[ ]request #?[0-9]+\b'
spared='(\.\./)+share[d]/corpora|\$\{?[a-z_]+\}?/share[d]/corpora'

# What git has or would take; everything, where there is no git.
files()
{
	git ls-files -co --exclude-standard 2>/dev/null ||
		find . -type f -printf '%P\n'
}

# A line that names what is spared is looked at again without it.
check()
{
	printf '%s\n' "$words" >"$scratch/words"
	files | grep -vE '^(LICENSE$|tests/fuzz/corpus/)' |
		while IFS= read -r file; do
			[ -f "$file" ] && printf '%s\0' "$file"
		done |
		xargs -0r grep -HnIE -f "$scratch/words" |
		sed -E "s#$spared##g" >"$scratch/lines"
	sed -E 's/^[^:]*:[0-9]+://' "$scratch/lines" |
		grep -nE -f "$scratch/words" | cut -d: -f1 >"$scratch/numbers"
	awk 'NR == FNR { bad[$1] = 1; next } bad[FNR]' \
		"$scratch/numbers" "$scratch/lines"
	return 0
}

self_test()
{
	plant a.c <<<'/* TO''DO: later */'
	planted "a reminder" 'a.c:1'

	plant docs/a.md <<<'see /hom''e/alice/a.txt'
	planted "a path of one machine" 'docs/a.md:1'

	plant a.sh <<<'cat ../share''d/notes.txt'
	planted "a place beside the repository" 'a.sh:1'

	plant a.sh <<<'ls ../shared/corpora/tpm2'
	clean "the corpus beside the checkout"

	plant a.md <<<'The framework compares; /workflow/ is a word.'
	clean "plain words"
}

check_repository
self_test
finish
