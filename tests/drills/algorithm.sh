#!/bin/bash
# algorithm.sh - adds a signature algorithm with private-use ids to a copy of the
# tree, and tests it from its table row to a key in a token.
#
# algorithm.patch adds an unregistered algorithm: ECDSA with P-521 and SHA-512,
# "X521" in JOSE, -70001 in COSE.  The product has neither its curve nor its
# digest nor its sizes.  The drill then checks:
#
#	- the patch changes at most three files of the product (today one), and
#	  no test;
#	- with no other change, key holder and anchorctl build without a warning;
#	- tests/unit/crypto/test_alg.c passes with the new row: it signs and
#	  verifies, only under its own name, its key is published and parsed
#	  again, and everything fits into the existing buffers;
#	- anchorctl offers it, creates a key for it in SoftHSM, verifies a
#	  signature by the key, pins it and prints its public half.
#
# So the drill fails if any code on that path has an array that is too small, a
# switch without the case, or a hand-written list of algorithms.  It does not
# test a TPM or another token.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 1

most=3 # product files that a new algorithm may touch
product="include src hsm provisioning"
patch=$PWD/tests/drills/algorithm.patch
build=${ANCHORD_BUILD:-build}
name=X521

passed=0 failed=0 skipped=0
work=$(mktemp -d "${TMPDIR:-/tmp}/anchord-drill.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tree=$work/tree

# step TEXT COMMAND...: one result; the command's last lines when it fails.
step()
{
	local text=$1
	shift
	if "$@" >"$work/says" 2>&1; then
		passed=$((passed + 1))
		echo "- $text"
		return 0
	fi
	failed=$((failed + 1))
	echo "- $text: FAILED"
	tail -n 20 "$work/says" | sed 's/^/    /'
	return 1
}

close()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

# The sources, and what is built already: make sees what the patch changed.
copy()
{
	mkdir "$tree" &&
		git ls-files -z | xargs -0 cp -a --parents -t "$tree" &&
		mkdir -p "$tree/build" || return 1
	local d
	for d in obj lib; do
		[ ! -d "$build/$d" ] || cp -a "$build/$d" "$tree/build/" ||
			return 1
	done
}

apply()
{
	patch -d "$tree" -p1 --no-backup-if-mismatch <"$patch"
}

# Counted in the tree, not in the patch.
touched()
{
	git ls-files -z | while IFS= read -r -d '' f; do
		cmp -s "$f" "$tree/$f" || echo "$f"
	done >"$work/touched"
	# shellcheck disable=SC2086
	local pattern="^(${product// /|})/"
	grep -E "$pattern" "$work/touched" >"$work/product"
	cat "$work/touched"
	[ -s "$work/product" ] &&
		[ "$(wc -l <"$work/product")" -le "$most" ] &&
		! grep -vE "$pattern" "$work/touched"
}

made()
{
	env -u MAKEFLAGS -u MFLAGS make -C "$tree" -j"$(nproc)" DEV=1 \
		CC="${CC:-gcc}" "$@"
}

unit_test()
{
	local t
	t=$(cd tests && find unit -name test_alg.c)
	made "build/test/${t%.c}" && (cd "$tree" && "build/test/${t%.c}") |
		tee "$work/unit"
	grep -q '^[1-9][0-9]* passed, 0 failed, 0 skipped$' "$work/unit"
}

ctl()
{
	"$tree/build/bin/anchorctl" "$@"
}

# Also what the product says of the row, so that it is this one that was tested.
offered()
{
	ctl token keygen --module /no --token no --alg nonsense 2>&1 | tee "$work/offer"
	grep -qw "$name" "$work/offer"
}

softhsm()
{
	local m
	for m in /usr/lib/softhsm/libsofthsm2.so \
		/usr/lib/*/softhsm/libsofthsm2.so; do
		[ -r "$m" ] && module=$m && return 0
	done
	return 1
}

key_made()
{
	export SOFTHSM2_CONF=$work/softhsm2.conf
	mkdir "$work/tokens" || return 1
	printf 'directories.tokendir = %s\nlog.level = ERROR\n' \
		"$work/tokens" >"$SOFTHSM2_CONF"
	(umask 077 && echo 12345678 >"$work/pin" && echo 87654321 >"$work/so")
	ctl token init --module "$module" --label drill \
		--so-pin-file "$work/so" --pin-file "$work/pin" &&
		ctl token keygen --module "$module" --token drill \
			--pin-file "$work/pin" --alg "$name" \
			--pins "$work/pins.conf" &&
		grep "alg = \"$name\"" "$work/pins.conf" &&
		ctl pins show --jwks "$work/pins.conf" | tee "$work/jwks" &&
		grep -q '"P-521"' "$work/jwks" && grep -q "\"$name\"" "$work/jwks"
}

step "the patch applies to a copy of the tree" eval 'copy && apply' || close
step "it touches at most $most files of the product, and no other" touched ||
	close
sed 's/^/    /' "$work/product"
step "key holder and anchorctl build" made build/bin/anchord-keyholder \
	build/bin/anchorctl || close
step "the unit test of algorithms holds" unit_test
step "anchorctl offers it" offered
if softhsm; then
	step "a key for it is made in SoftHSM, signs and is pinned" key_made
else
	skipped=$((skipped + 1))
	echo "- no SoftHSM here: skipped"
fi
close
