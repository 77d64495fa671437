# opencryptoki's soft token: a slot daemon, System V memory, a group, and paths
# that are compiled in.
title="opencryptoki $(dpkg-query -W -f '${Version}' opencryptoki 2>/dev/null), soft token"
module=/usr/lib/x86_64-linux-gnu/pkcs11/libopencryptoki.so
needs=("$module" /usr/sbin/pkcsslotd)
alg=PS256
so_pin=87654321 # every new token's
pin=Tau-6283     # eight at most
has_daemon=1
settings='
	groups = [ "pkcs11" ];
	paths = [ "/var/lib/opencryptoki", "/dev/urandom" ];'

# Its user must be in the group by name, too.
make_users()
{
	cp /etc/passwd /etc/group "$dir/" &&
		sed -i '/^anchord-keyholder:/d' "$dir/passwd" &&
		echo "anchord-keyholder:x:$((uid_base + 3)):$((uid_base + 3))::/:/bin/false" \
			>>"$dir/passwd" &&
		sed -i '/^pkcs11:/s/$/,anchord-keyholder/' "$dir/group" &&
		chmod 644 "$dir/passwd" "$dir/group" &&
		mount --bind "$dir/passwd" /etc/passwd &&
		mount --bind "$dir/group" /etc/group
}

prepare()
{
	local d
	make_users || return
	for d in /run /dev/shm /var/lib/opencryptoki /etc/opencryptoki; do
		mount -t tmpfs -o mode=755 none "$d" || return
	done
	chmod 1777 /dev/shm
	printf 'version opencryptoki-3.1\nslot 0\n{\nstdll = libpkcs11_sw.so\n}\n' \
		>/etc/opencryptoki/opencryptoki.conf
	chmod 644 /etc/opencryptoki/opencryptoki.conf
	(
		umask 007
		mkdir -p /run/lock/opencryptoki/swtok \
			/var/lib/opencryptoki/swtok/TOK_OBJ
	)
	chmod 755 /run/lock
	chown -R root:pkcs11 /run/lock/opencryptoki /var/lib/opencryptoki
	chmod 770 /var/lib/opencryptoki
}

daemon_start()
{
	local i
	rm -f /run/pkcsslotd.socket
	pkcsslotd >&2 || return
	for ((i = 0; i < 50; i++)); do
		[ -S /run/pkcsslotd.socket ] && return 0
		sleep 0.1
	done
	return 1
}

daemon_kill()
{
	[ ! -s /run/pkcsslotd.pid ] || kill -KILL "$(cat /run/pkcsslotd.pid)" 2>/dev/null
	return 0
}
