#!/bin/bash
# Goal: every ceremony of provisioning/ceremonies is held on SoftHSM, as a rehearsal
# and for real, by the same words; its transcript, signed by all who were there and
# by the token, is sound for `ceremony verify` and for stock ssh-keygen; and one that
# stopped, was tampered with or lacks a signature is not.
. "$(dirname "$0")/by_hand.sh"
. provisioning/demo/ceremony.sh
plans=$ceremony_plans
policy=$PWD/provisioning/examples/policy.conf

# must COMMAND...: what a ceremony stands on.
must()
{
	"$@" >>"$scratch/prepared" 2>&1 && return
	failed=$((failed + 1))
	printf '  FAIL  %s\n' "$*"
	tail -5 "$scratch/prepared"
}

# on_terminal ANSWER COMMAND...: its standard input is a terminal.
on_terminal()
{
	local answer=$1
	shift
	echo "$answer" | script -qec "$(printf '%q ' "$@")" /dev/null
}

# --- a ceremony ------------------------------------------------------------------

site()
{
	ceremony_site "$@"
}

# hold NAME [NUMBER...]: types the numbers, or all of them.
hold()
{
	local name=$1
	shift
	[ $# -gt 0 ] || set -- $(seq 1 60)
	printf '%s\n' "$@" |
		"$ctl" ceremony run "$plans/$name.conf" --site "$name.site" \
			--transcript "$name.text" "${mode[@]}"
}

verify()
{
	"$ctl" ceremony verify "$1.text" --plan "$plans/$1.conf" \
		--signers "${2:-$scratch/signers}" "${expected[@]}"
}

# The token's key signs by $uri in $token.
sign_all()
{
	local role
	for role in $(ceremony_roles "$1"); do
		if [ "$role" = hsm ]; then
			"$ctl" ceremony sign "$1.text" --role hsm --uri "$uri" \
				--module "$module" --pin-file pin || return
		else
			ssh-keygen -q -Y sign -f "$scratch/$role" \
				-n ceremony@anchord <"$1.text" >signed &&
				"$ctl" ceremony sign "$1.text" --role "$role" \
					--signature signed || return
		fi
	done
}

# whole NAME: held, signed and sound.
whole()
{
	expect "$1 is held ($story)" 0 hold "$1"
	sign_and_judge "$1"
}

sign_and_judge()
{
	expect "it is signed by all" 0 sign_all "$1"
	expect "and is sound" 0 verify "$1"
	says "as what it is" "^sound: the ceremony $1$wanted"
}

module=$(softhsm_module)
if [ -z "$module" ] || ! command -v ssh-keygen >/dev/null; then
	skip_all "no SoftHSM or no ssh-keygen here"
fi
cd "$scratch" || exit 1
leaks_of libsofthsm2

# A key for each role of any plan, as one file for anchorctl and ssh-keygen.
for role in $(sed -n 's/^    role = "\(.*\)";/\1/p' "$plans"/*.conf | sort -u); do
	[ "$role" = hsm ] && continue
	ssh-keygen -q -t ed25519 -N '' -f "$role" -C "$role"
	printf '%s namespaces="ceremony@anchord" %s\n' "$role" \
		"$(cut -d' ' -f1,2 "$role.pub")" >>people
done
ssh-keygen -q -t ed25519 -N '' -f next
for root in root next-root; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout /dev/null -out $root.pem -days 3650 -subj "/CN=$root" \
		2>>prepared
done

# signer URI: the token's key joins those of the people.
signer()
{
	"$ctl" token public --uri "$uri" --module "$module" --format pem \
		--out hsm.pem >>"$scratch/prepared" 2>&1 &&
		printf 'hsm namespaces="ceremony@anchord" %s\n' \
			"$(ssh-keygen -i -m PKCS8 -f hsm.pem)" |
		cat "$scratch/people" - >"$scratch/signers"
}

# --- all of them, in a directory of its own ----------------------------------------

begin()
{
	mkdir "$scratch/$story" && cd "$scratch/$story" || exit 1
	softhsm_tokens "$PWD"
	(umask 077 && echo Tau-6283185307 >pin && echo 31415926 >so)
	service=(module="$module" token=service pin-file=pin)
}

provision()
{
	site first-provisioning "${service[@]}" so-pin-file=so pins=pins \
		name=token node=1 profile=rehearsal
	expect "a ceremony stops when nobody confirms ($story)" 1 \
		hold first-provisioning 1 2 4
	says "and says where" 'stopped before step 3'
	local left
	left=$(sha256sum <first-provisioning.text | cut -c1-64)
	says "and behind which text" "^  transcript +$left"
	expect "nobody signs what has not ended" 1 sign_all first-provisioning
	mv so away
	expect "a step that fails stops it" 3 hold first-provisioning 3 4 5
	says "after the text that was left" "^  transcript +$left"
	says "and says which" 'step 4 failed'
	mv away so
	expect "the same command goes on" 1 hold first-provisioning $(seq 4 6)
	says "behind the last good step" 'going on before step 4'
	cp first-provisioning.text smuggled
	cp -r tokens honest
	must "$ctl" token keygen --module "$module" --token service \
		--pin-file pin --label x --id 02 --handle-label '' --pins other
	expect "a key is made beside the steps" 0 hold first-provisioning 7 8 9
	uri=$(sed -n 's/^|   uri = "\(.*\)";/\1/p' first-provisioning.text)
	must signer
	must sign_all first-provisioning
	must grep -q "$(sed -n 's/.*public_sha256 = "\(.*\)";/\1/p' other)" \
		first-provisioning.text
	expect "that an audit shows it is no excuse" 1 verify first-provisioning
	says "for whoever made it" 'is new, and no step made it'
	rm -r tokens first-provisioning.text*
	mv honest tokens
	mv smuggled first-provisioning.text
	expect "without it" 0 hold first-provisioning 7 8 9
	uri=$(sed -n 's/^|   uri = "\(.*\)";/\1/p' first-provisioning.text)
	must signer
	expect "it goes on no more when it has ended" 1 hold first-provisioning
	sign_and_judge first-provisioning
	says "with the failure in it" '1 of them of steps that failed first'
	officers
}

# A token for each of three officers; their keys' URIs are in card_uri.
officers()
{
	local i
	card_uri=()
	for i in 1 2 3; do
		must "$ctl" token init --module "$module" --label card-$i \
			--so-pin-file so --pin-file pin
		must "$ctl" token keygen --module "$module" --token card-$i \
			--pin-file pin --label officer --id 0$i \
			--handle-label '' --pins card-$i.pins
		card_uri[i]=$(sed -n 's/.*uri = "\(.*\)";/\1/p' card-$i.pins)
	done
}

# configure FILE TRUST [TOKEN]: what verbs read of a configuration.
configure()
{
	local token=${3:-"module = \"$module\"; uri = \"$uri\";"}
	cat >"$1" <<-END
	instance = { issuer = "https://anchord.test"; node = 1; };
	token = { $token
	          pin_file = "$PWD/pin"; state = "$PWD/state"; };
	trust = { $2 };
	tls = { certificate = "/none"; key = "/none"; client_ca = "/none"; };
	ledger = { directory = "/none"; };
	service = { state_directory = "/none"; };
	policy = { file = "/none"; };
	clients = ( { san = "DNS:a"; roles = [ "monitor" ]; } );
	END
}

first_chain()
{
	local cards=() i serial row
	serial=$(sed 's/.*serial=\([^;]*\).*/\1/' <<<"$uri")
	row="token=0,pkcs11:serial=$serial;object=anchord-trust-counter"
	for i in 1 2 3; do
		cards+=(officer-$i=officer-$i uri-$i="${card_uri[i]}"
			officer-token-$i=card-$i officer-pin-file-$i=pin)
	done
	configure governed "pins = \"$PWD/pins\";"
	site first-bundle "${service[@]}" "${cards[@]}" config=governed name=token \
		profile=rehearsal so-pin-file=so officer-module="$module" \
		pins=pins policy="$policy" device="$row" proposal=p1 chain=chain \
		revocations-from=2026-01-01T00:00:00Z \
		certificate="$scratch/next-root.pem" anchor=first purpose=tpm2-ek \
		note='made for this test, compared by nobody'
	expect "the first bundle is proposed ($story)" 1 \
		hold first-bundle $(seq 15)
	says "by the row of the token's counter" "^$row\$"
	says "and stops before somebody signs" 'stopped before step 16'
	expect "who is asked to sign" 1 on_terminal no "$ctl" trust \
		approve p1 --officer officer-1 --uri "${card_uri[1]}" \
		--module "$module" --pin-file pin
	genesis=$(sha256sum <p1/bundle | cut -c1-64)
	says "is told what" "Sign version 1, SHA-256 $genesis, as officer-1"
	expect "two officers sign" 1 hold first-bundle 16 17 18
	says "and all hear the digest" "$genesis"
	expect "nothing is applied before it is written down" 1 \
		hold first-bundle 19 20
	says "in the configuration" 'the configuration has no officers'
	configure governed "governance = \"officers\"; bundle = \"$PWD/chain\";
		genesis_sha256 = \"$genesis\";"
	expect "then it is" 0 hold first-bundle $(seq 20 24)
	sign_and_judge first-bundle
	expect "the text that all signed has the genesis digest" 0 \
		grep "^| .*$genesis" first-bundle.text
	signing=(chain=chain config=governed name=token
		officer-1=officer-1 officer-2=officer-2
		uri-1="${card_uri[1]}" uri-2="${card_uri[2]}"
		officer-module="$module" officer-pin-file-1=pin
		officer-pin-file-2=pin)
}

trust()
{
	site add-anchor "${service[@]}" "${signing[@]}" so-pin-file=so proposal=p2 \
		certificate="$scratch/root.pem" anchor=own purpose=tpm2-ek \
		note='made for this test, compared by nobody'
	whole add-anchor
	site lose-officer "${service[@]}" "${signing[@]}" so-pin-file=so proposal=p3 \
		lost-officer=officer-3 new-officer=audit-2 new-kind=file \
		new-key="$scratch/next.pub"
	whole lose-officer
	expect "both are in the chain" 0 "$ctl" officer list chain
	says "the new officer" '^ *audit-2'
	site rotate-key-officers "${service[@]}" "${signing[@]}" proposal=p4 \
		next-pins=next-pins lead=3600 profile=rehearsal
	whole rotate-key-officers
	expect "the next key is in the chain" 0 "$ctl" trust show chain --pins
	same "beside the one that signs" 2 "$(grep -c 'kid = ' "$scratch/out")"
	expect "a file that is there is not written anew" 1 "$ctl" trust show \
		chain --pins --out next-pins
	says "which is said" 'next-pins is there already'
}

tokens()
{
	configure conf "pins = \"$PWD/pins\";"
	site restore-backup "${service[@]}" pins=pins uri="$uri" config=conf \
		name=token profile=rehearsal
	must cp -r tokens backup
	expect "the token is lost ($story)" 0 rm -r tokens
	must mkdir tokens
	expect "then nothing can be restored" 3 hold restore-backup 1 2 3
	must rm -r tokens
	must cp -r backup tokens
	must rm restore-backup.text
	whole restore-backup
	site rotate-key "${service[@]}" pins=pins config=conf name=token \
		profile=rehearsal
	whole rotate-key
	site replace-token "${service[@]}" pins=pins new-module="$module" \
		new-token=new new-so-pin-file=so new-pin-file=pin new-name=new \
		new-node=2 profile=rehearsal
	whole replace-token
	site decommission "${service[@]}" pins=pins
	expect "what is not erased ($story)" 0 hold decommission
	must sign_all decommission
	expect "is not gone" 1 verify decommission
	says "which is said" 'is still there, and the plan says that keys go'
	rm decommission.text*
	expect "decommissioning waits" 1 hold decommission 1 2 3 4
	must softhsm2-util --module "$module" --delete-token --token service
	expect "until the token is erased" 0 hold decommission 5 6 7
	sign_and_judge decommission
	says "a transcript was of it" '^sound'
	must grep -q "^| no token 'service'" decommission.text
}

# The inventories are in the first and the last entry.
owned_since_then()
{
	grep '^| ownership: ' "$1" | sed 's/;.*//' | sed -n '1p;$p' | diff - <(
		echo '| ownership: owner authorisation empty, lockout authorisation empty, TPM2_Clear enabled'
		echo '| ownership: owner authorisation set, lockout authorisation set, TPM2_Clear disabled'
	)
}

# What the TPM attested at the end, in a transcript that says something else of an
# earlier step, has its chain made anew, and is signed by all.
attested_elsewhere()
{
	local status
	mkdir elsewhere
	python3 -c "$rechain" <first-provisioning-tpm.text \
		>elsewhere/first-provisioning-tpm.text
	cd elsewhere || return 9
	sign_all first-provisioning-tpm >/dev/null && verify first-provisioning-tpm
	status=$?
	cd ..
	return $status
}
rechain='
import hashlib, re, sys
head, *entries = re.split(r"(?m)^(?=entry \d+$)", sys.stdin.read())
entries[4] = entries[4].replace(" serial ", " serial 0", 1)
previous = "0" * 64
for i, entry in enumerate(entries):
    entries[i] = re.sub(r"(?m)^previous \w+", "previous " + previous, entry, count=1)
    previous = hashlib.sha256(entries[i].encode()).hexdigest()
print(head + "".join(entries), end="")
'

# A TPM has no role that signs; what is in it is in the inventory.
tpm()
{
	if ! [ -x /usr/bin/swtpm ]; then
		skip "no swtpm here"
		return
	fi
	swtpm_start "$PWD"
	(umask 077 && echo Owner-2718281828 >owner && echo Lockout-1414213562 >lockout)
	site first-provisioning-tpm tpm="tpm2:swtpm:path=$PWD/sock" pin-file=pin \
		owner-file=owner lockout-file=lockout pins=tpm.pins name=tpm \
		node=1 config=tpm.conf profile=rehearsal
	expect "a TPM is provisioned ($story)" 1 \
		hold first-provisioning-tpm $(seq 1 7)
	configure tpm.conf "pins = \"$PWD/tpm.pins\";" "name = \"tpm\";
		$(sed -n 's/^|   \(uri = ".*";\)/\1/p' first-provisioning-tpm.text)"
	expect "and goes on by its settings" 0 \
		hold first-provisioning-tpm $(seq 8 11)
	sign_and_judge first-provisioning-tpm
	must grep -q '^| token .* software$' first-provisioning-tpm.text
	expect "whose it was before and afterwards is in the transcript" 0 \
		owned_since_then first-provisioning-tpm.text
	expect "the TPM attests key and counter" 0 verify first-provisioning-tpm
	says "which is shown" 'keys?, trust counter [0-9]+$'
	expect "not in a transcript of another time" 1 attested_elsewhere
	says "since it signs the chain" 'attestation of token 1: attest: over another nonce'
	expect "without the owner nothing more is made" 1 "$ctl" token keygen \
		--uri "tpm2:swtpm:path=$PWD/sock?key=0x81018020" --pin-file pin
	says "whose authorisation it is" "the TPM's owner"
	kill $swtpm
	wait $swtpm
	swtpm=
}

for story in rehearsal real; do
	mode=() expected=() wanted='$'
	[ $story = real ] || mode=(--rehearse) expected=(--rehearsal) wanted=', a REHEARSAL'
	begin
	provision
	first_chain
	trust
	tokens
	tpm
done

# --- what is not sound ---------------------------------------------------------------

cd "$scratch/real" || exit 1
same_words()
{
	diff <(grep ^does "$scratch/rehearsal/$1.text") \
		<(grep ^does "$scratch/real/$1.text")
}
expect "a rehearsal has the same words" 0 same_words first-provisioning
expected=(--rehearsal)
expect "but is another thing" 1 verify first-provisioning
says "and is told apart" 'this is no rehearsal'
expected=()
expect "stock ssh-keygen verifies a person" 0 ssh-keygen -Y verify \
	-f "$scratch/signers" -I witness -n ceremony@anchord \
	-s first-provisioning.text.witness.sig <first-provisioning.text
expect "and the token" 0 ssh-keygen -Y verify -f "$scratch/signers" -I hsm \
	-n ceremony@anchord -s first-provisioning.text.hsm.sig \
	<first-provisioning.text
cp first-provisioning.text kept
sed -i 's/rehearsal false/rehearsal true /' first-provisioning.text
expect "one that was changed is not sound" 1 verify first-provisioning
cp kept first-provisioning.text
mv first-provisioning.text.witness.sig witness.sig
expect "nor one without a signature" 1 verify first-provisioning
says "which is named" 'witness was present and has not signed'
grep -v ^witness "$scratch/signers" >fewer
expect "nor one of somebody unknown" 1 verify first-provisioning "$PWD/fewer"
says "who is named" 'no key is known of witness'
mkfifo pipe.text
expect "nothing waits for a pipe" 3 timeout 20 "$ctl" ceremony verify pipe.text \
	--plan "$plans/first-provisioning.conf" --signers "$scratch/signers"
ln -s first-provisioning.text link.text
expect "nor is a link followed" 3 "$ctl" ceremony verify link.text \
	--plan "$plans/first-provisioning.conf" --signers "$scratch/signers"
mkfifo first-provisioning.text.officer-1.sig
expect "of another plan's roles nothing is read" 1 timeout 20 "$ctl" ceremony \
	verify first-provisioning.text --plan "$plans/first-provisioning.conf" \
	--signers "$scratch/signers"
says "but of its own" 'witness was present and has not signed'
rm first-provisioning.text.officer-1.sig
cp first-provisioning.text.operator.sig first-provisioning.text.witness.sig
expect "nor with that of another" 1 verify first-provisioning
mv witness.sig first-provisioning.text.witness.sig
expect "who signs twice" 1 "$ctl" ceremony sign first-provisioning.text \
	--role witness --signature first-provisioning.text.witness.sig
says "is told what to do" 'witness.sig is there already: remove it first'
expect "or was not there" 1 "$ctl" ceremony sign first-provisioning.text \
	--role stranger --signature first-provisioning.text.witness.sig
says "is told so" 'stranger was not present'
expect "and it is sound again" 0 verify first-provisioning
sed 's/token list --module/token list --serial 0 --module/' \
	"$plans/first-provisioning.conf" >other.conf
expect "another plan is not its plan" 1 "$ctl" ceremony verify \
	first-provisioning.text --plan other.conf --signers "$scratch/signers"

site first-provisioning module="$module" token=another pin-file=pin \
	so-pin-file=so pins=pins name=token node=1
expect "a site without a value" 1 hold first-provisioning
says "is told which" 'no value for .{profile}'
site first-provisioning module="$module" token=another pin-file=pin \
	so-pin-file=so pins=pins name=token node=1 profile=rehearsal
expect "a transcript of another site does not go on" 1 hold first-provisioning
says "since it began otherwise" 'it began with another plan, program, site'

# A device that is not known to be software is no place for a rehearsal.
shim=$build/test/anchord-shim.so
if [ -r "$shim" ]; then
	export ANCHORD_SHIM_MODULE=$module ANCHORD_SHIM_MAKER=Acme \
		ANCHORD_SHIM_MODEL='Vault 3'
	site first-provisioning module="$shim" token=another pin-file=pin \
		so-pin-file=so pins=pins name=token node=1 profile=rehearsal
	rm first-provisioning.text
	mode=(--rehearse)
	expect "no rehearsal with what may be hardware" 1 hold first-provisioning
	says "is held" 'not known to be software'
	expect "nor begun" 1 test -e first-provisioning.text
	sed "/officer-module/{n;s|$module|$shim|}" first-bundle.site >officers.site
	cp officers.site first-bundle.site
	rm first-bundle.text
	expect "nor with officers' tokens that may be" 1 hold first-bundle
	says "is one held" 'not known to be software'
	unset ANCHORD_SHIM_MODULE ANCHORD_SHIM_MAKER ANCHORD_SHIM_MODEL
else
	skip "no shim here"
fi

cd "$top" || exit 1
closing
