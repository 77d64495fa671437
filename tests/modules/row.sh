#!/bin/bash
# row.sh ROW - one row of the matrix; its last line is the row.
#
# Started by run.sh in namespaces of its own.  What happens is told on standard
# error.  A row says, by variables and functions, what differs (rows/*.sh):
#
#	title          what the table calls it, with its version
#	needs          files without which it is absent
#	module         the PKCS#11 module; "" for a TPM
#	alg            of the signing key
#	pin, so_pin    where the token wants a certain one
#	settings       lines of the group `token`
#	before         what a shell sets so that anchorctl finds the token
#	prepare        directories, configuration
#	token_make     in place of `anchorctl token init`; says how: cell_init
#	daemon_start, daemon_kill   NULL by default: there is none
. "$(dirname "$0")/../../provisioning/demo/lib.sh"
rows=$(cd "$(dirname "${BASH_SOURCE[0]}")/rows" && pwd)

label=anchord-demo
alg=ES256
module=$softhsm_module
needs=()
settings=
has_daemon=
clients=4
list_options=() # after --module
pin= so_pin=    # "": made by chance
cells=()

prepare() { :; }
daemon_start() { :; }
daemon_kill() { :; }
own_paths() { :; }

say() { printf '%s\n' "$*" >&2; }

# cell NAME VALUE
cell()
{
	cells+=("$2")
	say "$1: $2"
}

# Prints the row and ends.
row()
{
	local c
	while [ ${#cells[@]} -lt 8 ] && [ "${cells[0]}" != absent ]; do
		cells+=(–)
	done
	printf '| %s |' "$title"
	for c in "${cells[@]}"; do
		printf ' %s |' "$c"
	done
	printf '\n'
	exit 0
}

# A line for people out of what a verb said, short enough for a table.
reason()
{
	grep -av '^$' says | tail -n 1 |
		sed -e 's/^anchorctl[a-z ]*: //' -e 's/|/ /g' -e "s#$dir#DIR#g"
}

# verb NAME COMMAND...: its cell is "yes", or "no: why".
verb()
{
	local name=$1
	shift
	if timeout 60 "$@" >says 2>&1; then
		cell "$name" yes
	else
		cell "$name" "no: $(reason)"
		return 1
	fi
}

# --- anchorctl ----------------------------------------------------------------

where() { [ -z "$module" ] || printf '%s\n' --module "$module"; }

do_list()
{
	mapfile -t at < <(where)
	verb list anchorctl token list "${at[@]}" "${list_options[@]}"
}

do_init()
{
	verb init anchorctl token init --module "$module" --label "$label" \
		--so-pin-file so-pin --pin-file pin
}

do_keygen()
{
	verb keygen anchorctl token keygen --module "$module" --token "$label" \
		--alg "$alg" --pin-file pin --pins pins || return
	cp says keygen.txt
	token_facts
}

# What the token shows is what was pinned.
do_public()
{
	mapfile -t at < <(where)
	verb public anchorctl token public --uri "$token_uri" "${at[@]}" \
		--pin-file pin --format jwk --out public.json || return
	anchorctl pins show --jwks pins >keys.json 2>/dev/null
	[ "$(jq -r .kid public.json)" = "$(jq -r '.keys[0].kid' keys.json)" ] ||
		cells[-1]="no: another key"
}

do_audit()
{
	local status
	timeout 60 anchorctl token audit --module "$module" --token "$label" \
		--pin-file pin --profile rehearsal >says 2>&1
	status=$?
	audit_cell $status
}

# 0: no finding; 1: findings, each of which the report names.
audit_cell()
{
	case $1 in
	0) cell audit yes ;;
	1) cell audit "findings" ;;
	*) cell audit "no: $(reason)" ;;
	esac
	cat says >&2
}

# --- the service ----------------------------------------------------------------

