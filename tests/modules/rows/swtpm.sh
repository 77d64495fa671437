# A TPM 2.0 made of software, by our own backend.
title="swtpm $(dpkg-query -W -f '${Version}' swtpm 2>/dev/null), tpm2: URI"
module=
needs=(/usr/bin/swtpm)
has_daemon=1
bare=
swtpm_pid=

prepare()
{
	mkdir swtpm
	chown "$((uid_base + 3))" swtpm
	bare=tpm2:swtpm:path=$dir/swtpm/socket
	list_options=(--uri "$bare")
	settings='handle_label = "";'
}

daemon_start()
{
	local i
	rm -f swtpm/socket
	setpriv --reuid "$((uid_base + 3))" --clear-groups swtpm socket --tpm2 \
		--tpmstate "dir=$dir/swtpm" \
		--server "type=unixio,path=$dir/swtpm/socket" \
		--flags not-need-init >/dev/null 2>&1 &
	swtpm_pid=$!
	for ((i = 0; i < 50; i++)); do
		[ -S swtpm/socket ] && return 0
		sleep 0.1
	done
	return 1
}

daemon_kill()
{
	[ -z "$swtpm_pid" ] || kill -KILL "$swtpm_pid" 2>/dev/null
	wait "$swtpm_pid" 2>/dev/null
	return 0
}

do_init() { cell init –; }

do_keygen()
{
	verb keygen anchorctl token keygen --uri "$bare" --pin-file pin \
		--pins pins || return
	cp says keygen.txt
	token_facts
}

do_audit()
{
	timeout 60 anchorctl token audit --uri "$token_uri" --pin-file pin \
		--profile rehearsal >says 2>&1
	audit_cell $?
}
