#!/bin/bash
# mutants.sh - takes each check away, one at a time, and sees a test fail.
#
#	MUTANTS=REGEX     those whose id, file or test matches
#	SAMPLE=N SEED=X   N of them, chosen by the seed (the commit, without one)
#	MUTANTS_JOBS=N    so many at the same time (2)
#	MUTANTS_SECONDS=N for the test of one (180)
#	MUTANTS_RESULTS=FILE keeps a line for each: word, id, program, ms
#	MUTANTS_FOLDER=DIR   these mutants, not those of tests/mutations
#
# tests/mutations/*.mutants are the mutants; README.md there says what they look
# like.  Everything happens in build/mutants: base/ is a copy of the tree and of
# its build, w1/, w2/... are copies of it, in each of which one mutant after
# another is applied, built and tested, and then taken back.  Nothing is changed
# elsewhere, and no process stays.
#
# A mutant is caught when the test that it names fails; before, the same test
# passed without it.  It survives when the test passes.  It is absent when the test
# skips without it, because this machine lacks what the test needs: that says
# nothing about the mutant, so it is counted apart.  The run fails when one survives
# that survivors.tsv does not list, when one that it lists is caught, when one is
# stale or does not compile, when a test fails without a mutant, and, all of them
# run, when less than 95 % are caught.
set -u
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1

folder=$(realpath "${MUTANTS_FOLDER:-tests/mutations}")
build=$(realpath -m "${ANCHORD_BUILD:-build}")
jobs=${MUTANTS_JOBS:-2}
seconds=${MUTANTS_SECONDS:-180}
build_seconds=300
least=95 # percent
work=$build/mutants
mutant=(/usr/bin/python3 -B "$root/tests/mutations/mutant.py")
# Without optimisation and warnings: a mutant is compiled once and run once.
flags=(OPT=-O0 WARN= CC="${CC:-gcc}" BUILD=build)
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD

workers=()

