#!/bin/bash
# Goal: officers change the trust bundle by hand and offline, one with a key in a
# token, others with stock ssh-keygen; who has nothing but ssh-keygen checks it all;
# and a proposal that was tampered with, or too few officers, changes nothing.
. "$(dirname "$0")/by_hand.sh"
policy=$PWD/provisioning/examples/policy.conf
roots=$PWD/../shared/corpora/android-key-attestation/roots
makers=$PWD/../shared/corpora/tpm2/ek/ca

# sign OFFICER DIR [NAMESPACE]: by stock ssh-keygen, into $scratch/sig.
sign()
{
	rm -f "$scratch/sig" &&
		ssh-keygen -q -Y sign -f "$scratch/$1" \
			-n "${3:-trust-bundle@anchord}" <"$2/bundle" >"$scratch/sig"
}

# approve OFFICER DIR [KEY]: signs and hands the signature in.
approve()
{
	sign "${3:-$1}" "$2" &&
		"$ctl" trust approve "$2" --officer "$1" --signature "$scratch/sig"
}

bundles()
{
	"$ctl" trust list "$chain" --json | jq length
}

module=$(softhsm_module)
if [ -z "$module" ] || ! command -v ssh-keygen >/dev/null; then
	skip_all "no SoftHSM or no ssh-keygen here"
fi
cd "$scratch" || exit 1
chain=$scratch/chain

# --- keys ----------------------------------------------------------------------

softhsm_tokens "$scratch"
leaks_of libsofthsm2
(umask 077 && echo Tau-6283185307 >pin && echo 31415926 >so)
for token in service card; do
	"$ctl" token init --module "$module" --label $token --so-pin-file so \
		--pin-file pin >>prepared 2>&1 || failed=$((failed + 1))
done
echo mine >pins.new && ln -s pins pins-link
"$ctl" token keygen --module "$module" --token service --pin-file pin \
	--pins pins >>prepared 2>&1 || failed=$((failed + 1))
"$ctl" token keygen --module "$module" --token card --pin-file pin \
	--label officer --id 07 --handle-label '' --json >card.json 2>>prepared ||
	failed=$((failed + 1))
uri=$(jq -r .uri card.json)
"$ctl" token keygen --module "$module" --token card --pin-file pin \
	--label other --id 08 --handle-label '' --json >other.json 2>>prepared
card=(--uri "$uri" --module "$module" --pin-file pin)
for officer in security audit operations stranger; do
	ssh-keygen -q -t ed25519 -N '' -f $officer -C "$officer@example"
done
ssh-keygen -q -t ecdsa -b 384 -N '' -f security-2
for root in root other-root swtpm; do
	name=$root
	[ $root = swtpm ] && name=swtpm-localca-rootca
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout $root.key -out $root.pem -days 3650 -subj "/CN=$name" \
		2>>prepared
done
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
	-out below.csr -subj /CN=below 2>>prepared
openssl x509 -req -in below.csr -CA swtpm.pem -CAkey swtpm.key -days 3650 \
	-out below.pem 2>>prepared
for days in 100 200; do # of one key, so that each issued the other
	openssl req -x509 -new -key other-root.key -out circle-$days.pem \
		-days $days -subj /CN=circle 2>>prepared
done
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout middle.key -out middle.csr -subj /CN=middle 2>>prepared
openssl x509 -req -in middle.csr -CA swtpm.pem -CAkey swtpm.key -days 3650 \
	-out middle.pem -extfile <(echo basicConstraints=critical,CA:true) \
	2>>prepared
openssl x509 -req -in below.csr -CA middle.pem -CAkey middle.key -days 3650 \
	-out lowest.pem 2>>prepared
jq -n --rawfile a root.pem --rawfile b other-root.pem '[$a, $b]' >roots.json

# --- a pins file and what is beside it -----------------------------------------

expect "a file beside the pins stays" 0 grep -qx mine pins.new
cp pins pins-kept
expect "a link to the pins is not replaced" 3 "$ctl" token keygen \
	--module "$module" --token service --pin-file pin --label second \
	--pins pins-link --name another
says "it is told to be one" 'pins-link is a symbolic link'
expect "and it is one still" 0 test -h pins-link
expect "and the pins are as they were" 0 cmp pins pins-kept

counter="pkcs11:serial=0123;object=anchord-trust-counter"

# --- version 1 -------------------------------------------------------------------

