# The samples that tests/interop/run.sh shows to other people's libraries, and
# that tests/fuzz/seeds/crypto.sh cuts the fuzz targets' seeds from.

INTEROP := $(BUILD)/test/interop/make_samples

check-now: $(INTEROP)

$(INTEROP): $(BUILD)/obj/tests/interop/make_samples.o $(TEST_COMMON) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(TEST_COMMON) -Wl,--start-group \
		$(ALL_LIBS) -Wl,--end-group $(TEST_LIBS)
