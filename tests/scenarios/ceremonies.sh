# ceremonies.sh - the scenarios that are ceremonies: each plan of
# provisioning/ceremonies is rehearsed, held, signed and verified.
#
# Sourced by run.sh.

# With all roles but the officers and the token, who sign with keys in tokens.
people_make()
{
	signers_make && ceremony_person people new-officer
}

first_provisioning()
{
	scenario first-provisioning "a token and its keys, from nothing"
	token_prepare
	site_of_token
	ceremony first-provisioning
	accepted "its settings are the configuration" '' settings_of_token
	officers_make >said.txt 2>&1 && officers_keys && people_make ||
		bad "the people" "no keys to sign with"
	sealed first-provisioning
}

officers_keys()
{
	local name
	for name in $officers; do
		as_officer ceremony_token_key "$(cat "officers/$name.uri")" \
			>"officers/$name.pub" || return
	done
}

# Before there are officers; what it makes is put away again.
rotate_key()
{
	scenario rotate-key "the next signing key of a service without officers"
	keep plain
	ceremony_site rotate-key module="$softhsm_module" token=anchord-demo \
		pin-file=pin pins=pins config=anchord.conf name=token \
		profile=rehearsal
	life
	becomes_ready "a service without officers"
	ceremony rotate-key
	as_role 3 keyholder token
	accepted "the service follows" '' key_is_followed
	service_stop
	sealed rotate-key
	take_back plain
}

key_is_followed()
{
	local i
	for ((i = 0; i < 300; i++)); do
		anchorctl token rotate --config anchord.conf --pin-file pin \
			--status --json | jq -e .followed && return
		sleep 0.2
	done
	return 1
}

genesis_is_written()
{
	govern "$(genesis_of p1)"
}

first_bundle()
{
	scenario first-bundle "version 1 of the trust bundle, by two of three officers"
	site_of_bundle
	ceremony first-bundle 'trust.genesis_sha256' genesis_is_written
	sealed first-bundle
	genesis=$(genesis_of p1)
	accepted "its digest is in the text that all signed" "$genesis" \
		grep "^| .*$genesis" first-bundle.text
	accepted "the whole chain" '' anchorctl trust verify chain --genesis "$genesis"
	accepted "exported" '' anchorctl trust export chain --to export
	accepted "officer release, by plain ssh-keygen -Y verify" Good stock_verify release
	accepted "officer security, by plain ssh-keygen -Y verify" Good stock_verify security
	refused "officer audit, who did not sign" 'No such file|cannot|Could' \
		stock_verify audit
	life
	becomes_ready "the service with the bundle"
	accepted "a phone below its anchor" '"device_handle"' phone_of phone
	service_stop
}

# The site of a plan by which two officers change the chain in their tokens' keys.
site_of_officers()
{
	ceremony_site "$1" module="$softhsm_module" token=anchord-demo pin-file=pin \
		chain=chain config=anchord.conf name=token officer-1=release \
		officer-2=security uri-1="$(cat officers/release.uri)" \
		uri-2="$(cat officers/security.uri)" \
		officer-module="$softhsm_module" \
		officer-pin-file-1=officers/release.pin \
		officer-pin-file-2=officers/security.pin "${@:2}"
}

waits_for_service='If head and counter stay'

add_anchor()
{
	scenario add-anchor "another maker of phones"
	maker_make other
	life
	becomes_ready "the service"
	refused "a phone of that maker, before" chain-untrusted phone_of other
	service_stop
	site_of_officers add-anchor so-pin-file=so-pin proposal=p-anchor \
		certificate=other.pem anchor=other purpose=android-key \
		note="another maker"
	ceremony add-anchor "$waits_for_service" service_takes
	sealed add-anchor
	life
	becomes_ready "the service with the new version"
	accepted "a phone of that maker, afterwards" '"device_handle"' phone_of other
	service_stop
}

lose_officer()
{
	scenario lose-officer "an officer lost his token: audit"
	ssh-keygen -q -t ed25519 -N '' -f deputy
	site_of_officers lose-officer so-pin-file=so-pin proposal=p-officer \
		lost-officer=audit new-officer=deputy new-kind=file \
		new-key=deputy.pub
	ceremony lose-officer "$waits_for_service" service_takes
	sealed lose-officer
	next_version p-lost release >said.txt 2>&1
	refused "who found the lost token signs the next version" \
		'audit is no officer[^.;]*|no officer[^.;]*' officer_signs audit p-lost
	refused "one officer is left with the finder" 'trust-quorum-[a-z]*' \
		apply p-lost
}

rotate_key_officers()
{
	scenario rotate-key-officers "the next signing key, where officers govern"
	refused "a key past the officers" 'officers govern the keys' \
		anchorctl token rotate --config anchord.conf --pin-file pin
	site_of_officers rotate-key-officers proposal=p-key \
		next-pins=next-pins lead=3600 profile=rehearsal
	ceremony rotate-key-officers "$waits_for_service" service_takes
	sealed rotate-key-officers
	life
	becomes_ready "the service with both keys"
	api backend-a GET /v1/keys
	counts "both keys are published" "$(jq '.keys | length' http.json)" 2 /v1/keys
	service_stop
}

backup_is_connected()
{
	rm -rf token/objects && cp -a backup token/objects &&
		{ [ -n "${rehearsing:-}" ] || as_role 3 token; }
}

