# provision.sh - the demo's token and the first bundle, made in two ceremonies that
# were rehearsed.
#
# Sourced after lib.sh, say.sh, steps.sh, officers.sh and ceremony.sh.  The script
# plays all who are present: it types the numbers of the steps.

rehearsal_pid=

# The site of each plan, here; relative names, so that a rehearsal has the same words.
site_of_token()
{
	ceremony_site first-provisioning module="$softhsm_module" \
		token=anchord-demo pin-file=pin so-pin-file=so-pin pins=pins \
		name=token node=1 profile=rehearsal
}

site_of_bundle()
{
	local name n=0 of=() row
	row=$(anchorctl trust device --config anchord.conf --pin-file pin) || return
	for name in $officers; do
		n=$((n + 1))
		of+=("officer-$n=$name" "uri-$n=$(cat "officers/$name.uri")"
			"officer-token-$n=$name"
			"officer-pin-file-$n=officers/$name.pin")
	done
	ceremony_site first-bundle module="$softhsm_module" \
		officer-module="$softhsm_module" "${of[@]}" token=anchord-demo \
		pin-file=pin so-pin-file=so-pin config=anchord.conf name=token \
		device="$row" pins=pins policy=policy.conf proposal=p1 \
		chain=chain revocations-from=2020-01-01T00:00:00Z \
		certificate=roots.pem anchor=phone purpose=android-key \
		note="the phones of this demo" profile=rehearsal
}

# What the first ceremony printed goes into the configuration.
settings_of_token()
{
	sed -n 's/^| //p' first-provisioning.text >keygen.txt
	token_facts && write_config
}

genesis_of()
{
	sha256sum <"$1/bundle" | cut -c1-64
}

# The number of the step before which the genesis digest is written down.
at_genesis=$(ceremony_step first-bundle 'trust.genesis_sha256')
at_second=$(ceremony_step first-bundle '--officer ${officer-2}')

# Both plans, with tokens that nobody needs afterwards; beside other steps.
rehearse_begin()
{
	(
		dir=$dir/rehearsal ceremony_mode=--rehearse
		mkdir "$dir" && cp policy.conf roots.pem "$dir" && cd "$dir" &&
			token_prepare && officers_make && site_of_token &&
			ceremony_hold first-provisioning &&
			settings_of_token && site_of_bundle && cards_in || exit
		ceremony_hold first-bundle $(seq $((at_genesis - 1)))
		govern "$(genesis_of p1)" &&
			ceremony_hold first-bundle $(seq "$at_genesis" 60)
	) >rehearsal.log 2>&1 &
	rehearsal_pid=$!
}

# Called when the demo ends early, too: nothing may write into its directory then.
rehearse_stop()
{
	local process
	[ -n "$rehearsal_pid" ] || return 0
	for process in $rehearsal_pid $(pgrep -P "$rehearsal_pid"); do
		end_process "$process"
	done
	rehearsal_pid=
}

# --- what is shown --------------------------------------------------------------------

# hold NAME FROM TO: types these numbers, and shows what was done.
hold()
{
	ceremony_hold "$1" $(seq "$2" "$3") >"$1.said" 2>&1
	awk -v from="$2" -v to="$3" '
		/^step / { n = $2 }
		/^does (run|say) / && n >= from && n <= to {
			sub(/^does /, "")
			printf "%2d %s\n", n, $0
		}' "$1.text" | short_lines
	grep -q "^step $3\$" "$1.text" && return
	short_lines <"$1.said"
	give_up "$1 stopped before step $3"
}

step_officers()
{
	step "Three officers, each with a key in a token of his own"
	officers_make || give_up "no officers"
	note "Two of the three decide together what the service trusts. Their keys:"
	local name
	for name in $officers; do
		as_officer ceremony_token_key "$(cat "officers/$name.uri")" \
			>"officers/$name.pub" || give_up "no key of $name"
		show ssh-keygen -l -f "officers/$name.pub"
	done
}

step_rehearsal()
{
	local name
	step "Two ceremonies are rehearsed, with tokens that are thrown away"
	note "A plan is one reviewed file; what differs between places is in a second one." \
		"--rehearse refuses every token that is not known to be software:"
	wait "$rehearsal_pid" || {
		short_lines <rehearsal.log
		give_up "the rehearsal failed"
	}
	rehearsal_pid=
	for name in first-provisioning first-bundle; do
		note "\$ anchorctl ceremony run $name.conf --rehearse" \
			"   plan $(ceremony_of "rehearsal/$name" plan)"
		[ "$(ceremony_of "rehearsal/$name" rehearsal)" = true ] &&
			ceremony_ended "rehearsal/$name" ||
			give_up "$name was not rehearsed"
	done
	proved "both plans were rehearsed to their ends"
}

