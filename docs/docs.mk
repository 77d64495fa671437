# Manual pages by scdoc: docs/man/NAME.SECTION.scd, in build/man.  Two makes may make
# one at the same time, so the temporary name is a process's own.

MAN_SRC := $(wildcard docs/man/*.scd)
MAN     := $(patsubst docs/man/%.scd,$(BUILD)/man/%,$(MAN_SRC))

.PHONY: docs
docs: $(MAN)

$(BUILD)/man/%: docs/man/%.scd
	@mkdir -p $(@D)
	$(if $(V),,@echo "  MAN     $@")
	$(Q)new=$@.$$$$; scdoc <$< >$$new && mv $$new $@ || { rm -f $$new; false; }
