#!/bin/bash
# Goal: an officer imports Google's status list; what is wrong with it leaves
# the list that is there as it was; a hundred thousand entries cost little.
. "$(dirname "$0")/by_hand.sh"
cd "$scratch" || exit 1

# answers WHAT STATUS TEXT ARGUMENTS...: the text is in output or message.
answers()
{
	local what=$1 status=$2 text=$3 got
	shift 3
	"$ctl" "$@" >out 2>err
	got=$?
	if [ $got = "$status" ] && cat out err | grep -qF -e "$text"; then
		ok "$what"
	else
		bad "$what" "$got $(head -c 200 out)"
		sed 's/^/  | /' err
	fi
}

# unchanged WHAT FILE BEFORE
unchanged()
{
	if cmp -s "$2" "$3"; then ok "$1"; else bad "$1" "changed"; fi
}

entry() { printf '"%s":{"status":"%s","reason":"%s"}' "$@"; }
printf '{"entries":{%s,%s}}' "$(entry a1 REVOKED KEY_COMPROMISE)" \
	"$(entry 6681152659205225093 SUSPENDED SOFTWARE_FLAW)" >two.json
printf '{"entries":{%s}}' "$(entry a1 REVOKED KEY_COMPROMISE)" >one.json
printf '{"entries":{%s}}' "$(entry 0a1 REVOKED KEY_COMPROMISE)" >wrong.json

answers "the first list" 0 "list: 2 entries, fetched 2026-01-02T00:00:00Z" \
	revocation import --out list --at 2026-01-02T00:00:00Z two.json
answers "is shown" 0 "2 entries, fetched 2026-01-02T00:00:00Z" \
	revocation show list
answers "with every entry" 0 "6681152659205225093 SUSPENDED SOFTWARE_FLAW" \
	revocation show --all list
answers "a serial that is listed" 1 "a1 REVOKED KEY_COMPROMISE" \
	revocation show list --serial a1 ff
answers "one that is not" 0 "" revocation show list --serial ff
answers "what is no serial" 2 "0a1" revocation show list --serial 0a1
answers "the same, in JSON" 1 '"status": "SUSPENDED"' \
	revocation show list --json --serial 6681152659205225093
cp list before

answers "a list that was fetched earlier" 1 "older than the list" \
	revocation import --out list --at 2026-01-01T23:59:59Z one.json
unchanged "leaves the one that is there" list before
answers "a list from the future" 1 "from the future" \
	revocation import --out list --at 2100-01-01T00:00:00Z one.json
unchanged "leaves it" list before
answers "a list that breaks the schema" 1 "wrong.json: line 1: a serial" \
	revocation import --out list wrong.json
unchanged "leaves it" list before
head -c 40 two.json >cut.json
answers "a list cut short" 1 "cut.json: line 1" revocation import --out list cut.json
unchanged "leaves it" list before
answers "no such list" 3 "none.json" revocation import --out list none.json
answers "no directory" 3 "No such file" \
	revocation import --out none/list two.json
answers "no --out" 2 "--out" revocation import two.json
answers "a time that is none" 2 "RFC 3339" \
	revocation import --out list --at yesterday two.json
cp two.json foreign
answers "a file that is no list" 1 "not replaced" \
	revocation import --out foreign two.json
unchanged "is not overwritten" foreign two.json

answers "the same time again" 0 "(before: 2)" \
	revocation import --out list --at 2026-01-02T00:00:00Z two.json
unchanged "gives the same file" list before
touch -d 2026-01-03T00:00:00Z one.json
answers "a list with half of the entries" 1 "names 1 of the 2 entries in force" \
	revocation import --out list --accepted word one.json
unchanged "leaves it" list before
digest=$(sed 's/.* //' err)
printf '{"entries":{}}' >empty.json
answers "an empty list" 1 "names 0 of the 2 entries in force" \
	revocation import --out list --accepted word empty.json
unchanged "leaves it" list before
answers "what is no digest" 2 "SHA-256" revocation accept --out word "${digest%?}"
answers "an officer accepts the half" 0 "word: accepted" \
	revocation accept --out word "$digest"
answers "and not the empty one" 1 "names 0 of" \
	revocation import --out list --accepted word empty.json
chmod 666 word
answers "nor by a file that others may write" 1 "names 1 of" \
	revocation import --out list --accepted word one.json
chmod 644 word
answers "unless told, the time at which it was written" 0 \
	'"at": "2026-01-03T00:00:00Z"' \
	revocation import --json --out list --accepted word one.json
answers "a list may shrink" 0 "1 entries" revocation show list
answers "an empty list by hand" 3 "the list has no entry" appraise --format android-key \
	--evidence empty.json --nonce 00 --trust empty.json --revocations empty.json
: >list.importing
if "$ctl" revocation import --out list - <two.json >out 2>err; then
	ok "standard input, and the leftover of a killed import"
else
	bad "standard input" "$(cat out)"
fi
if [ -e list.importing ]; then
	bad "nothing is left over" "list.importing"
else
	ok "nothing is left over"
fi
head -c 60 before >damaged
answers "a damaged file" 1 "damaged" revocation show damaged

# A disk that is full at any point: the old list stays whole.
if (ulimit -f 0) 2>/dev/null; then
	awk 'BEGIN { printf "{\"entries\":{\"6681152659205225093\":{\"status\":\"REVOKED\"},"
		for (i = 1; i <= 5000; i++)
			printf "%s\"a%x\":{\"status\":\"REVOKED\"}", (i > 1 ? "," : ""), i
		printf "}}" }' >some.json
	cp list before
	if (trap '' XFSZ; ulimit -f 20; exec "$ctl" revocation import --out list \
		some.json) >out 2>err; then
		bad "a full disk" "$(cat out)"
	elif grep -q "File too large" err; then
		ok "a full disk is noticed"
	else
		bad "a full disk" "said otherwise"
	fi
	unchanged "the old list stays" list before
else
	skipped=$((skipped + 1))
fi

# Figures, for people; a loaded machine must not fail the build.
awk 'BEGIN { printf "{\n\"entries\": {\n"
	for (i = 1; i <= 100000; i++) {
		printf "\"a%031x\": {\n\"status\": \"REVOKED\",\n", i * 40503 % 1000003
		printf "\"reason\": \"KEY_COMPROMISE\"\n}%s\n", (i < 100000 ? "," : "")
	}
	printf "}\n}\n" }' >many.json
TIMEFORMAT=%R
took=$({ time "$ctl" revocation import --out many many.json >out 2>err; } 2>&1)

# The most memory, looked at when all but the end of the list is in.
mkfifo pipe
"$ctl" revocation import --out many - <pipe >out 2>err &
{
	head -c -4 many.json
	sleep 0.2
	awk '/^VmHWM/ { printf "%.1f MB", $2 / 1024 }' /proc/$!/status >memory
	tail -c 4 many.json
} >pipe
if wait $! && grep -q "100000 entries" out; then
	ok "100,000 entries: $(stat -c %s many.json) bytes of JSON in $took s, \
$(cat memory), $(stat -c %s many) bytes kept"
else
	bad "100,000 entries" "$(cat out)"
fi

closing
