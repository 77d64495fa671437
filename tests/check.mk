# make check: installs what is missing, builds, runs every test, sums.
#
# The second make is there because wildcards must be read after the tools that
# they need have come.

SCENARIOS := $(wildcard tests/e2e/[0-9]*.sh tests/interop/*.sh)

.PHONY: check check-now deps
deps:
	@tests/deps.sh

check:
	@tests/deps.sh
	@+$(MAKE) --no-print-directory check-now

check-now: all tests fuzz-replay
	@ANCHORD_BUILD=$(BUILD) tests/run.sh --title "tests$(if $(SAN), (ASan, UBSan))" \
		$(sort $(TEST_BINS)) $(ATTACK_BIN) $(FUZZ_REPLAYS) \
		$(SCENARIOS)

# The figures: tests/bench/run.sh prints them all in one run.
.PHONY: bench
bench: all
	@tests/deps.sh build run
	@ANCHORD_BUILD=$(BUILD) tests/bench/run.sh

# For editors and clang-tidy.
.PHONY: compdb
compdb:
	@tests/compdb.sh $(sort $(SRC) $(TEST_SRC) $(wildcard tests/common/*/*.c \
		tests/fuzz/*.c)) >compile_commands.json
	@echo "  GEN     compile_commands.json"
