#!/bin/bash
# Goal: the demo exits 0, again at once, as root and as an ordinary user; it
# ends with failure when a part is missing; interrupted or not, it leaves no
# process and no directory.
clean_path=$PATH
. "$(dirname "$0")/lib.sh"
demo_begin "$scenario"

# A place that an ordinary user may read, with what the demo needs.
mkdir -p copy/build/bin copy/build/test copy/provisioning tmp
cp -r "$demo_root/provisioning/demo" "$demo_root/provisioning/ceremonies" \
	copy/provisioning/
cp "$demo_bin"/* copy/build/bin/
cp "$demo_devices/keymint" copy/build/test/
chmod -R a+rX copy "$dir"
chmod 1777 tmp

# What a run left: directories in its TMPDIR, processes that name them.
left()
{
	find tmp -mindepth 1 -maxdepth 1
	pgrep -af "$dir/tmp/" | grep -v pgrep
}

# run WHO COMMAND...: the demo as that user; its output in run.log.
run()
{
	local who=$1
	shift
	(
		export TMPDIR=$dir/tmp PATH=$clean_path
		unset SOFTHSM2_CONF TPM2TOOLS_TCTI
		cd copy || exit 1
		if [ "$who" = ordinary ] && [ "$(id -u)" -eq 0 ]; then
			exec env HOME=/nonexistent ANCHORD_BUILD=build setpriv \
				--reuid 65534 --regid 65534 --clear-groups "$@"
		fi
		exec env ANCHORD_BUILD=build "$@"
	) >run.log 2>&1
}

demo_passes()
{
	if run "$2" provisioning/demo/demo.sh; then
		ok "$1"
	else
		bad "$1" "exit status $?"
		tail -n 30 run.log | sed 's/^/  | /'
	fi
	same "$1: leaves nothing" "" "$(left)"
}

demo_passes "the demo" as-we-are
same "the demo shows its refusals" 16 "$(grep -c '^   .*refused: ' run.log)"
for claim in 'both plans were rehearsed' 'one officer alone refused' \
	'one officer twice refused' 'those of the rehearsal, byte for byte' \
	'a changed transcript refused' 'plain ssh-keygen' \
	'its root is in the token' 'older bundle refused: trust-' \
	'below it refused: chain-untrusted' \
	'refused: keyholder: trust-certificate-missing' 'ready again' \
	'eligible for fw-2' 'told to ask again in [0-9]* seconds' \
	'refused: rollout-stopped'; do
	holds "the demo shows: $claim" grep -q "\[ok\].*$claim" run.log
done
if [ "$(id -u)" -eq 0 ]; then
	demo_passes "the demo as an ordinary user, at once" ordinary
else
	skip "the demo as an ordinary user" "this is an ordinary user"
fi

# Interrupted while ceremonies are rehearsed, and while the service runs.
run as-we-are timeout --signal=INT 3 provisioning/demo/demo.sh
different "an interrupted demo fails" 0 $?
same "an interrupted demo leaves nothing" "" "$(left)"
rm run.log # the interrupted one may have said it, too
run as-we-are provisioning/demo/demo.sh &
for ((i = 0; i < 1200; i++)); do
	grep -qs 'ready on https' run.log && break
	sleep 0.1
done
holds "the service runs by then" grep -q 'ready on https' run.log
pkill -TERM -P $!
wait $!
different "a demo that is ended later fails" 0 $?
same "a demo that is ended later leaves nothing" "" "$(left)"

rm copy/build/bin/anchord
run as-we-are timeout 60 provisioning/demo/demo.sh
different "a demo with a part missing fails" 0 $?
same "a failed demo leaves nothing" "" "$(left)"
finish
