#!/bin/bash
# Goal: `anchorctl trust apply` brings tokens to a version: certificates, genesis,
# head and counter; what does not fit is refused before anything is written; killed
# at each step it leaves the version before or the new one, with which the real
# service starts, and the same again finishes it.
. "$(dirname "$0")/lib.sh"
. "$demo_root/provisioning/demo/officers.sh"
ulimit -c 0
# The shim kills by SIGSEGV; a sanitizer would make an exit status of that.
export ASAN_OPTIONS=handle_segv=0
demo_begin "$scenario"
scratch=$dir
port=$(free_port)
pcr_0=$(printf '0%.0s' {1..64}) pcr_7=$pcr_0 # no device asks here
shim=$demo_devices/anchord-shim.so

# What the token has, as one line: certificates, genesis, head, counter.
token_has()
{
	anchorctl token trust --module "$softhsm_module" --token anchord-demo \
		--pin-file pin --json | jq -r '[(.certificates | length),
		(.genesis | length), (.head.version // "-"),
		(.counter // "-")] | join(" ")'
}

# audit [PROFILE [CONF]]: the codes of its findings about trust, sorted, each once.
audit()
{
	anchorctl token audit --config "${2:-anchord.conf}" \
		--profile "${1:-rehearsal}" --pin-file pin --json >audit.json 2>err
	jq -r '[.findings[].code | select(test("^(trust|governance)-")) |
		select(. != "trust-objects")] | unique | join(" ")' audit.json
}

# severity CODE: of that finding of the last audit.
severity()
{
	jq -r --arg c "$1" 'first(.findings[] | select(.code == $c)).severity' audit.json
}

# crash_at CALL NTH DIR: apply dies in the NTH call of that PKCS#11 function.
crash_at()
{
	sed "s|$softhsm_module|$shim|
		s|environment = \[|&\"ANCHORD_SHIM_MODULE=$softhsm_module\", \"ANCHORD_SHIM_SCRIPT=$1 $2 crash\", |" \
		anchord.conf >crash.conf
	{ anchorctl trust apply "$3" --config crash.conf --so-pin-file so-pin \
		--pin-file pin; } >out 2>&1
}

# The real service starts with what is there: ready is "yes", or its reasons.
starts_with()
{
	: >service.log
	service_start
	if wait_for 200 15; then
		ready=yes
	else
		ready="$http_status $(jq -c . http.json 2>/dev/null)"
	fi
	service_stop
	started=$(sed -n 's/.*event=trust-in-force version=\([0-9]*\).*/\1/p' \
		service.log | tail -n 1)
}

{
	make_certificates && token_prepare && token_init && token_keygen &&
		token_facts && write_policy && officers_make
	make_ca swtpm-localca && make_ca ca-b
} >prepared 2>&1 || {
	sed 's/^/  | /' prepared
	bad "preparation" "see above"
	finish
}
write_config

# --- the first version ------------------------------------------------------------

expect "a device's row" 0 anchorctl trust device --config anchord.conf --pin-file pin
row=$(cat out)
serial=$(sed 's/.*serial=\([^;]*\).*/\1/' <<<"$token_uri")
same "names its counter" "token=0,pkcs11:serial=$serial;object=anchord-trust-counter" "$row"
same "which is in the token" "0 0 - 0" "$(token_has)"
expect "version 1 is proposed" 0 officers_found p1 "$row"
for key in 1 2 3; do
	ssh-keygen -q -t ed25519 -N '' -f sealed-$key
	anchorctl officer add --proposal p1 --recovery --name sealed-$key --wait-days 30 \
		--kind file --key sealed-$key.pub >/dev/null 2>&1
done
expect "with an anchor" 0 anchorctl trust anchor --proposal p1 --add swtpm-localca.pem \
	--name a --purpose tpm2-ek --note "made for this test"
officer_signs release p1 >/dev/null
officer_signs audit p1 >/dev/null
genesis=$(sha256sum <p1/bundle | cut -c1-64)

expect "no tokens without officers" 1 apply p1
says "in the configuration" 'has no officers'
same "which an audit tells" "governance-none" "$(audit)"
audit production >/dev/null
same "and production refuses" error "$(severity governance-none)"
govern "$(printf '0%.0s' {1..64})"
expect "no other genesis" 1 apply p1
says "is told" 'trust.genesis_sha256 is not'
govern "$genesis"
expect "neither tokens nor none" 2 anchorctl trust apply p1 --chain chain
expect "no other chain file" 1 apply p1 --chain other
expect "without the security officer" 1 anchorctl trust apply p1 \
	--config anchord.conf --pin-file pin
says "no certificate is made" 'give --so-pin-file'
mv p1/certificates p1-certificates
expect "without its certificate" 1 apply p1
says "by name" 'of anchor a is missing'
mkdir p1/certificates && cp server.pem "p1/certificates/$(ls p1-certificates)"
expect "nor with another in its place" 1 apply p1
rm -r p1/certificates && mv p1-certificates p1/certificates
sed 's/^token: {/& name = "other";/' anchord.conf >other.conf
expect "not for a device that it does not name" 1 anchorctl trust apply p1 \
	--config other.conf --pin-file pin --so-pin-file so-pin
says "is told" 'does not name this device'
same "nothing of all this was written" "0 0 - 0 none" \
	"$(token_has) $(ls chain 2>/dev/null || echo none)"

# A chain of its own that names a root whose private key everybody has.
aosp=d5100c7942ef2e8310dc30ef82729680cf48d690735c3f68179a33c7c370f286
officers_found soft "$row" >/dev/null
anchorctl trust anchor --proposal soft --add ca-b.pem --name aosp \
	--purpose android-key --note "made for this test" >/dev/null
sed -i "s/spki = \".*\"/spki = \"$aosp\"/" soft/bundle
officer_signs release soft >/dev/null
officer_signs audit soft >/dev/null
expect "a chain file alone" 0 anchorctl trust apply soft --no-token --chain soft-chain
sed "s|bundle = \"[^\"]*\"|bundle = \"$dir/soft-chain\"|
	s/$genesis/$(sha256sum <soft/bundle | cut -c1-64)/" anchord.conf >soft.conf
audit production soft.conf >/dev/null
same "production refuses a root of software" error "$(severity trust-software-root)"

keep begin
for at in "C_CreateObject 1" "C_CreateObject 2" "C_Login 4" "C_CreateObject 3" \
	"C_CreateObject 4"; do
	take_back begin
	crash_at $at p1
	same "killed at $at" "139" "$?"
	[ ! -e chain ] || holds "a chain is sound" anchorctl trust verify chain \
		--genesis "$genesis"
	expect "the same again" 0 apply p1
	same "finishes it" "1 1 1 1" "$(token_has)"
done
same "an audit knows a simulator by its name" trust-simulator-root "$(audit production)"
same "which is a warning" warning "$(severity trust-simulator-root)"
same "and says which bundle it is" "officers 1 $genesis" "$(jq -r \
	'.configuration | "\(.governance) \(.pins_version) \(.bundle_sha256)"' audit.json)"
govern "$(printf '1%.0s' {1..64})"
same "nor a chain of another genesis" "trust-chain" "$(audit)"
govern "$genesis"
sed -i 's/^token: {/& name = "other";/' anchord.conf
same "a token without a row" "trust-device trust-simulator-root" "$(audit)"
sed -i 's/^token: { name = "other";/token: {/' anchord.conf
expect "and once more" 0 apply p1
says "changes nothing" 'applied already'
same "at the token" "1 1 1 1" "$(token_has)"
starts_with
same "the service starts with it" "yes 1" "$ready $started"

expect "a check finds no fault" 0 anchord --check --config anchord.conf
cp anchord.conf checked.conf
govern "$(printf '2%.0s' {1..64})"
rm -r supervisor && mkdir supervisor
expect "with another genesis it does" 78 anchord --check --config anchord.conf
says "which it tells" 'trust.bundle: trust-genesis'
mv checked.conf anchord.conf

# --- the next: one anchor comes, another one goes -----------------------------------

expect "version 2 is proposed" 0 anchorctl trust propose --to p2 --chain chain
anchorctl trust anchor --proposal p2 --add ca-b.pem --name b --purpose tpm2-ek \
	--note "made for this test" >/dev/null
anchorctl trust anchor --proposal p2 --remove a >/dev/null
cp -r p2 p2-other
officer_signs release p2 >/dev/null
officer_signs security p2 >/dev/null
keep one

# A service with a full state directory: it does not take version 2, and serves on.
starts_with
same "the service has version 1" "yes 1" "$ready $started"
mkdir supervisor/trust-chain.new
expect "version 2 is applied" 0 apply p2
says "but not to a service that has version 1" 'head and counter stay'
same "nor to the token" "2 1 1 1" "$(token_has)"
starts_with
same "the service can not take it, and starts" "yes " "$ready $started"
expect "applied again" 1 apply p2
says "it still waits" 'does not have version 2 in force yet'
same "with the token" "2 1 1 1" "$(token_has)"
rmdir supervisor/trust-chain.new
starts_with
same "the service takes it" "yes 2" "$ready $started"
mv supervisor/trust-chain taken && echo spoiled >supervisor/trust-chain
expect "what is no chain has no version" 1 apply p2
says "which is told" 'trust-chain is not a chain file'
mv taken supervisor/trust-chain
expect "applied again, it is finished" 0 apply p2
same "at the token, too" "2 1 2 2" "$(token_has)"

# Before the chain file: version 1; from there on version 2.  The service starts
# after each of them with ANCHORD_TEST_ALL=1.
for at in "C_CreateObject 1 1" "C_Login 3 2" "C_CreateObject 2 2" \
	"C_DestroyObject 1 2" "C_CreateObject 3 2" "C_DestroyObject 3 2"; do
	take_back one
	crash_at ${at% *} p2
	same "killed at ${at% *}" "139" "$?"
	case "${ANCHORD_TEST_ALL:-}:$at" in
	1:* | *"C_CreateObject 1 "* | *Login* | *"C_CreateObject 3 "*)
		starts_with
		same "the service starts" "yes ${at##* }" "$ready ${started:-1}"
		;;
	esac
	case $at in
	*"C_CreateObject 3 "*)
		same "an audit tells that it is behind" \
			"trust-behind trust-extra" "$(audit)"
		;;
	esac
	again=()
	[ "${at##* }" = 2 ] || again=(--in-force) # the service had version 1
	expect "the same again" 0 apply p2 "${again[@]}"
	same "finishes it" "2 1 2 2" "$(token_has)"