write_settings()
{
	write_config
	sed -i -e '/^token: {/,/};$/d' anchord.conf
	cat >>anchord.conf <<END
token: { module = "$module"; uri = "$token_uri"; pin_file = "$dir/pin";
         state = "$dir/keyholder"; $settings };
END
	sed -i 's/rate = 1000; burst = 2000/rate = 100000; burst = 100000/' \
		anchord.conf
}

keyholder() { pgrep -P "$service_pid" -x anchord-keyhold; }

# Ready; a challenge; and an end at which the key holder ends well.
do_serve()
{
	local pid status
	pcr_0=$(printf '%064d' 0) pcr_7=$pcr_0
	port=$(free_port)
	write_policy
	write_settings
	own_paths
	service_start
	if ! wait_for 200 90; then
		cell serve "no: $(answer '.parts[]? | select(.why != "") | .why' |
			head -n 1 | cut -c1-80)"
		tail -n 5 service.log >&2
		return 1
	fi
	challenge_ask backend-a enroll '{}' || {
		cell serve "no: HTTP $http_status"
		return 1
	}
	pid=$(keyholder)
	service_stop
	status=$(sed -n "s/.*event=child-ended .*pid=$pid .*\(signal\|status\)=\([0-9]*\).*/\1 \2/p" \
		service.log)
	if [ "$status" = "status 0" ]; then
		cell serve yes
	else
		cell serve "ends with $status"
	fi
	grep keyholder service.log | tail -n 6 >&2
	service_start
	wait_for 200 90
}

# One client that asks until the file "stop" is there.
client()
{
	local http_status
	while [ ! -e stop ]; do
		curl -sS --http1.1 --max-time 15 --cacert demo-ca.pem \
			--cert backend-a.pem --key backend-a.key -o /dev/null \
			-w '%{http_code}\n' -H 'Content-Type: application/json' \
			-d '{"workflow":"enroll"}' \
			"https://localhost:$port/v1/challenges" 2>/dev/null
	done >"answers.$1"
}

count() { cat answers.* | grep -cx "$1"; }

# The daemon dies under load; nothing but good answers and 503 may come.
do_killed()
{
	local i waiting=() before others
	[ -n "$has_daemon" ] || {
		cell killed –
		cell back –
		return
	}
	rm -f stop
	for ((i = 0; i < clients; i++)); do
		client "$i" &
		waiting+=($!)
	done
	sleep 1
	before=$(count 201)
	daemon_kill
	sleep 3
	others=$(cat answers.* | grep -cvxE '201|503')
	refused=$(count 503)
	api monitor GET /readyz
	after=$http_status
	if [ "$before" -eq 0 ] || [ "$others" -gt 0 ]; then
		cell killed "no: $before good before, $others neither good nor 503"
	elif [ "$after" = 200 ] && [ "$refused" -eq 0 ]; then
		cell killed "goes on"
	else
		cell killed 503
	fi
	daemon_start
	if wait_for 200 90 && challenge_ask backend-a enroll '{}'; then
		cell back yes
	else
		cell back "no: $(answer '.parts[]? | select(.why != "") | .why' |
			head -n 1 | cut -c1-80)"
	fi
	: >stop
	wait "${waiting[@]}"
	grep keyholder service.log | tail -n 12 >&2
}

. "$rows/$1.sh" || exit 1

# --- all of it --------------------------------------------------------------------

for file in "${needs[@]}"; do
	[ -e "$file" ] || {
		cells=(absent)
		row
	}
done
ip link set lo up
demo_begin "module-$1"
trap 'daemon_kill; demo_end' EXIT
make_certificates
token_prepare
[ -z "$so_pin" ] || { rm so-pin && printf %s "$so_pin" >so-pin; }
[ -z "$pin" ] || { rm pin && printf %s "$pin" >pin && chmod 400 pin; }
prepare >&2 || exit 1
daemon_start || exit 1
do_init || true
do_list || true
cells=("${cells[1]}" "${cells[0]}") # a token must be there to be listed
do_keygen || row
do_public
do_audit
do_serve && do_killed
row
