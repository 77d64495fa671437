#!/bin/bash
# floors.sh - who includes whom, asked of the compiler, held against floors.tsv.
#
# Roles never include each other, pure floors see no device and no process, and
# each foreign interface has one door.  The compiler says what a file includes,
# directly or by way of other headers, so no include can hide.
. "$(dirname "$0")/lib.sh"

table=$lint_dir/floors.tsv
read -ra flags <<<"$(lint_flags)"
[ ${#flags[@]} -gt 0 ] || { bad "no compiler flags"; finish; }

declare -A dir_floor floor_may header_floor
foreign_pattern=() foreign_files=() libc=()

read_table()
{
	local kind name where rest
	while IFS=$'\t' read -r kind name where rest; do
		case $kind in
		'' | '#'*) ;;
		floor) dir_floor[$where]=$name floor_may[$name]=" $name $rest " ;;
		header) header_floor[$name]=$where ;;
		foreign) foreign_pattern+=("$name") foreign_files+=("$where") ;;
		libc) read -ra words <<<"$name" && libc+=("${words[@]}") ;;
		*) bad "floors.tsv: unknown row '$kind'" ;;
		esac
	done <"$table"
}

# matches TEXT PATTERN...
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

# The floor that a path belongs to, in $answer; empty for none.
floor_of()
{
	case $1 in
	include/*) answer=${header_floor[${1#include/}]:-} ;;
	*) answer=${dir_floor[${1%/*}]:-} ;;
	esac
}

# judge FILE FLOOR INCLUDED: one line when it may not, and one line for all
# headers of one foreign interface.
judge()
{
	local file=$1 floor=$2 seen=$3 theirs i
	case $seen in
	/usr/include/* | /usr/lib/*/include/*)
		seen=${seen#/usr/include/}
		seen=${seen#x86_64-linux-gnu/}
		seen=${seen#aarch64-linux-gnu/}
		for i in "${!foreign_pattern[@]}"; do
			matches "$seen" "${foreign_pattern[i]}" || continue
			read -ra may <<<"${foreign_files[i]}"
			if ! matches "$file" "${may[@]}" &&
				[[ $told != *"<$file $i>"* ]]; then
				echo "$file sees $seen, which only ${foreign_files[i]} may"
				told+="<$file $i>"
			fi
			return
		done
		;;
	/*) ;;
	*)
		floor_of "$seen"
		theirs=$answer
		if [ -z "$theirs" ]; then
			echo "$seen has no row in floors.tsv ($file includes it)"
		elif [[ ${floor_may[$floor]} != *" $theirs "* ]]; then
			echo "$file ($floor) includes $seen ($theirs)"
		fi
		;;
	esac
}

# Foreign headers named by a file itself must be known at all.
judge_named()
{
	local name
	while IFS= read -r name; do
		matches "$name" "${libc[@]}" "${foreign_pattern[@]}" ||
			[ -e "/usr/include/p11-kit-1/$name" ] ||
			echo "$1 includes <$name>, which has no row in floors.tsv"
	done < <(sed -n 's/^[ \t]*#[ \t]*include[ \t]*<\([^>]*\)>.*/\1/p' "$1")
}

# Paths come out of the compiler as "hsm/../include/x.h" now and then.
normal()
{
	realpath -sm --relative-base="$PWD" "$@"
}

check()
{
	local file floor seen list told=
	while IFS= read -r file; do
		floor_of "$file"
		floor=$answer
		if [ -z "$floor" ]; then
			echo "$file has no row in floors.tsv"
			continue
		fi
		if ! list=$(gcc "${flags[@]}" -M -MT x -x c "$file" \
			2>"$scratch/gcc"); then
			echo "$file: the compiler failed: $(head -n 1 "$scratch/gcc")"
			continue
		fi
		read -ra list <<<"${list//\\$'\n'/ }"
		for seen in $(normal "${list[@]:2}" | sort -u); do
			judge "$file" "$floor" "$seen"
		done
		judge_named "$file"
	done < <(c_files)
}

self_test()
{
	plant src/front/a.c <<<'#include "../ledger/b.h"'
	plant src/ledger/b.h <<<'int b;'
	planted "a role that includes a role" 'src/front/a.c (front) includes'

	plant src/wire/a.c <<<'#include "config.h"'
	plant include/config.h <<<'int b;'
	planted "a floor that includes a higher one" '(wire) includes'

	plant src/front/a.c <<<'#include <sqlite3.h>'
	planted "a foreign header at the wrong door" 'a.c sees sqlite3.h'

	plant src/front/a.c <<<'#include "h.h"'
	plant src/front/h.h <<<'#include <seccomp.h>'
	planted "a foreign header behind a header" 'a.c sees seccomp.h'

	plant src/front/a.c <<<'#include <no/such/header.h>'
	planted "a failing compiler" 'the compiler failed'

	plant src/front/a.c <<<'#include <wchar.h>'
	planted "a header without a row" 'wchar.h>, which has no row'

	plant src/attic/a.c <<<'int a;'
	planted "a directory without a row" 'src/attic/a.c has no row'

	plant src/wire/a.c <<<'#include "new.h"'
	plant include/new.h <<<'int b;'
	planted "a contract without a row" 'include/new.h has no row'

	plant src/store/store_sqlite.c <<<'#include <sqlite3.h>'
	plant src/front/a.c <<<'#include <stdio.h>'
	clean "includes that are allowed"
}

read_table
check_repository
self_test
finish
