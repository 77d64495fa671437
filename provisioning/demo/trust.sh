# trust.sh - the demo's last story: officers govern what the service trusts.
#
# Sourced after lib.sh, say.sh, steps.sh and officers.sh.

# refuses WORDS COMMAND...: the command must fail, and say so.
refuses()
{
	local words=$1
	shift
	if show "$@" >refusal.txt; then
		cat refusal.txt
		give_up "it was not refused: $*"
	fi
	cat refusal.txt
	grep -q "$words" refusal.txt || give_up "another reason than $words"
}

# await REGEX: until /readyz says so.
await()
{
	local i
	for ((i = 0; i < 200; i++)); do
		api_seconds=2 api monitor GET /readyz
		if jq -r '[.. | strings] | join("; ")' http.json 2>/dev/null |
			grep -oE "$1" >reason.txt; then
			reason=$(head -n 1 reason.txt)
			return
		fi
		kill -0 "$service_pid" 2>/dev/null || return
		sleep 0.1
	done
	return 1
}

step_stock()
{
	local officer
	step "Who has nothing of ours checks the officers' signatures with OpenSSH"
	must "no export" anchorctl trust export chain --to export
	for officer in release security; do
		as="ssh-keygen -Y verify -f export/allowed_signers-1 -I $officer -n trust-bundle@anchord -s export/bundle-1.$officer.sig <export/bundle-1" \
			must "OpenSSH does not verify" stock_verify "$officer"
	done
	[ "$(sha256sum <export/bundle-1 | cut -c1-64)" = "$genesis" ] ||
		give_up "that is another version 1"
	proved "the signatures of 2 of 3 officers verify with plain ssh-keygen"
}

stock_verify()
{
	ssh-keygen -Y verify -f export/allowed_signers-1 -I "$1" \
		-n trust-bundle@anchord -s "export/bundle-1.$1.sig" <export/bundle-1
}

# The bundle by which the last result was judged.
judged_by()
{
	hex_of_b64url "$(cut -d. -f2 <<<"$result")" | xxd -r -p |
		jq -r '.anchord |
			"\(.trust_bundle_version) \(.trust_bundle_digest)"'
}

attack_rollback()
{
	step "Attack 9: an older bundle is put back, everywhere"
	service_stop
	cp chain chain-1
	anchorctl trust propose --to p2 --chain chain >/dev/null &&
		anchorctl trust anchor --proposal p2 --add demo-ca.pem --name own \
			--purpose tpm2-ek --note "our CA" >/dev/null &&
		officer_signs release p2 >/dev/null &&
		officer_signs security p2 >/dev/null || give_up "no version 2"
	must "version 2 is not applied" apply p2
	note "" "The service takes it, and only then the token's head and counter move:"
	service_start
	wait_for 200 20 || give_up "not ready: $(cat http.json)"
	service_stop
	must "head and counter do not move" apply p2
	cp chain chain-2
	note "" "Root puts the chain file of version 1 back, and takes away what the" \
		"service remembers of version 2:"
	cp chain-1 chain
	rm -rf supervisor/*
	service_start
	await 'trust-head[^;]*|trust-rollback[^;]*' || give_up "the old bundle is in force"
	[ "$http_status" = 503 ] || give_up "ready with an old bundle"
	proved "older bundle refused: $reason"
	service_stop
	cp chain-2 chain
	rm -rf supervisor/*
}

attack_rogue_root()
{
	step "Attack 10: a root is added to the token, without any PIN"
	mkdir -p rogue && keymint --state rogue roots >rogue.pem || give_up "no rogue"
	openssl x509 -in rogue.pem -outform DER -out rogue.der
	must "the token takes none" pkcs11-tool --module "$softhsm_module" \
		--token-label anchord-demo --write-object rogue.der --type cert \
		--id ee --label anchord-trust
	service_start
	await '[0-9]+ certificates? in the token that the bundle does not name[^;]*' ||
		give_up "/readyz does not tell"
	[ "$http_status" = 200 ] || give_up "a visitor stops the service"
	note "/readyz: $reason"
	challenge_ask backend-a enroll '{}' || give_up "no challenge"
	keymint --state rogue attest --nonce "$(hex_of_b64url "$nonce")" \
		--shape new-attest-key >rogue.json || give_up "no rogue phone"
	api backend-a POST /v1/enrollments/android-key "$(jq -nc \
		--arg c "$challenge" --slurpfile e rogue.json \
		'{challenge: $c, evidence: $e[0], observed: {}}')"
	grep -q chain-untrusted http.json || give_up "the rogue root is trusted: $(cat http.json)"
	proved "not trusted, and reported; a phone below it refused: chain-untrusted"
}

# object_of FILE: the file of the token that has this certificate.
object_of()
{
	openssl x509 -in "$1" -outform DER -out object.der
	local part
	part=$(xxd -p -s -64 object.der | tr -d '\n')
	for object in token/objects/*/*.object; do
		xxd -p "$object" | tr -d '\n' | grep -q "$part" && echo "$object"
	done
}

attack_destroyed()
{
	local object
	step "Attack 11: a trusted root is destroyed"
	service_stop
	object=$(object_of roots.pem)
	[ -n "$object" ] || give_up "the token does not have the root"
	note "The token itself keeps what its security officer stored:"
	refuses 'C_DestroyObject() failed' pkcs11-tool --module "$softhsm_module" \
		--token-label anchord-demo --delete-object --type cert \
		--id "$(openssl x509 -in roots.pem -outform DER | sha256sum | cut -c1-64)"
	note "" "So root takes the file away, which no hardware would have:" \
		"   \$ rm ${object#"$dir"/}"
	rm "$object"
	service_start
	# A verifier says so at each start, until its certificates have come.
	await 'keyholder: trust-certificate-missing[^;]*' ||
		give_up "nobody missed it"
	[ "$http_status" = 503 ] || give_up "ready without a root"
	challenge_ask backend-a enroll '{}' && give_up "it signs without a root"
	[ "$http_status" = 503 ] || give_up "another answer: $http_status"
	proved "not ready, and a challenge refused: $reason"
	service_stop
	note "" "It is stored again, by the security officer; its digest is in the bundle:"
	must "it is not stored" apply p2 --certificates roots.pem
	service_start
	wait_for 200 20 || give_up "not ready: $(cat http.json)"
	proved "ready again"
}
