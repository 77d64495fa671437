#!/bin/bash
# run.sh - runs test programs, two at a time, and tells the truth in a line.
#
#	tests/run.sh [--title TEXT] PROGRAM...
#
# Every program ends with the line "N passed, N failed, N skipped".  One that
# does not, that is killed by its time-out, or whose exit status says otherwise
# than its line, counts as one more failure.  What a program prints is kept in
# $ANCHORD_BUILD/log/ and shown when it failed.  The last line sums all; the
# exit status is 0 only when nothing failed and something passed.
#
# Most programs wait for most of their time (for a role to start, for a clock's
# second, for a device that was made slow), so two run beside each other.  Each
# has its own folders, ports and tokens, and each must pass beside a busy
# neighbour anyway.  ANCHORD_TEST_LANES=1 gives each program the machine alone.
set -u

cd "$(dirname "$0")/.." || exit 1
build=${ANCHORD_BUILD:-build}
lanes=${ANCHORD_TEST_LANES:-2}       # programs that run at a time
seconds=${ANCHORD_TEST_SECONDS:-600} # for one program; the longest takes 90 alone
shown=40                             # lines of a failed program's output

title=tests
if [ "${1:-}" = --title ]; then
	title=$2
	shift 2
fi
log=$build/log
mkdir -p "$log" || exit 1

# Each lane's program is a process group of its own, which ends with this script
# when somebody ends it.
set -m
end_lanes()
{
	local lane
	for lane in $(jobs -p); do
		kill -TERM -- "-$lane" 2>/dev/null
	done
	exit 130
}
trap end_lanes INT TERM

# "build/test/unit/test_x" and "tests/e2e/10-x.sh" as people call them.
called()
{
	local name=${1#"$build"/}
	name=${name#tests/}
	name=${name#test/}
	printf '%s' "${name%.sh}"
}

# Reads the last closing line of a file into p, f, s; fails without one.
closing_line()
{
	local line
	line=$(grep -aE '^([a-z]+: )?[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' \
		"$1" | tail -n 1)
	[ -n "$line" ] || return 1
	read -r p f s <<<"$(sed -E 's/^[a-z]+: //; s/[^0-9]+/ /g' <<<"$line")"
}

# run_one PROGRAM NUMBER LOG: runs it, prints what there is to say, and leaves its
# figures in the file of its number.
run_one()
{
	local program=$1 file=$3 name status word why='' p=0 f=0 s=0 start end
	name=$(called "$program")
	start=$(date +%s%N)
	timeout --foreground --kill-after=10 "$seconds" "$program" \
		>"$file" 2>&1 </dev/null
	status=$?
	end=$(date +%s%N)

	if ! closing_line "$file"; then
		p=0 f=1 s=0
		why="died without its closing line, status $status"
	elif [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
		why="exit status $status"
	elif [ "$status" -eq 0 ] && [ "$f" -gt 0 ]; then
		why="exit status 0 in spite of failures"
	fi
	[ "$status" -eq 124 ] && why="no end after $seconds s"

	word=ok
	[ "$s" -gt 0 ] && [ "$p" -eq 0 ] && word=skip
	[ "$f" -gt 0 ] && word=FAIL
	printf '  %-4s  %-34s %5d passed%s%s  %d.%01d s%s\n' "$word" "$name" \
		"$p" "$([ "$f" -gt 0 ] && echo ", $f failed")" \
		"$([ "$s" -gt 0 ] && echo ", $s skipped")" \
		$(((end - start) / 1000000000)) \
		$(((end - start) / 100000000 % 10)) "${why:+  ($why)}"
	if [ "$f" -gt 0 ]; then
		grep -avE '^ *(ok|-) ' "$file" | tail -n "$shown" |
			sed 's/^/        | /'
		echo "        | all of it: $file"
	elif [ "$s" -gt 0 ]; then
		grep -a -i '^ *skip' "$file" | head -n 3 | sed 's/^ */        | /'
	fi
	echo "$p $f $s" >"$figures/$2"
}

# lane PROGRAM NUMBER LOG: what one program has to say is printed in one piece.
lane()
{
	run_one "$@" >"$figures/$2.said"
	flock "$figures" cat "$figures/$2.said"
}

figures=$(mktemp -d) || exit 1
trap 'rm -rf "$figures"' EXIT
echo "$title:"
number=0
declare -A used
for program in "$@"; do
	number=$((number + 1))
	file=$log/$(called "$program" | tr '/ ' '--')
	file=$file${used[$file]:+-$number}
	used[$file]=1
	while [ "$(jobs -pr | wc -l)" -ge "$lanes" ]; do
		wait -n
	done
	lane "$program" "$number" "$file.log" &
done
wait

# A program without figures is a failure, too: its lane was killed.
passed=0 failed=0 skipped=0
for ((i = 1; i <= number; i++)); do
	read -r p f s 2>/dev/null <"$figures/$i" || p=0 f=1 s=0
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
