#!/bin/bash
# attacks.sh - each attack of docs/attacks.md and docs/attacks-trust.md names a
# test, and the test exists.
#
# A row of attacks.md ends in "`process/test_x`: title |": the title stands in a
# table of tests/process/test_x.c, or, of attack/attack, in tests/attack/attacks.def.
#
# A row of attacks-trust.md is "| attack | refused with | mutant |": the mutant stands
# in tests/mutations, where tests/lint/mutants.sh looks for its test, and each piece
# of code in the second column is text of a source.
. "$(dirname "$0")/lib.sh"

page=docs/attacks.md
trust=docs/attacks-trust.md

check()
{
	check_attacks
	check_trust
}

# One line for each string of the sources; parts that C joins are joined.
texts()
{
	{ c_files; find src include -name '*.def' 2>/dev/null; } |
		xargs cat | sed -z 's/"[ \t\n]*"//g' |
		grep -oE '"([^"\\]|\\.)*"'
}

check_trust()
{
	local attack with mutant rest word rows=0
	[ -f "$trust" ] || { echo "there is no $trust"; return; }
	texts >"$scratch/texts"
	while IFS='|' read -r _ attack with mutant rest; do
		case $attack in
		'' | '---'* | *'somebody ...'*) continue ;;
		esac
		rows=$((rows + 1))
		mutant=${mutant# } mutant=${mutant% }
		[ -z "$rest" ] && grep -qxF -e "mutant $mutant" tests/mutations/*.mutants ||
			echo "$trust: tests/mutations has no row '$mutant'"
		while IFS= read -r word; do
			grep -qF -e "${word//\`/}" "$scratch/texts" ||
				echo "$trust: no source says $word"
		done < <(grep -oE '`[^`]+`' <<<"$with")
	done < <(grep '^|' "$trust")
	[ "$rows" -gt 0 ] || echo "$trust has no row"
}

check_attacks()
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
	plant tests/mutations/a.mutants <<<'mutant a rule'
	plant src/a.def <<<'FAULT(A, "trust-word", "a rule" " in two parts")'
	plant docs/attacks-trust.md <<'END'
| attack: somebody ... | refused with | without the check |
|---|---|---|
| lies | `trust-word` or `rule in two` | a rule |
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
	planted "a page without rows" 'docs/attacks.md has no row'

	good_tree
	plant tests/mutations/a.mutants <<<'mutant a rule that is longer'
	planted "a mutant that is gone" "has no row 'a rule'"

	good_tree
	plant src/a.def <<<'FAULT(A, "trust-words", "a rule" "in two parts")'
	planted "a reason that is gone" 'no source says `rule in two`'

	good_tree
	plant docs/attacks-trust.md <<<'nothing'
	planted "a page of trust without rows" 'docs/attacks-trust.md has no row'
}

check_repository
self_test
finish
