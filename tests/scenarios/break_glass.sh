# break_glass.sh - the scenarios in which something must be done at once, or by
# others than usual.
#
# Sourced by run.sh.

removal()
{
	scenario removal "a root has become bad in the night: one officer removes it"
	life
	becomes_ready "the service"
	accepted "a phone below it, before" '"device_handle"' phone_of other
	accepted "a removal is proposed; nobody signs" '' with_change \
		'without_maker "$1" other' p-removal '' --change removal
	refused "without a signature" 'trust-quorum-removal' apply p-removal
	accepted "one officer signs" '' officer_signs release p-removal
	accepted "applied, and the service follows" applied chain_alone p-removal
	logged "it is loud in the log" reported 'trust-in-force version=[0-9]* change=removal'
	counts "and in the metrics" "$(metric anchord_front_trust_bundle_change)" 1 \
		trust_bundle_change
	refused "a phone below it, at once" chain-untrusted phone_of other
	accepted "a phone below another anchor" '"device_handle"' phone_of phone
	service_stop
	accepted "head and counter follow" 'applied already' apply p-removal
	next_version p-widen '' --change removal >said.txt 2>&1
	anchorctl trust anchor --proposal p-widen --add other.pem --name back \
		--purpose android-key --note "a trick" >said.txt 2>&1
	officer_signs release p-widen >said.txt 2>&1
	refused "a removal that adds" 'trust-removal' apply p-widen
}

# without_maker DIR NAME: all anchors of that maker go.
without_maker()
{
	local anchor
	for anchor in $(sed -n "s/^ *name = \"\($2-[0-9]*\|$2\)\";/\1/p" "$1/bundle"); do
		anchorctl trust anchor --proposal "$1" --remove "$anchor" || return
	done
}

# signs_by_file NAME DIR: with a key in a file, such as a recovery key out of its
# envelope, or that of an officer whom the recovery put in.
signs_by_file()
{
	ssh-keygen -q -Y sign -f "$1" -n trust-bundle@anchord <"$2/bundle" >sig 2>/dev/null &&
		anchorctl trust approve "$2" --officer "$1" --signature sig
}

# new_officers DIR: all officers are others.
new_officers()
{
	local name
	for name in release security audit deputy; do
		anchorctl officer remove --proposal "$1" --name "$name" >/dev/null 2>&1
	done
	for name in chief-1 chief-2 chief-3; do
		anchorctl officer add --proposal "$1" --name "$name" --kind file \
			--key "$name.pub" || return
	done
}

sealed_keys()
{
	local n
	for n in 1 2 3; do
		anchorctl officer add --proposal "$1" --recovery --wait-days 1 \
			--name sealed-$n --kind file --key sealed-$n.pub || return
	done
}

recovery()
{
	local n
	scenario recovery "the officers lost their keys: the sealed ones put others in"
	for n in sealed-1 sealed-2 sealed-3 chief-1 chief-2 chief-3; do
		ssh-keygen -q -t ed25519 -N '' -f $n
	done
	keep before-recovery
	accepted "a recovery set is in the bundle" applied with_recovery_set
	accepted "a recovery is proposed" '' with_change 'new_officers "$1"' \
		p-recovery '' --change recovery
	accepted "one sealed key signs" '' signs_by_file sealed-1 p-recovery
	refused "one sealed key alone" 'trust-quorum-recovery' apply p-recovery
	accepted "another one signs" '' signs_by_file sealed-2 p-recovery
	life
	becomes_ready "the service"
	accepted "applied" 'WARNING: a recovery' anchorctl trust apply p-recovery \
		--no-token --chain "$dir/chain"
	finds "the service waits, and says so" waits 200 'trust-waits[^;]*'
	logged "it is loud in the log" reported 'trust-recovery-seen version=[0-9]*'
	recovery_counts "and in the metrics" 1
	refused "a removal in its place, by one officer" 'trust-waits[^;]*' \
		removal_instead
	superseded
	waited
	service_stop
	take_back before-recovery
}

# TITLE 1|0: do the metrics say that a recovery waits, since a time of the last hour?
recovery_counts()
{
	local seen
	seen=$(metric anchord_front_trust_recovery_seen_seconds)
	case $seen in
	'' | 0) ;;
	*) seen=$(($(date +%s) - seen)); seen=$((seen >= 0 && seen < 3600)) ;;
	esac
	counts "$1" "$seen" "$2" "since when a recovery waits"
}

with_recovery_set()
{
	with_change 'sealed_keys "$1"' p-sealed release,security && put_in_force p-sealed
}

