#!/bin/bash
# Goal: real tokens that are made of software are refused for production,
# whatever is accepted; an audit says when and of which file it is; and it holds
# the token against the configuration.
. "$(dirname "$0")/by_hand.sh"
# A user who may not look into this directory runs it, too.
chmod 755 "$scratch"
cp "$ctl" "$scratch/anchorctl"
ctl=$scratch/anchorctl

leaks_of libsofthsm2 libtpm2_pkcs11 p11-kit libsoftokn3
export ASAN_OPTIONS=fast_unwind_on_malloc=0

# said WHAT FILTER: the report that was printed last, as JSON, is so.
said()
{
	cp "$scratch/out" "$scratch/report"
	expect "$1" 0 sh -c 'test -s "$1" && jq -e "$2" "$1"' _ \
		"$scratch/report" "$2"
	cp "$scratch/report" "$scratch/out"
}

# found CODE: is it among the findings?
found()
{
	echo "any(.findings[]; .code == \"$1\")"
}

printf 'Tau-6283185307' >"$scratch/pin"
printf '12345678' >"$scratch/so"
chmod 400 "$scratch/pin" "$scratch/so"

# --- SoftHSM -----------------------------------------------------------------

softhsm=$(softhsm_module)
if [ -n "$softhsm" ]; then
	softhsm_tokens "$scratch"
	of=(--module "$softhsm" --token t --pin-file "$scratch/pin")
	expect "a token" 0 "$ctl" token init --module "$softhsm" --label t \
		--so-pin-file "$scratch/so" --pin-file "$scratch/pin"
	expect "its keys" 0 "$ctl" token keygen "${of[@]}" \
		--pins "$scratch/pins" --json
	uri=$(jq -r .uri "$scratch/out")
	sha256=$(jq -r .public_sha256 "$scratch/out")

	expect "SoftHSM, for production" 1 "$ctl" token audit "${of[@]}" --json
	said "is refused as software" "$(found software-token)"
	expect "its model accepted" 1 "$ctl" token audit "${of[@]}" --json \
		--accept-model 'SoftHSM v2'
	said "is refused all the same" "$(found software-token)"
	ln -s "$softhsm" "$scratch/vault.so"
	expect "by a link" 1 "$ctl" token audit --module "$scratch/vault.so" \
		--token t --pin-file "$scratch/pin" --json
	said "the file behind it is named" ".module.file == \"$(readlink -f "$softhsm")\""
	said "with its digest" \
		".module.sha256 == \"$(sha256sum "$softhsm" | cut -d' ' -f1)\""
	said "and among the marks" '.token.known_by | contains("module")'
	said "the time, the program and its commit" \
		'(.audit.time | fromdateiso8601? // (.[:19] + "Z" | fromdateiso8601)) > 0
		and .audit.program == "anchorctl" and (.audit.commit | length) > 6'
	expect "as the program says it" 0 "$ctl" --version
	cp "$scratch/out" "$scratch/version"
	expect "in so many words" 0 grep -qxF "anchorctl $(jq -r \
		'.audit.version + " (commit " + .audit.commit + ")"' \
		"$scratch/report")" "$scratch/version"
	expect "a rehearsal" 0 "$ctl" token audit "${of[@]}" --json \
		--profile rehearsal
	said "the digest of the public key" \
		"any(.keys[]; .public_sha256 == \"$sha256\")"

	# The same token under names that are nobody's: not known, so not passed.
	shim=$build/test/anchord-shim.so
	if [ -r "$shim" ]; then
		export ANCHORD_SHIM_MODULE=$softhsm ANCHORD_SHIM_MAKER=Acme \
			ANCHORD_SHIM_MODEL='Vault 3'
		vault=("$ctl" token audit --module "$shim" --token t \
			--pin-file "$scratch/pin" --json)
		expect "an unknown model" 1 "${vault[@]}"
		said "is refused for that alone" \
			'[.findings[] | select(.severity == "error").code] == ["model-unaccepted"]'
		expect "another one accepted" 1 "${vault[@]}" --accept-model 'Vault 2' \
			--accept-model vault
		expect "a rehearsal of it" 0 "${vault[@]}" --profile rehearsal
		expect "the model accepted" 0 "${vault[@]}" --accept-model x \
			--accept-model 'Vault 3'
		export ANCHORD_SHIM_MODEL=
		expect "a model without a name" 1 "${vault[@]}" --accept-model ''
		export ANCHORD_SHIM_MODEL='Vault 3'
		export ANCHORD_SHIM_SCRIPT='C_GetMechanismList every DEVICE_ERROR'
		expect "a call that fails" 1 "${vault[@]}" --accept-model 'Vault 3'
		said "is a finding, and the keys are there" \
			"$(found call-failed) and (.keys | length) == 3"
		unset ANCHORD_SHIM_MODULE ANCHORD_SHIM_MAKER ANCHORD_SHIM_MODEL \
			ANCHORD_SHIM_SCRIPT
	else
		skip "no shim here"
	fi

	# The configuration, and a token that has more and less than it says.
	cat >"$scratch/conf" <<-END
	instance = { issuer = "https://anchord.test"; node = 1; };
	token = { module = "$softhsm"; uri = "$uri";
	          pin_file = "$scratch/pin"; state = "$scratch/state"; };
	trust = { pins = "$scratch/pins"; };
	tls = { certificate = "/none"; key = "/none"; client_ca = "/none"; };
	ledger = { directory = "/none"; }; service = { state_directory = "/none"; };
	policy = { file = "/none"; };
	clients = ( { san = "DNS:a"; roles = [ "monitor" ]; } );
	END
	both=(--config "$scratch/conf" --profile rehearsal --json
		--pin-file "$scratch/pin")
	expect "by the configuration alone" 0 "$ctl" token audit "${both[@]}"
	said "nothing is missing, and nothing too much" \
		"($(found key-missing) or $(found key-spare) or $(found config-other)) | not"
	expect "a spare key" 0 "$ctl" token keygen "${of[@]}" --label other \
		--id 77
	expect "is found" 0 "$ctl" token audit "${both[@]}"
	said "and told by its label" \
		'any(.findings[]; .code == "key-spare" and .key.label == "other")'
	expect "another token" 0 "$ctl" token init --module "$softhsm" \
		--label u --so-pin-file "$scratch/so" --pin-file "$scratch/pin"
	expect "than the configuration's" 1 "$ctl" token audit "${both[@]}" \
		--module "$softhsm" --token u
	said "is told" "$(found config-other)"
	said "and that the pinned key is missing" 'any(.findings[];
		.code == "key-missing" and (.detail | startswith("pinned as")))'
	said "and the handle key" 'any(.findings[];
		.code == "key-missing" and (.detail | startswith("the handle key")))'
	printf 'wrong' >"$scratch/wrong"
	chmod 400 "$scratch/wrong"
	expect "a wrong PIN" 1 "$ctl" token audit --module "$softhsm" \
		--token t --pin-file "$scratch/wrong" --json
	said "is a finding, and the report goes on" \
		"$(found pin-refused) and (.mechanisms | length) > 0"
