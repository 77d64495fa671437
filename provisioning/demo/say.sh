# say.sh - what the demo shows: steps, commands, facts and proofs.
#
# Sourced by demo.sh and run.sh.

if [ -t 1 ]; then
	bold=$'\e[1m' plain=$'\e[0m'
else
	bold='' plain=''
fi

step_number=0
proofs=0

# step TITLE: a heading, counted.
step()
{
	step_number=$((step_number + 1))
	printf '\n%s== %d. %s%s\n' "$bold" "$step_number" "$1" "$plain"
}

# note LINE...: what a reader should know, one line each.
note()
{
	printf '   %s\n' "$@"
}

# show COMMAND...: prints the command, runs it, prints what it says.  $as is what
# is printed in place of the command.
show()
{
	printf '   $ %s\n' "$(short "${as:-$*}")"
	"$@" 2>&1 | short_lines
	return "${PIPESTATUS[0]}"
}

# The demo's directory is called . on the screen; long commands are folded at
# their options, long lines are cut.
short()
{
	local text=${1//"$dir"/.}
	[ ${#text} -lt 100 ] || text=${text// --/ \\$'\n'       --}
	printf '%s' "$text"
}

short_lines()
{
	sed -e "s|$dir|.|g" -e 's/^/   | /' | cut -c1-110
}

# proved TEXT: something that was claimed and has just been seen.
proved()
{
	proofs=$((proofs + 1))
	printf '   %s[ok]%s %s\n' "$bold" "$plain" "$1"
}

# give_up TEXT: something is not as it must be; the demo ends here.
give_up()
{
	printf '\n   %s[FAILED]%s %s\n' "$bold" "$plain" "$1"
	if [ -s service.log ]; then
		note "the last lines of the service's log:"
		tail -n 25 service.log | short_lines
	fi
	exit 1
}

# must TEXT COMMAND...: shows the command; the demo ends when it fails.
must()
{
	local what=$1
	shift
	show "$@" || give_up "$what"
}
