#!/bin/bash
# android_chain.sh - seeds for fuzz_android_chain, by the software device.
#
#	make keymint && tests/fuzz/seeds/android_chain.sh
#
# Fills tests/fuzz/corpus/android_chain/ with good chains of each shape and with
# some of the bad ones.  Keys are new in each run.
set -eu
cd "$(dirname "$0")/../../.."
keymint=${ANCHORD_BUILD:-build}/test/keymint
corpus=tests/fuzz/corpus/android_chain
mkdir -p "$corpus"
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT

save()
{
	local name=$1
	shift
	"$keymint" --state "$state" --at 1790000000 \
		--nonce "$(printf '%064d' 0)" "$@" framed >"$corpus/$name"
}

for shape in factory rkp attest-key; do
	save "$shape" --shape $shape
	save "$shape-strongbox" --shape $shape --level strongbox
done
for version in 1 2 4 100 500; do
	save "version-$version" --shape factory --version $version
done
save rsa --alg rsa2048
save ed25519 --alg ed25519
for defect in extended-and-described-by-ca described-twice attest-keys-two \
	provisioned-twice order-root-first certificate-is-none \
	description-no-der path-length-of-first attestation-expired \
	intermediate-with-p521 attestation-signed-over-sha1; do
	save "bad-$defect" --defect $defect
done
