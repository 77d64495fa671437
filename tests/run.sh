#!/bin/bash
# run.sh - runs test programs one after another and tells the truth in a line.
#
#	tests/run.sh [--title TEXT] PROGRAM...
#
# Every program ends with the line "N passed, N failed, N skipped".  One that
# does not, that is killed by its time-out, or whose exit status says otherwise
# than its line, counts as one more failure.  What a program prints is kept in
# $ANCHORD_BUILD/log/ and shown when it failed.  The last line sums all; the
# exit status is 0 only when nothing failed and something passed.
set -u

cd "$(dirname "$0")/.." || exit 1
build=${ANCHORD_BUILD:-build}
seconds=${ANCHORD_TEST_SECONDS:-180} # for one program
shown=40                             # lines of a failed program's output

title=tests
if [ "${1:-}" = --title ]; then
	title=$2
	shift 2
fi
log=$build/log
mkdir -p "$log" || exit 1

passed=0 failed=0 skipped=0
trap 'exit 130' INT TERM

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

run_one()
{
	local program=$1 name file status word why='' p=0 f=0 s=0 start end
	name=$(called "$program")
	file=$log/$(tr '/ ' '--' <<<"$name").log
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
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))

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
}

echo "$title:"
for program in "$@"; do
	run_one "$program"
done
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