expect "version 1 is proposed" 0 "$ctl" trust propose --to p1 --pins pins \
	--policy "$policy" --device "token=3,$counter" --revocations-from 2026-01-01T00:00:00Z
says "it is not whole without officers" 'not whole yet'
expect "an officer with a key in a token" 0 "$ctl" officer add --proposal p1 \
	--name release --kind token --uri "$uri" --module "$module"
expect "officers with keys in files" 0 "$ctl" officer add --proposal p1 \
	--name security --kind file --key security.pub
says "a file key is marked" 'WARNING: a key in a file'
expect "and a third one" 0 "$ctl" officer add --proposal p1 --name audit \
	--kind file --key audit.pub --until 2040-01-01T00:00:00Z
says "now the text is whole" 'The text is whole'
expect "a private key is not taken" 1 "$ctl" officer add --proposal p1 \
	--name x --kind file --key audit
says "and its public half is named" 'audit.pub'
cat audit.pub operations.pub >two.pub
expect "nor the first of two keys" 1 "$ctl" officer add --proposal p1 \
	--name x --kind file --key two.pub
expect "nor a FIDO officer without a FIDO key" 1 "$ctl" officer add \
	--proposal p1 --name x --kind fido --key operations.pub
says "of its kind" 'goes with a FIDO key'
expect "an anchor" 0 "$ctl" trust anchor --proposal p1 --add root.pem \
	--name own --purpose tpm2-ak tpm2-ek --tenant backend-a \
	--note "made for this test, compared by nobody"
cp -r p1 scratch
anchor=("$ctl" trust anchor --proposal scratch --purpose tpm2-ak --note x)
expect "a JSON array of PEM, as Google's" 0 "${anchor[@]}" --add roots.json \
	--name more
says "has both" '^anchor: CN=other-root'
expect "they have a number each" 0 grep -q '"more-2"' scratch/bundle
expect "the anchor of swtpm" 0 "${anchor[@]}" --add swtpm.pem --name soft
says "is told loudly to be software" 'WARNING: NOT HARDWARE'
cat >google.pem <<'GOOGLE'
-----BEGIN CERTIFICATE-----
MIICIjCCAaigAwIBAgIRAISp0Cl7DrWK5/8OgN52BgUwCgYIKoZIzj0EAwMwUjEc
MBoGA1UEAwwTS2V5IEF0dGVzdGF0aW9uIENBMTEQMA4GA1UECwwHQW5kcm9pZDET
MBEGA1UECgwKR29vZ2xlIExMQzELMAkGA1UEBhMCVVMwHhcNMjUwNzE3MjIzMjE4
WhcNMzUwNzE1MjIzMjE4WjBSMRwwGgYDVQQDDBNLZXkgQXR0ZXN0YXRpb24gQ0Ex
MRAwDgYDVQQLDAdBbmRyb2lkMRMwEQYDVQQKDApHb29nbGUgTExDMQswCQYDVQQG
EwJVUzB2MBAGByqGSM49AgEGBSuBBAAiA2IABCPaI3FO3z5bBQo8cuiEas4HjqCt
G/mLFfRT0MsIssPBEEU5Cfbt6sH5yOAxqEi5QagpU1yX4HwnGb7OtBYpDTB57uH5
Eczm34A5FNijV3s0/f0UPl7zbJcTx6xwqMIRq6NCMEAwDwYDVR0TAQH/BAUwAwEB
/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFFIyuyz7RkOb3NaBqQ5lZuA0QepA
MAoGCCqGSM49BAMDA2gAMGUCMETfjPO/HwqReR2CS7p0ZWoD/LHs6hDi422opifH
EUaYLxwGlT9SLdjkVpz0UUOR5wIxAIoGyxGKRHVTpqpGRFiJtQEOOTp/+s1GcxeY
uR2zh/80lQyu9vAFCj6E4AXc+osmRg==
-----END CERTIFICATE-----
GOOGLE
google=("$ctl" trust anchor --proposal scratch --google)
expect "Google's root" 0 "${google[@]}" --add google.pem
says "is known by its key" 'known as +Google.s attestation root of 2025'
expect "it has purpose and note" 0 grep -A9 '"google-2025"' scratch/bundle
says "of its own" 'its public key as in'
jq -n --rawfile a google.pem --rawfile b root.pem '[$a, $b]' >google.json
expect "a file that has another one" 1 "${google[@]}" --add google.json --name more
says "is refused for it" 'certificate 2 is none of Google.s attestation roots: CN=root'
openssl x509 -new -force_pubkey <(openssl x509 -in google.pem -noout -pubkey) \
	-key root.key -subj /CN=google -out forged.pem 2>>prepared ||
	openssl x509 -in root.pem -signkey root.key -force_pubkey \
		<(openssl x509 -in google.pem -noout -pubkey) -out forged.pem 2>>prepared