# Whatever runs from a worker's directory or was started by one.
sweep()
{
	local pids
	pids=$({
		grep -lszaE "^ANCHORD_MUTANT=$1(/|\$)" /proc/[0-9]*/environ
		find /proc/[0-9]*/exe -maxdepth 0 -lname "$1/*" 2>/dev/null
	} | cut -d/ -f3 | sort -un | grep -vx "$$")
	[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
}

cleanup()
{
	[ ${#workers[@]} -eq 0 ] || kill "${workers[@]}" 2>/dev/null
	sweep "$work"
	wait 2>/dev/null
	sweep "$work"
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

die()
{
	echo "mutants: $*"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

# target PROGRAM: what make builds, and a process test's programs with it.
targets()
{
	case $1 in
	unit/*) echo "build/test/$1" ;;
	e2e/*) echo all ;;
	*) echo all "build/test/$1" ;;
	esac
}

# build DIRECTORY TARGET...
build_in()
{
	local dir=$1
	shift
	(cd "$dir" && timeout "$build_seconds" make -s "${flags[@]}" "$@")
}

# run_test DIRECTORY PROGRAM TEST: its exit status.
run_test()
{
	local program=build/test/$2 only=()
	[[ $2 != e2e/* ]] || program=tests/$2.sh
	[ -z "$3" ] || only=("$3")
	(
		cd "$1" || exit 1
		export ANCHORD_MUTANT=$1 ANCHORD_BUILD=build
		timeout --kill-after=5 "$seconds" "$program" "${only[@]}" </dev/null
	)
	local status=$?
	sweep "$1"
	return $status
}

# base/ is the tree as it is, and what was built of it.  What lies beside the tree
# for its tests (tests/common/base/corpus.h) lies beside each copy, too.
make_base()
{
	local path
	rm -rf "$work"
	mkdir -p "$work/base/build" "$work/base/build/test" "$work/said" || return 1
	[ ! -d ../shared ] || ln -s "$(realpath ../shared)" "$work/shared" || return 1
	for path in *; do
		[ "$path" = build ] || [ "$root/$path" = "$build" ] ||
			cp -a "$path" "$work/base/" || return 1
	done
	for path in bin lib obj commit test/anchord-shim.so test/keymint; do
		[ ! -e "$build/$path" ] ||
			cp -a "$build/$path" "$work/base/build/$path" || return 1
	done
}

# Builds in base/ the programs that the chosen mutants name.
build_base()
{
	local program want=()
	while IFS= read -r program; do
		[ ! -x "$build/test/$program" ] || {
			mkdir -p "$work/base/build/test/${program%/*}"
			cp -a "$build/test/$program" "$work/base/build/test/$program"
		}
		read -ra more <<<"$(targets "$program")"
		want+=("${more[@]}")
	done < <(cut -f2 "$work/chosen" | sort -u)
	build_in "$work/base" -j"$jobs" all "${want[@]}" >"$work/base.log" 2>&1
}

# only_skips LOG: no test passed there but the rows that the tests share, and one or
# more were skipped.
only_skips()
{
	local passed failed skipped shared
	read -r passed failed skipped < <(
		grep -aE '^([a-z]+: )?[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' \
			"$1" | tail -n 1 | sed -E 's/^[a-z]+: //; s/[^0-9]+/ /g')
	shared=$(grep -acE '^- \((begins|ends)\)$' "$1")
	[ "${skipped:-0}" -gt 0 ] && [ "$failed" -eq 0 ] &&
		[ "$passed" -le "$shared" ]
}

# baseline DIRECTORY PROGRAM TEST: what the test says when nothing is taken away:
# passed, skipped or failed.  Run once a test; all workers read it.
baseline()
{
	local said word=failed
	said=$work/said/test-$(printf '%s' "$2:$3" | cksum | tr ' ' -)
	if [ ! -e "$said" ]; then
		if run_test "$1" "$2" "$3" >"$said.log" 2>&1; then
			word=passed
			! only_skips "$said.log" || word=skipped
		fi
		echo "$word" >"$said.$BASHPID" && mv "$said.$BASHPID" "$said"
	fi
	cat "$said"
}

# Takes a worker's directory back to what base/ is.
restore()
{
	local file
	find "$1" -newer "$1.stamp" -type f -printf '%P\n' | while IFS= read -r file; do
		if [ -e "$work/base/$file" ]; then
			cp -p "$work/base/$file" "$1/$file"
		else
			rm -f "$1/$file"
		fi
	done
}

# judge DIRECTORY ID PROGRAM TEST: a word.
judge()
{
	local dir=$1 id=$2 program=$3 test=$4 status
	touch -d '-1 second' "$dir.stamp"
	: >"$dir.log"
	case $(baseline "$dir" "$program" "$test") in
	passed) ;;
	skipped) echo absent; return ;;
	*) echo broken; return ;;
	esac
	"${mutant[@]}" apply "$folder" "$dir" "$id" >"$dir.log" 2>&1 ||
		{ echo stale; return; }
	# shellcheck disable=SC2046 # words
	if ! build_in "$dir" $(targets "$program") >"$dir.log" 2>&1; then
		echo uncompiled
	elif run_test "$dir" "$program" "$test" >"$dir.log" 2>&1; then
		echo survived
	else
		status=$?
		# as timeout(1) ends it; any other signal is the test's own end
		[ "$status" -eq 124 ] || [ "$status" -eq 137 ] &&
			echo endless || echo caught
	fi
	restore "$dir"
}

# worker NUMBER: takes the next mutant from the list until none is left.
worker()
{
	local dir=$work/w$1 number id program test word start
	cp -a "$work/base" "$dir" || return 1
	while number=$(next) && IFS=$'\t' read -r id program test \
		< <(sed -n "${number}p" "$work/chosen"); do
		start=$(date +%s%N)
		word=$(judge "$dir" "$id" "$program" "$test")
		[ "$word" = caught ] || cp "$dir.log" "$work/said/$number.log"
		printf '%s\t%s\t%s\t%s\n' "$word" "$id" "$program" \
			$((($(date +%s%N) - start) / 1000000)) >>"$work/results"
		[ "$word" = caught ] || tell "$number" "$word" "$id" "$program" "$test"
	done
}

# The number of the next mutant; fails behind the last.
next()
{
	(
		flock 9
		read -r n <"$work/next"
		[ "$n" -le "$count" ] || exit 1
		echo $((n + 1)) >"$work/next"
		echo "$n"
	) 9>"$work/lock"
}

# tell NUMBER WORD ID PROGRAM TEST: at once, for whoever watches.
tell()
{
	printf '  %-10s %s  (%s%s)\n' "$2" "$3" "$4" "${5:+: $5}"
	case $2 in
	stale | uncompiled | broken)
		tail -n 5 "$work/said/$1.log" 2>/dev/null | sed 's/^/        | /' ;;
	esac
}

# how_many WORD
how_many()
{
	awk -F '\t' -v word="$1" '$1 == word { n++ } END { print n + 0 }' \
		"$work/results"
}

# A line for each mutant that is not as it should be.
wrong()
{
	awk -F '\t' '
	NR == FNR { if ($1 !~ /^#/ && NF) reason[$1] = $2; next }
	$1 == "survived" && reason[$2] == "" { print $2 ": survived" }
	$1 !~ /^(survived|absent)$/ && reason[$2] != "" {
		print $2 ": listed, and " $1 }
	$1 ~ /^(stale|uncompiled|broken)$/ { print $2 ": " $1 }
	' <(cat "$folder/survivors.tsv" 2>/dev/null; echo) "$work/results"
}

# Names in survivors.tsv that no mutant has.
unknown()
{
	"${mutant[@]}" list "$folder" | cut -f1 >"$work/ids"
	grep -vE '^(#|$)' "$folder/survivors.tsv" 2>/dev/null | cut -f1 |
		grep -vxF -f "$work/ids" | sed 's/$/: listed, and not there/'
}

report()
{
	local caught endless survived absent percent failed
	caught=$(how_many caught) endless=$(how_many endless)
	survived=$(how_many survived) absent=$(how_many absent)
	{ wrong; unknown; } >"$work/wrong"
	[ "$(wc -l <"$work/results")" -eq "$count" ] ||
		echo "not all mutants were run" >>"$work/wrong"
	percent=$(((caught + endless) * 1000 / (caught + endless + survived + !count)))
	[ -n "${MUTANTS:-}${SAMPLE:-}" ] || [ "$percent" -ge $((least * 10)) ] ||
		echo "less than $least % were caught" >>"$work/wrong"
	sed 's/^/  /' "$work/wrong"
	failed=$(wc -l <"$work/wrong")
	printf '%d of %d mutants caught (%d.%d %%), %d without an end; %d survived; %d absent; %d s, %d ms each\n' \
		$((caught + endless)) "$count" $((percent / 10)) $((percent % 10)) \
		"$endless" "$survived" "$absent" "$SECONDS" \
		$((SECONDS * 1000 * jobs / count))
	printf '%d passed, %d failed, %d skipped\n' \
		$((count > failed + absent ? count - failed - absent : 0)) \
		"$failed" "$absent"
	[ "$failed" -eq 0 ]
}

main()
{
	local n
	make_base || die "no copy in $work"
	if [ -n "${SAMPLE:-}" ]; then
		"${mutant[@]}" sample "$folder" "$SAMPLE" \
			"${SEED:-$(provisioning/commit.sh)}" >"$work/chosen"
	else
		"${mutant[@]}" list "$folder" "${MUTANTS:-}" >"$work/chosen"
	fi || die "$(cat "$work/chosen")"
	count=$(wc -l <"$work/chosen")
	[ "$count" -gt 0 ] || die "there are none"
	build_base || { tail -n 20 "$work/base.log"; die "base does not build"; }
	: >"$work/results"
	echo 1 >"$work/next"
	for ((n = 1; n <= jobs; n++)); do
		worker "$n" &
		workers+=($!)
	done
	wait "${workers[@]}"
	workers=()
	[ -z "${MUTANTS_RESULTS:-}" ] || cp "$work/results" "$MUTANTS_RESULTS"
	report
}

main
