# lib.sh - a scenario: the demo's service, expectations, the closing line.
#
# Each scenario says at its head what it proves, sources this, and ends with
# finish.  Run with the name of an expectation, it looks at that one alone:
# tests/mutants.sh asks so.  Sourced, never run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
. "$here/../../provisioning/demo/lib.sh"
. "$here/expect.sh"

scenario=$(basename "$0" .sh)
[[ ${1:-} == -* ]] || only=${1:-}

transport=$(digest_of "the device's connection")
request=$(digest_of "GET /metadata/1")
elsewhere=$(digest_of "elsewhere")

# holds WHAT COMMAND...
holds()
{
	local what=$1
	shift
	if "$@" >says 2>&1; then
		ok "$what"
	else
		bad "$what" "'$*' failed: $(head -n 3 says | tr '\n' ' ')"
	fi
}

# problem WHAT STATUS CODE: the last answer is this problem document.
problem()
{
	same "$1" "$2 urn:x-anchord:problem:$3" \
		"$http_status $(answer .type 2>/dev/null)"
}

# ctl CLIENT VERB...: what anchorctl says, as this client; $status is its own, or
# 124 when it does not end within $ctl_most seconds.
ctl()
{
	local who=$1
	shift
	timeout "${ctl_most:-60}" anchorctl "$@" --url "https://localhost:${to:-$port}" \
		--cert "$who.pem" --key "$who.key" --ca "${ca:-demo-ca}.pem" \
		>said 2>complaint </dev/null
	status=$?
}

# told WHAT STATUS TEXT: the last command ended so, and complained in these words.
told()
{
	if [ "$status" = "$2" ] && [[ "$(cat complaint)" == *"$3"* ]]; then
		ok "$1"
	else
		bad "$1" "status $status, not $2: $(head -c 300 complaint)"
	fi
}

# A service without its parts running: certificates, token, keys, TPM, policy;
# and a phone, for a scenario that says with_phone=1.
prepare()
{
	demo_begin "$scenario"
	port=$(free_port)
	{
		make_certificates && token_prepare && token_init &&
			token_keygen && token_facts && tpm_start && tpm_boot && tpm_keys &&
			read_pcrs && prepare_phone && write_policy
	} >prepared 2>&1 || {
		sed 's/^/  | /' prepared
		bad "preparation" "see above"
		finish
	}
	write_config
}

prepare_phone()
{
	[ -z "${with_phone:-}" ] ||
		{ phone_make && phone_facts && phone_list 1badc0de; }
}

# The whole service, ready, and the device enrolled with backend-a.
begin()
{
	prepare
	service_start
	wait_for 200 30 || {
		bad "the service becomes ready" "last /readyz: $http_status"
		finish
	}
	enrol backend-a || {
		bad "enrolment" "$http_status $(cat http.json)"
		finish
	}
}

# bound TRANSPORT REQUEST: JSON of what a challenge asks or a backend observed.
bound()
{
	jq -nc --arg h "$handle" --arg t "$1" --arg r "$2" \
		'{device_handle: $h, bindings: {transport: $t, request: $r}}'
}

# keep NAME: the state of the device and of the service is put aside, and
# taken back by take_back NAME.
keep()
{
	local file
	rm -rf "kept-$1" && mkdir "kept-$1" &&
		cp -a token keyholder ledger supervisor "kept-$1/" || return
	for file in chain pins; do
		[ ! -e $file ] || cp -a $file "kept-$1/" || return
	done
}

take_back()
{
	rm -rf token keyholder ledger supervisor chain &&
		cp -a "kept-$1"/* .
}

# fresh NAME [MEMBERS]: a metadata challenge for this device and its quote.
fresh()
{
	local members=${2:-}
	challenge_ask backend-a metadata "$(jq -nc \
		--argjson m "${members:-null}" \
		--argjson o "$(bound "$transport" "$request")" '$o + ($m // {})')" &&
		quote "$(hex_of_b64url "$nonce")" "$1" && evidence_json "$1"
}

# verdict WHAT REASONS: the last attestation's; empty REASONS: eligible.
verdict()
{
	if [ "$http_status" != 200 ]; then
		bad "$1" "HTTP $http_status $(head -c 200 http.json)"
	else
		same "$1" "${2:-eligible}" \
			"$([ "$eligible" = true ] && echo eligible)$reasons"
	fi
}

# How the log names a device: logged TENANT HANDLE
logged()
{
	printf 'anchord log\0%s\0%s' "$1" "$2" | sha256sum | cut -c 1-16
}

finish()
{
	if [ "$failed" -gt 0 ] && [ -s "$dir/service.log" ]; then
		echo "  the service's log, last lines:"
		grep -v 'event=request' "$dir/service.log" | tail -n 15 | sed 's/^/  | /'
	fi
	closing
	exit
}
