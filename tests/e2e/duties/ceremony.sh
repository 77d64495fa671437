# ceremony.sh - who signs the transcript of a ceremony.
#
# A ceremony of one step at which everybody is present.  Sourced by 77-duties.sh.

everybody=(so user officer auditor operator)

rows()
{
	local who comma=
	for who in "${everybody[@]}"; do
		printf '%s  {\n    role = "%s";\n%s  }' "$comma" "$who" \
			"${1:+    person = \"The $who of this test\";$'\n'}"
		comma=$',\n'
	done
	printf '\n);\n'
}

{
	printf 'format = 1;\nname = "duties";\npurpose = "A test.";\nkeys = "stay";\npresent = (\n'
	rows
	printf 'tokens = (\n  {\n    module = "${module}";\n    label = "anchord-demo";\n  }\n);\nsteps = (\n  {\n    instruct = "Be there.";\n  }\n);\n'
} >plan
{
	printf 'format = 1;\npresent = (\n'
	rows person
	printf 'values = (\n  {\n    name = "module";\n    value = "%s";\n  }\n);\n' \
		"$softhsm_module"
} >site

sign_transcript()
{
	ssh-keygen -q -Y sign -f "keys/$1" -n ceremony@anchord <"$2" 2>/dev/null
}

held()
{
	anchorctl ceremony verify "$1" --plan plan --signers signers
}

echo 1 | copied tries anchorctl ceremony run plan --site site --transcript transcript >out 2>&1 ||
	shown ceremony "was not held"
for who in "${everybody[@]}"; do
	printf '%s namespaces="ceremony@anchord" %s\n' "$who" \
		"$(cut -d' ' -f1,2 "keys/$who.pub")" >>signers
	sign_transcript "$who" transcript >signature
	can sign-transcript.$who anchorctl ceremony sign transcript --role "$who" \
		--signature signature
done
can verify.auditor held transcript

before=operator
for who in "${everybody[@]}"; do
	for file in transcript transcript.*.sig; do
		cp "$file" "other-$file"
	done
	sign_transcript "$who" transcript >"other-transcript.$before.sig"
	refused sign-for-another.$who key "of $before: the signature is by another key" \
		held other-transcript
	cp "transcript.$before.sig" "other-transcript.$before.sig"
	sed -i "$(grep -n '^time ' transcript | tail -n 1 | cut -d: -f1)s/time 20/time 21/" \
		other-transcript
	sign_transcript "$who" other-transcript >"other-transcript.$who.sig"
	refused change-transcript.$who key 'does not verify over this text' \
		held other-transcript
	before=$who
done
