# A fake device takes the place of hsm.h in these programs: the first definition
# counts.
$(BUILD)/test/unit/keyholder/test_batch_crowd \
$(BUILD)/test/unit/keyholder/test_rotation_schedules \
$(BUILD)/test/unit/keyholder/test_rotation_stories: LDFLAGS += -Wl,-z,muldefs
