# SoftHSM: files, and no daemon.
title="SoftHSM $(dpkg-query -W -f '${Version}' softhsm2 2>/dev/null)"
needs=("$softhsm_module" /usr/bin/softhsm2-util)

prepare()
{
	settings="environment = [\"SOFTHSM2_CONF=$SOFTHSM2_CONF\"];
	          paths = [\"$dir/token\"];"
}
