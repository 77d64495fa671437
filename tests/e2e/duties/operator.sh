# operator.sh - what root does with a service and its token in his hands, and what
# the security officer does with the token of a service.  Sourced by 77-duties.sh at
# the end; the service runs.

# served VERSION: does the service have it in force?
served()
{
	api monitor GET /readyz
	[ "$(answer .trust_bundle_version)" = "$1" ]
}

# forged_in_service: a version 2 of his own, by another program than anchorctl.
forged_in_service()
{
	local until=$((SECONDS + 30))
	while ! grep 'event=trust-refused' service.log &&
		[ "$SECONDS" -lt "$until" ]; do
		sleep 0.1
	done
	served 2
}

can start.operator answers 200 monitor GET /readyz
rm -rf tryout && cp -r change-add-anchor tryout && forged tryout operator
{
	sed '$d' chain
	printf 'version 2 %s\n' "$(stat -c %s tryout/bundle)"
	cat tryout/bundle
	for name in release security; do
		printf 'signature %s %s\n' $name "$(stat -c %s tryout/signatures/$name)"
		cat tryout/signatures/$name
	done
	echo end
} >forged-chain
cp forged-chain chain
refused add-anchor.operator quorum trust-quorum-before forged_in_service
expect "version 1 is served on" 0 served 1
cp chain-1 chain
can stop.operator service_stop

# Version 2 comes, as it should, and root takes it back with the PIN of the service.
expect "version 2 is applied" 0 apply signed-anchor --in-force
change later >>prepared 2>&1
same "to the token, too" "2 2" "$(head_of token)"
expect "the chain of version 1" 0 cp chain-1 chain
can_all_the_same state.operator rm supervisor/trust-chain
expect "does not fit the token" 1 audit token --config anchord.conf --pin-file pin
says "which an audit tells" trust-rollback
for label in head counter; do
	expect "root removes the $label" 0 raw token "${user[@]}" --delete-object \
		--type data --label anchord-trust-$label
done
expect "and makes those of version 1" 0 apply p1 --in-force
audit token --config anchord.conf --pin-file pin >report
expect "an audit sees what is there" 0 grep trust-objects report
expect "the token is as if there had been no version 2" 1 \
	grep -E 'trust-(rollback|head|chain|counter)' report
noticed roll-back.operator 'later proposal' 'ANOTHER CHAIN' \
	anchorctl trust review change-later --chain chain

# Another first bundle, with officers of his own: the configuration and an object
# that needs no PIN say that it is the first.
copy_token spent
rogue()
{
	local name
	anchorctl trust propose --to rogue --pins pins --policy policy.conf \
		--device "$row" || return
	for name in so user auditor; do
		anchorctl officer add --proposal rogue --name $name --kind file \
			--key keys/$name.pub || return
	done
	for name in so user; do
		ssh-keygen -q -Y sign -f keys/$name -n trust-bundle@anchord \
			<rogue/bundle >signature &&
			anchorctl trust approve rogue --officer $name \
				--signature signature || return
	done
	sha256sum <rogue/bundle | cut -c1-64 | tr -d '\n' | xxd -r -p >value
	sed -i "s/$genesis/$(xxd -p -c 64 value)/" spent.conf
	raw spent --session-rw --write-object value --type data \
		--label anchord-trust-genesis --application-label anchord &&
		for name in head counter; do
			raw spent "${user[@]}" --delete-object --type data \
				--label anchord-trust-$name || return
		done
	rm spent/chain && sed -i "s|$dir/supervisor|$dir/spent|" spent.conf &&
		anchorctl trust apply rogue --config spent.conf --pin-file pin
}
expect "root founds a chain of his own" 0 rogue
audit spent --config spent.conf --pin-file pin >report
expect "an audit sees that, too" 0 grep trust-objects report
expect "and the token is as if it were the first" 1 \
	grep -E 'trust-(rollback|head|chain|counter|genesis-missing)' report
noticed first-bundle.operator 'genesis digest' trust-genesis \
	anchorctl trust verify spent/chain --genesis "$genesis"

# The security officer sets another PIN of the user, and could sign by it.  The
# service's PIN is refused from then on.
expect "he sets the user's PIN" 0 raw token "${so[@]}" --init-pin \
	--new-pin "$(cat guess)"
service_start
latched()
{
	local until=$((SECONDS + 30))
	while api monitor GET /readyz && ! grep PIN http.json &&
		[ "$SECONDS" -lt "$until" ]; do
		sleep 0.1
	done
}
noticed sign.so readiness 'PIN' latched
expect "its latch stands" 0 test -e keyholder/latch
can unlatch.operator anchorctl token unlatch --state "$dir/keyholder"
can configure.operator tee -a anchord.conf
