#!/bin/bash
# evidence_kinds.sh - seeds for the readers of files: every kind that there is, and
# the forms that the field has them in.
#
#	tests/fuzz/seeds/evidence_kinds.sh
#
# Fills tests/fuzz/corpus/evidence_files/kind-*.  The certificates are new in
# every run.
set -eu
cd "$(dirname "$0")/../../.."
corpus=$PWD/tests/fuzz/corpus/evidence_files
vectors=$PWD/tests/vectors/tpm2
quote=$vectors/rsassa-sha256/quote.bin
rsa=$vectors/rsassa-sha256/ak.pem
ec=$vectors/ecdsa-sha256/ak.pem
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# A file and a quote; the first byte says where the first ends, of 255 parts.
seed() # NAME FILE
{
	local a b
	a=$(stat -c %s "$2") b=$(stat -c %s "$quote")
	{
		printf "\\x$(printf %x $(((a * 255 + a + b - 1) / (a + b))))"
		cat "$2" "$quote"
	} >"$corpus/kind-$1"
}

pad() { head -c "$1" /dev/zero | tr '\0' "$2"; }

{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout key.pem -out cert.pem -subj /CN=a -days 1 \
		-addext extendedKeyUsage=2.23.133.8.3
	openssl x509 -in cert.pem -outform der -out cert.der
	openssl x509 -in cert.pem -trustout -addtrust serverAuth -out trusted.pem
	openssl rsa -pubin -in "$rsa" -RSAPublicKey_out -out pkcs1.pem
	openssl rsa -pubin -in "$rsa" -RSAPublicKey_out -outform der -out pkcs1.der
	openssl ec -pubin -in "$ec" -param_enc explicit -out explicit.pem
	openssl ecparam -name prime256v1 -out parameters.pem
} 2>/dev/null
size=$(stat -c %s cert.der)
{ cat cert.der && pad 60 '\377'; } >ff.der
{ cat cert.der && pad 60 '\0'; } >00.der
{ printf '100100%04x1002' $((size + 2)) | xxd -r -p && cat cert.der &&
	pad 20 '\377'; } >nv.der
{ printf '\357\273\277text\n\n' && sed '2a\\' cert.pem && echo more; } |
	sed 's/$/\r/' >text.pem
{ cat cert.pem && sed 's/^/ /' cert.pem; } >indented.pem
{ cat cert.pem && printf '%s\n' '-----BEGIN PRIVATE KEY-----' MAA= \
	'-----END PRIVATE KEY-----'; } >with-key.pem
sed '$d' cert.pem >unended.pem
head -c 64 /dev/zero >values.bin
printf '10 %040d ima-ng sha256:%064d /bin/sh\n' 1 2 >ima.txt
{ printf '\n\0\0\0' && pad 20 '\1' && printf '\6\0\0\0ima-ng\0\0\0\0'; } >ima.bin
{ pad 4 '\0' && printf '\3\0\0\0' && pad 20 '\0' && printf '\021\0\0\0' &&
	printf 'Spec ID Event03\0\0'; } >log.bin
{ pad 4 '\0' && printf '\10\0\0\0' && pad 20 '\7' && printf '\4\0\0\0vers'; } \
	>old-log.bin
printf '{"sig_scheme":{},"attest":{}}' >fapi.json
for f in *.pem *.der *.bin *.txt *.json; do
	[ $f = key.pem ] || seed "${f/./-}" $f
done
