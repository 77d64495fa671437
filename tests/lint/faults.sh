#!/bin/bash
# faults.sh - every word by which trust is refused has its row in the runbook and,
# of a chain, in docs/trust.md; and no page has a row for a word that there is not.
#
# The words are those of src/trust/fault.def and
# src/keyholder/device/trust_fault.def.  A row begins with the word, or with
# several; a word that only the verifier or the supervisor says stands in their
# sources.
. "$(dirname "$0")/lib.sh"

chain=src/trust/fault.def
device=src/keyholder/device/trust_fault.def

check()
{
	words "$chain" >"$scratch/chain"
	words "$device" >"$scratch/device"
	[ -s "$scratch/chain" ] || echo "$chain has no word"
	[ -s "$scratch/device" ] || echo "$device has no word"
	rows_for docs/trust.md "$scratch/chain"
	rows_for docs/runbook.md "$scratch/chain" "$scratch/device"
}

# One that is sound has no row.
words()
{
	grep -oE '^FAULT\([A-Z_]+, "[a-z-]+"' "$1" 2>/dev/null |
		sed 's/.*"\(.*\)"/\1/' | grep -vx sound
}

# rows_for PAGE WORDS...: in both directions.
rows_for()
{
	local page=$1 word
	shift
	[ -f "$page" ] || { echo "there is no $page"; return; }
	sed -nE 's/^\| ((`trust-[a-z-]+`(, )?)+) \|.*/\1/p' "$page" |
		grep -oE 'trust-[a-z-]+' | sort >"$scratch/rows"
	sort -u "$@" >"$scratch/words"
	while IFS= read -r word; do
		echo "$page has no row for $word"
	done < <(comm -13 <(uniq "$scratch/rows") "$scratch/words")
	while IFS= read -r word; do
		grep -rqE "\"$word[\":]" src/verifier src/supervisor \
			src/keyholder 2>/dev/null ||
			echo "$page has a row for $word, which nobody says"
	done < <(comm -23 <(uniq "$scratch/rows") "$scratch/words")
}

# --- its own test -------------------------------------------------------------

good_tree()
{
	plant src/trust/fault.def <<-'END'
		FAULT(SOUND, "sound", "")
		FAULT(EARLY, "trust-early", "too early")
		FAULT(LATE, "trust-late",
			"too late")
	END
	plant src/keyholder/device/trust_fault.def <<-'END'
		FAULT(SOUND, "sound")
		FAULT(HEAD, "trust-head")
	END
	plant src/verifier/anchors.c <<<'refuse("trust-spki", why);'
	plant docs/trust.md <<-'END'
		| word | meaning |
		|---|---|
		| `trust-early`, `trust-late` | its time |
	END
	plant docs/runbook.md <<-'END'
		| `trust-early` | wait |
		| `trust-late` | propose |
		| `trust-head` | look |
		| `trust-spki` | sign |
	END
}

# changed FILE SED
changed()
{
	good_tree
	sed -E -i "$2" "$scratch/tree/$1"
}

self_test()
{
	good_tree
	clean "words with rows"

	changed src/trust/fault.def '$aFAULT(NEW, "trust-new", "new")'
	planted "a new word of a chain" 'docs/runbook.md has no row for trust-new'

	changed src/trust/fault.def '$aFAULT(NEW, "trust-new", "new")'
	planted "and its meaning" 'docs/trust.md has no row for trust-new'

	changed src/keyholder/device/trust_fault.def '$aFAULT(NEW, "trust-new")'
	planted "a new word of a device" 'docs/runbook.md has no row for trust-new'

	changed docs/runbook.md '/trust-late/d'
	planted "a row that is gone" 'docs/runbook.md has no row for trust-late'

	changed docs/trust.md 's/, .trust-late.//'
	planted "a word that is gone from a row" 'docs/trust.md has no row for trust-late'

	changed docs/runbook.md '$a| `trust-gone` | nothing |'
	planted "a row for nothing" 'docs/runbook.md has a row for trust-gone'

	changed src/verifier/anchors.c 's/trust-spki/trust-key/'
	planted "a word that its role says no more" 'has a row for trust-spki'
}

check_repository
self_test
finish