done
says "what is not destroyable stays" 'named no longer, so it does not count'

# --- back ------------------------------------------------------------------------------

sed -i 's/made for this test/made for that test/' p2-other/bundle
officer_signs release p2-other >/dev/null
officer_signs audit p2-other >/dev/null
cp kept-one/chain chain
expect "an older chain, put back" 1 apply p2-other
says "is not continued" 'its head is version 2'
cp kept-one/chain chain
same "an audit tells by head and counter" \
	"trust-extra trust-head trust-rollback trust-simulator-root" "$(audit)"
expect "by nobody who was there" 1 apply p1
says "is told" 'not of this chain'
expect "but the version itself is" 0 apply p2

# A new token in the place of the old one.
take_back begin && cp kept-one/chain chain
same "an audit finds a new token empty" \
	"trust-behind trust-certificate-missing trust-genesis-missing trust-head-missing" \
	"$(audit)"
expect "a new token is brought to the version" 0 apply p2 --certificates ca-b.pem
same "without what is named no longer" "1 1 2 2" "$(token_has)"

# --- a key is rotated ---------------------------------------------------------------------

expect "a key is not ordered past the officers" 2 anchorctl token rotate \
	--config anchord.conf --pin-file pin
says "who take a pins file" 'trust show --pins'
expect "they get one of the bundle" 0 anchorctl trust show chain --pins
cp out next-pins
same "with its version" "version = 2;" "$(grep version next-pins)"
expect "the next key is made" 0 anchorctl token rotate --config anchord.conf \
	--pin-file pin --pins next-pins --lead 3600
