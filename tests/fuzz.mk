# Fuzz targets: tests/fuzz/fuzz_<parser>.c with LLVMFuzzerTestOneInput().
#
#	make fuzz                     builds them with clang and libFuzzer
#	make fuzz-run FUZZ_SECONDS=30 runs each for that long
#	make fuzz-replay              builds the replays of the committed
#	                              corpus that make check runs, with gcc
#
# A replay is the same target with tests/fuzz/replay.c in libFuzzer's place.

FUZZ_SRC     := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
FUZZ_REPLAYS := $(patsubst tests/fuzz/%.c,$(BUILD)/test/fuzz/%,$(FUZZ_SRC))
FUZZ_SECONDS ?= 10

# Everything that a target may need, without what programs alone have.
FUZZ_HELP   := $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,\
	$(filter-out %/main.c %/version.c,$(ROOM_SRC)))
FUZZ_SAN    := address,undefined

.PHONY: fuzz fuzz-run fuzz-replay
fuzz: $(FUZZ_TARGETS)

fuzz-replay: $(FUZZ_REPLAYS)

$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  FUZZ    $<")
	$(Q)clang -std=gnu17 -O1 -g -w $(CPPFLAGS) $(P11_CFLAGS) \
		-fno-sanitize-recover=all -fsanitize=fuzzer-no-link,$(FUZZ_SAN) \
		-MMD -MP -c -o $@ $<

$(BUILD)/fuzz/anchord.a: $(FUZZ_HELP)
	@rm -f $@ && ar rcs $@ $^

$(FUZZ_TARGETS): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o \
		$(BUILD)/fuzz/anchord.a
	@clang -fsanitize=fuzzer,$(FUZZ_SAN) -Wl,--as-needed -o $@ $^ \
		$(TEST_LIBS)

$(FUZZ_REPLAYS): $(BUILD)/test/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o \
		$(BUILD)/obj/tests/fuzz/replay.o $(ALL_LIBS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(BUILD)/obj/tests/fuzz/replay.o \
		-Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(TEST_LIBS)

# New inputs go to the build directory; the committed corpus only grows by hand.
fuzz-run: fuzz
	@tests/fuzz/run.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS)

-include $(shell find $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)
