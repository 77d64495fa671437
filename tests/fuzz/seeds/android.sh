#!/bin/bash
# android.sh - seeds for fuzz_key_description and fuzz_provisioning_info, and
# chains for fuzz_evidence_json and fuzz_evidence_files.
#
#	tests/fuzz/seeds/android.sh
#
# Fills tests/fuzz/corpus/{key_description,provisioning_info}/ with DER and
# CBOR put together here, byte by byte; the same in every run.  The chains'
# keys are fresh, so theirs are not.
set -eu
cd "$(dirname "$0")/../corpus"
mkdir -p key_description provisioning_info

# save FILE HEX...: spaces between the digits do not count.
save()
{
	local file=$1
	shift
	# shellcheck disable=SC2059
	printf "$(tr -d ' \n' <<<"$*" | sed 's/../\\x&/g')" >"$file"
}

# der IDENTIFIER HEX...: with the shortest length.
der()
{
	local id=$1 in n
	shift
	in=$(tr -d ' \n' <<<"$*")
	n=$((${#in} / 2))
	if [ $n -lt 128 ]; then
		printf '%s%02x%s' "$id" $n "$in"
	elif [ $n -lt 256 ]; then
		printf '%s81%02x%s' "$id" $n "$in"
	else
		printf '%s82%04x%s' "$id" $n "$in"
	fi
}

# tag NUMBER HEX...: an explicit tag of the context class.
tag()
{
	local n=$1
	shift
	if [ "$n" -lt 31 ]; then
		der "$(printf '%02x' $((0xa0 | n)))" "$@"
	elif [ "$n" -lt 128 ]; then
		der "$(printf 'bf%02x' "$n")" "$@"
	else
		der "$(printf 'bf%02x%02x' $((0x80 | n >> 7)) $((n & 127)))" "$@"
	fi
}

# int N: a small one, of one to four bytes.
int()
{
	local hex
	hex=$(printf '%02x' "$1")
	[ $((${#hex} % 2)) -eq 0 ] || hex=0$hex
	[ $((0x${hex:0:2})) -lt 128 ] || hex=00$hex
	der 02 "$hex"
}

text()
{
	der 04 "$(printf '%s' "$1" | od -v -An -tx1 | tr -d ' \n')"
}

# description VERSION LEVEL SOFTWARE HARDWARE
description()
{
	local levels
	levels=$(der 0a "0$2")
	der 30 "$(int "$1")$levels$(int "$1")$levels" \
		"$(text 0123456789abcdef0123456789abcdef)0400" \
		"$(der 30 "$3")$(der 30 "$4")"
}

key=$(der 04 "$(printf 'c5%.0s' {1..32})")
root=$(tag 704 "$(der 30 "$key 0101ff 0a0100 $key")")
root_v1=$(tag 704 "$(der 30 "$key 010100 0a0102")")
app=$(tag 709 "$(der 04 "$(der 30 \
	"$(der 31 "$(der 30 "$(text org.example.one)$(int 7)")" \
		"$(der 30 "$(text org.example.two)$(int 70000)")")" \
	"$(der 31 "$key")")")")
created=$(tag 701 "$(der 02 0193a1b2c3d4)")
purpose=$(tag 1 "$(der 31 "$(int 2)$(int 3)")")
usual="$purpose$(tag 2 "$(int 3)")$(tag 3 "$(int 256)")"
usual+="$(tag 5 "$(der 31 "$(int 4)")")$(tag 10 "$(int 1)")$(tag 503 0500)"
usual+=$(tag 702 "$(int 0)")
patch="$(tag 705 "$(int 160000)")$(tag 706 "$(int 202611)")"
late="$(tag 718 "$(int 20261105)")$(tag 719 "$(int 20261105)")"
ids=
for n in 710 711 712 713 714 715 716 717; do
	ids+=$(tag $n "$(text "id-$n")")
done

for v in 1 2 3 4 100 200 300 400 500; do
	if [ $v -lt 3 ]; then
		hardware="$usual$root_v1$patch"
	else
		hardware="$usual$root$patch$late"
	fi
	save "key_description/v$v" "$(description $v 1 "$created$app" "$hardware")"
done
save key_description/strongbox "$(description 300 2 "$created$app" "$usual$root$patch$late")"
save key_description/software "$(description 3 0 "$usual$root_v1$patch" "")"
save key_description/ids "$(description 400 1 "$created$app$(tag 724 "$key")" \
	"$usual$root$patch$ids$late$(tag 720 0500)$(tag 723 "$(text imei)")")"
flags=
for n in 7 303 305 503 506 507 508 509 600 703 720; do
	flags+=$(tag $n 0500)
done
save key_description/flags "$(description 300 1 "" "$flags")"
numbers=
for n in 2 3 8 10 11 200 400 401 402 405 502 504 505 701 702 705; do
	numbers+=$(tag $n "$(int $((n % 5)))")
done
save key_description/numbers "$(description 500 1 "" "$numbers")"
save key_description/unknown "$(description 300 1 "$(tag 9 0500)" \
	"$(tag 725 "$(text new)")$(tag 1000 "$(int 1)")")"
save key_description/boolean-not-der "$(description 300 1 "" \
	"$(tag 704 "$(der 30 "$key 010101 0a0101 $key")")")"
save key_description/integer-not-minimal "$(description 300 1 "" "$(tag 3 02020007)")"
save key_description/length-not-minimal "$(description 300 1 "" "a38103020107")"
save key_description/set-not-sorted "$(description 300 1 "" \
	"$(tag 5 "$(der 31 "$(int 4)$(int 2)")")")"
save key_description/tags-not-ascending "$(description 300 1 "" \
	"$(tag 3 "$(int 7)")$(tag 2 "$(int 3)")")"
save key_description/bad-twice "$(description 300 1 "" "$purpose$purpose")"
save key_description/bad-level "$(description 300 3 "" "")"
save key_description/bad-state "$(description 300 1 "" \
	"$(tag 704 "$(der 30 "$key 0101ff 0a0104")")")"
save key_description/bad-indefinite "$(description 300 1 "" a3800201070000)"
save key_description/bad-empty 3000

save provisioning_info/empty a0
save provisioning_info/count a10108
save provisioning_info/count-large a1011a00010000
save provisioning_info/manufacturer "a2 011840 03 66 476f6f676c65"
save provisioning_info/all "a5 0108 02f5 03 61 78 04 63 544545 06f4"
save provisioning_info/lost a106f5
save provisioning_info/unknown "a3 0108 07 8201 a1 6161 c1 00 20 f6"
save provisioning_info/bad-type a1016131
save provisioning_info/bad-order "a2 0300 0108"
save provisioning_info/bad-twice "a2 0108 0108"
save provisioning_info/bad-text-key "a1 6161 01"
save provisioning_info/bad-indefinite bf0108ff
save provisioning_info/bad-cut "a1 07 9a ffffffff"

# certificate FILE SUBJECT OID HEX: DER, signed by its own key.
certificate()
{
	openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -days 1 \
		-subj "/CN=$2" -addext "$3=DER:$4" -outform DER -out "$1" \
		2>/dev/null
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
arc=1.3.6.1.4.1.11129.2.1
certificate "$work/leaf" leaf $arc.17 \
	"$(od -v -An -tx1 key_description/v300 | tr -d ' \n')"
certificate "$work/batch" batch $arc.30 a20108066174
certificate "$work/known" batch $arc.30 a2010806f5
for chain in "leaf known" "leaf batch" "known leaf"; do
	list=
	for c in $chain; do
		list+="\"$(base64 -w0 "$work/$c")\","
	done
	printf '{"format":"android-key","x5c":[%s]}' "${list%,}" \
		>"evidence_json/android-${chain/ /-}"
done
printf '{"format":"android-key","proof":"AA==","proof_key":"MAA=","x5c":["MAA="]}' \
	>evidence_json/android-proof

# Two files, the first byte says where the first ends (of 255 parts).
a=$(stat -c %s "$work/leaf") b=$(stat -c %s "$work/known")
{
	# shellcheck disable=SC2059
	printf "\\x$(printf %x $(((a * 255 + a + b - 1) / (a + b))))"
	cat "$work/leaf" "$work/known"
} >evidence_files/android-der
{
	printf '\xff'
	openssl x509 -inform DER -in "$work/leaf"
	openssl x509 -inform DER -in "$work/known"
} >evidence_files/android-pem