expect "and proposed" 0 anchorctl trust propose --to pk --chain chain --pins next-pins
officer_signs release pk >/dev/null && officer_signs audit pk >/dev/null
expect "and comes into force when they have signed" 0 apply pk
same "with both keys" 2 "$(anchorctl trust show chain | grep -c 'kid = ')"
starts_with
same "with which the service starts" "yes 3" "$ready $started"

# --- all recovery keys are replaced -------------------------------------------------------

expect "other recovery keys are proposed" 0 anchorctl trust propose --to p-keys --chain chain
for key in 1 2 3; do
	anchorctl officer remove --proposal p-keys --recovery --name sealed-$key >/dev/null
done
expect "one after the other" 0 anchorctl officer add --proposal p-keys --recovery \
	--name sealed-3 --kind file --key sealed-3.pub
same "the waiting time stays" "wait_days = 30;" \
	"$(grep -o 'wait_days = [0-9]*;' p-keys/bundle)"

# --- a recovery: the service alone knows when it has waited -----------------------------

cp -a chain chain-2
expect "a recovery is proposed" 0 anchorctl trust propose --to p3 --chain chain \
	--change recovery
ssh-keygen -q -t ed25519 -N '' -f newcomer
anchorctl officer add --proposal p3 --name newcomer --kind file \
	--key newcomer.pub >/dev/null 2>&1
