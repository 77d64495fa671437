# NSS's softoken through p11-kit-proxy, which tells it where its database is.
title="NSS softoken $(dpkg-query -W -f '${Version}' libnss3 2>/dev/null), through p11-kit-proxy"
module=/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so
softoken=/usr/lib/x86_64-linux-gnu/nss/libsoftokn3.so
[ -e "$softoken" ] || softoken=/usr/lib/x86_64-linux-gnu/libsoftokn3.so
needs=("$module" "$softoken" /usr/bin/certutil)
label="NSS Certificate DB"

prepare()
{
	mkdir -p nss share
	certutil -N -d "sql:$dir/nss" -f pin >&2 || return
	mkdir -p /etc/pkcs11
	mount -t tmpfs none /etc/pkcs11 && mkdir /etc/pkcs11/modules || return
	cat >/etc/pkcs11/modules/nss.module <<END
module: $softoken
x-init-reserved: configdir='sql:$dir/nss' certPrefix='' keyPrefix='' secmod='secmod.db' flags=
END
	chmod -R a+rX /etc/pkcs11 share
	mount --bind share /usr/share/p11-kit/modules || return
	settings="paths = [\"$dir/nss\"];"
}

own_paths() { chown -R "$((uid_base + 3))" nss; }

do_init() { cell init "certutil -N"; }
