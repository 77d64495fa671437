# Bench programs: bench/bench from everything in tests/bench but what stands
# alone, and one program for each file that does.

BENCH_ALONE := $(wildcard tests/bench/bench_ledger.c \
	tests/bench/bench_android.c tests/bench/bench_json.c \
	tests/bench/bench_outcomes.c tests/bench/bench_enrolments.c \
	tests/bench/bench_flood.c)
BENCH_MANY  := tests/bench/many.c
BENCH_OBJS  := $(patsubst %.c,$(BUILD)/obj/%.o,\
	$(filter-out $(BENCH_ALONE) $(BENCH_MANY),$(wildcard tests/bench/*.c)))
BENCH_BINS  := $(BUILD)/bench/bench \
	$(BENCH_ALONE:tests/bench/%.c=$(BUILD)/bench/%)

bench: $(BENCH_BINS)

$(BUILD)/bench/bench: $(BENCH_OBJS)
$(BUILD)/bench/bench_enrolments: $(BENCH_MANY:%.c=$(BUILD)/obj/%.o)
$(BUILD)/bench/bench_flood: $(patsubst %.c,$(BUILD)/obj/%.o,\
	$(wildcard tests/bench/load*.c))
$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(TEST_COMMON) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $(sort $(filter %.o,$^)) -Wl,--start-group \
		$(ALL_LIBS) -Wl,--end-group $(TEST_LIBS)
