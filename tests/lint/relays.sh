#!/bin/bash
# relays.sh - each relay and mix-up that is refused has been taken for good once.
#
# tests/mutations/relays.tsv has a line for each refusal of tests/e2e/23-relays.sh and
# for what a stolen result is tried for in tests/e2e/57-possession.sh: the scenario, the
# relay, and the mutant that takes its check away.  That mutant is a row of
# tests/mutations/relays.mutants whose test is this relay.  tests/mutants.sh runs them.
. "$(dirname "$0")/lib.sh"

map=tests/mutations/relays.tsv
least=30 # relays and mix-ups

# Each refusal of the scenarios, "SCENARIO TAB RELAY": expectations with a reason, or
# of a result that is not what it is presented for.
refusals()
{
	sed -e ':more' -e '/\\$/N; s/\\\n//; t more' tests/e2e/23-relays.sh |
		sed -nE -e 's/^(relay|verdict) "([^"$]*)"[ \t]*"?[a-z].*/\2/p' \
			-e 's/^problem "([^"$]*)" .*/\1/p' \
			-e 's/^(presented|changed) "([^"$]*)" .*/\2/p' \
			-e 's/^same "([^"$]*)"[ \t]*"1 [a-z]+".*/\1/p' |
		sed 's|^|e2e/23-relays\t|'
	sed -e ':more' -e '/\\$/N; s/\\\n//; t more' tests/e2e/57-possession.sh |
		sed -nE 's/^[^#]*judged "((a stolen result|another key|a proof (for|of) )[^"]*)"[ \t]*dpop-.*/\1/p' |
		sed 's|^|e2e/57-possession\t|'
}

check()
{
	local scenario relay mutant n
	[ -f $map ] || { echo "there is no $map"; return; }
	refusals >"$scratch/refusals"
	grep -vE '^(#|$)' $map >"$scratch/map"
	n=$(wc -l <"$scratch/map")
	[ "$n" -ge "$least" ] || echo "$map has $n relays, less than $least"
	/usr/bin/python3 -B "$root/tests/mutations/mutant.py" list tests/mutations \
		>"$scratch/mutants"
	while IFS=$'\t' read -r scenario relay; do
		grep -qF -e "$scenario	$relay	" "$scratch/map" ||
			echo "$map: no mutant for '$relay' of $scenario"
	done <"$scratch/refusals"
	while IFS=$'\t' read -r scenario relay mutant; do
		grep -qxF -e "$scenario	$relay" "$scratch/refusals" ||
			echo "$map: $scenario refuses no '$relay'"
		grep -qxF -e "$mutant	$scenario	$relay" "$scratch/mutants" ||
			echo "$map: no mutant '$mutant' whose test is '$relay'"
	done <"$scratch/map"
}

tree()
{
	plant tests/e2e/23-relays.sh <<<$'verdict "fine" ""\nrelay "one" binding-x .\nverdict "two" a-b\npresented "three" x'
	plant tests/e2e/57-possession.sh <<<$'judged "a stolen result" \\\n\tdpop-x proof'
	plant tests/mutations/relays.mutants < <(for relay in one two three; do
		printf 'mutant no %s\nfile src/a.c\ntest e2e/23-relays: %s\n-a\n+b\n' $relay $relay
	done; printf 'mutant stolen\nfile src/a.c\ntest e2e/57-possession: a stolen result\n-a\n')
	{
		for relay in one two three; do
			printf 'e2e/23-relays\t%s\trelays: no %s\n' $relay $relay
		done
		printf 'e2e/57-possession\ta stolen result\trelays: stolen\n'
	} | plant $map
}

self_test()
{
	least=4
	tree
	clean "relays that have their mutants"
	tree
	sed -i '/two/d' "$scratch/tree/$map"
	planted "a relay without a mutant" "no mutant for 'two' of e2e/23-relays"
	tree
	sed -i '/three$/d' "$scratch/tree/$map"
	planted "fewer relays than there must be" 'has 3 relays, less than 4'
	tree
	sed -i 's/mutant no one/mutant none/' "$scratch/tree/tests/mutations/relays.mutants"
	planted "a mutant that is gone" "no mutant 'relays: no one'"
	tree
	sed -i 's/relays: no one/relays: no two/' "$scratch/tree/$map"
	planted "the mutant of another relay" "no mutant 'relays: no two' whose test is 'one'"
	tree
	sed -i '/"one"/d' "$scratch/tree/tests/e2e/23-relays.sh"
	planted "a relay that is gone" "e2e/23-relays refuses no 'one'"
}

check_repository
self_test
finish
