# table.sh - the tables of docs/duties.md, and what a scenario tries of them.
#
# A table's head names its columns and each row itself in backticks; a cell is
# ROW.COLUMN.  The first word of a cell, up to its comma, says what holds, and what
# is behind the comma says by what:
#
#	yes           a part of the duty
#	no, WALL      refused
#	seen, MARK    done, and noticed by others
#	open          done, and noticed by nothing of ours
#
# Sourced, never run.

declare -A stands # of each cell: its text
declare -A tried  # of each cell: has it been?

# cells_of PAGE: lines "ROW.COLUMN TEXT" of all its tables of duties.
cells_of()
{
	awk -F ' *[|] *' '
	function name(text) {
		match(text, /`[a-z-]+`/)
		return substr(text, RSTART + 1, RLENGTH - 2)
	}
	!/^\|/ { table = 0; next }
	/^\| duty \|/ {
		table = 1
		for (i = 3; i < NF; i++)
			column[i] = name($i)
		next
	}
	!table || /^\|-/ || $2 ~ /^\*\*/ { next } # a heading in bold
	{
		for (i = 3; i < NF; i++)
			print name($2) "." column[i] " " $i
	}' "$1"
}

# odd_cells PAGE: what cannot be read of it.
odd_cells()
{
	cells_of "$1" | awk '
	!/^[a-z-]+\.[a-z-]+ (yes|open|no, [a-z ]+|seen, [a-z ]+)$/ { print "odd: " $0 }
	seen[$1]++ { print "twice: " $0 }'
}

# untried_cells PAGE TRIED: cells that nobody tried, and tries of no cell.  Of a row
# with a yes one of these is tried: what nobody may do is no proof.
untried_cells()
{
	cells_of "$1" | awk -v tried="$2" '
	BEGIN {
		n = split(tried, list, " ")
		for (i = 1; i <= n; i++)
			was[list[i]] = 1
	}
	{
		row = $1
		sub(/\..*/, "", row)
		there[$1] = 1
		if ($2 == "yes") {
			may[row] = 1
			if ($1 in was)
				did[row] = 1
		} else if (!($1 in was))
			print "nobody tried " $0
	}
	END {
		for (row in may)
			if (!(row in did))
				print "nobody did " row
		for (cell in was)
			if (!(cell in there))
				print "no such cell: " cell
	}' | sort
}

read_table()
{
	local cell text
	while read -r cell text; do
		stands[$cell]=$text
	done < <(cells_of "$1")
}

# is CELL TEXT: the page says so.
is()
{
	tried[$1]=1
	[ "${stands[$1]:-}" = "$2" ] ||
		bad "$1" "the page says '${stands[$1]:-nothing}', not '$2'"
}

# shown CELL WHY: what the last command said.
shown()
{
	bad "$1" "$2"
	{ head -n 5 "$scratch/out"; head -n 5 "$scratch/err"; } | sed 's/^/  | /'
}

# refused CELL WALL REGEX COMMAND...: it fails, and says so.
refused()
{
	local cell=$1 wall=$2 regex=$3
	shift 3
	is "$cell" "no, $wall"
	if "$@" </dev/null >"$scratch/out" 2>"$scratch/err"; then
		shown "$cell" "not refused: $*"
	elif ! cat "$scratch/out" "$scratch/err" | grep -qE -e "$regex"; then
		shown "$cell" "refused, but nothing says $regex: $*"
	else
		ok "$cell: $wall"
	fi
}

# can CELL COMMAND...: it is his duty, and he can.
can()
{
	local cell=$1
	shift
	is "$cell" yes
	done_by "$cell" "$@"
}

# can_all_the_same CELL COMMAND...: it is not, and nothing of ours notices it.
can_all_the_same()
{
	local cell=$1
	shift
	is "$cell" open
	done_by "$cell" "$@"
}

done_by()
{
	local cell=$1
	shift
	if "$@" </dev/null >"$scratch/out" 2>"$scratch/err"; then
		ok "$cell: done"
	else
		shown "$cell" "failed: $*"
	fi
}

# noticed CELL MARK REGEX COMMAND...: what was done before is seen by COMMAND.
noticed()
{
	local cell=$1 mark=$2 regex=$3
	shift 3
	is "$cell" "seen, $mark"
	"$@" </dev/null >"$scratch/out" 2>"$scratch/err"
	if cat "$scratch/out" "$scratch/err" | grep -qE -e "$regex"; then
		ok "$cell: seen by $mark"
	else
		shown "$cell" "nothing says $regex: $*"
	fi
}
