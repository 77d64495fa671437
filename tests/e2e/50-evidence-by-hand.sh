#!/bin/bash
# Goal: an auditor without the service inspects and judges evidence, and
# checks a policy; every exit status means what the manual says.
. "$(dirname "$0")/by_hand.sh"

v=tests/vectors/tpm2/ecdsa-sha256
other=tests/vectors/tpm2/rsassa-sha256
nonce=$(cat $v/nonce.hex)
parts="$v/quote.bin $v/signature.bin $v/ak.bin $v/pcrs.bin"

# judge WHAT STATUS VALUE ARGUMENTS...
judge()
{
	local what=$1 status=$2 value=$3
	shift 3
	answers "$what" "$status" \
		'[.verdict, .reasons[]] | join(" ")' "$value" \
		appraise --format tpm2-quote --json "$@"
}

# shellcheck disable=SC2086
{
judge "good evidence, named key" 0 accepted \
	--evidence $parts --nonce "$nonce" --trust $v/ak.pem
judge "files in another order, one option each" 0 accepted \
	--evidence $v/pcrs.bin --evidence $v/ak.bin --evidence $v/signature.bin \
	--evidence $v/quote.bin --nonce "$nonce" --trust $v/ak.bin
judge "a directory of trust, with other files in it" 0 accepted \
	--trust $v --evidence $parts --nonce "$nonce"
judge "another nonce" 1 "rejected nonce-mismatch" \
	--evidence $parts --nonce "${nonce%??}00" --trust $v/ak.pem
judge "a key that nobody named" 1 "rejected chain-untrusted" \
	--evidence $parts --nonce "$nonce" --trust $other/ak.pem
judge "the PCR values of another quote" 1 "rejected pcr-mismatch" \
	--evidence $v/quote.bin $v/signature.bin $v/ak.bin $other/pcrs.bin \
	--nonce "$nonce" --trust $v/ak.pem
judge "the signature of another quote" 1 "rejected evidence-signature" \
	--evidence $v/quote.bin $other/signature.bin $v/ak.bin \
	--nonce "$nonce" --trust $v/ak.pem
judge "a policy that asks for another PCR" 1 "rejected pcr-mismatch" \
	--evidence $parts --nonce "$nonce" --trust $v/ak.pem \
	--policy provisioning/examples/policy.conf
head -c 60 $v/quote.bin >"$scratch/cut"
judge "a quote cut short" 1 "rejected evidence-malformed" \
	--evidence "$scratch/cut" $v/signature.bin --nonce "$nonce" \
	--trust $v/ak.pem
head -c 64 /dev/zero >"$scratch/zeros"
judge "PCR values as plain bytes are no event log" 1 \
	"rejected evidence-malformed" --trust $v/ak.pem --nonce "$nonce" \
	--evidence $v/quote.bin $v/signature.bin $v/ak.bin "$scratch/zeros"
(printf '\357\273\277# a key\r\n\r\n' && sed '1a\\' $v/ak.pem | sed 's/$/\r/') \
	>"$scratch/text.pem"
judge "a key between text, blank lines and a mark" 0 accepted \
	--evidence $parts --nonce "$nonce" --trust "$scratch/text.pem"
openssl rsa -pubin -in $other/ak.pem -RSAPublicKey_out \
	>"$scratch/pkcs1.pem" 2>/dev/null
judge "a key as PKCS#1" 0 accepted --trust "$scratch/pkcs1.pem" \
	--nonce "$(cat $other/nonce.hex)" \
	--evidence $other/quote.bin $other/signature.bin $other/ak.bin
answers "an area beside a named bare key is only stated" 0 \
	'[.claims.ak_attributes, .vector.hardware // 0] | @csv' '"stated",0' \
	appraise --format tpm2-quote --json --evidence $parts \
	--nonce "$nonce" --trust $v/ak.pem
answers "an area that was named is checked" 0 \
	'[.claims.ak_attributes, .vector.hardware] | @csv' '"checked",2' \
	appraise --format tpm2-quote --json --evidence $parts \
	--nonce "$nonce" --trust $v/ak.bin
openssl ec -pubin -in $v/ak.pem -param_enc explicit -out "$scratch/explicit" \
	2>/dev/null
answers "a curve that the key spells out" 3 "" "" appraise \
	--format tpm2-quote --evidence $parts --nonce "$nonce" \
	--trust "$scratch/explicit"
# hint WORDS FILE: what is said of a file that belongs nowhere
hint()
{
	answers "$1 gets a hint" 1 '.why | contains($ENV.words)' true \
		appraise --format tpm2-quote --json --nonce "$nonce" \
		--trust $v/ak.pem --evidence $v/quote.bin "$2"
}
words="plain PCR values" && export words && hint "$words" "$scratch/zeros"
base64 $v/signature.bin >"$scratch/base64"
words="base64 text" && hint "$words" "$scratch/base64"
printf '  sha256:\n    0 : 0x%064d\n' 0 >"$scratch/yaml"
words="PCR values as text" && hint "$words" "$scratch/yaml"
printf '{"sig_scheme":{},"attest":{}}' >"$scratch/fapi"
words="FAPI quote" && hint "$words" "$scratch/fapi"
tail -c 256 $other/signature.bin >"$scratch/plain"
words="a plain signature" && hint "$words" "$scratch/plain"
printf '10 %040d ima-ng sha256:%064d /bin/sh\n' 1 2 >"$scratch/ima"
answers "IMA's list is known, and not judged" 0 '.not_appraised[]' ima_log \
	appraise --format tpm2-quote --json --evidence $parts "$scratch/ima" \
	--nonce "$nonce" --trust $v/ak.pem
sha1=tests/vectors/tpm2/rsassa-sha1
judge "SHA-1" 1 "rejected evidence-unsupported" --trust $sha1/ak.pem \
	--evidence $sha1/quote.bin $sha1/signature.bin $sha1/ak.bin \
	--nonce "$(cat $sha1/nonce.hex)"
judge "SHA-1, allowed by name" 0 accepted --trust $sha1/ak.pem --allow sha1 \
	--evidence $sha1/quote.bin $sha1/signature.bin $sha1/ak.bin \
	--nonce "$(cat $sha1/nonce.hex)"

base="appraise --format tpm2-quote --evidence $parts"
answers "words, not JSON" 0 "" "" $base --nonce "$nonce" --trust $v/ak.pem
answers "no nonce" 2 "" "" $base --trust $v/ak.pem
answers "a nonce that is not hex" 2 "" "" $base --nonce xy --trust $v/ak.pem
answers "a nonce that is too long" 2 "" "" $base --trust $v/ak.pem \
	--nonce "$(printf '%0600d' 0)"
grep -q "too long" "$scratch/err" || failed=$((failed + 1))
answers "a time that is none" 2 "" "" $base --nonce "$nonce" \
	--trust $v/ak.pem --at yesterday
answers "no such leniency" 2 "" "" $base --nonce "$nonce" \
	--trust $v/ak.pem --allow everything
answers "no such format" 2 "" "" inspect --format no-such $v/quote.bin
answers "a file that is not there" 3 "" "" $base --nonce "$nonce" \
	--trust "$scratch/none"
answers "trust that is no key" 3 "" "" $base --nonce "$nonce" \
	--trust $v/quote.bin

answers "inspect: type, key, values" 0 \
	'[.attest.type, .signature.scheme, .ak_public.curve,
	 (.pcrs.sha256 | length), .attest.extra_data] | join(" ")' \
	"QUOTE ECDSA P-256 2 $nonce" inspect --format tpm2-quote $parts
