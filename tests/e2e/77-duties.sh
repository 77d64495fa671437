#!/bin/bash
# Goal: nobody can do the work of another.  Each cell of docs/duties.md that says
# "no" is tried with real parts and refused, by what the cell says; what is noticed
# only is done, and noticed; and what is somebody's duty he can do.  A cell that
# nobody tries is a failure, and so is a try that has no cell.
. "$(dirname "$0")/lib.sh"
. "$demo_root/provisioning/demo/officers.sh"
. "$here/duties/table.sh"
ulimit -c 0
page=$demo_root/docs/duties.md
demo_begin "$scenario"
scratch=$dir
port=$(free_port)
pcr_0=$(printf '0%.0s' {1..64}) pcr_7=$pcr_0 # no quote is judged here

# --- the tables --------------------------------------------------------------------

same "each cell can be read" "" "$(odd_cells "$page")"
read_table "$page"
{
	echo '| duty | one `a` | two `b` |'
	echo '|---|---|---|'
	echo '| walk `walk` | yes | no, wall |'
	echo '| stand `stand` | open | no idea |'
} >tables
same "a cell that cannot be read is told" "odd: stand.b no idea" "$(odd_cells tables)"
same "and what nobody tries" "no such cell: walk.c
nobody did walk
nobody tried stand.a open
nobody tried stand.b no idea" "$(untried_cells tables "walk.b walk.c")"

# --- a service that officers govern ------------------------------------------------

mkdir keys
for who in so user officer auditor operator sealed-1 sealed-2 sealed-3; do
	ssh-keygen -q -t ed25519 -N '' -f keys/$who -C $who
done
first_version()
{
	row=$(anchorctl trust device --config anchord.conf --pin-file pin) &&
		officers_found p1 "$row" &&
		for who in sealed-1 sealed-2 sealed-3; do
			anchorctl officer add --proposal p1 --recovery --name $who \
				--kind file --key keys/$who.pub || return
		done
	anchorctl trust anchor --proposal p1 --add root-a.pem --name a \
		--purpose tpm2-ek --note "made for this test" &&
		officer_signs release p1 && officer_signs audit p1
}
{
	make_certificates && make_ca root-a && make_ca root-b &&
		make_certificate demo-ca auditor URI:spiffe://demo/auditor client &&
		make_certificate demo-ca stranger URI:spiffe://demo/stranger client &&
		token_prepare && token_init && token_keygen && token_facts &&
		write_policy && officers_make && tpm_start && tpm_keys && write_config &&
		sed -i 's|{ san = "URI:spiffe://demo/monitor".*|{ san = "URI:spiffe://demo/auditor"; roles = ["auditor"]; },\n&|' \
			anchord.conf && first_version
} >prepared 2>&1 || {
	sed 's/^/  | /' prepared
	bad "preparation" "see above"
	finish
}
genesis=$(sha256sum <p1/bundle | cut -c1-64)
govern "$genesis"
can apply.operator apply p1
cp chain chain-1
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}
. "$here/duties/parts.sh"
make_changes >>prepared 2>&1 || bad "proposals" "$(tail -n 2 prepared)"
for part in clients bundle token ceremony machine tpm operator; do
	. "$here/duties/$part.sh"
done

same "what the page says was tried, and nothing else" "" \
	"$(untried_cells "$page" "${!tried[*]}")"
finish