for key in 1 2; do
	ssh-keygen -q -Y sign -f sealed-$key -n trust-bundle@anchord \
		<p3/bundle >sig 2>/dev/null
	anchorctl trust approve p3 --officer sealed-$key --signature sig >/dev/null
done
expect "it is applied" 0 apply p3
says "to the chain file" 'head and counter stay'
same "not to the token" "1 1 3 3" "$(token_has)"
expect "applied again" 1 apply p3
same "it still waits" "1 1 3 3" "$(token_has)"
cp -a chain chain-4
expect "until the service has it in force" 0 apply p3 --in-force
same "then the token has it" "1 1 4 4" "$(token_has)"

# The chain file is ahead of the service, with a recovery that waits.
take_back one && cp chain-2 chain
mkdir supervisor/trust-chain
expect "what the service keeps cannot be read" 1 apply p2 --certificates ca-b.pem
says "so nobody knows what is in force" 'head and counter stay: only the service knows'
same "and nothing moves" "1 1 1 1" "$(token_has | sed 's/^2/1/')"
rmdir supervisor/trust-chain && cp chain-4 chain
expect "who says that version 2 is in force" 0 apply p2 --in-force --certificates ca-b.pem
says "says it of that one alone" 'go no further than version 2'
same "not of the recovery behind it" "2 1 2 2" "$(token_has)"
cp chain-2 supervisor/trust-chain
expect "the service has version 3" 0 apply pk
same "which head and counter follow" "2 1 3 3" "$(token_has)"
take_back one && cp kept-one/chain chain && cp chain-2 supervisor/trust-chain
expect "a version 2 of others, beside that of the service" 1 apply p2-other --in-force
says "is told before anything is written" "another version 2 in force"

# --- the base never goes back ------------------------------------------------------------

take_back begin && rm -rf chain supervisor
officers_found b1 "token=10,${row#*,}" >/dev/null
officer_signs release b1 >/dev/null && officer_signs audit b1 >/dev/null
govern "$(sha256sum <b1/bundle | cut -c1-64)"
expect "a chain with another base" 0 apply b1
expect "a lower base" 0 anchorctl trust propose --to b-low --chain chain \
	--device "token=9,${row#*,}"
