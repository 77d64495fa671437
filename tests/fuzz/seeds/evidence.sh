#!/bin/bash
# evidence.sh - seeds for the targets about evidence and policy.
#
#	tests/fuzz/seeds/evidence.sh
#
# Fills tests/fuzz/corpus/{tpm_attest,tpm_public,tpm_signature,evidence_json,
# evidence_files,policy}/ from tests/vectors/tpm2 and the policy's example.
set -eu
cd "$(dirname "$0")/../../.."
vectors=tests/vectors/tpm2
corpus=tests/fuzz/corpus
for t in tpm_attest tpm_public tpm_signature evidence_json evidence_files policy; do
	mkdir -p "$corpus/$t"
done

json()
{
	printf '{"ak_public":"%s","format":"tpm2-quote",%s"quote":"%s","signature":"%s"}' \
		"$(base64 -w0 "$1/ak.bin")" "$2" "$(base64 -w0 "$1/quote.bin")" \
		"$(base64 -w0 "$1/signature.bin")"
}

# Two files, the first byte says where the first ends (of 255 parts).
pair()
{
	local a b
	a=$(stat -c %s "$1") b=$(stat -c %s "$2")
	printf "\\x$(printf %x $(((a * 255 + a + b - 1) / (a + b))))"
	cat "$1" "$2"
}

for d in "$vectors"/*/; do
	n=$(basename "$d")
	cp "$d/quote.bin" "$corpus/tpm_attest/$n"
	cp "$d/ak.bin" "$corpus/tpm_public/$n"
	cp "$d/signature.bin" "$corpus/tpm_signature/$n"
	json "$d" "" >"$corpus/evidence_json/$n"
	pair "$d/quote.bin" "$d/ak.pem" >"$corpus/evidence_files/$n"
	pair "$d/pcrs.bin" "$d/quote.bin" >"$corpus/evidence_files/$n-pcrs"
done
d=$vectors/ecdsa-sha256
json "$d" '"event_log":"AAAA","ima_log":"","x5c":["MAA="],' \
	>"$corpus/evidence_json/members"
json "$d" '"pcrs":{"sha1":{"31":"00"},"sha256":{"0":"","7":"00ff"}},' \
	>"$corpus/evidence_json/pcrs"
printf '{"format":"no-such"}' >"$corpus/evidence_json/unknown"
printf '\xff\x54\x43\x47\x80\x1a\0\0\0\0' >"$corpus/tpm_attest/cut"
{ head -c 4 "$d/quote.bin" && printf '\x80\x1a' &&
	tail -c +7 "$d/quote.bin"; } >"$corpus/tpm_attest/creation"
{ printf '\0\x18\0\x0b\0\1\1\0\1\1'; } >"$corpus/tpm_signature/short-numbers"
openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -subj / -days 1 \
	-out "$corpus/evidence_files/.cert" 2>/dev/null
pair "$d/quote.bin" "$corpus/evidence_files/.cert" \
	>"$corpus/evidence_files/certificate"
rm "$corpus/evidence_files/.cert"

cp provisioning/examples/policy.conf "$corpus/policy/example"
cp provisioning/examples/policy-groups.conf "$corpus/policy/groups"
grep -v '^ *//' provisioning/examples/policy.conf >"$corpus/policy/bare"
sed 's/sha256/sha1/' provisioning/examples/policy.conf >"$corpus/policy/bad-sha1"
sed 's/version/versoin/' provisioning/examples/policy.conf >"$corpus/policy/bad-name"
printf '@include "/dev/null"\n' >"$corpus/policy/bad-include"
