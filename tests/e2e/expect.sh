# expect.sh - what scenarios expect of commands and of values, counted in $passed,
# $failed and $skipped.
#
# Sourced, never run: by lib.sh, and by by_hand.sh.

passed=0
failed=0
skipped=0
only= # the one expectation that is looked at; empty: all of them

# looked_at WHAT: whether that expectation is looked at.
looked_at()
{
	[ -z "$only" ] || [ "$1" = "$only" ]
}

# With one expectation alone the scenario ends with it; what is not as expected
# before is told and does not count.
ok()
{
	looked_at "$1" || return 0
	passed=$((passed + 1))
	printf '  ok    %s\n' "$1"
	[ -z "$only" ] || finish
}

bad()
{
	if ! looked_at "$1"; then
		printf '  --    %s: %s\n' "$1" "$2"
		return
	fi
	failed=$((failed + 1))
	printf '  FAIL  %s: %s\n' "$1" "$2"
	[ -z "$only" ] || finish
}

# skip WHAT [WHY]
skip()
{
	skipped=$((skipped + 1))
	printf '  skip  %s%s\n' "$1" "${2:+: $2}"
}

# same WHAT EXPECTED GOT
same()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		bad "$1" "expected '$2', got '$3'"
	fi
}

# different WHAT ONE OTHER
different()
{
	if [ "$2" != "$3" ]; then
		ok "$1"
	else
		bad "$1" "both are '$2'"
	fi
}

# expect WHAT STATUS COMMAND...: the output is in $scratch/out and $scratch/err.
expect()
{
	local what=$1 wanted=$2 got
	shift 2
	"$@" >"$scratch/out" 2>"$scratch/err"
	got=$?
	if [ "$got" -eq "$wanted" ]; then
		ok "$what"
	else
		bad "$what" "status $got, not $wanted"
		sed 's/^/  | /' "$scratch/out" "$scratch/err"
	fi
}

# says WHAT REGEX: the last command's output or message has such a line.
says()
{
	if cat "$scratch/out" "$scratch/err" | grep -qE -e "$2"; then
		ok "$1"
	else
		bad "$1" "nothing says $2"
		sed 's/^/  | /' "$scratch/out" "$scratch/err"
	fi
}

# The closing line, which tests/run.sh reads; the status is that of the scenario.
closing()
{
	if [ -n "$only" ] && [ $((passed + failed + skipped)) -eq 0 ]; then
		printf '  FAIL  %s: it did not come to that\n' "$only"
		failed=1
	fi
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" \
		"$skipped"
	[ "$failed" -eq 0 ]
}
