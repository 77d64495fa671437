#!/bin/bash
# attacks.sh - each attack of docs/attacks.md names a test, and the test exists.
#
# A row ends in "`process/test_x`: title |": the title stands in a table of
# tests/process/test_x.c, or, of attack/attack, in tests/attack/attacks.def.
. "$(dirname "$0")/lib.sh"

page=docs/attacks.md

check()
{
	local row rows=0
	[ -f "$page" ] || { echo "there is no $page"; return; }
	while IFS= read -r row; do
		case $row in
		'| attack |'* | '|---'*) continue ;;
		'|'*) ;;
		*) continue ;;
		esac
		rows=$((rows + 1))
		one_row "$row"
	done <"$page"
	[ "$rows" -gt 0 ] || echo "$page has no row"
}

one_row()
{
	local program title where
	if [[ ! $1 =~ \`([a-z0-9_/]+)\`:\ ([^|]*[^|\ ])\ *\|$ ]]; then
		echo "$page: no test at the end of: ${1:0:60}"
		return
	fi
	program=${BASH_REMATCH[1]}
	title=${BASH_REMATCH[2]}
	where=tests/$program.c
	[ "$program" = attack/attack ] && where=tests/attack/attacks.def
	if [ ! -f "$where" ]; then
		echo "$page names $program, which is not there"
	elif ! grep -qF -e "\"$title\"" "$where"; then
		echo "$page: $where has no test \"$title\""
	fi
}

good_tree()
{
	plant tests/process/test_x.c <<<'{ "is refused", test_it },'
	plant tests/attack/attacks.def <<<'ATTACK(a, 1, "a flood")'
	plant docs/attacks.md <<'END'
| attack | known as | what stops it | test |
|---|---|---|---|
| one | CVE | x | `process/test_x`: is refused |
| two | CVE | x | `attack/attack`: a flood |
END
}

self_test()
{
	good_tree
	clean "tests that are there"

	good_tree
	plant tests/process/test_x.c <<<'{ "is refused again", test_it },'
	planted "a title that is gone" 'has no test "is refused"'

	good_tree
	plant tests/attack/attacks.def <<<'ATTACK(a, 1, "a drop")'
	planted "an attack that is gone" 'has no test "a flood"'

	good_tree
	rm "$scratch/tree/tests/process/test_x.c"
	planted "a program that is gone" 'names process/test_x, which is not there'

	good_tree
	plant docs/attacks.md <<<'| one | CVE | x | somebody looked |'
	planted "a row without a test" 'no test at the end of'

	good_tree
	plant docs/attacks.md <<<'nothing'
	planted "a page without rows" 'has no row'
}

check_repository
self_test
finish
