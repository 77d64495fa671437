#!/bin/bash
# stored.sh - every column of the ledger's database is in docs/ledger.md, with what
# it is, why it is kept and for how long.
#
# The columns are those that the preprocessor makes of schema.def, so a column
# that is added to the database and to no document is a violation, and so is a row
# of a column that is gone.  A row is
#
#	| `table.column` | what it is | why | how long |
#
# and `table.*` is not one: each is named.
. "$(dirname "$0")/lib.sh"

schema=src/ledger/store/schema.def
document=docs/ledger.md

# table.column of each, from the SQL: the texts of schema.def in one line.
columns()
{
	cpp -P -Isrc -x c "$schema" | tr '\n' ' ' | sed 's/" *"//g' |
		sed 's/CREATE TABLE /\n&/g; s/CREATE INDEX/\n&/g' |
		awk '/^CREATE TABLE/ {
			table = $3
			body = $0
			sub(/^[^(]*\(/, "", body)
			depth = 0
			column = ""
			for (i = 1; i <= length(body); i++) {
				c = substr(body, i, 1)
				depth += (c == "(") - (c == ")")
				if (depth < 0 || c == "," && depth == 0) {
					split(column, word, " ")
					if (word[1] !~ /^(CHECK|UNIQUE|PRIMARY)$/)
						print table "." word[1]
					column = ""
				} else {
					column = column c
				}
				if (depth < 0)
					break
			}
		}' | sort
}

# The rows of the document that have four full cells.
documented()
{
	awk -F'|' '/^\| `[a-z_]+\.[a-z_]+` \|/ {
		full = NF == 6
		for (i = 3; i <= 5; i++)
			full = full && $i ~ /[[:alnum:]]/
		gsub(/[ `]/, "", $2)
		if (full)
			print $2
	}' "$document" | sort
}

check()
{
	[ -e "$schema" ] || return 0
	columns >"$scratch/columns"
	documented >"$scratch/documented"
	[ "$(wc -l <"$scratch/columns")" -gt 40 ] ||
		echo "$schema: the columns cannot be read"
	comm -23 "$scratch/columns" "$scratch/documented" |
		sed "s|\$| has no row in $document: what, why, how long|"
	comm -13 "$scratch/columns" "$scratch/documented" |
		sed "s|\$| is in $document, and is no column|"
	uniq -d "$scratch/documented" | sed "s|\$| has two rows in $document|"
}

# changed FILE SED: the planted tree with this file changed.
changed()
{
	local f
	for f in "$schema" src/ledger/store/outcome.def "$document"; do
		if [ "$f" = "$1" ]; then
			sed "$2" "$root/$f" | plant "$f"
		else
			plant "$f" <"$root/$f"
		fi
	done
}

self_test()
{
	changed "$schema" 's/^"note TEXT NOT NULL/"serial TEXT NOT NULL, &/'
	planted "a new column" 'enrolments.serial has no row'
	changed src/ledger/store/outcome.def \
		's/^OUTCOME(small,  tenant/OUTCOME(small, imei, "TEXT")\n&/'
	planted "a new column of outcomes" 'outcomes.imei has no row'
	changed "$document" '/^| `permits.attempts`/d'
	planted "a missing row" 'permits.attempts has no row'
	changed "$document" 's/^\(| `permits.attempts` |[^|]*|[^|]*\)|[^|]*|/\1| |/'
	planted "a row without a reason" 'permits.attempts has no row'
	changed "$document" 's/^| `permits.attempts`/| `permits.tries`/'
	planted "a row of no column" 'permits.tries is in'
	changed "$document" ''
	clean "the tree as it is"
}

check_repository
self_test
finish
