# make scenarios: the long story of trust, with every ceremony and every emergency.
# Some minutes, so not a part of "make check"; tests/lint/scenarios.sh holds its list
# against the plans.

.PHONY: scenarios scenarios-now
scenarios:
	@tests/deps.sh build run
	@+$(MAKE) --no-print-directory scenarios-now

scenarios-now: all keymint
	@ANCHORD_BUILD=$(BUILD) tests/scenarios/run.sh
