# make attack: hostile clients of every kind against a front, all of it, with
# times.  `make check` runs a sample of the same program.  What the front logs
# meanwhile is kept beside the other logs.

ATTACK_BIN  := $(BUILD)/test/attack/attack
ATTACK_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/attack/*.c))

.PHONY: attack
attack: all $(ATTACK_BIN)
	@tests/deps.sh build run
	@mkdir -p $(BUILD)/log
	@ANCHORD_ATTACK=full $(ATTACK_BIN) 2>$(BUILD)/log/attack-full.log

tests: $(ATTACK_BIN)

$(ATTACK_BIN): $(ATTACK_OBJS) $(TEST_COMMON) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group \
		$(ALL_LIBS) -Wl,--end-group $(TEST_LIBS)
