# make mutants: takes every check of tests/mutations away, one at a time, and
# sees its test fail; hours.  MUTANTS=, SAMPLE= and SEED= choose (mutants.sh).

MUTANTS_JOBS ?= 2

.PHONY: mutants
mutants: all
	@tests/deps.sh
	@ANCHORD_BUILD=$(BUILD) CC="$(CC)" MUTANTS="$(MUTANTS)" \
		SAMPLE="$(SAMPLE)" SEED="$(SEED)" MUTANTS_JOBS=$(MUTANTS_JOBS) \
		tests/mutants.sh
