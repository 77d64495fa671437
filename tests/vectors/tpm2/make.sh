#!/bin/bash
# make.sh - quotes by a TPM that nobody here wrote: swtpm and tpm2-tools.
#
#	tests/vectors/tpm2/make.sh
#
# Fills one folder a kind of attestation key beside this script: quote.bin
# (TPMS_ATTEST), signature.bin (TPMT_SIGNATURE), ak.bin (TPM2B_PUBLIC), ak.pem,
# pcrs.bin (the tools' own file), nonce.hex.  The TPM is new in every run, so
# every run gives other bytes.
set -eu
cd "$(dirname "$0")"
state=$(mktemp -d)
trap 'kill "$(cat "$state/pid")"; rm -rf "$state"' EXIT
swtpm socket --tpm2 --tpmstate "dir=$state" --daemon --pid "file=$state/pid" \
	--server "type=unixio,path=$state/tpm" \
	--ctrl "type=unixio,path=$state/tpm.ctrl" --flags startup-clear
export TPM2TOOLS_TCTI="swtpm:path=$state/tpm"

# FOLDER KEY SCHEME HASH PCRS
quote()
{
	local out=$1 nonce
	nonce=$(printf '%s' "$1" | sha256sum | cut -c1-64)
	mkdir -p "$out"
	printf '%s\n' "$nonce" >"$out/nonce.hex"
	tpm2_flushcontext -t
	tpm2_createek -Q -c "$state/ek" -G "$2" -u "$state/ek.pub"
	tpm2_flushcontext -t
	tpm2_createak -Q -C "$state/ek" -c "$state/ak" -G "$2" -s "$3" \
		-g "$4" -u "$out/ak.bin" -f tss
	tpm2_flushcontext -t
	tpm2_readpublic -Q -c "$state/ak" -f pem -o "$out/ak.pem"
	tpm2_flushcontext -t
	tpm2_quote -Q -c "$state/ak" -l "$5" -q "$nonce" -g "$4" --scheme "$3" \
		-m "$out/quote.bin" -s "$out/signature.bin" -o "$out/pcrs.bin"
	tpm2_flushcontext -t
}

tpm2_pcrextend 0:sha256="$(printf firmware | sha256sum | cut -c1-64)"
tpm2_pcrextend 7:sha256="$(printf policy | sha256sum | cut -c1-64)"
quote ecdsa-sha256 ecc ecdsa sha256 sha256:0,7
quote rsassa-sha256 rsa rsassa sha256 sha256:0,1,2,3,4,5,6,7,8,9
quote rsapss-sha256 rsa rsapss sha256 sha256:0,23
quote rsassa-sha384 rsa rsassa sha384 sha256:0,7+sha384:0,7
quote rsassa-sha1 rsa rsassa sha1 sha1:0