expect "nor one that somebody else signed for its key" 1 "${google[@]}" \
	--add forged.pem --name forged
if [ -r $roots/roots.json ]; then
	expect "its RSA root of four certificates" 0 "${google[@]}" --name rsa \
		--add <(cat $roots/google-rsa-*.pem)
	says "has one key" 'attestation root of 2016'
	expect "not with AOSP's software roots" 1 "${google[@]}" --name all \
		--add $roots/roots.json
else
	skip "Google's RSA root" "no corpus here"
fi
known=("$ctl" trust anchor --proposal scratch --tpm-makers --add)
openssl req -x509 -key root.key -out namesake.pem -days 3650 2>>prepared \
	-subj "/C=DE/O=Infineon Technologies AG/CN=Infineon OPTIGA(TM) ECC Root CA"
expect "a root with a TPM maker's name and another key" 1 "${known[@]}" namesake.pem
says "is none of theirs" 'certificate 1 is none of the TPM manufacturers. roots'
expect "Google's root is none" 1 "${known[@]}" google.pem
says "of theirs" 'certificate 1 is none of the TPM manufacturers. roots'
expect "nor can it be both" 2 "${known[@]}" google.pem --google
if [ -d "$makers" ]; then
	keylime=$(echo "$makers"/keylime*/tpm_cert_store)
	for root in INF_ECC_010RT STM_RSA_RT NUVO_2110 INTEL_RT; do
		openssl x509 -in "$keylime/$root.pem"
	done >makers.pem
	expect "TPM manufacturers' roots" 0 "${known[@]}" makers.pem
	says "are known by their certificates" 'known as +STM TPM EK Root CA, TCG id STM, until 2039'
	expect "they vouch for endorsement keys" 0 grep -A9 '"stm-ek"' scratch/bundle
	says "alone" 'purposes = \[ "tpm2-ek" \]'
	says "with a note" 'its certificate as in keylime .*; from https://'
	cp -r p1 untouched
	known[4]=untouched
	cat makers.pem root.pem >mixed.pem
	expect "not with a foreign one" 1 "${known[@]}" mixed.pem
	says "which is named" 'certificate 5 is none of the TPM manufacturers.*CN=root'
	expect "and none of the file is taken" 1 grep stm-ek untouched/bundle
	expect "nor an intermediate of theirs" 1 "${known[@]}" "$keylime/STM_RSA_05I.pem"
	expect "those of AMD go by their key" 0 "${known[@]}" <(awk '/CN=AMDTPM/ { on = 1 }
		on' "$makers"/loicsikidi*/MIRROR.tpm-ca-certificates.pem |
		sed '/^# Certificate: Infineon/,$d')
	says "which signed them" 'known as +AMDTPM, RSA 2048'
else
	skip "TPM manufacturers' roots" "no corpus here"
fi
expect "an anchor with its intermediate" 0 "${anchor[@]}" --add swtpm.pem \
	--name below --intermediate below.pem
expect "not with that of another" 1 "${anchor[@]}" --add other-root.pem \
	--name mixed --intermediate below.pem
says "mixed up" 'neither by this anchor nor by another'
expect "nor with two that issued each other" 1 "${anchor[@]}" --add root.pem \
	--name circle --intermediate circle-100.pem circle-200.pem
says "mixed up, too" 'intermediate 1 is issued neither'
expect "with one below another, told first" 0 "${anchor[@]}" --add swtpm.pem \
	--name deep --intermediate lowest.pem middle.pem
expect "a tenant that none can be" 2 "${anchor[@]}" --add root.pem \
	--name tenant --tenant Backend-A
says "is told" "a tenant's name has 1 to 64"
expect "what is no certificate" 1 "${anchor[@]}" --add pins --name none
expect "a name that is there" 1 "${anchor[@]}" --add root.pem --name own
expect "a name that is a place" 2 "${anchor[@]}" --add root.pem --name ..
expect "a note with an escape" 2 "$ctl" trust anchor --proposal scratch \
	--purpose tpm2-ak --add root.pem --name escape --note $'\033[2J'
