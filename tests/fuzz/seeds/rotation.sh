#!/bin/sh
# Writes the seeds of fuzz_rotation into tests/fuzz/corpus/rotation.
set -eu

out=$(dirname "$0")/../corpus/rotation
mkdir -p "$out"
a=$(printf 'a%.0s' $(seq 64))
b=$(printf 'b%.0s' $(seq 64))

printf 'rotation 1\nkey pkcs11:token=t;object=old\npublic_sha256 %s\n' "$a" \
	>"$out/one"
{
	cat "$out/one"
	printf 'retire_at 2026-11-23T12:30:00Z\n'
	printf 'key pkcs11:token=t;object=new\npublic_sha256 %s\n' "$b"
	printf 'publish_at 2026-11-23T12:00:00Z\n'
	printf 'sign_from 2026-11-23T12:02:00Z\n'
} >"$out/two"
head -c 200 "$out/two" >"$out/cut"
printf '# a comment\n\nrotation 1\n' >"$out/none"
