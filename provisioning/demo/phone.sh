# phone.sh - a second device: an Android phone with an operating system of one's
# own, played by the KeyMint simulator of tests/keymint.
#
# Sourced by lib.sh.  Everything of the phone is in $dir/phone; its makers'
# root certificates are roots.pem, the list of revoked keys is revoked.

phone_os_patch=202606 # the oldest that the policy takes; the phone has 202609

# phone_list SERIAL...: a status list as Google publishes it, that revokes just
# these certificates, imported.
phone_list()
{
	jq -n '{entries: ($ARGS.positional | map({key: ., value:
		{status: "REVOKED", reason: "KEY_COMPROMISE"}}) | from_entries)}' \
		--args "$@" >status.json &&
		anchorctl revocation import --out revoked status.json
}

# phone_answer NAME NONCE OPTION...: the evidence object, in NAME.json.
phone_answer()
{
	local name=$1 hex
	hex=$(hex_of_b64url "$2")
	shift 2
	keymint --state phone attest --nonce "$hex" "$@" >"$name.json"
}

phone_make()
{
	mkdir -p phone && keymint --state phone roots >roots.pem &&
		keymint --state phone pem --nonce 00 --shape new-attest-key \
			>phone/chain.pem
}

# Sets boot_key, the key that signs its operating system.
phone_facts()
{
	boot_key=$(anchorctl inspect --format android-key phone/chain.pem |
		jq -r '.key_description.hardware_enforced
			.root_of_trust.verified_boot_key') &&
		[ ${#boot_key} -eq 64 ]
}

# The serial number of the certificate that the phone's hardware was given.
phone_batch_serial()
{
	keymint --state phone serials --shape new-attest-key | sed -n 2p
}

# phone_enrol CLIENT [OPTION...]: its attest key is enrolled, by an attestation of it;
# sets handle.
phone_enrol()
{
	challenge_ask "$1" enroll '{}' || return 1
	phone_answer enrolment "$nonce" --shape new-attest-key "${@:2}" || return 1
	api "$1" POST /v1/enrollments/android-key "$(jq -nc \
		--arg c "$challenge" --slurpfile e enrolment.json \
		'{challenge: $c, evidence: $e[0], observed: {}}')"
	case $http_status in 200 | 201) ;; *) return 1 ;; esac
	handle=$(answer '.device_handle // empty')
	[ -n "$handle" ]
}
