#!/bin/bash
# run.sh - do strangers' libraries believe what we sign?
#
# Goal: challenges and results of every algorithm, JWT and CBOR, signed in software
# and by every device that has it, verify with cbor2, cryptography and jwcrypto; none
# does with one bit changed, and none in the place of the other; anchorctl says the
# same.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${ANCHORD_BUILD:-build}
samples=$build/test/interop/make_samples
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0 skipped=0

# check NAME WANTED_STATUS COMMAND...: any failure counts as 1
check()
{
	local name=$1 wanted=$2 status=0
	shift 2
	"$@" >"$dir/out" 2>"$dir/err" || status=1
	if [ "$status" -eq "$wanted" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name: status $status, not $wanted"
		cat "$dir/out" "$dir/err"
	fi
}

# flip FILE OFFSET: the lowest bit of one byte, in place (negative: from the end)
flip()
{
	/usr/bin/python3 - "$1" "$2" <<-'EOF'
	import sys
	b = bytearray(open(sys.argv[1], "rb").read())
	b[int(sys.argv[2])] ^= 1
	open(sys.argv[1], "wb").write(b)
	EOF
}

if ! /usr/bin/python3 -c 'import cbor2, cryptography, jwcrypto' 2>/dev/null ||
	! ruby -e 'require "cose"' 2>/dev/null; then
	echo "skipped: python3-cbor2, python3-jwcrypto or ruby-cose is missing"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
[ -x "$samples" ] || make --no-print-directory BUILD="$build" "$samples"
"$samples" "$dir" || exit 1

# The same by keys in devices, one directory for each algorithm and device.
algs=$build/test/contract/test_algs
[ -x "$algs" ] || make --no-print-directory BUILD="$build" "$algs"
check "devices sign samples" 0 env ANCHORD_SAMPLES="$dir" "$algs"
if [ -e /usr/bin/softhsm2-util ]; then
	check "samples of a token" 0 test -d "$dir/ES256-softhsm"
fi
if [ -e /usr/bin/swtpm ]; then
	check "samples of a TPM" 0 test -d "$dir/ES256-tpm"
fi

# The keys.jwks beside the samples are what a relying party pins.
echo '{"keys":[]}' >"$dir/none.jwks"
receipt=tests/interop/verify_receipt.py
result=tests/interop/verify_result.py
cwt=tests/interop/verify_result_cwt.py
stock=tests/interop/verify_receipt.rb # knows the ECDSA algorithms
for d in "$dir"/*/; do
	alg=$(basename "$d")
	for c in challenge.cbor lone.cbor; do
		check "$alg $c" 0 $receipt "$d/keys.jwks" "$d/$c"
	done
	check "$alg nonce" 0 sh -c \
		"[ \"\$($receipt $d/keys.jwks $d/challenge.cbor)\" = \"\$(cat $d/nonce.hex)\" ]"
	flips="40 -1 -100"
	case $alg in *-*) flips=-1 ;; esac # a device's: no other format
	for at in $flips; do
		cp "$d/challenge.cbor" "$d/bad.cbor"
		flip "$d/bad.cbor" $at
		check "$alg bit at $at" 1 $receipt "$d/keys.jwks" "$d/bad.cbor"
	done
	case $alg in ES*)
		check "$alg by a stock COSE library" 0 sh -c \
			"[ \"\$($stock $d/keys.cose $d/challenge.cbor $d/keys.jwks)\" = \"\$(cat $d/nonce.hex)\" ]"
		check "$alg lone, by a stock COSE library" 0 \
			$stock "$d/keys.cose" "$d/lone.cbor" "$d/keys.jwks"
		check "$alg forged, by a stock COSE library" 1 \
			$stock "$d/keys.cose" "$d/bad.cbor" "$d/keys.jwks"
		check "$alg by a key that is not pinned" 1 \
			$stock "$d/keys.cose" "$d/lone.cbor" "$dir/none.jwks"
	esac
	for r in result refused; do
		check "$alg $r.jwt" 0 $result "$d/keys.jwks" "$d/$r.jwt"
		check "$alg $r.cwt, which says the same" 0 \
			$cwt "$d/keys.jwks" "$d/$r.cwt" "$d/$r.jwt"
	done
	for at in $flips; do
		cp "$d/result.cwt" "$d/bad.cwt"
		flip "$d/bad.cwt" $at
		check "$alg result in CBOR, bit at $at" 1 \
			$cwt "$d/keys.jwks" "$d/bad.cwt"
	done
	case $alg in ES*)
		check "$alg result by a stock COSE library" 0 \
			$stock "$d/keys.cose" "$d/result.cwt" "$d/keys.jwks" result
		check "$alg forged result, by a stock COSE library" 1 \
			$stock "$d/keys.cose" "$d/bad.cwt" "$d/keys.jwks" result
		check "$alg result by a key that is not pinned" 1 \
			$stock "$d/keys.cose" "$d/result.cwt" "$dir/none.jwks" result
		check "$alg result for a challenge, by a stock COSE library" 1 \
			$stock "$d/keys.cose" "$d/result.cwt" "$d/keys.jwks"
	esac
	check "$alg result for a challenge" 1 $receipt "$d/keys.jwks" "$d/result.cwt"
	check "$alg challenge for a result" 1 $cwt "$d/keys.jwks" "$d/challenge.cbor"
	cp "$d/result.jwt" "$d/bad.jwt"
	flip "$d/bad.jwt" 300
	check "$alg bit in a result" 1 $result "$d/keys.jwks" "$d/bad.jwt"
	check "$alg COSE_KeySet" 0 /usr/bin/python3 -c \
		"import cbor2,sys,json; c=cbor2.load(open('$d/keys.cose','rb')); \
		assert c[0][2].decode()==json.load(open('$d/keys.jwks'))['keys'][0]['kid']"
done

# A relying party asks whether a request comes from the device of the result: by
# the example that we ship, and by our own program.
possession=provisioning/examples/verify_possession.py
ctl=$build/bin/anchorctl
url=https://ota.example/v1/artifacts/7
at=$(date -d 2026-11-23T12:00:40Z +%s)

# possessed WHAT STATUS RESULT PROOF METHOD URL SECONDS: both say so.
possessed()
{
	check "$1" "$2" $possession "$d/keys.jwks" "$3" "$4" "$5" "$6" "$7"
	[ ! -x "$ctl" ] || check "$1, anchorctl" "$2" "$ctl" result verify \
		--keys "$d/keys.jwks" --dpop "$4" --method "$5" --url "$6" \
		--at "$(date -u -d "@$7" +%Y-%m-%dT%H:%M:%SZ)" "$3"
}

for d in "$dir"/*/; do
	alg=$(basename "$d")
	r=$d/possession.jwt p=$d/proof.jwt
	check "$alg possession.jwt" 0 $result "$d/keys.jwks" "$r"
	check "$alg possession.cwt" 0 $cwt "$d/keys.jwks" "$d/possession.cwt" "$r"
	[ ! -x "$ctl" ] || check "$alg possession, CBOR, anchorctl" 0 "$ctl" \
		result verify --keys "$d/keys.jwks" --dpop "$d/proof-cwt.jwt" \
		--method GET --url "$url" --at 2026-11-23T12:00:40Z \
		"$d/possession.cwt"
	[ ! -x "$ctl" ] || check "$alg possession, CBOR, the JWT's proof" 1 "$ctl" \
		result verify --keys "$d/keys.jwks" --dpop "$p" \
		--method GET --url "$url" --at 2026-11-23T12:00:40Z \
		"$d/possession.cwt"
	possessed "$alg possession" 0 "$r" "$p" GET "$url" "$at"
	case $alg in *-*) continue ;; esac
	possessed "$alg possession, the URL in another spelling" 0 "$r" "$p" GET \
		"HTTPS://OTA.example:443/v1/%61rtifacts/./7?a#b" "$at"
	possessed "$alg possession by another method" 1 "$r" "$p" POST "$url" "$at"
	possessed "$alg possession at another URL" 1 "$r" "$p" GET "$url/" "$at"
	possessed "$alg possession, stale" 1 "$r" "$p" GET "$url" $((at + 60))
	possessed "$alg possession, early" 1 "$r" "$p" GET "$url" $((at - 20))
	possessed "$alg possession, no cnf" 1 "$d/result.jwt" "$p" GET "$url" "$at"
	cp "$p" "$d/bad.jwt"
	flip "$d/bad.jwt" -10
	possessed "$alg possession, forged" 1 "$r" "$d/bad.jwt" GET "$url" "$at"
