# A third format, tests/toy, in the whole service: the product's programs with its
# folder and its row, in build/toy/bin, for tests/process/test_toy.c; and its fuzz
# target, tests/fuzz/fuzz_toy.c.
#
# Only what rows are read in (formats.def) is made anew, as FORMATS_MORE=tests/toy
# makes it for a whole build; every other object is the product's own.

TOY     := tests/toy
TOY_OWN := $(wildcard $(TOY)/*.c)
TOY_SRC := $(shell grep -rl '/formats\.def"' src provisioning --include='*.c') \
	$(TOY_OWN)
TOY_OBJ := $(TOY_SRC:%.c=$(BUILD)/toy/obj/%.o)
TOY_BIN := $(PROGRAMS:%=$(BUILD)/toy/bin/%)

$(BUILD)/toy/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $< (toy)")
	$(Q)$(CC) $(filter-out -DFORMATS_MORE%,$(ALLFLAGS)) -DFORMATS_MORE='"$(TOY)/formats.def"' \
		-MMD -MP -c -o $@ $<

# What of those objects a program has: of its rooms, and the folder where there is
# evidence.
toy_rooms  = $(foreach r,$(call rooms,$(rooms_$(1))),\
	$(filter $(BUILD)/toy/obj/$(call room_dir,$(r))/%,$(TOY_OBJ)))
toy_folder = $(if $(filter evidence,$(rooms_$(1))),\
	$(filter $(BUILD)/toy/obj/$(TOY)/%,$(TOY_OBJ)))
toy_main   = $(foreach o,$(main_$(1)),$(firstword \
	$(filter $(o:$(BUILD)/obj/%=$(BUILD)/toy/obj/%),$(TOY_OBJ)) $(o)))
toy_objs   = $(sort $(toy_main) $(toy_rooms) $(toy_folder))

define toy_program
$(BUILD)/toy/bin/$(1): $$(call toy_objs,$(1)) $$(call libs,$$(rooms_$(1)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LD      $$@")
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$(call toy_objs,$(1)) -Wl,--start-group \
		$$(call libs,$$(rooms_$(1))) -Wl,--end-group $$(libs_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call toy_program,$(p))))

$(BUILD)/test/process/test_toy: | $(TOY_BIN)
tests: $(TOY_BIN)

$(BUILD)/fuzz/fuzz_toy: $(TOY_OWN:%.c=$(BUILD)/fuzz/obj/%.o)
$(BUILD)/test/fuzz/fuzz_toy: $(TOY_OWN:%.c=$(BUILD)/toy/obj/%.o)
$(BUILD)/test/fuzz/fuzz_toy: ALL_LIBS := $(TOY_OWN:%.c=$(BUILD)/toy/obj/%.o) $(ALL_LIBS)

-include $(TOY_OBJ:.o=.d)