says "is not printed as one" '^anchorctl trust anchor: --note has'
expect "officers are listed" 0 "$ctl" officer list p1
says "with fingerprints of ssh-keygen" \
	"$(ssh-keygen -lf security.pub | cut -d' ' -f2 | sed 's/[+]/[+]/g')"
expect "a review says that it cannot be applied" 1 "$ctl" trust review p1
says "who is missing" 'security +file +missing'
says "how many" '0 of 2 signatures, 2 more needed'
says "and what is new" '^\+ anchors "own"'

expect "an officer signs in the token" 0 "$ctl" trust approve p1 \
	--officer release "${card[@]}"
expect "one officer alone is refused" 1 "$ctl" trust apply p1 --no-token --chain "$chain"
says "for the quorum" 'trust-quorum-next'
expect "nothing was written" 1 test -e "$chain"
expect "the same officer twice is refused" 1 "$ctl" trust approve p1 \
	--officer release "${card[@]}"
says "since he has signed" 'has signed already'
sed 's/release/audit/' p1/signatures/release >p1/signatures/audit
expect "nor under another's name" 1 "$ctl" trust apply p1 --no-token --chain "$chain"
says "that does not count" 'the signature audit does not count'
rm p1/signatures/audit
expect "a token's key that is nobody's" 1 "$ctl" trust approve p1 \
	--officer release --module "$module" --pin-file pin \
	--uri "$(jq -r .uri other.json)"
expect "a stranger's signature" 1 approve security p1 stranger
sign security p1 another-namespace
expect "a signature for something else" 1 "$ctl" trust approve p1 \
	--officer security --signature sig
expect "not the text that was reviewed" 1 "$ctl" trust approve p1 \
	--officer security --signature sig --digest "$(printf '0%.0s' {1..64})"
expect "no change after a signature" 1 "$ctl" officer remove --proposal p1 \
	--name audit
says "a signed text stays as it is" 'propose anew'
expect "a second officer signs by ssh-keygen" 0 approve security p1
expect "the review says so" 0 "$ctl" trust review p1
says "signed" 'release +token +signed'
says "and missing" 'audit +file +missing'
expect "two of three are enough" 0 "$ctl" trust apply p1 --no-token --chain "$chain"
genesis=$(sha256sum <p1/bundle | cut -c1-64)
says "the genesis digest is told" "$genesis"
cp "$chain" chain-1
expect "applied twice is applied once" 0 "$ctl" trust apply p1 --no-token --chain "$chain"
expect "and changes nothing" 0 cmp "$chain" chain-1
expect "the chain is sound" 0 "$ctl" trust verify "$chain" --genesis "$genesis"
expect "not with another genesis" 1 "$ctl" trust verify "$chain" \
	--genesis "$(sha256sum <pins | cut -c1-64)"
says "for that reason" 'trust-genesis'
expect "not when it has expired" 1 "$ctl" trust verify "$chain" \
	--genesis "$genesis" --at 2099-01-01T00:00:00Z
says "for that reason, too" 'trust-expired'

# --- version 2: an officer's key is rotated, an anchor comes -----------------------

expect "version 2 is proposed" 0 "$ctl" trust propose --to p2 --chain "$chain"
expect "an officer goes" 0 "$ctl" officer remove --proposal p2 --name security
expect "and comes with another key" 0 "$ctl" officer add --proposal p2 \
	--name security --kind file --key security-2.pub
expect "an anchor more" 0 "$ctl" trust anchor --proposal p2 \
	--add other-root.pem --name other --purpose android-key \
	--note "made for this test"
cp -r p2 tampered
expect "the card signs" 0 "$ctl" trust approve p2 --officer release "${card[@]}"
cp p2/signatures/release release.sig
expect "the old key signs for version 1" 0 approve security p2
expect "a review wants the new key" 1 "$ctl" trust review p2 --chain "$chain"
says "one more" 'officers of version 2: 1 of 2 signatures, 1 more needed'
expect "the new key signs for version 2" 0 approve security p2 security-2
expect "both are kept" 0 test -e p2/signatures/security.new
expect "a review finds it good" 0 "$ctl" trust review p2 --chain "$chain"
says "against the chain that is known" 'has the same chain'

# What travels may be changed on the way.
cp release.sig tampered/signatures/release
sed -i 's/made for this test"/made for that test"/' tampered/bundle
expect "a text that was changed after a signature" 1 \
	"$ctl" trust apply tampered --no-token --chain "$chain"
