#!/bin/bash
# codes.sh - every reason and every problem has a test that sees it.
#
# docs/codes.md has a row for each code of include/anchord/reason.def below "## Reasons"
# and of problem.def below "## Problems", "| `code` | seen by | `test`: expectation |":
#
# - service  a scenario of tests/e2e, or a row of tests/scenarios/eligibility.tsv
# - front    a program tests/process/test_front*.c
# - none     no source names it
#
# The expectation stands in that test and names the code.
. "$(dirname "$0")/lib.sh"

page=docs/codes.md
cells=tests/scenarios/eligibility.tsv
table_test=e2e/24-eligibility

check()
{
	[ -f include/anchord/reason.def ] || return 0
	[ -f $page ] || { echo "there is no $page"; return; }
	codes Reasons REASON include/anchord/reason.def
	codes Problems PROBLEM include/anchord/problem.def
	check_cells
}

# codes SECTION WORD FILE
codes()
{
	local name code seen text
	sed -nE "s/^$2\(([A-Z0-9_]+), *\"([a-z0-9-]+)\".*/\1 \2/p" "$3" >"$scratch/known"
	[ -s "$scratch/known" ] || echo "$3 has no code"
	sed -n "/^## $1\$/,/^## /p" $page |
		sed -nE 's/^\| `([a-z0-9-]+)` \| ([a-z]+) \| (.*) \|$/\1\t\2\t\3/p' \
			>"$scratch/rows"
	while read -r name code; do
		[ "$(grep -c "^$code	" "$scratch/rows")" -eq 1 ] ||
			echo "$page: $1: no row of its own for $code"
	done <"$scratch/known"
	while IFS=$'\t' read -r code seen text; do
		name=$(awk -v code="$code" '$2 == code { print $1 }' "$scratch/known")
		[ -n "$name" ] || echo "$page: $1: there is no code $code"
		sees "$code" "$seen" "$2_$name" "$text"
	done <"$scratch/rows"
}

# sees CODE SEEN-BY SYMBOL TEXT
sees()
{
	local test label
	test=$(sed -nE 's/^`([^`]+)`: .*/\1/p' <<<"$4")
	label=${4#*\`: }
	case $2-$test in
	none-)
		! grep -rqE "\b$3\b" --include='*.c' src hsm provisioning 2>/dev/null ||
			echo "$page: $1 is none's, and a source names $3" ;;
	service-"$table_test")
		awk -F '\t' -v title="$label" -v code="$1" '
		$1 == title {
			for (i = 2; i <= NF; i++) {
				n = split($i, word, " ")
				for (w = 1; w <= n; w++) if (word[w] == code) found = 1
			}
		}
		END { exit !found }' $cells ||
			echo "$page: $cells has no row '$label' with $1" ;;
	service-e2e/*)
		expected "tests/$test.sh" "$label" "(^|[^a-z0-9-])$1([^a-z0-9-]|\$)" ||
			echo "$page: $test does not expect $1 of '$label'" ;;
	front-process/test_front*)
		grep -qF -e "\"$label\"" "tests/$test.c" 2>/dev/null &&
			grep -qF -e "\"$1\"" "tests/$test.c" ||
			echo "$page: $test has no test '$label' with $1" ;;
	*) echo "$page: $1: no test that counts: $2, $4" ;;
	esac
}

# expected SCRIPT LABEL REGEX: a command has the label, and behind it the code.
expected()
{
	[ -f "$1" ] && sed -e ':more' -e '/\\$/N; s/\\\n//; t more' "$1" |
		awk -v label="\"$2\"" -v code="$3" '
		/^[ \t]*#/ { next }
		(at = index($0, label)) && substr($0, at + length(label)) ~ code {
			found = 1
		}
		END { exit !found }'
}

# Each cell is "yes", reasons, or a status and a problem.
check_cells()
{
	[ -f $cells ] || { echo "there is no $cells"; return; }
	sed -nE 's/^(REASON|PROBLEM)\([A-Z0-9_]+, *"([a-z0-9-]+)".*/\1 \2/p' \
		include/anchord/reason.def include/anchord/problem.def |
		awk -F '\t' -v file=$cells '
		NR == FNR { split($0, word, " "); known[word[1], word[2]] = 1; next }
		/^#/ || NF == 0 { next }
		!columns { columns = NF; next }
		NF != columns { print file ": " $1 ": not " columns - 1 " cells" }
		seen[$1]++ { print file ": " $1 ": twice" }
		{
			for (i = 2; i <= NF; i++) {
				n = split($i, word, " ")
				if ($i == "yes" || (word[1] ~ /^[0-9]+$/ && n == 2 &&
				    known["PROBLEM", word[2]]))
					continue
				for (w = 1; w <= n; w++)
					if (!known["REASON", word[w]])
						print file ": " $1 ": no reason " word[w]
				if (n == 0) print file ": " $1 ": an empty cell"
			}
		}' - $cells
}

tree()
{
	plant include/anchord/reason.def <<<$'REASON(A_B, "a-b", NONE)\nREASON(C_D, "c-d", NONE)'
	plant include/anchord/problem.def <<<'PROBLEM(E_F, "e-f", 400, "x")'
	plant tests/e2e/1-x.sh <<<$'verdict "one" a-b\nproblem "two" \\\n\t400 e-f'
	plant $cells <<<$'case\tenroll\tchannel\na row\tyes\tc-d a-b'
	plant $page <<END
## Reasons

| \`a-b\` | service | ${1:-\`e2e/1-x\`: one} |
| \`c-d\` | service | ${2:-\`e2e/24-eligibility\`: a row} |

## Problems

| \`e-f\` | ${3:-service | \`e2e/1-x\`: two} |
END
}

self_test()
{
	tree
	clean "codes that have tests"
	tree
	sed -i '/a-b. | s/d' "$scratch/tree/$page"
	planted "a code without a row" 'no row of its own for a-b'
	tree '`e2e/1-x`: two'
	planted "an expectation of another code" "1-x does not expect a-b of 'two'"
	tree '`e2e/2-y`: one'
	planted "a test that is gone" "2-y does not expect a-b"
	tree '' '`e2e/24-eligibility`: another row'
	planted "a row that is gone" "no row 'another row' with c-d"
	tree '' '' 'none | nothing'
	plant src/a.c <<<'f(PROBLEM_E_F);'
	planted "a code of none that is produced" 'a source names PROBLEM_E_F'
	tree '' '' 'unit | `unit/x`: two'
	planted "a level that does not count" 'e-f: no test that counts'
	tree
	plant $cells <<<$'case\tenroll\tchannel\na row\tyes\tc-d a-b\nno\tyes\ta-x\nx\tyes'
	planted "a cell of no code" 'no: no reason a-x'
	tree
	plant $cells <<<$'case\tenroll\tchannel\na row\tyes\tc-d a-b\nx\tyes'
	planted "a row that is too short" 'x: not 2 cells'
}

check_repository
self_test
finish
