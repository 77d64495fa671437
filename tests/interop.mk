# The samples that tests/interop/run.sh shows to other people's libraries, and
# that tests/fuzz/seeds/crypto.sh cuts the fuzz targets' seeds from; and our side
# of tests/interop/officers.sh.

INTEROP := $(BUILD)/test/interop/make_samples $(BUILD)/test/interop/officer

check-now: $(INTEROP)

$(INTEROP): $(BUILD)/test/%: $(BUILD)/obj/tests/%.o $(TEST_COMMON) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(TEST_COMMON) -Wl,--start-group \
		$(ALL_LIBS) -Wl,--end-group $(TEST_LIBS)
