# attacks.sh - the scenarios in which somebody attacks what is trusted.
#
# Sourced by run.sh.

too_few()
{
	scenario too-few "one officer tries alone, and twice"
	accepted "an officer proposes, and signs" '' with_change \
		'anchorctl trust anchor --proposal "$1" --add demo-ca.pem --name own --purpose tpm2-ek --note "our CA"' \
		p-few release
	refused "one officer alone" 'trust-quorum-[a-z]*' apply p-few
	refused "the same officer signs again" 'has signed already' \
		officer_signs release p-few
	cp p-few/signatures/release p-few/signatures/audit
	refused "one officer's signature under two names" 'does not count' apply p-few
	rm p-few/signatures/audit
	note "somebody changes the text after the first signature"
	sed -i 's/our CA/my CA/' p-few/bundle
	officer_signs security p-few >said.txt 2>&1
	refused "a text that was changed between two signatures" 'does not count' \
		apply p-few
}

old_bundle()
{
	scenario old-bundle "an older bundle is put back"
	cp chain chain-before
	accepted "a version is signed and in force" applied second_version
	cp chain chain-after
	cp chain-before chain
	rm -rf supervisor/*
	life
	finds "the chain before it, all that the service knew is gone" refused 503 \
		'trust-head[^;]*|trust-rollback[^;]*'
	refused "a challenge" 'urn:x-anchord:problem:[a-z-]*' asks
	service_stop
	cp chain-after chain
	rm -rf supervisor/*
	life
	becomes_ready "the newest chain again"
	service_stop
}

second_version()
{
	with_change 'anchorctl trust anchor --proposal "$1" --add demo-ca.pem --name own --purpose tpm2-ek --note "our CA"' \
		p-second release,security && put_in_force p-second
}

# asks: for a challenge; the answer is said.
asks()
{
	challenge_ask backend-a enroll '{}'
	local status=$?
	cat http.json
	return $status
}

strange_certificate()
{
	scenario strange-certificate "a root is stored in the token without any PIN"
	maker_make rogue
	openssl x509 -in rogue.pem -outform DER -out rogue.der
	accepted "the token takes it" '' pkcs11-tool --module "$softhsm_module" \
		--token-label anchord-demo --write-object rogue.der --type cert \
		--id ee --label anchord-trust
	life
	finds "the service reports it" reported 200 \
		'[0-9]+ certificates? in the token that the bundle does not name'
	refused "a phone below it" chain-untrusted phone_of rogue
	accepted "a phone below an anchor" '"device_handle"' phone_of phone
	service_stop
}

destroyed_certificate()
{
	local object
	scenario destroyed-certificate "a trusted root is destroyed while the service runs"
	life
	becomes_ready "the service"
	object=$(object_of roots.pem)
	refused "by C_DestroyObject(), without a PIN" 'C_DestroyObject[^;]*' \
		pkcs11-tool --module "$softhsm_module" \
		--token-label anchord-demo --delete-object --type cert \
		--id "$(openssl x509 -in roots.pem -outform DER | sha256sum | cut -c1-64)"
	accepted "its file is removed" '' rm "$object"
	finds "the service misses it" "not ready" 503 'trust-certificate-missing[^;]*'
	refused "a challenge" 'urn:x-anchord:problem:[a-z-]*' asks
	accepted "it is stored again" 'applied already' stored_again
	becomes_ready "the same service, not started anew"
	accepted "a phone below it" '"device_handle"' phone_of phone
	service_stop
}

stored_again()
{
	apply p1 --certificates anchors && as_role 3 token
}
