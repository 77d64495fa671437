#!/bin/bash
# mutants.sh - every mutant of tests/mutations fits what is there: its old text is
# in its file exactly once, its test is there, and what is listed as a survivor
# has a reason.  tests/mutants.sh runs them.
. "$(dirname "$0")/lib.sh"

check()
{
	/usr/bin/python3 -B "$root/tests/mutations/mutant.py" check \
		tests/mutations .
	[ -e tests/mutations/survivors.tsv ] || return 0
	awk -F '\t' '!/^#/ && NF && (NF != 2 || $2 == "") {
		print FILENAME ":" FNR ": no reason" }' \
		tests/mutations/survivors.tsv
}

# plant_mutant FILE TEST OLD: beside a file and a test that are there.
plant_mutant()
{
	plant src/a.c <<<'	if (x)
		return y;
	if (x) return z;'
	plant tests/unit/test_a.c <<<'	{ "a check", test_check },'
	plant tests/mutations/room.mutants <<END
mutant a name
file $1
test $2
-$3
+	if (false)
END
}

self_test()
{
	plant_mutant src/a.c "unit/test_a: a check" 'if (x) return y;'
	clean "a mutant that fits"

	plant_mutant src/a.c "unit/test_a: a check" 'if (x)'
	planted "old text that is there twice" 'a name: src/a.c: stale.* 2 times'

	plant_mutant src/a.c "unit/test_a: a check" 'if (y)'
	planted "old text that is gone" 'a name: src/a.c: stale.* 0 times'

	plant_mutant src/b.c "unit/test_a: a check" 'if (x) return y;'
	planted "a file that is gone" 'stale, there is no src/b.c'

	plant_mutant src/a.c "unit/test_b: a check" 'if (x) return y;'
	planted "a test program that is gone" 'stale, there is no unit/test_b'

	plant_mutant src/a.c "unit/test_a: another" 'if (x) return y;'
	planted "a test that is gone" 'stale, unit/test_a has no test'

	plant_mutant src/a.c "unit/test_a: a check" 'if (x) return y;'
	printf 'mutant a name\nfile src/a.c\ntest unit/test_a\n-return y\n' \
		>>"$scratch/tree/tests/mutations/room.mutants"
	planted "a name that is there twice" 'the name is there twice'

	plant_mutant src/a.c "unit/test_a: a check" 'if (x) return y;'
	plant tests/mutations/survivors.tsv <<<'room: a name	'
	planted "a survivor without a reason" 'survivors.tsv:1: no reason'
}

check_repository
self_test
finish
