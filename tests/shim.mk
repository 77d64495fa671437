# The PKCS#11 module that fails to order (tests/shim/), and both whole matrices
# of faults, that of a token and that of a TPM; make check runs samples.

SHIM := $(BUILD)/test/anchord-shim.so

$(SHIM): tests/shim/shim.c tests/shim/shim.h $(wildcard tests/shim/*.def)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) -std=gnu17 -O2 -g -fPIC -shared -fvisibility=hidden $(WARN) \
		-Wno-pedantic $(CPPFLAGS) $(P11_CFLAGS) -o $@ $< -ldl

$(BUILD)/test/process/test_faults $(BUILD)/test/process/test_losses: | $(SHIM)
tests bench: $(SHIM)

FAULT_TESTS := $(patsubst %,$(BUILD)/test/process/test_%,faults faults_tpm losses)

.PHONY: faults
faults: all $(FAULT_TESTS)
	@ANCHORD_FAULTS=all $(BUILD)/test/process/test_faults
	@ANCHORD_FAULTS=all $(BUILD)/test/process/test_faults_tpm
	@ANCHORD_LOSSES=200 $(BUILD)/test/process/test_losses
