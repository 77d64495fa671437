# story.sh - what a scenario tells, tries and comes to; rows for the table at the end.
#
# Sourced by run.sh, never run.

. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
for part in say officers ceremony provision trust; do
	. "$demo_root/provisioning/demo/$part.sh"
done

current=     # the scenario that is told
rows=()      # "scenario|tried|decision|reason"

# row WHAT DECISION REASON WANTED: a row of the table, which goes otherwise unless
# the decision is the wanted one.
row()
{
	if [ "$2" = "$4" ]; then
		ok "$1: $2${3:+ ($3)}"
		rows+=("$current|$1|$2|$3")
	else
		bad "$1" "$2, not $4: ${3:-no reason}"
		rows+=("$current|$1|$2, NOT $4|$3")
		[ ! -s said.txt ] || short_lines <said.txt
	fi
}

# reason_in FILE REGEX: the words of the file that are the reason.
reason_in()
{
	[ -z "$2" ] || grep -oE -e "$2" "$1" | head -n 1 | cut -c1-60
}

# tried DECISION WHAT REGEX COMMAND...: accepted (status 0) or refused; a refusal
# must say why, and an acceptance what the REGEX wants of it.
tried()
{
	local wanted=$1 what=$2 words=$3 got=accepted reason
	shift 3
	"$@" >said.txt 2>&1 || got=refused
	reason=$(reason_in said.txt "$words")
	[ -z "$words" ] || [ -n "$reason" ] || got="$got without a word of it"
	row "$what" "$got" "$reason" "$wanted"
}

accepted()
{
	tried accepted "$@"
}

refused()
{
	tried refused "$@"
}

# finds WHAT DECISION STATUS REGEX: /readyz comes to say so, with this status.
finds()
{
	local reason='' http_status=000 i
	for ((i = 0; i < 5; i++)); do
		await "$4" && break
		reason=
	done
	cp http.json said.txt
	[ "$http_status" = "$3" ] && [ -n "$reason" ] &&
		row "$1" "$2" "$(cut -c1-60 <<<"$reason")" "$2" && return
	row "$1" "HTTP $http_status" "$reason" "$2"
}

# becomes_ready WHAT
becomes_ready()
{
	local got=refused
	! wait_for 200 60 || got=accepted
	cp http.json said.txt
	[ "$got" = refused ] || http_status=ready
	row "$1" "$got" "$http_status" accepted
}

# logged WHAT DECISION REGEX: the service's log comes to have such a line.
logged()
{
	local i line=
	for ((i = 0; i < 600; i++)); do
		line=$(grep -oE -e "$3" service.log | tail -n 1)
		[ -z "$line" ] || break
		sleep 0.1
	done
	row "$1" "${line:+$2}" "$line" "$2"
}

# counts WHAT NUMBER WANTED NAME: reported, if the number is the wanted one.
counts()
{
	local got="$4 is ${2:-missing}"
	[ "$2" != "$3" ] || got=reported
	row "$1" "$got" "$4: $2" reported
}

# metric NAME: its value.
metric()
{
	api monitor GET /metrics
	sed -n "s/^$1 //p" http.json
}

# --- the service ------------------------------------------------------------------------

# A life of the service, whose log begins anew.
life()
{
	: >service.log
	service_start
}

# The version in force by the service's log.
in_force()
{
	sed -n 's/.*event=trust-in-force version=\([0-9]*\).*/\1/p' service.log |
		tail -n 1
}

# A life of the service, in which it takes the chain that is there.
service_takes()
{
	[ -z "${rehearsing:-}" ] || return 0
	life
	wait_for 200 60
	local status=$?
	service_stop
	return $status
}

# put_in_force DIR: everywhere; head and counter follow when the service has it.
put_in_force()
{
	apply "$1" && service_takes && apply "$1"
}

# chain_alone DIR: the chain file alone, while the service runs; it follows.
chain_alone()
{
	local before i
	before=$(in_force)
	anchorctl trust apply "$1" --no-token --chain "$dir/chain" || return
	for ((i = 0; i < 300; i++)); do
		[ "$(in_force)" = "$before" ] || return 0
		sleep 0.1
	done
	return 1
}

