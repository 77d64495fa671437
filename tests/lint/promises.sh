#!/bin/bash
# promises.sh - what docs/threat-model.md says that an attacker cannot do, a test
# has tried.
#
# Each row of a table "| cannot | held by | test |" names a test in its last
# cell, and there is such a table for every role.  Elsewhere a paragraph or a row
# with the word names one, too.  Every test that a page names is there: as
# `process/test_x`, `unit/room/test_x`, `tests/process/test_x.c` or
# `tests/lint/x.sh`.
. "$(dirname "$0")/lib.sh"

page=docs/threat-model.md
roles="front verifier ledger key.holder supervisor"
test_name='`(tests/)?(unit|process|contract|e2e|attack|interop|lint|fuzz)/[A-Za-z0-9_./-]+`'

check()
{
	local role
	[ -f "$page" ] || { echo "there is no $page"; return; }
	for role in $roles; do
		awk -v start="^\\\\*\\\\*The $role\\\\.\\\\*\\\\*" '
			/^\*\*/ { inside = $0 ~ start }
			inside && /^\| cannot \| held by \| test \|$/ { found = 1 }
			END { exit !found }' "$page" ||
			echo "$page has no table of what the ${role/./ } cannot"
	done
	rows
	paragraphs
	names
}

# The tables: every row but the two of the head.
rows()
{
	awk -v name="$test_name" -v page="$page" '
	/^\| cannot \| held by \| test \|$/ { table = 1; next }
	!/^\|/ { table = 0 }
	!table || /^\|-/ { next }
	{
		n = split($0, cell, "|")
		if (cell[n - 1] !~ name)
			print page ": no test for: " substr($0, 1, 70)
	}' "$page"
}

# All else, a table row by row.
paragraphs()
{
	awk -v name="$test_name" -v page="$page" '
	function judge(text) {
		if (tolower(text) ~ /(^|[^a-z])(cannot|can not)([^a-z]|$)/ &&
		    text !~ name)
			print page ": no test for: " substr(text, 1, 70)
	}
	/^\| cannot \| held by \| test \|$/ { table = 1 }
	/^\|/ && table { next }
	{ table = 0 }
	/^\||^#|^$/ { judge(all); all = ""; judge($0); next }
	{ all = all " " $0 }
	END { judge(all) }' "$page"
}

names()
{
	local file name
	for file in docs/*.md; do
		for name in $(grep -ohE "$test_name" "$file" |
			tr -d '`' | sed 's#^tests/##' | sort -u); do
			[ -e "tests/$name" ] || [ -e "tests/$name.c" ] ||
				[ -e "tests/$name.sh" ] ||
				[ "$name" = attack/attack ] ||
				echo "$file names $name, which is not there"
		done
	done
}

good_tree()
{
	local role
	plant tests/process/test_x.c <<<'int x;'
	plant tests/lint/x.sh <<<'exit 0'
	{
		for role in $roles; do
			echo "**The ${role/./ }.** It can do this."
			echo
			echo '| cannot | held by | test |'
			echo '|---|---|---|'
			echo '| do that | a wall | `process/test_x` |'
			echo
		done
		echo 'A thief cannot pass (`tests/process/test_x.c`,'
		echo '`tests/lint/x.sh`).'
	} | plant docs/threat-model.md
}

# With another line at the end, or without what matches.
changed()
{
	good_tree
	sed -E -i "$1" "$scratch/tree/docs/threat-model.md"
}

self_test()
{
	good_tree
	clean "promises with tests"

	changed 's#`process/test_x` \|$#`unit/room/test_y` |#'
	plant tests/unit/room/test_y.c <<<'int y;'
	clean "a test of a room"

	changed 's#`process/test_x` \|$#`unit/room/test_y` |#'
	planted "a room's test that is gone" 'names unit/room/test_y, which is'

	changed '0,/`process.test_x` \|$/s//somebody looked |/'
	planted "a row without a test" 'no test for: | do that'

	changed '0,/a wall \| .*/s//`process\/test_x` | a wall |/'
	planted "a test in another cell" 'no test for: | do that'

	changed '/key holder/,/do that/d'
	planted "a role without a table" 'no table of what the key holder'

	changed 's/^\| cannot \| held.*/| cannot | by | test |/'
	planted "a table with another head" 'no table of what the front'

	changed '$a\\nHe cannot read it.'
	planted "a paragraph without a test" 'no test for:.*He cannot read'

	changed '$a\\n| he cannot | so | it is said |'
	planted "a row of another table" 'no test for: | he cannot'

	changed '$a\\nSee `unit/test_gone`.'
	planted "a test that is gone" 'names unit/test_gone, which is not'

	good_tree
	rm "$scratch/tree/tests/process/test_x.c"
	planted "a program that is gone" 'names process/test_x, which is not'

	good_tree
	plant docs/other.md <<<'See `tests/e2e/99-gone.sh`.'
	planted "another page" 'docs/other.md names e2e/99-gone.sh'
}

check_repository
self_test
finish