step_token_ceremony()
{
	step "The first ceremony: a token is made, and its keys never leave it"
	note "SoftHSM stands for a hardware module; both speak PKCS#11." \
		"Each step is confirmed by typing its number:"
	token_prepare
	site_of_token
	hold first-provisioning 1 "$(ceremony_steps first-provisioning)"
	settings_of_token || give_up "keygen pins no public key"
}

step_bundle_ceremony()
{
	step "The second ceremony: officers sign what is trusted"
	site_of_bundle
	cards_in
	hold first-bundle 1 $((at_second - 1))
	genesis=$(genesis_of p1)
	attack_few
	step "The second ceremony goes on: another officer signs"
	hold first-bundle "$at_second" $((at_genesis - 1))
	govern "$genesis"
	hold first-bundle "$at_genesis" "$(ceremony_steps first-bundle)"
	cards_out
	grep -q "^| .*$genesis" first-bundle.text ||
		give_up "the transcript lacks the genesis digest"
	note "genesis digest, in the text that all sign:" "   $genesis"
}

# Somebody tries to go on with what there is: one signature.
attack_few()
{
	step "One officer is not enough, and not twice either"
	cp -r p1 few
	cp anchord.conf kept.conf
	govern "$genesis"
	as="anchorctl trust apply few --config anchord.conf ..." \
		refuses trust-quorum-next apply few
	proved "one officer alone refused: trust-quorum-next"
	as="anchorctl trust approve few --officer release ..." \
		refuses 'has signed already' officer_signs release few
	cp few/signatures/release few/signatures/audit
	note "" "The same signature under another officer's name:"
	as="anchorctl trust apply few --config anchord.conf ..." \
		refuses 'does not count' apply few
	proved "one officer twice refused: officers are counted by their keys"
	[ ! -e chain ] || give_up "there is a chain"
	mv kept.conf anchord.conf
}

# --- the transcripts ------------------------------------------------------------------

# signs NAME ROLE: each signs the transcript with a key of his own; an officer and
# the service's token with the one in the token.
signs()
{
	local n
	case $2 in
	hsm)
		anchorctl ceremony sign "$1.text" --role hsm --uri "$token_uri" \
			--module "$softhsm_module" --pin-file pin
		;;
	officer-*)
		n=$(echo $officers | cut -d' ' -f"${2#officer-}")
		as_officer anchorctl ceremony sign "$1.text" --role "$2" \
			--uri "$(cat "officers/$n.uri")" \
			--module "$softhsm_module" --pin-file "officers/$n.pin"
		;;
	*) ceremony_person_signs people "$1" "$2" ;;
	esac
}

# What a verifier has from elsewhere: who signs for which role.
signers_make()
{
	local role n=0
	mkdir people
	for role in security-officer operator witness; do
		ceremony_person people "$role" || return
	done
	for role in $officers; do
		n=$((n + 1))
		ceremony_signer officer-$n "$(cat "officers/$role.pub")" \
			>>people/people
	done
	ceremony_signer hsm "$(ceremony_token_key "$token_uri")" >>people/people
}

step_transcripts()
{
	local name role
	step "The transcripts: signed by all who were there, and by the token"
	signers_make || give_up "no keys to sign with"
	for name in first-provisioning first-bundle; do
		for role in $(ceremony_roles $name); do
			signs $name "$role" >>signs.txt 2>&1 || {
				short_lines <signs.txt
				give_up "$role does not sign $name"
			}
		done
		as="anchorctl ceremony verify $name.text --plan $name.conf --signers signers" \
			must "$name is not sound" ceremony_verify $name people/people
		[ "$(ceremony_of $name plan)" = \
			"$(ceremony_of rehearsal/$name plan)" ] &&
			[ "$(ceremony_of $name rehearsal)" = false ] ||
			give_up "$name is not what was rehearsed"
	done
	proved "both are sound, and their plans are those of the rehearsal, byte for byte"
	mkdir altered && cp first-bundle.text* altered/
	sed -i "s/2020-01-01T00:00:00Z/2020-01-02T00:00:00Z/" altered/first-bundle.text
	note "" "The same with one character of it changed:"
	as="anchorctl ceremony verify altered/first-bundle.text ..." \
		refuses 'entry 1: previous is not the SHA-256' \
		ceremony_verify altered/first-bundle people/people
	proved "a changed transcript refused: each entry names the one before"
}
