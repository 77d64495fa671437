# by_hand.sh - a scenario of anchorctl alone, without a service: a directory that
# goes away, the program, the modules of this machine.
#
# Sourced, never run.  The working directory is the top of the tree.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/e2e/expect.sh
top=$PWD
build=${ANCHORD_BUILD:-build}
[[ $build == /* ]] || build=$top/$build
ctl=$build/bin/anchorctl
scratch=$(mktemp -d) || exit 1
swtpm= # its process, when a scenario started one

by_hand_end()
{
	[ -z "$swtpm" ] || kill "$swtpm" 2>/dev/null
	rm -rf "$scratch"
}
trap by_hand_end EXIT

# answers WHAT STATUS JQ VALUE ARGUMENTS...: anchorctl's exit status, and what jq
# finds in the JSON that it prints; without JQ the status alone.
answers()
{
	local what=$1 status=$2 query=$3 value=$4 got
	shift 4
	"$ctl" "$@" >"$scratch/out" 2>"$scratch/err"
	got="$? $([ -z "$query" ] || jq -cr "$query" "$scratch/out" 2>&1)"
	if [ "$got" = "$status $value" ]; then
		ok "$what"
	else
		bad "$what" "$got"
		sed 's/^/  | /' "$scratch/err"
	fi
}

# module_of FILE...: the first that can be read.
module_of()
{
	local m
	for m; do
		[ -r "$m" ] && echo "$m" && return
	done
}

softhsm_module()
{
	module_of /usr/lib/softhsm/libsofthsm2.so \
		/usr/lib/*/softhsm/libsofthsm2.so
}

# leaks_of MODULE...: the leak sanitizer passes over what these modules leak.
leaks_of()
{
	printf 'leak:%s\n' "$@" >"$scratch/leaks"
	export LSAN_OPTIONS=suppressions=$scratch/leaks:print_suppressions=0
}

# softhsm_tokens DIR: SoftHSM has its tokens in DIR/tokens from now on.
softhsm_tokens()
{
	mkdir "$1/tokens"
	printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\n' \
		"$1" >"$1/softhsm2.conf"
	export SOFTHSM2_CONF=$1/softhsm2.conf
}

# swtpm_start DIR: a software TPM, new, behind the socket DIR/sock.
swtpm_start()
{
	mkdir "$1/tpm"
	swtpm socket --tpm2 --tpmstate "dir=$1/tpm" \
		--server "type=unixio,path=$1/sock" \
		--ctrl "type=unixio,path=$1/ctrl" --flags not-need-init \
		>/dev/null 2>&1 &
	swtpm=$!
	for _ in $(seq 200); do
		[ -S "$1/ctrl" ] && break
		sleep 0.05
	done
}

# skip_all WHY: nothing of the scenario is possible here.
skip_all()
{
	echo "skipped: $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}
