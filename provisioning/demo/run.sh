#!/bin/bash
# run.sh - the demo's service, kept in the foreground on loopback until Ctrl-C.
#
# Prints the commands of docs/curl.md with the values of this run, to be typed
# in another terminal.
cd "$(dirname "$0")" || exit 1
. ./lib.sh
. ./say.sh
. ./steps.sh

demo_begin run
port=8443
(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && port=$(free_port)

step_certificates
step_token
step_device
step_phone
step_policy
step_service

cat <<END

== Try it, in another terminal (docs/curl.md explains each command)

cd $dir
export TPM2TOOLS_TCTI=$TPM2TOOLS_TCTI
export PATH=$demo_bin:$demo_devices:\$PATH PORT=$port SOURCE=$demo_root

$(sed -n '/^```sh$/,/^```$/{s/^```.*//;p}' "$demo_root/docs/curl.md" | cat -s)

== The service's log follows; Ctrl-C ends it and removes $dir
END
tail -n +1 -f --pid="$service_pid" service.log &
tail_pid=$!
wait "$service_pid"
wait "$tail_pid" 2>/dev/null
exit 0
