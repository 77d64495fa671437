#!/bin/bash
# scenarios.sh - the story of `make scenarios` is whole, though it runs seldom.
#
# - Each name of its list is a function, and each function that begins a scenario
#   is in the list.
# - Each plan of provisioning/ceremonies is a scenario, and each ceremony that is
#   held has a plan.
# - bash can read the files.
. "$(dirname "$0")/lib.sh"

check()
{
	local folder=tests/scenarios file name list
	[ -d $folder ] || return 0
	for file in $folder/*.sh; do
		bash -n "$file" 2>&1
	done
	list=$(bash $folder/run.sh --list) || echo "$folder/run.sh has no --list"
	for name in $list; do
		grep -qx "$name()" $folder/*.sh ||
			echo "$name is in the list, and no function"
	done
	while IFS= read -r name; do
		grep -qx "$name" <<<"$list" || echo "$name is not in the list"
	done < <(awk '/^[a-z_]+\(\)$/ { name = substr($0, 1, length($0) - 2) }
		/^\tscenario / { print name }' $folder/*.sh)
	for file in provisioning/ceremonies/*.conf; do
		name=$(basename "$file" .conf)
		grep -qE "^	ceremony $name( |\$)" $folder/*.sh ||
			echo "$file is no scenario"
	done
	while IFS= read -r name; do
		[ -e "provisioning/ceremonies/$name.conf" ] ||
			echo "the ceremony $name has no plan"
	done < <(sed -n 's/^	ceremony \([a-z-]*\).*/\1/p' $folder/*.sh)
}

tree()
{
	plant provisioning/ceremonies/a-b.conf <<<''
	plant tests/scenarios/run.sh <<<'[ "$1" = --list ] && echo a_b'
	plant tests/scenarios/parts.sh \
		<<<$'a_b()\n{\n\tscenario a-b "a title"\n\tceremony a-b Write hook\n}'
}

self_test()
{
	tree
	clean "a whole story"
	tree
	plant provisioning/ceremonies/c.conf <<<''
	planted "a plan that nobody holds" 'c.conf is no scenario'
	tree
	rm "$scratch/tree/provisioning/ceremonies/a-b.conf"
	plant provisioning/ceremonies/a.conf <<<''
	planted "a ceremony without a plan" 'the ceremony a-b has no plan'
	tree
	plant tests/scenarios/run.sh <<<'[ "$1" = --list ] && echo a_b c_d'
	planted "a name without a function" 'c_d is in the list, and no function'
	tree
	plant tests/scenarios/run.sh <<<'[ "$1" = --list ] && true'
	planted "a scenario that is not in the list" 'a_b is not in the list'
	tree
	plant tests/scenarios/run.sh <<<'if'
	planted "what bash cannot read" 'syntax error'
}

check_repository
self_test
finish
