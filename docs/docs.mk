# Manual pages by scdoc: docs/man/NAME.SECTION.scd, in build/man.

MAN_SRC := $(wildcard docs/man/*.scd)
MAN     := $(patsubst docs/man/%.scd,$(BUILD)/man/%,$(MAN_SRC))

.PHONY: docs
docs: $(MAN)

$(BUILD)/man/%: docs/man/%.scd
	@mkdir -p $(@D)
	$(if $(V),,@echo "  MAN     $@")
	$(Q)scdoc <$< >$@.new && mv $@.new $@
