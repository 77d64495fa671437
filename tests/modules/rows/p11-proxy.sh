# SoftHSM through p11-kit-proxy: the modules that the machine is configured for.
title="p11-kit-proxy $(dpkg-query -W -f '${Version}' p11-kit-modules 2>/dev/null), SoftHSM behind it"
module=/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so
needs=("$module" "$softhsm_module")

# One module, in place of all that the machine has.
prepare()
{
	mkdir -p modules/etc modules/share
	printf 'module: %s\n' "$softhsm_module" >modules/etc/softhsm.module
	chmod -R a+rX modules
	mkdir -p /etc/pkcs11/modules 2>/dev/null
	mount -t tmpfs none /etc/pkcs11 && mkdir /etc/pkcs11/modules &&
		cp modules/etc/softhsm.module /etc/pkcs11/modules/ &&
		chmod -R a+rX /etc/pkcs11 &&
		mount --bind modules/share /usr/share/p11-kit/modules
	settings="environment = [\"SOFTHSM2_CONF=$SOFTHSM2_CONF\", \"HOME=/\"];
	          paths = [\"$dir/token\"];"
}
