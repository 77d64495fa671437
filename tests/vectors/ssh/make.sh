#!/bin/bash
# make.sh - keys and signatures by a tool that nobody here wrote: ssh-keygen.
#
#	tests/vectors/ssh/make.sh
#
# Fills this folder: message; KEY.pub ("TYPE BASE64"), KEY.fingerprint,
# KEY.spki (DER), KEY.sha512.sig and KEY.sha256.sig over the message, by the
# hash of that name over it.  p521, dsa and rsa-1024 are keys that are not
# accepted; ed25519-git.sig is for another namespace.  Keys are new in every run
# and their private halves are not kept, so every run gives other bytes.
set -eu
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
namespace=trust-bundle@anchord

printf 'format = 1;\nversion = 1;\n' >message

# KEY TYPE BITS
make_key()
{
	ssh-keygen -q -t "$2" -b "$3" -N '' -C '' -f "$dir/$1"
	cut -d' ' -f1,2 "$dir/$1.pub" | tr -d '\n' >"$1.pub"
	ssh-keygen -l -f "$dir/$1" | cut -d' ' -f2 | tr -d '\n' >"$1.fingerprint"
}

# KEY NAMESPACE HASH FILE
sign()
{
	ssh-keygen -q -Y sign -f "$dir/$1" -n "$2" -O "hashalg=$3" <message >"$4"
}

while read -r key type bits; do
	make_key "$key" "$type" "$bits"
	for hash in sha512 sha256; do
		sign "$key" "$namespace" "$hash" "$key.$hash.sig"
	done
	# ssh-keygen writes no Ed25519 key in PKCS #8.
	[ "$key" = ed25519 ] || ssh-keygen -e -m PKCS8 -f "$dir/$key" |
		openssl pkey -pubin -outform DER -out "$key.spki"
done <<'LIST'
ecdsa-256 ecdsa   256
ecdsa-384 ecdsa   384
ed25519   ed25519 256
rsa-2048  rsa     2048
rsa-3072  rsa     3072
LIST
sign ed25519 git sha512 ed25519-git.sig

# Not accepted, whatever they sign.
make_key p521 ecdsa 521
make_key dsa dsa 1024
make_key rsa-1024 rsa 1024
for key in p521 rsa-1024; do
	sign "$key" "$namespace" sha512 "$key.sha512.sig"
done
