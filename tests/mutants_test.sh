#!/bin/bash
# mutants_test.sh - tests/mutants.sh tells apart what it must: planted mutants, of
# which each has another end.
set -u
export LC_ALL=C

cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/anchord-mutants.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# A mutant of the ceiling of a buffer.
mutant()
{
	cat <<END
mutant $1
file src/base/buf.c
test unit/base/test_base: $2
-$3
+$4

END
}

ceiling='if (b->ceiling == SIZE_MAX || n > b->ceiling - b->len) {'
not_there='if (b->ceiling == SIZE_MAX || n >= b->ceiling - b->len) {'

bad_ones()
{
	mutant caught "a buffer stops at its ceiling" "$ceiling" 'if (false) {'
	mutant survives "numbers in decimal" "$ceiling" 'if (false) {'
	mutant stale "a buffer stops at its ceiling" "$not_there" 'if (false) {'
	mutant uncompiled "a buffer stops at its ceiling" "$ceiling" 'if (fal) {'
	mutant listed "a buffer stops at its ceiling" "$ceiling" 'if (n) {'
	mutant broken "there is no such test" "$ceiling" 'if (false) {'
	mutant endless "a buffer stops at its ceiling" "$ceiling" 'while (true) if (b->failed != OK) {'
}

good_ones()
{
	mutant caught "a buffer stops at its ceiling" "$ceiling" 'if (false) {'
	mutant listed "numbers in decimal" "$ceiling" 'if (false) {'
}

# run FOLDER: its output, times and all, and "status N".
run()
{
	MUTANTS_FOLDER=$scratch/$1 MUTANTS_SECONDS=5 MUTANTS=. tests/mutants.sh
	echo "status $?"
}

# says NAME LINE: the run said it.
says()
{
	if grep -qE -e "$2" "$scratch/said"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "mutants_test: $1: not said: $2"
		sed 's/^/        | /' "$scratch/said"
	fi
}

# A tree of its own: its programs are scripts, and something lies beside it.
small_tree()
{
	local tree=$1/tree
	mkdir -p "$1/shared" "$tree/tests/mutations" "$tree/tests/unit" "$tree/src"
	cp tests/mutants.sh "$tree/tests/"
	cp tests/mutations/mutant.py "$tree/tests/mutations/"
	echo 'if (x) return y;' >"$tree/src/a.c"
	cat >"$tree/Makefile" <<-'END'
	all:
	build/test/%: tests/%.c; mkdir -p $(@D) && cp $< $@ && chmod +x $@
	END
	cat >"$tree/tests/unit/test_skips.c" <<-'END'
	#!/bin/bash
	printf '%s\n' '- (begins)' '- a test' '  skipped: no device' '- (ends)' \
		'2 passed, 0 failed, 1 skipped'
	END
	cat >"$tree/tests/unit/test_beside.c" <<-'END'
	#!/bin/bash
	[ -d ../shared ] || { echo '0 passed, 0 failed, 1 skipped'; exit 0; }
	grep -q x src/a.c && echo '1 passed, 0 failed, 0 skipped'
	END
	for name in skips beside; do
		printf 'mutant %s\nfile src/a.c\ntest unit/test_%s\n-if (x) return y;\n' \
			$name $name
	done >"$tree/tests/mutations/room.mutants"
}

mkdir "$scratch/bad" "$scratch/good" || exit 1
bad_ones >"$scratch/bad/room.mutants"
good_ones >"$scratch/good/room.mutants"
printf 'room: %s\tfor the sake of the test\n' listed gone \
	>"$scratch/bad/survivors.tsv"
printf 'room: listed\tfor the sake of the test\n' \
	>"$scratch/good/survivors.tsv"

run bad >"$scratch/said" 2>&1
says "one that survives" '^  room: survives: survived$'
says "one that is stale" '^  room: stale: stale$'
says "one that does not compile" '^  room: uncompiled: uncompiled$'
says "one that is listed and caught" '^  room: listed: listed, and caught$'
says "one that is listed and not there" '^  room: gone: listed, and not there$'
says "one whose test fails without it" '^  room: broken: broken$'
says "how many" '^3 of 7 mutants caught .*, 1 without an end; 1 survived;'
says "the count" '^1 passed, 6 failed, 0 skipped$'
says "the run is red" '^status 1$'

run good >"$scratch/said" 2>&1
says "a survivor that is listed" '^1 of 2 mutants caught .* 1 survived;'
says "the count" '^2 passed, 0 failed, 0 skipped$'
says "the run is green" '^status 0$'

small_tree "$scratch/small"
{
	"$scratch/small/tree/tests/mutants.sh"
	echo "status $?"
} >"$scratch/said" 2>&1
says "a test that skips" '^  absent     room: skips  \(unit/test_skips\)$'
says "what lies beside the tree is used, one absent is counted apart" \
	'^1 of 2 mutants caught \(100.0 %\), 0 without an end; 0 survived; 1 absent;'
says "the count" '^1 passed, 0 failed, 1 skipped$'
says "the run is green" '^status 0$'

printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