else
	skip "no SoftHSM here"
fi

# --- p11-kit's trust module, and NSS through the proxy -------------------------

trust=$(module_of /usr/lib/*/pkcs11/p11-kit-trust.so)
if [ -n "$trust" ]; then
	expect "p11-kit's trust module" 1 "$ctl" token audit --module "$trust" \
		--token 'System Trust' --no-login --json \
		--accept-model p11-kit-trust
	said "is refused as software" "$(found software-token)"
else
	skip "no p11-kit-trust here"
fi

proxy=$(module_of /usr/lib/*/p11-kit-proxy.so)
nss=$(module_of /usr/lib/*/libsoftokn3.so)
if [ -n "$proxy" ] && [ -n "$nss" ]; then
	mkdir -p "$scratch/home/.config/pkcs11/modules" "$scratch/nss"
	echo 'user-config: only' >"$scratch/home/.config/pkcs11/pkcs11.conf"
	printf 'module: %s\nx-init-reserved: %s\n' "$nss" \
		"configdir='sql:$scratch/nss' certPrefix='' keyPrefix='' secmod='' flags=" \
		>"$scratch/home/.config/pkcs11/modules/nss.module"
	as=(env HOME="$scratch/home" XDG_CONFIG_HOME="$scratch/home/.config")
	# p11-kit reads no user's configuration as root.
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 65534:65534 "$scratch/home" "$scratch/nss"
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups "${as[@]}")
	fi
	if ! "${as[@]}" "$ctl" token list --module "$proxy" >"$scratch/out" 2>&1; then
		skip "NSS: p11-kit does not work for an ordinary user here"
	else
		expect "NSS, through the proxy" 1 "${as[@]}" "$ctl" token audit \
			--module "$proxy" --token 'NSS Generic Crypto Services' \
			--no-login --json --accept-model 'NSS 3'
		said "is refused as software" "$(found software-token)"
	fi
else
	skip "no NSS or no p11-kit-proxy here"
fi

closing
