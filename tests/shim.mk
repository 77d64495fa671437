# The PKCS#11 module that fails to order (tests/shim/), and the whole matrix of
# faults; make check runs a sample of it.

SHIM := $(BUILD)/test/anchord-shim.so

$(SHIM): tests/shim/shim.c tests/shim/shim.h $(wildcard tests/shim/*.def)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) -std=gnu17 -O2 -g -fPIC -shared -fvisibility=hidden $(WARN) \
		-Wno-pedantic $(CPPFLAGS) $(P11_CFLAGS) -o $@ $< -ldl

$(BUILD)/test/process/test_faults $(BUILD)/test/process/test_losses: | $(SHIM)
tests bench: $(SHIM)

.PHONY: faults
faults: all $(BUILD)/test/process/test_faults $(BUILD)/test/process/test_losses
	@ANCHORD_FAULTS=all $(BUILD)/test/process/test_faults
	@ANCHORD_LOSSES=200 $(BUILD)/test/process/test_losses
