#!/bin/bash
# Goal: with a part missing or wrong the service starts, is not ready, says why,
# gives no challenge, and recovers without a restart once the part is mended.
. "$(dirname "$0")/lib.sh"
prepare

# not_ready WHAT PATTERN: /readyz says 503 and why; no challenge is given.
not_ready()
{
	if ! wait_for 503 15; then
		bad "$1: not ready" "/readyz says $http_status"
		return
	fi
	ok "$1: the service runs and is not ready"
	local i
	for ((i = 0; i < 50; i++)); do
		api monitor GET /readyz
		grep -qiE "$2" http.json && break
		sleep 0.1
	done
	if grep -qiE "$2" http.json; then
		ok "$1: says why"
	else
		bad "$1: says why" "$(cat http.json)"
	fi
	api backend-a POST /v1/challenges "$(jq -nc --arg t "$transport" \
		--arg r "$request" '{workflow: "metadata",
		device_handle: ("dh1_" + ("A" * 43)),
		bindings: {transport: $t, request: $r}}')"
	same "$1: no challenge" 503 "$http_status"
}

recovers()
{
	if wait_for 200 20; then
		ok "$1: ready again without a restart"
	else
		bad "$1: ready again without a restart" \
			"$http_status $(cat http.json)"
	fi
}

ledger_path=$dir/database/ledger
write_config
service_start
not_ready "no database directory" 'ledger|database|directory'
mkdir -p database/ledger
chmod 711 database
as_role 2 database/ledger
recovers "no database directory"
service_stop

mkdir -p foreign
sqlite_file=$(find database/ledger -type f -name '*.db')
if [ -n "$sqlite_file" ]; then
	head -c 8192 /dev/urandom >"foreign/$(basename "$sqlite_file")"
	ledger_path=$dir/foreign
	write_config
	as_role 2 foreign
	service_start
	not_ready "a file that is no database" 'ledger|database'
	rm -f foreign/*
	recovers "a file that is no database"
	service_stop
else
	bad "the ledger made a database" "no file in its directory"
fi
ledger_path=$dir/ledger
write_config

mv token/objects token/away
mkdir token/objects
service_start
not_ready "no token" 'token|key ?holder|device|hsm'
rmdir token/objects
mv token/away token/objects
recovers "no token"
service_stop

chmod 0644 pin
service_start
not_ready "a PIN file that others may read" 'pin'
chmod 0400 pin
recovers "a PIN file that others may read"

enrol backend-a || bad "enrolment" "$http_status $(cat http.json)"
fresh last
attest backend-a "$challenge" last.json "$(bound "$transport" "$request")"
verdict "after all of it the job is done" ""
finish
