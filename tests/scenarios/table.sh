# table.sh - a table of expectations: a row for each case, a cell for each workflow.
#
# Sourced by tests/e2e/24-eligibility.sh, never run.  The file has a line for each
# case, its cells behind tabs: "yes", or the reasons, all of them, or a problem's
# status and code.  The first line names the columns.

workflows=() # the columns, from the file
titles=()    # in the file's order
declare -A wanted=() found=()

# cells_begin FILE
cells_begin()
{
	local title rest
	while IFS=$'\t' read -r title rest; do
		if [[ $title == \#* ]] || [ -z "$title" ]; then
			continue
		elif [ ${#workflows[@]} -eq 0 ]; then
			IFS=$'\t' read -ra workflows <<<"$rest"
		else
			titles+=("$title")
			wanted[$title]=$rest
		fi
	done <"$1"
}

# cells TITLE ANSWER...: what each workflow came to; each cell is an expectation.
cells()
{
	local title=$1 i expected
	shift
	IFS=$'\t' read -ra expected <<<"${wanted[$title]:-}"
	found[$title]=$(printf '%s\t' "$@")
	for i in "${!workflows[@]}"; do
		same "$title, ${workflows[i]}" "${expected[i]:-no such row}" "${1:-}"
		shift
	done
}

# cells_end: no row of the file was left out.
cells_end()
{
	local title
	for title in "${titles[@]}"; do
		[ -n "${found[$title]:-}" ] || bad "$title" "it was not tried"
	done
}

# cells_print: what was answered, in columns; a reason below the other.
cells_print()
{
	local title
	{
		printf 'case\t'
		printf '%s\t' "${workflows[@]}"
		for title in "${titles[@]}"; do
			printf '\n%s\t%s' "$title" "${found[$title]:-}"
		done
		echo
	} | awk -F '\t' '
	{
		for (i = 1; i < NF; i++) {
			n = i == 1 || NR == 1 ? 1 : split($i, word, " ")
			if (n == 1) word[1] = $i
			if (n > lines[NR]) lines[NR] = n
			for (w = 1; w <= n; w++) {
				cell[NR, i, w] = word[w]
				if (length(word[w]) > width[i]) width[i] = length(word[w])
			}
		}
		if (NF - 1 > columns) columns = NF - 1
	}
	END {
		for (r = 1; r <= NR; r++)
			for (w = 1; w <= lines[r]; w++) {
				line = ""
				for (i = 1; i <= columns; i++)
					line = line sprintf("%-" width[i] + 2 "s", cell[r, i, w])
				sub(/ +$/, "", line)
				print line
			}
	}'
}
