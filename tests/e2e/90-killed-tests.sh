#!/bin/bash
# Goal: a test that is killed leaves no process behind: neither the service, nor
# its clients, nor a TPM, nor the proxy before it.  Roles have sessions of their
# own, so its descendants are noted before it is killed.
. "$(dirname "$0")/lib.sh"

programs=$(cd "$here/../.." && realpath "${ANCHORD_BUILD:-build}")/test/process

# family PID: it and all below it.
family()
{
	ps -e -o pid=,ppid= | awk -v top="$1" '
		{ pids[NR] = $1; parents[$1] = $2 }
		END {
			for (i = 1; i <= NR; i++) {
				for (p = pids[i]; p > 1 && p != top;)
					p = parents[p]
				if (p == top)
					print pids[i]
			}
		}'
}

# living PIDS: those that still run.
living()
{
	[ -z "$1" ] || ps -o pid=,comm= -p "$(echo $1 | tr ' ' ,)" |
		grep -v '<defunct>'
}

# until_there PID NAME: it has such a descendant within 20 s.
until_there()
{
	for _ in $(seq 100); do
		living "$(family "$1")" | grep -q "$2" && return 0
		sleep 0.2
	done
	return 1
}

# until_gone PIDS: none is left within 10 s.
until_gone()
{
	for _ in $(seq 50); do
		[ -z "$(living "$1")" ] && return 0
		sleep 0.2
	done
	return 1
}

# killed PROGRAM NAME: when it has a process of that name, it is killed.
killed()
{
	local what=$1 pid all
	if [ ! -x "$programs/$1" ]; then
		skip "$what" "not built"
		return
	fi
	"$programs/$1" >/dev/null 2>&1 &
	pid=$!
	if until_there "$pid" "$2"; then
		all=$(family "$pid")
		kill -KILL "$pid"
		wait "$pid" 2>/dev/null
		until_gone "$all"
		same "$what, killed, leaves nobody" "" "$(living "$all")"
	else
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		skip "$what" "no $2 here"
	fi
}

killed test_losses anchord-keyhold
killed test_service_tpm swtpm
killed test_faults_tpm anchord-keyhold
killed test_faults anchord-keyhold
finish
