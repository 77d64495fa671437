# SoftHSM behind `p11-kit server`: the key holder has a socket and nothing else.
title="p11-kit server and client $(dpkg-query -W -f '${Version}' p11-kit 2>/dev/null), SoftHSM behind it"
module=/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so
needs=("$module" /usr/bin/p11-kit "$softhsm_module")
has_daemon=1
server_pid=

prepare()
{
	mkdir server
	chmod 755 server
	export P11_KIT_SERVER_ADDRESS=unix:path=$dir/server/socket
	settings="environment = [\"P11_KIT_SERVER_ADDRESS=$P11_KIT_SERVER_ADDRESS\"];"
	# The server shows tokens that are there when it starts.
	softhsm2-util --init-token --free --label "$label" \
		--so-pin "$(cat so-pin)" --pin "$(cat pin)" >&2
}

# As the key holder's user: a server serves its own user alone.
daemon_start()
{
	local i
	rm -f server/socket
	chown -R "$((uid_base + 3))" server token
	setsid setpriv --reuid "$((uid_base + 3))" --clear-groups \
		p11-kit server -f -n "$dir/server/socket" \
		--provider "$softhsm_module" "pkcs11:token=$label" >/dev/null 2>&1 &
	server_pid=$!
	for ((i = 0; i < 50; i++)); do
		[ -S server/socket ] && return 0
		sleep 0.1
	done
	return 1
}

daemon_kill()
{
	[ -z "$server_pid" ] || kill -KILL -- "-$server_pid" 2>/dev/null
	wait "$server_pid" 2>/dev/null
	return 0
}

do_init() { cell init "at the server"; }
