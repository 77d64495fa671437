#!/bin/bash
# make.sh - results in CBOR whose bytes are fixed for ever, by the key EdDSA of
# make_samples, whose signatures are the same in every run.
#
#	tests/vectors/result/make.sh MAKE_SAMPLES
#
# Writes, beside itself, keys.jwks; result.cwt, the third of five under one signature,
# and refused.cwt, beside a decoy, both in hexadecimal; and of each the claims in JSON,
# which the JWT of the same result has.  What is published here must go on to verify:
# add vectors, change none.
set -eu
samples=$(realpath "$1")
cd "${2:-$(dirname "$0")}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$samples" "$dir"
cp "$dir/EdDSA/keys.jwks" keys.jwks
for r in result refused; do
	xxd -p -c 48 "$dir/EdDSA/$r.cwt" >"$r.cwt"
	cut -d. -f2 "$dir/EdDSA/$r.jwt" | tr '_-' '/+' | base64 -di 2>/dev/null |
		jq -S . >"$r.json"
done
