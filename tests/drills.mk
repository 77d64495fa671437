# What a change costs, tried out in a scratch copy: how many files of the product
# it touches, and whether the tests still hold.  Some minutes each, so not a part
# of "make check".

DRILLS := $(wildcard tests/drills/*.sh)

.PHONY: drills
drills: all
	@ANCHORD_BUILD=$(BUILD) CC="$(CC)" ANCHORD_TEST_SECONDS=1800 \
		tests/run.sh --title drills $(DRILLS)
