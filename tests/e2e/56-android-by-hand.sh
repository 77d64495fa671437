#!/bin/bash
# Goal: an auditor without the service looks at an Android key attestation, from
# any kind of file, and is told when it is in another order or does not parse.
. "$(dirname "$0")/by_hand.sh"

device=$build/test/keymint
nonce=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff

# keymint FILE WORD OPTION...
keymint()
{
	local file=$1 word=$2
	shift 2
	"$device" --state "$scratch" "$word" --nonce $nonce "$@" >"$file" ||
		failed=$((failed + 1))
}

# look WHAT STATUS JQ VALUE FILE...
look()
{
	local what=$1 status=$2 query=$3 value=$4
	shift 4
	answers "$what" "$status" "$query" "$value" \
		inspect --format android-key "$@"
}

# The certificates of a PEM file as DER, $scratch/NAME.0.der and on.
split()
{
	local i=0 line
	while IFS= read -r line; do
		printf '%s\n' "$line" >>"$scratch/one.pem"
		[[ $line == "-----END CERTIFICATE-----" ]] || continue
		openssl x509 -in "$scratch/one.pem" -outform DER \
			-out "$scratch/$2.$i.der"
		rm "$scratch/one.pem"
		i=$((i + 1))
	done <"$1"
}

seen='[.key_description.attestation_challenge,
	(.certificates|length), .key_description_certificate] | join(" ")'
factory=$scratch/factory.pem rkp=$scratch/rkp.pem

keymint "$factory" pem --shape factory
keymint "$rkp" pem --shape rkp --level strongbox
look "a factory chain" 0 "$seen" "$nonce 4 0" "$factory"
look "a remotely provisioned chain" 0 "$seen" "$nonce 5 0" "$rkp"
look "its provisioning info" 0 \
	'[.provisioning_info.attested_entity, .provisioning_info["4"],
		.provisioning_info_certificate] | join(" ")' \
	"STRONG_BOX STRONG_BOX 1" "$rkp"
look "its level" 0 .key_description.attestation_security_level strongbox "$rkp"
look "nothing was forgiven" 0 .leniencies '{}' "$rkp"

# What openssl says of the leaf.
split "$rkp" rkp
der=$scratch/rkp
leaf=$der.0.der
sha=$(openssl dgst -sha256 -r "$leaf" | cut -d' ' -f1)
spki=$(openssl x509 -in "$leaf" -inform DER -noout -pubkey |
	openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)
look "digests as openssl computes them" 0 \
	'.certificates[0] | [.sha256, .spki_sha256] | join(" ")' "$sha $spki" \
	"$rkp"
look "DER files, leaf first" 0 "$seen" "$nonce 5 0" \
	"$der.0.der" "$der.1.der" "$der.2.der" "$der.3.der" "$der.4.der"
keymint "$scratch/rkp.json" attest --shape rkp
look "the object of a request" 0 "$seen" "$nonce 5 0" "$scratch/rkp.json"

order='.malformed[0] | contains("order")'
look "root first" 1 "$order" true \
	"$der.4.der" "$der.3.der" "$der.2.der" "$der.1.der" "$der.0.der"
look "two in the middle swapped" 1 "$order" true \
	"$der.0.der" "$der.2.der" "$der.1.der" "$der.3.der" "$der.4.der"
look "every field is shown all the same" 1 "$seen" "$nonce 5 1" \
	"$der.1.der" "$der.0.der" "$der.2.der" "$der.3.der" "$der.4.der"
look "its provisioning info, too" 1 .provisioning_info_certificate 0 \
	"$der.1.der" "$der.0.der" "$der.2.der" "$der.3.der" "$der.4.der"
split "$factory" factory
look "a second chain behind the first" 1 '.malformed[]' \
	"certificate 5: a second chain behind the first" \
	"$rkp" "$scratch/factory.1.der" "$scratch/factory.2.der" \
	"$scratch/factory.3.der"

keymint "$scratch/attest-key.pem" pem --shape attest-key
look "an attest key: the description nearest to the root" 0 \
	'[.key_description.hardware_enforced.purpose[0],
		.key_description_certificate] | join(" ")' "7 1" \
	"$scratch/attest-key.pem"
look "and both, leaf first" 0 \
	'[.key_descriptions[].certificate] | join(" ")' "0 1" \
	"$scratch/attest-key.pem"
look "the fresh one answers" 0 \
	'.key_descriptions[0].key_description.attestation_challenge' "$nonce" \
	"$scratch/attest-key.pem"

keymint "$scratch/unlocked.pem" pem --shape rkp --unlocked
look "an unlocked device says so" 0 \
	.key_description.hardware_enforced.root_of_trust.device_locked false \
	"$scratch/unlocked.pem"
keymint "$scratch/bad.pem" pem --shape rkp --defect tag-twice
look "a description that does not parse" 1 \
	'[.malformed[0], .key_description] | map(. // "" | .[:13]) | join(",")' \
	"certificate 0," "$scratch/bad.pem"
look "something else than certificates" 1 "" "" tests/e2e/lib.sh
look "no such file" 3 "" "" "$scratch/none"

closing
