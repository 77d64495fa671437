#!/bin/sh
# Writes the seeds of fuzz_tpm2_uri into tests/fuzz/corpus/tpm2_uri.
set -eu

out=$(dirname "$0")/../corpus/tpm2_uri
mkdir -p "$out"
name=000b$(printf 'ab%.0s' $(seq 32))

printf 'tpm2:device:/dev/tpmrm0' >"$out/bare"
printf 'tpm2:swtpm:host=127.0.0.1,port=2321?parent-name=%s' "$name" >"$out/named"
printf 'tpm2:swtpm:path=/s?key=/a/k&mac=0x81018002&parent=0x81018000&epoch=0x01818000&parent-name=%s' \
	"$name" >"$out/all"
printf 'tpm2:d?trust-counter=0x01810001&trust-head=0x01ffffff' >"$out/trust"
printf 'tpm2:d?key=0x81018001&mac=0x81018001' >"$out/one-place"
printf 'tpm2:d?key=0x80000001' >"$out/range"
printf 'tpm2:d?key=&=&&epoch' >"$out/empty"
