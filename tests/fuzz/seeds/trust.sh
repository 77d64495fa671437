#!/bin/bash
# trust.sh - seeds for fuzz_ssh_sig and fuzz_trust_pack.
#
#	tests/fuzz/seeds/trust.sh OFFICER
#
# Fills tests/fuzz/corpus/{ssh_sig,trust_pack}/ from what tests/interop/officer
# signs, from what ssh-keygen signed (tests/vectors/ssh), and from good inputs
# with one thing wrong.  Signatures differ in every run, the rest does not.
set -eu
officer=$(realpath "$1")
cd "$(dirname "$0")/../../.."
vectors=tests/vectors/ssh
sigs=tests/fuzz/corpus/ssh_sig
packs=tests/fuzz/corpus/trust_pack
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$sigs" "$packs"

"$officer" samples "$dir" $vectors/message
for name in fido-ecdsa fido-ed25519 fido-no-pin; do
	cp "$dir/$name.sig" "$sigs/$name"
done
for name in ecdsa-256 ecdsa-384 ed25519 rsa-2048 rsa-3072; do
	cp "$vectors/$name.sha512.sig" "$sigs/$name"
done
cp $vectors/ed25519.sha256.sig $sigs/sha256
cp $vectors/ed25519-git.sig $sigs/namespace
cp $vectors/p521.sha512.sig $sigs/bad-p521
cp $vectors/rsa-1024.sha512.sig $sigs/bad-rsa-1024
head -c -1 $sigs/ed25519 >$sigs/bad-cut
cat $sigs/ed25519 $sigs/ed25519 >$sigs/bad-two
fold -w 64 $sigs/ed25519 >$sigs/bad-lines

"$officer" packs "$packs"
printf 'anchord-trust-pack 1\nversion 1 1\nxsignature a 1\nyend\n' \
	>$packs/least
printf 'anchord-trust-pack 1\nversion 1 1\nxsignature b 1\nysignature a 1\nzend\n' \
	>$packs/bad-order
printf 'anchord-trust-pack 1\nversion 1 99\nxend\n' >$packs/bad-size
printf 'anchord-trust-pack 1\nend\n' >$packs/bad-empty
head -c -4 $packs/removal >$packs/bad-cut
