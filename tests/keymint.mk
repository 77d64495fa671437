# The software Android device: in every test program that wants it, and as a
# program for scripts, build/test/keymint.

KEYMINT_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,\
	$(filter-out %/main.c,$(wildcard tests/keymint/*.c)))
KEYMINT_MAIN := $(patsubst %.c,$(BUILD)/obj/%.o,\
	$(wildcard tests/keymint/main.c))

# The recipes of tests and of the bench link what TEST_COMMON has.
TEST_COMMON += $(KEYMINT_OBJS)
$(TEST_BINS) $(BENCH_BINS) $(ATTACK_BIN): $(KEYMINT_OBJS)

.PHONY: keymint
keymint: $(BUILD)/test/keymint
tests: keymint

$(BUILD)/test/keymint: $(KEYMINT_MAIN) $(KEYMINT_OBJS) \
		$(call libs,crypto base)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $(KEYMINT_MAIN) $(KEYMINT_OBJS) \
		-Wl,--start-group $(call libs,crypto base) -Wl,--end-group -lcrypto