answers "inspect: what does not parse is said" 1 .malformed \
	'["attest: cut short"]' \
	inspect --format tpm2-quote <(head -c 107 $v/quote.bin)

answers "inspect: a file of no kind is said, too" 1 \
	'.malformed[] | startswith("file 2: of no kind")' true \
	inspect --format tpm2-quote $v/quote.bin "$scratch/zeros"

answers "the policy's example" 0 "[.id, .version] | join(\" \")" "example 1" \
	policy check --json provisioning/examples/policy.conf
printf 'id = "x"; version = 1; workflows: { enrol: {}; };' >"$scratch/policy"
answers "a misspelt workflow" 1 "" "" policy check "$scratch/policy"
printf 'id = "x"; version = 1; workflows: { enroll: { formats = ["tpm"]; }; };' \
	>"$scratch/policy"
answers "a misspelt format" 1 "" "" policy check "$scratch/policy"
possession()
{
	printf 'id = "x"; version = 1; workflows: { metadata: { %s; %s; }; };' \
		"possession = $1" "formats = [ $2 ]" >"$scratch/policy"
}
possession true '"tpm2-quote"'
answers "possession by a format that has no key" 1 "" "" \
	policy check "$scratch/policy"
possession true '"tpm2-quote", "android-key"'
answers "possession: who can be accepted" 0 \
	'.workflows.metadata | [.possession, .formats] | tojson' \
	'[true,["android-key"]]' policy check --json "$scratch/policy"
answers "no policy there" 3 "" "" policy check "$scratch/none"
}
closing
