#!/bin/bash
# crypto.sh - seeds for fuzz_challenge, fuzz_jwks, fuzz_jwt, fuzz_result_cwt and
# fuzz_dpop.
#
#	tests/fuzz/seeds/crypto.sh MAKE_SAMPLES
#
# Fills tests/fuzz/corpus/{challenge,jwks,jwt,result_cwt,dpop}/ from what make_samples signs,
# and from good inputs with one thing wrong.  ECDSA and RSA signatures differ
# in every run, the rest does not.
set -eu
samples=$(realpath "$1")
mkdir -p "$(dirname "$0")/../corpus"
cd "$(dirname "$0")/../corpus"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$samples" "$dir"
mkdir -p challenge jwks jwt result_cwt dpop

for d in "$dir"/*/; do
	alg=$(basename "$d")
	cp "$d/challenge.cbor" "challenge/$alg-batch"
	cp "$d/lone.cbor" "challenge/$alg-lone"
	cp "$d/keys.jwks" "jwks/$alg"
	for r in result refused; do
		tr -d '\n' <"$d/$r.jwt" >"jwt/$alg-$r"
	done
	for r in result refused possession; do
		cp "$d/$r.cwt" "result_cwt/$alg-$r"
	done
	cp "$d/proof.jwt" "dpop/$alg"
done
cp challenge/ES256-batch challenge/bad-cut && truncate -s -1 challenge/bad-cut
{ cat challenge/ES256-batch && printf '\0'; } >challenge/bad-trailing
sed 's/metadata/METADATA/' challenge/ES256-batch >challenge/bad-workflow
printf '\202\100\322\204' >challenge/bad-empty-claims
printf '\237' >challenge/bad-indefinite

cp result_cwt/ES256-result result_cwt/bad-cut && truncate -s -1 result_cwt/bad-cut
{ cat result_cwt/ES256-result && printf '\0'; } >result_cwt/bad-trailing
sed 's/metadata/METADATA/' result_cwt/ES256-result >result_cwt/bad-workflow
cp challenge/ES256-batch result_cwt/bad-challenge
printf '\202\100\322\204' >result_cwt/bad-empty-claims

jq -cs '{keys: map(.keys[0])}' "$dir"/*/keys.jwks >jwks/all
jq -c '.keys[0].d = "AAAA"' "$dir/ES256/keys.jwks" >jwks/bad-private
jq -c '.keys[0].kid = "AAAA"' "$dir/ES256/keys.jwks" >jwks/bad-kid
jq -c '.keys[0].x = .keys[0].y' "$dir/ES256/keys.jwks" >jwks/bad-point
jq -c '.keys[0].e = "Aw"' "$dir/PS256/keys.jwks" >jwks/bad-exponent
jq -c '.keys[0].kty = "oct"' "$dir/ES256/keys.jwks" >jwks/other-kind
printf '{"keys":[]}' >jwks/empty

sed 's/^[^.]*/eyJhbGciOiJub25lIn0/' jwt/ES256-result >jwt/bad-none
sed 's/\.[^.]*$/./' jwt/ES256-result >jwt/bad-unsigned
sed 's/$/=/' jwt/ES256-result >jwt/bad-padded
printf '..' >jwt/bad-dots

cp "$dir/ES256/possession.jwt" dpop/bad-result
sed 's/^[^.]*/eyJhbGciOiJub25lIn0/' dpop/ES256 >dpop/bad-none
sed 's/\.[^.]*$/./' dpop/ES256 >dpop/bad-unsigned
printf 'https://[2001:DB8::1]:443/a/%%7e/.././%%2f?q#f' >dpop/url