officer_signs release b-low >/dev/null && officer_signs audit b-low >/dev/null
expect "is refused" 1 apply b-low
says "since the versions before could come back" 'trust-devices'
for n in 2 3 4; do
	anchorctl trust propose --to b$n --chain chain >/dev/null
	officer_signs release b$n >/dev/null && officer_signs audit b$n >/dev/null
	anchorctl trust apply b$n --no-token --chain chain >/dev/null
done
crash_at C_CreateObject 2 b4
same "killed between head and counter" "0 1 4 11" "$(token_has)"
same "the base is that of the chain" "token=10,${row#*,}" \
	"$(anchorctl trust device --config anchord.conf --pin-file pin)"

# --- a TPM beside the token ---------------------------------------------------------------

if ! command -v swtpm >/dev/null || ! command -v tpm2_changeauth >/dev/null; then
	skip "a TPM beside the token" "no swtpm or no tpm2-tools"
	finish
fi
take_back begin && tpm_start
beside=$(anchorctl token keygen --uri "tpm2:swtpm:path=$dir/tpm/socket" --beside \
	--pin-file pin | sed -n 's/.*companion_tpm = "\(.*\)";/\1/p')
sed -i "s|^token: {|& companion_tpm = \"${beside//&/\\&}\";|" anchord.conf
tpm_has()
{
	anchorctl token trust --uri "$beside" --json |
		jq -r '"\(.head.version // "-") \(.counter // "-")"'
}
expect "its counter is made" 0 anchorctl trust device --config anchord.conf --pin-file pin
row=$(cat out)
base=$(sed 's/^token=\([0-9]*\),.*/\1/' out)
says "which a TPM's key names" \
	'^token=[0-9]*,tpm2:trust-counter=0x01818100;trust-head=0x01818101,[0-9a-f]{64}$'
same "and is the device's base" "- $base" "$(tpm_has)"
officers_found t1 "$row" >/dev/null
for officer in release audit; do
	officer_signs $officer t1 >/dev/null
done
govern "$(sha256sum <t1/bundle | cut -c1-64)"
tpm2_changeauth -c owner owner-key
expect "not without the owner" 1 apply t1
says "whose authorisation it is" 'owner'
(umask 077 && printf owner-key >owner)
expect "the same with the owner" 0 apply t1 --owner-file owner
same "the TPM has head and counter" "1 $((base + 1))" "$(tpm_has)"
same "the token has the genesis alone" "0 1 - 0" "$(token_has)"
# Root names another index in the same TPM, whose counter is a fresh one.
sed 's/?/?trust-counter=0x01818110\&/' anchord.conf >other.conf
cmp -s anchord.conf other.conf && bad "another index is named" "$(grep companion other.conf)"
expect "another counter of the TPM" 1 anchorctl trust apply t1 --config other.conf \
	--pin-file pin --owner-file owner
says "is not the one that the bundle names" \
	'tpm2:trust-counter=0x01818110;trust-head=0x01818101 of this TPM, which the bundle does not name'
officers_found t2 "token=0,${row#*,}" >/dev/null # another chain: the counter never goes back
officer_signs release t2 >/dev/null && officer_signs audit t2 >/dev/null
govern "$(sha256sum <t2/bundle | cut -c1-64)"
mv chain chain-t1
expect "another chain" 1 apply t2 --owner-file owner
says "has another head" 'its head is version 1, which is not of this chain'
same "nothing was written" "none 1 $((base + 1))" \
	"$(ls chain 2>/dev/null || echo none) $(tpm_has)"

# The owner removes the counter: another one begins above all that the TPM ever had.
cp chain-t1 chain
govern "$(sha256sum <t1/bundle | cut -c1-64)"
anchorctl trust propose --to t3 --chain chain >/dev/null
officer_signs release t3 >/dev/null && officer_signs audit t3 >/dev/null
tpm2_nvundefine -C o -P owner-key 0x01818100 >/dev/null
expect "without its counter" 1 apply t3 --owner-file owner
says "nothing is applied" 'it has no counter: trust device makes it'
same "and nothing was written" "same 1 -" \
	"$(cmp -s chain chain-t1 && echo same) $(tpm_has)"
finish
