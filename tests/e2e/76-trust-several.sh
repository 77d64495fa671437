#!/bin/bash
# Goal: `anchorctl trust apply` and the audit work with several devices, each in an
# environment of its own, with certificates that lie in a file, and with a TPM alone.
. "$(dirname "$0")/lib.sh"
. "$demo_root/provisioning/demo/officers.sh"
demo_begin "$scenario"
scratch=$dir
port=$(free_port)
pcr_0=$(printf '0%.0s' {1..64}) pcr_7=$pcr_0 # no device asks here

# has NAME: certificates, genesis, head, counter of that SoftHSM token.
has()
{
	SOFTHSM2_CONF=$dir/$1/softhsm2.conf anchorctl token trust \
		--module "$softhsm_module" --token "$1" --pin-file pin --json |
		jq -r '[(.certificates | length), (.genesis | length),
			(.head.version // "-"), (.counter // "-")] | join(" ")'
}

# audit NAME...: the codes of findings about trust, each once.  The report of a token
# whose objects were read has "trust-objects".
audit()
{
	local name
	for name in "$@"; do
		anchorctl token audit --config anchord.conf --name "$name" \
			--profile rehearsal --pin-file pin --json >report 2>err
		grep -q trust-objects report || echo "$name unread"
		jq -r --arg n "$name" '.findings[].code |
			select(test("^trust-")) |
			select(. != "trust-objects") | "\($n) \(.)"' report
	done | sort -u | paste -sd,
}

# make_token NAME NODE: a SoftHSM token in a directory of its own; keygen-NAME has its
# row.
make_token()
{
	mkdir -p "$1/objects" "state-$1"
	printf 'directories.tokendir = %s/%s/objects\nobjectstore.backend = file\n' \
		"$dir" "$1" >"$1/softhsm2.conf"
	printf 'log.level = ERROR\nslots.removable = false\n' >>"$1/softhsm2.conf"
	SOFTHSM2_CONF=$dir/$1/softhsm2.conf anchorctl token init \
		--module "$softhsm_module" --label "$1" --so-pin-file so-pin \
		--pin-file pin &&
		SOFTHSM2_CONF=$dir/$1/softhsm2.conf anchorctl token keygen \
			--module "$softhsm_module" --token "$1" --pin-file pin \
			--pins pins --name "$1" --node "$2" >"keygen-$1"
}

# The configuration's row of such a token.
row_of()
{
	cat <<END
  { name = "$1"; node = $2; module = "$softhsm_module";
    $(grep -E '^ *(uri|handle_check) = ' "keygen-$1")
    pin_file = "$dir/pin"; state = "$dir/state-$1";
    environment = ["SOFTHSM2_CONF=$dir/$1/softhsm2.conf"];
    paths = ["$dir/$1"]; }
END
}

# config_of ROW...: the configuration, with these tokens in place of the one.
config_of()
{
	SOFTHSM2_CONF=/nowhere token_uri=none write_config
	unset SOFTHSM2_CONF
	awk -v rows="tokens = ( $(printf '%s, ' "$@" | sed '$s/, $//') );" '
		/^token:/ { print rows; skip = 1 }
		!skip { print }
		skip && /};$/ { skip = 0 }' anchord.conf >several.conf &&
		mv several.conf anchord.conf
}

# The certificates lie in a file beside the tokens.
certificates_beside()
{
	sed -i "s|governance = \"officers\";|& certificates = \"$dir/beside.pem\";|" \
		anchord.conf
}

# propose DIR [CERTIFICATE]: version 1, with all officers, for the devices of
# `trust device`; two sign it.
propose()
{
	local name key devices=()
	mapfile -t devices < <(grep = devices | sed 's/^/--device\n/')
	anchorctl trust propose --to "$1" --pins pins --policy policy.conf \
		"${devices[@]}" --revocations-from 2020-01-01T00:00:00Z || return
	for name in $officers; do
		officer_key "$name"
		as_officer anchorctl officer add --proposal "$1" \
			--name "$name" --kind token "${key[@]}" || return
	done
	[ -z "${2:-}" ] || anchorctl trust anchor --proposal "$1" --add "$2" \
		--name a --purpose tpm2-ek --note "made for this test" || return
	officer_signs release "$1" && officer_signs audit "$1"
}

{
	make_certificates && make_ca own &&
		head -c 12 /dev/urandom | xxd -p | tr -d '\n' >pin &&
		head -c 12 /dev/urandom | xxd -p | tr -d '\n' >so-pin &&
		mkdir ledger supervisor && make_token hsm-a 1 &&
		make_token hsm-b 2 && write_policy && officers_make
} >prepared 2>&1 || {
	sed 's/^/  | /' prepared
	bad "preparation" "see above"
	finish
}
config_of "$(row_of hsm-a 1)" "$(row_of hsm-b 2)"

# --- two tokens of one module, told apart by a variable -----------------------------