done
d=$dir/ES256
possessed "possession by another device" 1 "$d/possession.jwt" \
	"$dir/ES384/proof.jwt" GET "$url" "$at"

# The examples in the manual are what they say.
block()
{
	sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" docs/formats.md | grep -v '^```'
}

block hex | /usr/bin/python3 -c \
	"import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))" \
	>"$dir/doc.cbor"
block jwks >"$dir/doc.jwks"
block jwt | tr -d '\n' >"$dir/doc.jwt"
check "the manual's challenge" 0 $receipt "$dir/doc.jwks" "$dir/doc.cbor"
check "the manual's nonce" 0 grep -q \
	"$($receipt "$dir/doc.jwks" "$dir/doc.cbor")" docs/formats.md
check "the manual's result" 0 $result "$dir/doc.jwks" "$dir/doc.jwt"
block cwt | /usr/bin/python3 -c \
	"import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))" \
	>"$dir/doc.cwt"
check "the manual's result in CBOR, which says the same" 0 \
	$cwt "$dir/doc.jwks" "$dir/doc.cwt" "$dir/doc.jwt"

# What was published must go on to verify, and is what is made today.
vectors=tests/vectors/result
mkdir "$dir/.vectors"
check "the vectors are made" 0 "$vectors/make.sh" "$samples" "$dir/.vectors"
for r in result refused; do
	check "the vector $r is made to the byte" 0 \
		cmp "$vectors/$r.cwt" "$dir/.vectors/$r.cwt"
	xxd -r -p "$vectors/$r.cwt" >"$dir/vector.cwt"
	check "the vector $r" 0 sh -c "$cwt $vectors/keys.jwks $dir/vector.cwt |
		jq -S . | cmp - $vectors/$r.json"
