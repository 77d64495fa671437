#!/bin/bash
# run.sh - make scenarios: the long story of trust, told step by step.
#
# Officers govern a service: every ceremony is rehearsed and held, what is attacked
# is refused, what must be done in an emergency is done.  A table at the end says of
# each scenario what was tried, what the decision was, and the reason.  Exits 0 only
# when each came to what it must.
#
#	tests/scenarios/run.sh [--list]
#	SCENARIOS='removal expiry' tests/scenarios/run.sh
#
# first_provisioning and first_bundle are always told: the others go on from them.
parts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1

# In this order; tests/lint/scenarios.sh holds it against the functions and plans.
story="first_provisioning rotate_key first_bundle
	too_few old_bundle strange_certificate destroyed_certificate
	add_anchor removal expiry recovery lose_officer
	rotate_key_officers restore_backup replace_token decommission
	first_provisioning_tpm"

if [ "${1:-}" = --list ]; then
	printf '%s\n' $story
	exit
fi
. "$parts/story.sh"
. "$parts/ceremonies.sh"
. "$parts/attacks.sh"
. "$parts/break_glass.sh"

started=$SECONDS
scenario=scenarios
demo_begin scenarios
port=$(free_port)
pcr_0=$(printf '0%.0s' {1..64}) pcr_7=$pcr_0 # no TPM asks here
printf '%sanchord: the long story of trust%s\n' "$bold" "$plain"
note "all of it in $dir, which is called . below and is removed at the end"
{ make_certificates && phone_make && phone_facts && phone_list 1badc0de; } \
	>prepared 2>&1 || { short_lines <prepared; bad preparation "see above"; finish; }
write_policy
mkdir anchors && cp roots.pem demo-ca.pem anchors/

for name in $story; do
	case " first_provisioning first_bundle ${SCENARIOS:-$story} " in
	*[[:space:]]"$name"[[:space:]]*) "$name" || bad "$name" "it did not end well" ;;
	esac
done

[ "$passed" -gt 0 ] || bad "the story" "nothing was tried"
print_table
printf '\n%d scenarios in %d seconds\n' "$(printf '%s\n' "${rows[@]%%|*}" |
	sort -u | wc -l)" $((SECONDS - started))
finish
