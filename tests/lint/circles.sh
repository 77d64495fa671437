#!/bin/bash
# circles.sh - files that call each other in a loop, held against circles.tsv.
#
# What each object defines and what it wants is asked of nm(1).  Two files of one
# group call each other, directly or by way of others, so neither can be read,
# tested or replaced without the other.  A name that several objects define
# belongs to the one of the caller's own room.
. "$(dirname "$0")/lib.sh"

build=$root/${ANCHORD_BUILD:-build}
[[ ${ANCHORD_BUILD:-} == /* ]] && build=$ANCHORD_BUILD
table=$lint_dir/circles.tsv

# "file.c KIND NAME" for each name of an object, KIND U or D: wanted or defined.
names()
{
	local file
	while read -r file; do
		[ -e "$build/obj/${file%.c}.o" ] ||
			echo "$file has no object; is it built?" >&3
	done < <(c_files | grep '\.c$')
	c_files | grep '\.c$' | while read -r file; do
		echo "$build/obj/${file%.c}.o"
	done | xargs -r nm -gAP 2>/dev/null |
		awk -v from=$((${#build} + 6)) '{
			sub(/:$/, "", $1)
			file = substr($1, from)
			sub(/\.o$/, ".c", file)
			print file, ($3 == "U" || $3 == "w" ? "U" : "D"), $2
		}'
}

# The groups, one a line: the files, then TAB and who calls what in there.
circles()
{
	awk '
	function room(f) { sub(/\/[^\/]*$/, "", f); return f }

	# Who defines what f wants: the own room first.
	function link(f, name,    n, all, i, own) {
		n = split(makers[name], all, " ")
		for (i = 1; i <= n; i++)
			own = own || room(all[i]) == room(f)
		for (i = 1; i <= n; i++) {
			if (all[i] == f || (own && room(all[i]) != room(f)))
				continue
			if (!((f, all[i]) in calls))
				next_of[f] = next_of[f] " " all[i]
			calls[f, all[i]] = name
		}
	}

	# All that f reaches, into reach[f, *].
	function walk(f,    queue, n, at, all, i, count) {
		queue[n = 1] = f
		for (at = 1; at <= n; at++) {
			count = split(next_of[queue[at]], all, " ")
			for (i = 1; i <= count; i++)
				if (!((f, all[i]) in reach)) {
					reach[f, all[i]] = 1
					queue[++n] = all[i]
				}
		}
	}

	!($1 in seen) { seen[$1] = 1; files[++n_files] = $1 }
	$2 == "D" { makers[$3] = makers[$3] " " $1 }
	$2 == "U" { wants[++n_wants] = $1 " " $3 }

	END {
		for (i = 1; i <= n_wants; i++) {
			split(wants[i], w, " ")
			link(w[1], w[2])
		}
		for (i = 1; i <= n_files; i++)
			walk(files[i])
		for (i = 1; i <= n_files; i++) {
			f = files[i]
			if (!((f, f) in reach) || f in told)
				continue
			line = how = ""
			for (j = 1; j <= n_files; j++) {
				g = files[j]
				if (!((f, g) in reach) || !((g, f) in reach))
					continue
				told[g] = 1
				line = line (line ? " " : "") g
				for (k = 1; k <= n_files; k++)
					if ((g, files[k]) in calls &&
					    (f, files[k]) in reach &&
					    (files[k], f) in reach)
						how = how " " g " calls " \
							calls[g, files[k]] ";"
			}
			print line "\t" how
		}
	}' | sort
}

check()
{
	local kind files reason how
	local -A listed=() there=()
	names 3>"$scratch/unbuilt" >"$scratch/names"
	cat "$scratch/unbuilt"
	while IFS=$'\t' read -r kind files reason; do
		case $kind in
		'' | '#'*) ;;
		circle)
			listed[$files]=1
			[ -n "$reason" ] || echo "circles.tsv: no reason for $files"
			;;
		*) echo "circles.tsv: unknown row '$kind'" ;;
		esac
	done <"$table"
	while IFS=$'\t' read -r files how; do
		there[$files]=1
		[ -n "${listed[$files]:-}" ] ||
			echo "$files call each other in a loop:$how"
	done < <(circles <"$scratch/names")
	for files in "${!listed[@]}"; do
		[ -n "${there[$files]:-}" ] ||
			echo "circles.tsv lists $files, which is no circle any more"
	done
}

# plant_c PATH: as plant(), with its object.
plant_c()
{
	plant "$1"
	mkdir -p "$(dirname "$build/obj/$1")"
	gcc -w -c -o "$build/obj/${1%.c}.o" "$scratch/tree/$1" ||
		bad "self-test: no compiler"
}

self_test()
{
	build=$scratch/tree/build
	table=$scratch/tree/circles.tsv
	local two='void b(void); void a(void) { b(); }'
	local back='void a(void); void b(void) { a(); }'

	plant circles.tsv </dev/null
	plant_c src/front/a.c <<<"$two"
	plant_c src/front/b.c <<<"$back"
	planted "two files in a loop" 'src/front/a.c src/front/b.c call each other'

	plant circles.tsv </dev/null
	plant_c src/front/a.c <<<"$two"
	plant_c src/base/b.c <<<'void c(void); void b(void) { c(); }'
	plant_c hsm/c.c <<<'void a(void); void c(void) { a(); }'
	planted "a loop over three rooms" 'hsm/c.c src/base/b.c src/front/a.c call'

	plant circles.tsv <<<$'circle\tsrc/front/a.c src/front/b.c'
	plant_c src/front/a.c <<<"$two"
	plant_c src/front/b.c <<<"$back"
	planted "a row without a reason" 'no reason for src/front/a.c'

	plant circles.tsv <<<$'circle\tsrc/front/a.c src/front/b.c\told'
	plant_c src/front/a.c <<<"$two"
	plant_c src/front/b.c <<<'void b(void) { }'
	planted "a circle that was opened" 'which is no circle any more'

	plant circles.tsv </dev/null
	plant src/front/a.c <<<"$two"
	planted "a file that was not built" 'src/front/a.c has no object'

	plant circles.tsv <<<$'circle\tsrc/front/a.c src/front/b.c\ta reason'
	plant_c src/front/a.c <<<"$two"
	plant_c src/front/b.c <<<"$back"
	plant_c src/ledger/a.c <<<'void b(void); void c(void) { b(); }'
	plant_c src/ledger/b.c <<<'void b(void) { }'
	clean "a circle with a reason, a name that two rooms have"
}

check_repository
self_test
finish