done

# The same files by our own program: in time, too late, forged, cut off.
verify()
{
	"$ctl" "$1" verify --keys "$d/keys.jwks" --at "$2" "${@:3}"
}

shows()
{
	verify "$@" --json | jq -e "$query" >/dev/null
}

if [ -x "$ctl" ]; then
	in_time=2026-11-23T12:01:00Z too_late=2026-11-23T12:05:00Z
	for d in "$dir"/*/; do
		alg=$(basename "$d")
		case $alg in *-*) continue ;; esac # test_algs has asked
		basenc --base64url -w0 "$d/challenge.cbor" | tr -d = >"$d/c.txt"
		check "$alg anchorctl, CBOR" 0 \
			verify challenge $in_time "$d/challenge.cbor"
		check "$alg anchorctl, base64url" 0 \
			verify challenge $in_time "$d/c.txt"
		check "$alg anchorctl, expired" 1 \
			verify challenge $too_late "$d/c.txt"
		check "$alg anchorctl, forged" 1 \
			verify challenge $in_time "$d/bad.cbor"
		check "$alg anchorctl, result" 0 \
			verify result $in_time "$d/result.jwt"
		check "$alg anchorctl, late result" 1 \
			verify result $too_late "$d/result.jwt"
		check "$alg anchorctl, refusal" 1 \
			verify result $in_time "$d/refused.jwt"
		check "$alg anchorctl, forged result" 1 \
			verify result $in_time "$d/bad.jwt"
		basenc --base64url -w0 "$d/result.cwt" | tr -d = >"$d/r.txt"
		check "$alg anchorctl, result in CBOR" 0 \
			verify result $in_time "$d/result.cwt"
		check "$alg anchorctl, result in base64url" 0 \
			verify result $in_time "$d/r.txt"
		check "$alg anchorctl, late result in CBOR" 1 \
			verify result $too_late "$d/r.txt"
		check "$alg anchorctl, refusal in CBOR" 1 \
			verify result $in_time "$d/refused.cwt"
		check "$alg anchorctl, forged result in CBOR" 1 \
			verify result $in_time "$d/bad.cwt"
		check "$alg anchorctl, challenge for a result" 1 \
			verify result $in_time "$d/challenge.cbor"
		check "$alg anchorctl, result for a challenge" 1 \
			verify challenge $in_time "$d/result.cwt"
		check "$alg anchorctl says the same of both" 0 cmp \
			<(verify result $in_time "$d/result.jwt") \
			<(verify result $in_time "$d/result.cwt")
	done
	d=$dir/ES256
	query='.verdict == "good" and .claims.aud == "backend-a" and
		.claims.workflow == "metadata" and .receipt.batch_size == 5'
	check "anchorctl shows the claims" 0 \
		shows challenge $in_time "$d/challenge.cbor"
	# A signature may end with a newline's byte: none is cut off, nor ignored.
	{ cat "$d/challenge.cbor"; echo; } >"$d/more.cbor"
	check "anchorctl, CBOR with a byte behind it" 1 \
		verify challenge $in_time "$d/more.cbor"
	query='.verdict == "expired" and .claims.cti != null'
	check "anchorctl says expired" 0 shows challenge $too_late "$d/c.txt"
	# The signature's last bit: a bit elsewhere may be one of CBOR's own.
	cp "$d/challenge.cbor" "$d/bad.cbor"
	flip "$d/bad.cbor" -1
	query='. == {"verdict": "forged"}'
	check "anchorctl shows nothing of a forgery" 0 \
		shows challenge $in_time "$d/bad.cbor"
	query='.verdict == "eligible" and .claims.anchord.eligible'
	check "anchorctl shows a result" 0 \
		shows result $in_time "$d/result.jwt"
	{ cat "$d/result.cwt"; echo; } >"$d/more.cwt"
	check "anchorctl, a result in CBOR with a byte behind it" 1 \
		verify result $in_time "$d/more.cwt"
	query='.verdict == "ineligible" and
		.claims.anchord.reasons == ["challenge-forged"]'
	check "anchorctl shows a refusal" 0 \
		shows result $in_time "$d/refused.jwt"
else
	echo "skipped: $ctl is not built"
	skipped=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