# The backup is one version and one life of the service old.
restore_backup()
{
	scenario restore-backup "the token burns; its backup is of yesterday"
	cp -a token/objects backup
	maker_make third
	accepted "a version later than the backup" applied later_version
	rm -rf token/objects/*
	life
	finds "the token is destroyed" "not ready" 503 'no token[^;"]*'
	service_stop
	ceremony_site restore-backup module="$softhsm_module" token=anchord-demo \
		pin-file=pin pins=pins uri="$token_uri" config=anchord.conf \
		name=token profile=rehearsal
	backup_is_connected
	refused "the audit of the backup alone" 'trust-certificate-missing' \
		anchorctl token audit --config anchord.conf --pin-file pin \
		--profile rehearsal
	ceremony restore-backup 'Take the backup of' backup_is_connected \
		'Where officers govern' brought_forward
	sealed restore-backup
	note "the backup's next epoch was there already: until a key holder takes the" \
		"one after it, the ledger vetoes what it signs"
	life
	! await "the token.s epoch came twice" || note "/readyz: $reason"
	service_stop
	life
	becomes_ready "the service with the backup"
	accepted "a phone of a later version's anchor" '"device_handle"' phone_of third
	service_stop
}

brought_forward()
{
	apply p-later --certificates anchors
}

later_version()
{
	with_change 'anchorctl trust anchor --proposal "$1" --add third.pem --name third \
		--purpose android-key --note "a third maker"' \
		p-later release,security && put_in_force p-later
}

replace_token()
{
	scenario replace-token "a new token takes the place of the old one"
	anchorctl trust show chain --pins --out pins-new >said.txt 2>&1
	ceremony_site replace-token module="$softhsm_module" token=anchord-demo \
		pin-file=pin pins=pins-new new-module="$softhsm_module" \
		new-token=anchord-new new-so-pin-file=so-pin new-pin-file=pin \
		new-name=new new-node=2 profile=rehearsal
	ceremony replace-token
	sealed replace-token
	cp anchord.conf old.conf
	new_uri=$(sed -n 's/^|   uri = "\(.*\)";/\1/p' replace-token.text | tail -n 1)
	sed -i -e "s|^token: {|& name = \"new\";|" -e "s|uri = \"[^\"]*\"|uri = \"$new_uri\"|" \
		-e 's/; node = 1;/; node = 2;/' -e "s|$dir/keyholder|$dir/keyholder-new|" \
		anchord.conf
	mkdir -p keyholder-new
	as_role 3 keyholder-new
	refused "the new token, which no bundle names" 'does not name this device' \
		apply p-later --certificates anchors --in-force
	accepted "the officers name it" 'signed as security' name_both
	accepted "the new token is brought to the version" applied \
		apply p-token --certificates anchors
	life
	finds "its head waits for the service" "not ready" 503 'trust-head-missing[^;]*'
	service_stop
	accepted "applied again" 'applied already' \
		apply p-token --certificates anchors --in-force
	life
	becomes_ready "the service with the new token"
	accepted "a phone, by the new token" '"device_handle"' phone_of phone
	service_stop
}

# The rows of both tokens, as each configuration has them.
name_both()
{
	local old new
	old=$(anchorctl trust device --config old.conf --pin-file pin) &&
		new=$(anchorctl trust device --config anchord.conf --pin-file pin) &&
		next_version p-token release,security --pins pins-new \
			--device "$old" "$new"
}

old_is_erased()
{
	softhsm2-util --module "$softhsm_module" --delete-token --token anchord-demo
}

decommission()
{
	scenario decommission "the old token is erased"
	ceremony_site decommission module="$softhsm_module" token=anchord-demo \
		pin-file=pin pins=pins-new
	ceremony decommission 'Erase ' old_is_erased
	sealed decommission
}

# --- a TPM ------------------------------------------------------------------------------

tpm_settings()
{
	local uri
	uri=$(sed -n 's/^|   uri = "\(.*\)";/\1/p' first-provisioning-tpm.text |
		head -n 1)
	sed -e "/^token:/,/};/c\\token: { name = \"tpm\"; uri = \"$uri\"; pin_file = \"$dir/pin\"; state = \"$dir/state\"; };" \
		-e "/^trust:/c\\trust: { pins = \"$dir/tpm.pins\"; };" \
		anchord.conf >tpm.conf
}

first_provisioning_tpm()
{
	scenario first-provisioning-tpm "a TPM 2.0 gets its owner, and the keys of a service"
	tpm_start
	echo Owner-2718281828 >owner && echo Lockout-1414213562 >lockout
	ceremony_site first-provisioning-tpm tpm="tpm2:swtpm:path=$dir/tpm/socket" \
		pin-file=pin owner-file=owner lockout-file=lockout pins=tpm.pins \
		name=tpm node=1 config=tpm.conf profile=rehearsal
	rehearsal_with=tpm
	ceremony first-provisioning-tpm 'Write the settings' tpm_settings
	rehearsal_with=
	sealed first-provisioning-tpm
	refused "another key without the owner" "the TPM's owner" \
		anchorctl token keygen --pin-file pin \
		--uri "tpm2:swtpm:path=$dir/tpm/socket?key=0x81018020"
	tpm_stop
}
