#!/bin/bash
# floors.sh - which room includes which, asked of the compiler, held against floors.tsv.
#
# Roles never include each other, pure floors see no device and no process, and
# each foreign interface has one door.  The compiler says what a file includes,
# directly or by way of other headers, so no include can hide.
. "$(dirname "$0")/lib.sh"

table=$lint_dir/floors.tsv
read -ra flags <<<"$(lint_flags)"
[ ${#flags[@]} -gt 0 ] || { bad "no compiler flags"; finish; }

declare -A dir_floor floor_may header_floor
declare -A fine # "FLOOR HEADER" that is so for every file of the floor
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
	answer=${header_floor[$1]:-${dir_floor[$1]:-${dir_floor[${1%/*}]:-}}}
}

# judge FILE FLOOR INCLUDED: one line when it may not, and one line for all
# headers of one foreign interface.
judge()
{
	local file=$1 floor=$2 seen=$3 theirs i key="$2 $3"
	[ -z "${fine[$key]:-}" ] || return 0
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
		fine[$key]=1
		;;
	/*) ;;
	*)
		floor_of "$seen"
		theirs=$answer
		if [ -z "$theirs" ]; then
			echo "$seen has no row in floors.tsv ($file includes it)"
		elif read -ra may <<<"${floor_may[$floor]}" &&
			! matches "$theirs" "${may[@]}"; then
			echo "$file ($floor) includes $seen ($theirs)"
		else
			fine[$key]=1
		fi
		;;
	esac
}

# Foreign headers named by a file itself must be known at all.
judge_named()
{
	local file name
	while IFS=: read -r file name; do
		name=${name#*<}
		name=${name%%>*}
		matches "$name" "${libc[@]}" "${foreign_pattern[@]}" ||
			[ -e "/usr/include/p11-kit-1/$name" ] ||
			echo "$file includes <$name>, which has no row in floors.tsv"
	done < <(grep -HE '^[ 	]*#[ 	]*include[ 	]*<' "$@")
}

# "FILE INCLUDED" for all that each file includes.  The compiler is asked about
# many files at once, on all cores: a process costs more than its work.  Paths
# come out of it as "hsm/../include/x.h" now and then.
included()
{
	rm -f "$scratch"/deps.* "$scratch"/gcc.*
	printf '%s\n' "$@" |
		xargs -P "$(nproc)" -n 20 bash -c 'scratch=$1 n=$2; shift 2
			gcc "${@:1:n}" -M -MT x -x c "${@:n+1}" \
				>"$scratch/deps.$$" 2>"$scratch/gcc.$$"' \
			_ "$scratch" "${#flags[@]}" "${flags[@]}"
	cat "$scratch"/deps.* | tr -d '\\' |
		awk '{ from = 1 }
			$1 == "x:" { file = $2; from = 3 }
			{ for (i = from; i <= NF; i++) print file, $i }' \
			>"$scratch/pairs"
	cut -d' ' -f2 "$scratch/pairs" | sort -u >"$scratch/said"
	xargs -r realpath -sm --relative-base="$PWD" <"$scratch/said" |
		paste -d' ' "$scratch/said" - >"$scratch/paths"
	awk 'NR == FNR { path[$1] = $2; next } { print $1, path[$2] }' \
		"$scratch/paths" "$scratch/pairs" | sort -u
}

check()
{
	local file floor seen files told=
	mapfile -t files < <(c_files)
	[ ${#files[@]} -gt 0 ] || return 0
	for file in "${files[@]}"; do
		floor_of "$file"
		[ -n "$answer" ] || echo "$file has no row in floors.tsv"
	done
	included "${files[@]}" >"$scratch/included"
	grep -hE 'error' "$scratch"/gcc.* |
		sed 's/^/the compiler failed: /'
	while read -r file seen; do
		floor_of "$file"
		floor=$answer
		[ -z "$floor" ] || judge "$file" "$floor" "$seen"
	done <"$scratch/included"
	judge_named "${files[@]}"
}

self_test()
{
	plant src/front/a.c <<<'#include "../ledger/b.h"'
	plant src/ledger/b.h <<<'int b;'
	planted "a role that includes a role" 'src/front/a.c (front) includes'

	plant src/wire/a.c <<<'#include "proc/config.h"'
	plant src/proc/config.h <<<'int b;'
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

	plant hsm/pkcs11/a.c <<<'#include "hsm/tpm2/b.h"'
	plant hsm/tpm2/b.h <<<'int b;'
	planted "a backend that includes the other" '(hsm/pkcs11) includes'

	plant src/keyholder/a.c <<<'#include "hsm/audit/b.h"'
	plant hsm/audit/b.h <<<'int b;'
	planted "a key holder that includes the audit" '(keyholder) includes'

	plant src/keyholder/check.c <<<'#include "hsm/admin/b.h"'
	plant hsm/admin/b.h <<<'int b;'
	planted "a key holder that includes what officers do" '(keyholder) includes'

	plant src/ledger/store/sqlite.c <<<'#include <sqlite3.h>'
	plant hsm/tpm2/admin/prove.c <<<'#include "hsm/audit/b.h"'
	plant hsm/audit/b.h <<<'int b;'
	plant src/front/a.c <<<'#include <stdio.h>'
	clean "includes that are allowed"
}

read_table
check_repository
self_test
finish
