# officers.sh - three officers, each with a key in a SoftHSM token of his own, who
# govern what the service trusts.
#
# Sourced after lib.sh.  They sign in $dir/officers; a proposal is a directory.

officers="release security audit"
cards_conf= # of SoftHSM, when the officers' tokens are not in officers/

as_officer()
{
	SOFTHSM2_CONF=${cards_conf:-$dir/officers/softhsm2.conf} "$@"
}

# The officers' tokens are plugged in where the service's token is, and pulled out.
cards_in()
{
	ls officers/tokens >officers/cards &&
		mv officers/tokens/* token/objects/ &&
		cards_conf=$SOFTHSM2_CONF
}

cards_out()
{
	local card
	while read -r card; do
		mv "token/objects/$card" officers/tokens/ || return
	done <officers/cards
	cards_conf=
}

# The tokens, and the officers' public keys as URIs in officers/NAME.uri.
officers_make()
{
	local name
	mkdir -p officers/tokens
	printf 'directories.tokendir = %s/officers/tokens\n' "$dir" \
		>officers/softhsm2.conf
	printf 'objectstore.backend = file\nlog.level = ERROR\n' \
		>>officers/softhsm2.conf
	for name in $officers; do
		head -c 12 /dev/urandom | xxd -p >"officers/$name.pin"
		head -c 12 /dev/urandom | xxd -p >"officers/$name.so"
		as_officer anchorctl token init --module "$softhsm_module" \
			--label "$name" --so-pin-file "officers/$name.so" \
			--pin-file "officers/$name.pin" >/dev/null &&
			as_officer anchorctl token keygen \
				--module "$softhsm_module" --token "$name" \
				--pin-file "officers/$name.pin" --label officer \
				--id 01 --handle-label '' --json \
				>"officers/$name.json" || return
		jq -r .uri "officers/$name.json" >"officers/$name.uri"
	done
}

# officer_key NAME: the options by which anchorctl finds his key, in key.
officer_key()
{
	key=(--uri "$(cat "officers/$1.uri")" --module "$softhsm_module")
}

# officers_found DIR ROW: the first version, with all officers in it; ROW is what
# `trust device` says of the token.
officers_found()
{
	local name key
	anchorctl trust propose --to "$1" --pins pins --policy policy.conf \
		--device "$2" --revocations-from 2020-01-01T00:00:00Z &&
		for name in $officers; do
			officer_key "$name"
			as_officer anchorctl officer add --proposal "$1" \
				--name "$name" --kind token "${key[@]}" || return
		done
}

# officer_signs NAME DIR: with the key in his token.
officer_signs()
{
	local key
	officer_key "$1"
	as_officer anchorctl trust approve "$2" --officer "$1" "${key[@]}" \
		--pin-file "officers/$1.pin"
}

# govern GENESIS: from now on the configuration has officers.
govern()
{
	awk -v line="trust: { governance = \"officers\"; bundle = \"$dir/chain\"; genesis_sha256 = \"$1\"; };" '
		/^trust:/ { print line; trust = 1 }
		!trust { print }
		/};$/ { trust = 0 }' anchord.conf >governed.conf &&
		mv governed.conf anchord.conf
}

# apply DIR [OPTION...]: into force, by whoever has the PINs of the token.
apply()
{
	anchorctl trust apply "$1" --config anchord.conf --so-pin-file so-pin \
		--pin-file pin "${@:2}"
}
