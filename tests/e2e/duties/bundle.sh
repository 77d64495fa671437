# bundle.sh - who changes what is trusted.
#
# The chain is a copy that everybody may write, so that the officers' quorum alone
# refuses; whose the files in use are is in machine.sh.  Sourced by 77-duties.sh.

for name in add-anchor pin-key set-policy replace-officer recover; do
	for who in so user auditor operator; do
		refused $name.$who quorum 'signature release does not count' \
			brought $name $who
	done
	refused $name.officer quorum 'trust-quorum-before|no officer release who signs' \
		brought $name officer
done
for who in so user auditor operator; do
	refused remove-anchor.$who quorum 'signature release does not count' \
		brought remove-anchor $who
done
can remove-anchor.officer brought remove-anchor officer
can propose.auditor change nothing

# An officer's signature is made by his key, and counts once.
cp -r change-add-anchor signed-anchor
approve=(anchorctl trust approve signed-anchor --officer security)
for who in user operator; do
	refused approve.$who key 'no officer security who signs this has the key' "${approve[@]}" --uri "$token_uri" \
		--module "$softhsm_module" --pin-file "${secret[$who]}"
done
for who in so auditor; do
	ssh-keygen -q -Y sign -f keys/$who -n trust-bundle@anchord \
		<signed-anchor/bundle >signature 2>/dev/null
	refused approve.$who key 'no officer security who signs this has the key' "${approve[@]}" \
		--signature signature
done
can approve.officer officer_signs release signed-anchor
expect "but not twice" 1 officer_signs release signed-anchor
says "since he has" 'has signed already'
expect "nor for another" 1 "${approve[@]}" --signature signed-anchor/signatures/release
expect "two are enough" 0 officer_signs security signed-anchor

# Whoever has the chain and the genesis digest checks all of it, without a secret.
cp chain public/ && chmod a+r public/chain
can verify.auditor as auditor public/anchorctl trust verify public/chain \
	--genesis "$genesis"
