# steps.sh - the steps that the demo and `make run` have in common.
#
# Sourced after lib.sh and say.sh.

step_certificates()
{
	step "Certificates: a small CA, the service, two backends, a monitor"
	make_certificates || give_up "openssl made no certificates"
	note "ECDSA P-256 by openssl; every connection is TLS 1.3, both sides" \
		"show a certificate, and the backend's name in it is its tenant:"
	show openssl x509 -in backend-a.pem -noout -subject -ext subjectAltName
}

step_token()
{
	step "The token: keys are made in it and never leave it"
	note "SoftHSM stands for a hardware module; both speak PKCS#11."
	token_prepare
	as="${token_init_command[*]}" must "no token" token_init
	as="${token_keygen_command[*]}" must "no keys" token_keygen
	token_facts || give_up "keygen pins no public key"
	note "the pins file has its public half; no part of the service believes" \
		"a key that is not in it"
}

step_device()
{
	step "The device: a TPM of its own"
	note "swtpm stands for the chip; tpm2-tools do what a device would do."
	tpm_start
	note "The firmware measures itself (PCR 0) and Secure Boot (PCR 7):"
	as='tpm2_pcrextend 0:sha256=<firmware> 7:sha256=<secure boot>' \
		must "the TPM does not answer" tpm_boot
	note "Its keys: the endorsement key, and below it a restricted signing key:"
	as='tpm2_createek -G ecc ...; tpm2_createak -G ecc -s ecdsa ...' \
		must "no keys in the TPM" tpm_keys
	read_pcrs || give_up "the TPM tells no PCR values"
	note "PCR 0 = $pcr_0" "PCR 7 = $pcr_7"
}

step_phone()
{
	step "A second device: an Android phone with its operator's own system"
	note "The KeyMint simulator stands for its secure hardware, and for the" \
		"certificates that Google's provisioning server gave that hardware."
	as='keymint roots >roots.pem; keymint pem >phone/chain.pem' \
		must "no phone" phone_make
	phone_facts || give_up "the phone tells no boot key"
	note "the key that signs its operating system (verified boot):" "$boot_key"
	note "The list of revoked keys, as Google publishes it, names nobody of ours:"
	as='anchorctl revocation import --out revoked status.json' \
		must "the list is refused" phone_list 1badc0de
}

step_policy()
{
	step "The policy"
	write_policy
	note "The policy: workflow 'metadata' needs the bindings device, transport" \
		"and request, and a quote with just these PCR values, or an attestation" \
		"of hardware: locked, this boot key, patches of $phone_os_patch or later:"
	must "the policy is refused" anchorctl policy check policy.conf
}

# $governed: the configuration has been written, and officers govern.
step_service()
{
	step "The service: one process for each duty"
	[ -n "${governed:-}" ] || write_config
	service_start
	wait_for 200 20 || give_up "the service did not become ready"
	note "ready on https://localhost:$port; the processes and their users:"
	show_processes
	note "No role has a capability, none can gain one, each has its own filter" \
		"of system calls:"
	show_walls
}

show_processes()
{
	ps -o pid,ppid,uid,cmd --pid "$service_pid" --ppid "$service_pid" |
		short_lines
}

show_walls()
{
	local pid name
	for pid in $(pgrep -P "$service_pid"); do
		name=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
		awk -v name="$name" '
			/^CapEff/ { cap = $2 }
			/^NoNewPrivs/ { nnp = $2 }
			/^Seccomp:/ { filter = $2 }
			END { printf "   | %-16s CapEff %s  NoNewPrivs %s  Seccomp %s\n",
				name, cap, nnp, filter }' "/proc/$pid/status"
	done
}

step_enrol()
{
	step "Enrolment: the backend shows the device's attestation key"
	note "   POST /v1/enrollments/tpm2 {\"ak_public\": \"<TPM2B_PUBLIC>\"}"
	enrol backend-a || give_up "enrolment: $http_status $(cat http.json)"
	note "   $http_status $(jq -c . http.json | cut -c1-100)"
	proved "the device is known to this tenant as $handle"
}

step_phone_enrol()
{
	step "The phone is enrolled: by evidence, not by a key on paper"
	note "A challenge for the workflow 'enroll'; the hardware attests an attest key:" \
		"   POST /v1/enrollments/android-key {challenge, evidence}"
	phone_enrol backend-a ||
		give_up "enrolment: $http_status $(cut -c1-300 http.json)"
	note "   $http_status $(jq -c 'del(.result)' http.json | cut -c1-100)"
	proved "the phone is known to this tenant as $handle"
}