says "does not have that signature" 'the signature release does not count'
cp -r p1 moved && cp p2/signatures/* moved/signatures/
expect "signatures of another proposal" 1 "$ctl" trust review moved
"$ctl" trust propose --to f1 --pins pins --device "token=0,$counter" >/dev/null
for officer in audit operations stranger; do
	"$ctl" officer add --proposal f1 --name $officer --kind file \
		--key $officer.pub >/dev/null 2>&1
done
approve operations f1 >/dev/null && approve stranger f1 >/dev/null &&
	"$ctl" trust apply f1 --no-token --chain foreign >/dev/null
cp -r p2 swapped && cp foreign swapped/chain
expect "a proposal with a foreign chain" 1 "$ctl" trust review swapped \
	--chain "$chain"
says "is told loudly" 'ANOTHER CHAIN'
expect "is refused by the foreign chain" 1 "$ctl" trust apply p2 --no-token --chain foreign
printf 'not a bundle\n' >tampered/bundle
expect "a text that is none" 1 "$ctl" trust review tampered
rm tampered/bundle && ln -s "$chain" tampered/bundle
expect "a link in a proposal is not followed" 3 "$ctl" trust review tampered
expect "the chain is as it was" 0 cmp "$chain" chain-1

# A kill leaves the old chain or the new one.
for delay in 0.005 0.01 0.02 0.03 0.05; do
	cp chain-1 killed
	{ timeout -s KILL $delay "$ctl" trust apply p2 --no-token --chain killed; } \
		>/dev/null 2>&1
	"$ctl" trust verify killed --genesis "$genesis" >/dev/null || bad=1
done
expect "a kill leaves a sound chain" 0 test -z "${bad:-}"
expect "version 2 is applied" 0 "$ctl" trust apply p2 --no-token --chain "$chain"

# --- version 3: a removal by the smaller quorum ---------------------------------------

expect "a removal is proposed" 0 "$ctl" trust propose --to p3 --chain "$chain" \
	--change removal
expect "it takes an anchor out" 0 "$ctl" trust anchor --proposal p3 --remove own
cp -r p3 greedy
expect "one officer signs it" 0 approve audit p3
expect "that is enough for a removal" 0 "$ctl" trust apply p3 --no-token --chain "$chain"
expect "a removal that adds" 0 "$ctl" trust anchor --proposal greedy \
	--add root.pem --name back --purpose tpm2-ek --note "a trick"
expect "is signed" 0 approve audit greedy
expect "and refused" 1 "$ctl" trust apply greedy --no-token --chain "$chain"
cp chain-1 older
expect "by the chain that it was made for, too" 1 "$ctl" trust review greedy
says "for its reason" 'trust-removal'
expect "an abandoned proposal" 1 "$ctl" trust review greedy --chain "$chain"
says "is told" 'ABANDONED'
expect "three versions" 0 test "$(bundles)" = 3

# What a chain cannot show: that it was cut off.
expect "an older chain that is put back is sound by itself" 0 \
	"$ctl" trust verify older --genesis "$genesis"
says "and says what it cannot show" 'no later version was cut off'
expect "who has a proposal that came later sees it" 1 \
	"$ctl" trust review p3 --chain older
says "by its chain" 'ANOTHER CHAIN'

# --- everything again with ssh-keygen alone ---------------------------------------------

expect "the text is shown byte for byte" 0 "$ctl" trust show "$chain" --number 2
cp out shown
expect "that is what was signed" 0 cmp shown p2/bundle
expect "an export" 0 "$ctl" trust export "$chain" --to export
expect "its own check passes" 0 sh export/CHECK
says "all of it" '^sound$'
expect "version 2's officers by version 1's keys" 0 ssh-keygen -Y verify \
	-f export/allowed_signers-1 -I security -n trust-bundle@anchord \
	-s export/bundle-2.security.sig <export/bundle-2
n=0
for officer in release security audit; do
	for sig in export/bundle-2.$officer.sig export/bundle-2.$officer.new.sig; do
		[ -e "$sig" ] && ssh-keygen -Y verify -f export/allowed_signers-2 \
			-I $officer -n trust-bundle@anchord -s "$sig" \
			<export/bundle-2 >/dev/null 2>&1 && n=$((n + 1))
	done
done
expect "a loop counts two officers of version 2" 0 test $n = 2
sed -i 's/own/owm/' export/bundle-1
expect "a changed export fails its check" 1 sh export/CHECK
expect "an export changes no directory that is there" 1 \
	"$ctl" trust export "$chain" --to export

closing
