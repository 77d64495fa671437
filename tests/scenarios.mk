# make scenarios: the long story of trust, with every ceremony and every emergency,
# and at the end the table of all workflows, devices and states of a rollout.  The
# story takes some minutes, so it is not a part of "make check", which has the table
# (e2e/24-eligibility); tests/lint/scenarios.sh holds its list against the plans.

.PHONY: scenarios scenarios-now
scenarios:
	@tests/deps.sh build run
	@+$(MAKE) --no-print-directory scenarios-now

scenarios-now: all keymint
	@ANCHORD_BUILD=$(BUILD) tests/scenarios/run.sh
	@ANCHORD_BUILD=$(BUILD) tests/e2e/24-eligibility.sh --table
