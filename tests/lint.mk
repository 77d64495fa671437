# The rules of the house as programs: each lint looks at the tree and then at
# planted faults, so that a lint which cannot fail is noticed.

LINTS := $(wildcard tests/lint/[a-z]*.sh)
LINTS := $(filter-out tests/lint/lib.sh tests/lint/analyze.sh,$(LINTS))

.PHONY: lint lint-flags analyze
lint: all
	@ANCHORD_BUILD=$(BUILD) tests/run.sh --title lint $(LINTS)

# What the compiler is given, for scripts that ask it questions.
lint-flags:
	@echo -std=gnu17 $(CPPFLAGS) $(P11_CFLAGS)

# Path analysis, slower and with opinions.
analyze:
	@tests/lint/analyze.sh