# next_version DIR OFFICER,OFFICER [OPTION...]: proposed, changed by the function
# `change` if there is one, and signed.
next_version()
{
	local to=$1 who=${2//,/ } officer
	shift 2
	anchorctl trust propose --to "$to" --chain chain "$@" || return
	! declare -F change >/dev/null || change "$to" || return
	for officer in $who; do
		officer_signs "$officer" "$to" || return
	done
}

# with_change COMMANDS NEXT_VERSION_ARGUMENT...: COMMANDS see the proposal as $1.
with_change()
{
	eval "change() { $1; }"
	shift
	next_version "$@"
	local status=$?
	unset -f change
	return $status
}

# phone_of NAME: a phone of that maker wants to be enrolled; the answer is said.
phone_of()
{
	challenge_ask backend-a enroll '{}' || { cat http.json; return 1; }
	keymint --state "$1" attest --nonce "$(hex_of_b64url "$nonce")" \
		--shape new-attest-key >"$1.json" || return
	api backend-a POST /v1/enrollments/android-key "$(jq -nc \
		--arg c "$challenge" --slurpfile e "$1.json" \
		'{challenge: $c, evidence: $e[0], observed: {}}')"
	cat http.json
	[ -n "$(answer '.device_handle // empty')" ]
}

# maker_make NAME: another maker of phones: NAME.pem has its root.  All roots are
# kept in anchors/, for tokens that lack them.
maker_make()
{
	mkdir -p "$1" && keymint --state "$1" roots >"$1.pem" && cp "$1.pem" anchors/
}

# --- ceremonies -------------------------------------------------------------------------

# All that is here, and none of what the service did, in rehearsal/.
copy_for_rehearsal()
{
	local file
	rm -rf rehearsal && mkdir rehearsal || return
	for file in *; do
		case $file in
		rehearsal | kept-* | tpm) ;;
		*) cp -a "$file" rehearsal/ || return ;;
		esac
	done
	rm -rf rehearsal/supervisor/*
	sed -i "s|$dir/|$dir/rehearsal/|g" rehearsal/*.conf rehearsal/*.site \
		rehearsal/token/softhsm2.conf
}

# go_through NAME [TEXT HOOK]...: HOOK is what people do at the step with this TEXT.
go_through()
{
	local name=$1 first=1 at
	shift
	while [ $# -gt 0 ]; do
		at=$(ceremony_step "$name" "$1")
		ceremony_hold "$name" $(seq "$first" $((at - 1)))
		"$2" || return
		first=$at
		shift 2
	done
	ceremony_hold "$name" $(seq "$first" "$(ceremony_steps "$name")")
}

rehearsal()
{
	copy_for_rehearsal || return
	(
		dir=$dir/rehearsal ceremony_mode=--rehearse rehearsing=yes
		export SOFTHSM2_CONF=$dir/token/softhsm2.conf
		cd "$dir" || exit
		[ "${rehearsal_with:-}" != tpm ] || tpm_start
		go_through "$@"
		status=$?
		[ "${rehearsal_with:-}" != tpm ] || tpm_stop
		exit $status
	)
}

# ceremony NAME [TEXT HOOK]...: rehearsed in a copy, then held, by the same plan.
ceremony()
{
	local name=$1 cards=
	note "the plan $name.conf, $(ceremony_steps "$name") steps"
	! ceremony_roles "$name" | grep -q '^officer-' || cards=yes
	[ -z "$cards" ] || cards_in
	accepted "rehearsed on software" 'ended, a REHEARSAL' rehearsal "$@"
	accepted "held" 'The ceremony has ended' go_through "$@"
	[ -z "$cards" ] || cards_out
	same_plan "$name"
}

# The rehearsal and the ceremony have the plan that is reviewed, byte for byte.
same_plan()
{
	local plan got="another plan"
	plan=$(sha256sum <"$ceremony_plans/$1.conf" | cut -c1-64)
	[ "$(ceremony_of "rehearsal/$1" plan) $(ceremony_of "$1" plan)" = "$plan $plan" ] &&
		[ "$(ceremony_of "rehearsal/$1" rehearsal)" = true ] &&
		[ "$(ceremony_of "$1" rehearsal)" = false ] && got="same plan"
	row "the plan's SHA-256, both times" "$got" "$plan" "same plan"
}

all_sign()
{
	local role
	for role in $(ceremony_roles "$1"); do
		signs "$1" "$role" || return
	done
}

# sealed NAME: signed by all, and sound; one character changed, and it is not.
sealed()
{
	accepted "the transcript, signed by all" '' all_sign "$1"
	accepted "verified offline" '^sound' ceremony_verify "$1" people/people
	rm -rf altered && mkdir altered && cp "$1".text* altered/
	sed -i '/^| program /s/anchorctl/anchorcti/' "altered/$1.text"
	refused "with one character changed" \
		'previous is not the SHA-256 of the entry before' \
		ceremony_verify "altered/$1" people/people
}

# --- the whole --------------------------------------------------------------------------

# scenario NAME TITLE
scenario()
{
	current=$1
	printf '\n%s== %s: %s%s\n' "$bold" "$1" "$2" "$plain"
}

print_table()
{
	local line a b c d
	printf '\n%s%-22s %-52s %-10s %s%s\n' "$bold" scenario tried decision \
		reason "$plain"
	for line in "${rows[@]}"; do
		IFS='|' read -r a b c d <<<"$line"
		printf '%-22s %-52s %-10s %s\n' "$a" "$b" "$c" "$d"
	done
}