expect "each has a counter made" 0 anchorctl trust device --config anchord.conf
cp out devices
same "the rows of both" "hsm-a hsm-b" "$(sed 's/=.*//' devices | paste -sd' ')"
same "in the first" "0 0 - 0" "$(has hsm-a)"
same "and in the second" "0 0 - 0" "$(has hsm-b)"
expect "version 1 names both" 0 propose p1 own.pem
govern "$(sha256sum <p1/bundle | cut -c1-64)"
expect "it comes into both" 0 apply p1
same "the first has it" "1 1 1 1" "$(has hsm-a)"
same "so has the second" "1 1 1 1" "$(has hsm-b)"
same "an audit of each finds nothing else" "" "$(audit hsm-a hsm-b)"

expect "version 2 is proposed" 0 anchorctl trust propose --to p2 --chain chain
officer_signs release p2 >/dev/null && officer_signs security p2 >/dev/null
expect "and applied to one of them" 0 apply p2 --in-force --name hsm-a
same "which has it" "1 1 2 2" "$(has hsm-a)"
same "the other has it not" "1 1 1 1" "$(has hsm-b)"
same "which an audit tells" "hsm-b trust-behind" "$(audit hsm-a hsm-b)"
expect "applied to all" 0 apply p2 --in-force
same "the second has it, too" "1 1 2 2" "$(has hsm-b)"
same "and no audit tells anything" "" "$(audit hsm-a hsm-b)"

# A token without variables of its own has those of whoever types.
sed '/name = "hsm-b"/,/paths/ { /environment/d }' anchord.conf >shell.conf
export SOFTHSM2_CONF=$dir/hsm-b/softhsm2.conf
expect "one has its environment from the shell" 0 anchorctl trust device \
	--config shell.conf
unset SOFTHSM2_CONF
same "and both are found" "hsm-a hsm-b" "$(sed 's/=.*//' out | paste -sd' ')"

service_begin()
{
	as_role 3 state-hsm-a hsm-a
	as_role 4 state-hsm-b hsm-b
	as_role 2 ledger
	anchord --config "$dir/anchord.conf" >>service.log 2>&1 &
	service_pid=$!
}
service_begin
holds "the service starts with both" wait_for 200 20
api monitor GET /readyz
same "with version 2" 2 "$(jq -r .trust_bundle_version http.json)"
service_stop

# --- certificates in a file -------------------------------------------------------------

cp own.pem beside.pem && chmod 644 beside.pem
rm -rf hsm-a hsm-b state-* pins chain supervisor ledger
mkdir supervisor ledger
{ make_token hsm-a 1 && make_token hsm-b 2; } >/dev/null 2>&1
config_of "$(row_of hsm-a 1)" "$(row_of hsm-b 2)"
anchorctl trust device --config anchord.conf >devices
expect "a new chain" 0 propose f1 own.pem
govern "$(sha256sum <f1/bundle | cut -c1-64)"
certificates_beside
cp server.pem beside.pem
expect "not without the certificate in the file" 1 apply f1
says "which is told" 'is missing in trust.certificates'
same "nothing was written" "0 0 - 0 none" "$(has hsm-a) $(ls chain 2>/dev/null || echo none)"
cat own.pem server.pem >beside.pem
expect "with it" 0 apply f1
same "the tokens have no certificate" "0 1 1 1, 0 1 1 1" "$(has hsm-a), $(has hsm-b)"
same "and an audit misses none" "" "$(audit hsm-a hsm-b)"
cp server.pem beside.pem
same "one that the file lost is missed" \
	"hsm-a trust-certificate-missing,hsm-b trust-certificate-missing" \
	"$(audit hsm-a hsm-b)"
cat own.pem server.pem >beside.pem
service_begin
holds "the service starts with the file" wait_for 200 20
service_stop

# --- a TPM alone -----------------------------------------------------------------------------

if ! command -v swtpm >/dev/null || ! command -v tpm2_changeauth >/dev/null; then
	skip "a TPM alone" "no swtpm or no tpm2-tools"
	finish
fi
rm -rf pins chain supervisor ledger && mkdir supervisor ledger state-tpm
tpm_start
expect "keys are made in a TPM" 0 anchorctl token keygen --name tpm --node 3 \
	--uri "tpm2:swtpm:path=$dir/tpm/socket" --pin-file pin --pins pins
cp out keygen-tpm
config_of "  { name = \"tpm\"; node = 3;
    $(grep -E '^ *(uri|handle_check) = ' keygen-tpm)
    pin_file = \"$dir/pin\"; state = \"$dir/state-tpm\"; paths = [\"$dir/tpm\"]; }"
expect "its counter, too" 0 anchorctl trust device --config anchord.conf
cp out devices
expect "version 1 names it" 0 propose t1 own.pem
govern "$(sha256sum <t1/bundle | cut -c1-64)"
expect "a TPM stores no certificate" 1 apply t1
says "they lie in a file" 'give trust.certificates'
certificates_beside
expect "which is given" 0 apply t1
same "it has head and counter" "1 1" "$(anchorctl token trust --json --uri "$(
	sed -n 's/^ *uri = "\(.*\)";$/\1/p' keygen-tpm)" | jq -r --argjson base \
	"$(sed -n 's/^[^=]*=\([0-9]*\).*/\1/p' devices | head -n 1)" \
	'"\(.head.version) \(.counter - $base)"')"
same "an audit misses nothing" "" "$(audit tpm)"
finish