# The service keeps waiting for the recovery: a removal does not end it.
removal_instead()
{
	anchorctl trust propose --to p-instead --chain p-recovery/chain --change removal &&
		without_maker p-instead phone &&
		officer_signs release p-instead || return 0
	cp p-recovery/chain instead
	anchorctl trust apply p-instead --no-token --chain instead || return 0
	cp chain recovery-chain
	mv instead chain
	await 'trust-waits: while a recovery waits, no removal[^;]*'
	local status=$?
	echo "$reason"
	mv recovery-chain chain
	[ $status -ne 0 ]
}

# It was not the officers' will: they answer by an ordinary version.
superseded()
{
	local version
	accepted "the officers answer: an ordinary version in its place" \
		'signed as security' officers_answer
	cp p-recovery/chain replaced
	accepted "applied to the chain as it was" applied anchorctl trust apply p-answer \
		--no-token --chain replaced
	mv replaced chain
	version=$(sed -n 's/^version = \(.*\);/\1/p' p-answer/bundle)
	logged "that is in force, and the recovery is over" accepted \
		"trust-in-force version=$version change=ordinary"
	becomes_ready "the service"
	recovery_counts "the metrics have none any more" 0
	service_stop
	accepted "head and counter follow" 'applied already' apply p-answer
	refused "the recovery is applied again" 'abandoned' apply p-recovery
}

officers_answer()
{
	anchorctl trust propose --to p-answer --chain p-recovery/chain &&
		officer_signs release p-answer && officer_signs security p-answer
}

# The same again, and nobody answers.  The service keeps when it saw a recovery; a
# day passes here by moving that time back by a day.
waited()
{
	local version seen=supervisor/trust-recovery-seen
	accepted "another recovery is proposed" '' with_change 'new_officers "$1"' \
		p-again '' --change recovery
	accepted "two sealed keys sign" '' two_seals p-again
	accepted "applied" 'head and counter stay' apply p-again
	life
	finds "the service waits" waits 200 'trust-waits[^;]*'
	service_stop
	version=$(cut -d' ' -f1 $seen)
	awk '{ $3 -= 86400 - 1; print }' $seen >seen && cat seen >$seen
	note "a day passes; a second of it is left"
	life
	logged "it is in force when it has waited" accepted \
		"trust-in-force version=$version change=recovery"
	becomes_ready "the service"
	service_stop
	accepted "head and counter follow" 'applied already' apply p-again --in-force
	next_version p-old release,security >said.txt 2>&1
	refused "the officers of before" 'no officer[^.;]*|is not an officer[^.;]*' \
		officer_signs release p-old
	anchorctl trust propose --to p-chief --chain chain >said.txt 2>&1
	signs_by_file chief-1 p-chief >said.txt 2>&1
	refused "one of the officers who were put in" 'trust-quorum-[a-z]*' apply p-chief
	signs_by_file chief-3 p-chief >said.txt 2>&1
	accepted "two of them" applied apply p-chief
}

two_seals()
{
	signs_by_file sealed-1 "$1" && signs_by_file sealed-3 "$1"
}

in_days()
{
	date -u -d "+$1" +%FT%TZ
}

expiry()
{
	local days
	scenario expiry "the bundle ends, and is said to end before"
	keep before-expiry
	life
	becomes_ready "the service"
	for days in 80 20 6; do
		accepted "a version that expires in $days days" applied \
			ends_in p-$days "$days days"
		logged "it is said" warned "trust-ends kind=.the bundle.* days=$days"
	done
	finds "and /readyz says it, too" warned 200 'trust: the bundle ends in 6 days'
	counts "and the metrics" \
		"$((($(metric anchord_front_trust_bundle_expires_in_seconds) + 86399) / 86400))" \
		6 "days, begun ones too, by trust_bundle_expires_in_seconds"
	accepted "a version that expires in a minute" applied ends_in p-minute "60 seconds"
	finds "it has expired" "not ready" 503 'trust-expired[^;]*'
	refused "a challenge" 'urn:x-anchord:problem:[a-z-]*' asks
	accepted "the officers sign a version that lasts" applied ends_in p-lasts "300 days"
	becomes_ready "the same service"
	service_stop
	accepted "head and counter follow" 'applied already' apply p-lasts
	take_back before-expiry
}

# ends_in DIR TIME: signed by two, and applied while the service runs.
ends_in()
{
	next_version "$1" release,security --expires "$(in_days "$2")" &&
		chain_alone "$1"
}
