#!/bin/bash
# ceremony.sh - seeds for fuzz_ceremony: the plans, a small transcript, and these
# with one thing wrong.
#
#	tests/fuzz/seeds/ceremony.sh
set -eu
cd "$(dirname "$0")/../../.."
out=tests/fuzz/corpus/ceremony
mkdir -p "$out"

# entry NUMBER STEP STATUS DOES [LINE...]: beside the one before.
previous=$(printf '%064d' 0)
entry()
{
	local text
	text=$(printf 'entry %s\nprevious %s\ntime 2026-11-30T09:00:0%sZ\n' \
		"$1" "$previous" "$1"
	printf 'step %s\nstatus %s\ndoes %s\noutput %s\n' "$2" "$3" "$4" $(($# - 4))
	[ $# -eq 4 ] || printf '| %s\n' "${@:5}")
	previous=$(printf '%s\n' "$text" | sha256sum | cut -d' ' -f1)
	printf '%s\n' "$text"
}

plan=$(printf '%s\n' 'format = 1;' 'name = "a";' 'purpose = "b";' 'keys = "go";' \
	'present = (' '  {' '    role = "r";' '  }' ');' \
	'tokens = (' '  {' '    uri = "tpm2:";' '  }' ');' \
	'steps = (' '  {' '    instruct = "c";' '  }' ');')
printf '%s\n' "$plan" >"$out/least"
printf '%s' "$plan" >"$out/bad-cut"
sed 's/instruct = "c"/run = "token list --uri ${uri}"/' "$out/least" >"$out/run"
sed 's/instruct = "c"/run = "ceremony run x"/' "$out/least" >"$out/bad-run"
sed 's/"c"/"$c"/' "$out/least" >"$out/bad-name"
cp provisioning/ceremonies/first-provisioning.conf "$out/provisioning"
cp provisioning/ceremonies/decommission.conf "$out/decommission"

digest=$(sha256sum <"$out/least" | cut -d' ' -f1)
kid=$(printf '%043d' 1)
key="object public-key ec 'x' id 01: token kid $kid sha256 $digest"
{
	echo 'anchord-ceremony-transcript 1'
	entry 0 0 0 begin "plan $digest" 'ceremony a' 'program p' \
		'rehearsal false' 'present r = Ada Example' "$key"
	entry 1 1 0 'say c'
	entry 2 2 0 end "$key"
} >"$out/transcript"
sed 's/status 0/status 00/' "$out/transcript" >"$out/bad-spelling"
sed 's/say c/say d/' "$out/transcript" >"$out/bad-chain"
head -c -5 "$out/transcript" >"$out/bad-end"
