/*
 * test_judge_when.c - how far a rollout is, when its windows are open, and how many
 * devices it admits.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/eligibility/ask.h"

/* As Python's hmac has it: int.from_bytes(hmac.digest(seed, handle, "sha256")[:8],
 * "big"). */
static void
test_places(void)
{
	uint8_t seed[HASH_SIZE];

	memset(seed, 0x22, sizeof(seed));
	CU_ASSERT_EQUAL(eligibility_place(seed, bytes_of_str(FLEET_HANDLE_A)),
	                UINT64_C(0xc64cb582c173a99c));
	CU_ASSERT_EQUAL(eligibility_place(seed, bytes_of_str(FLEET_HANDLE_C)),
	                UINT64_C(0xd8d9fc18c200d5bf));
	memset(seed, 0x11, sizeof(seed));
	CU_ASSERT_EQUAL(eligibility_place(seed, bytes_of_str(FLEET_HANDLE_B)),
	                UINT64_C(0xb964223a752037fc));
}

/* The device C is at 84.7 percent, so neither 1 nor 50.5 reach it. */
static void
test_stages(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);
	struct eligibility_answer a;

	ask.handle = bytes_of_str(FLEET_HANDLE_C);
	/* The gate of "small" waits for two devices. */
	a = expect(fleet, &ask, ONLY(ROLLOUT_NOT_REACHED));
	CU_ASSERT_STRING_EQUAL(a.stage, "canary");
	CU_ASSERT_EQUAL(a.retry_after_s, 0);
	ask.usage.finished = 1;
	a = expect(fleet, &ask, ONLY(ROLLOUT_NOT_REACHED));
	CU_ASSERT_STRING_EQUAL(a.stage, "canary");
	ask.usage.finished = 2;
	a = expect(fleet, &ask, ONLY(ROLLOUT_NOT_REACHED));
	CU_ASSERT_STRING_EQUAL(a.stage, "growing");
	/* The next stage begins on the 20th. */
	CU_ASSERT_EQUAL(a.retry_after_s,
	                second_of("2026-12-20T00:00:00Z") - ask.now_s);
	ask.now_s = second_of("2026-12-19T22:00:00Z");
	(void)expect(fleet, &ask, ONLY(ROLLOUT_NOT_REACHED));
	ask.now_s = second_of("2026-12-20T00:00:00Z"); /* Sunday, 01:00 */
	a = expect(fleet, &ask, 0);
	CU_ASSERT_STRING_EQUAL(a.stage, "all");
}

/* A stage without a time of its own is not entered while the one before grows.
 * C, at 84.7 percent, is not within the 50 of the growing one. */
static void
test_behind_growing(void)
{
	static const char text[] =
	        "id=\"x\"; version=1; channels:({name=\"c\";});"
	        "releases:({release=\"r\"; channel=\"c\";"
	        "seed=\"" FLEET_SEED_11 "\"; stages:("
	        "{name=\"g\"; percent=50;"
	        "from=\"2026-12-02T00:00:00Z\"; ramp=\"10d\";},"
	        "{name=\"all\"; percent=100;});});";
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);
	AUTO(rollout_free) struct rollout *r = rollout_of(text);

	ask.handle = bytes_of_str(FLEET_HANDLE_C);
	ask.channel = bytes_of_str("c");
	ask.release = bytes_of_str("r");
	ask.now_s = second_of("2026-12-11T23:59:50Z");
	CU_ASSERT_EQUAL(
	        expect(r, &ask, ONLY(ROLLOUT_NOT_REACHED)).retry_after_s, 10);
	ask.now_s = second_of("2026-12-11T23:59:59Z");
	CU_ASSERT_STRING_EQUAL(expect(r, &ask, ONLY(ROLLOUT_NOT_REACHED)).stage,
	                       "g");
	ask.now_s = second_of("2026-12-12T00:00:00Z");
	CU_ASSERT_STRING_EQUAL(expect(r, &ask, 0).stage, "all");
}

/* A device that a growing share reaches is told when, to the second. */
static void
test_growing(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);
	struct eligibility_answer a;
	uint64_t until;

	ask.handle = bytes_of_str(FLEET_HANDLE_A);
	ask.format = bytes_of_str("android-key");
	ask.usage.finished = 2;
	/* Not as a canary: by a file without that stage. */
	AUTO(rollout_free)
	struct rollout *r =
	        rollout_of("id=\"x\"; version=1; channels:({name=\"c\";});"
	                   "releases:({release=\"r\"; channel=\"c\";"
	                   "seed=\"" FLEET_SEED_11 "\"; stages:("
	                   "{name=\"g\"; percent=80;"
	                   "from=\"2026-12-02T00:00:00Z\"; ramp=\"10d\";}"
	                   ");});");
	ask.channel = bytes_of_str("c");
	ask.release = bytes_of_str("r");
	ask.now_s = second_of("2026-12-01T00:00:00Z");
	a = expect(r, &ask, ONLY(ROLLOUT_NOT_REACHED));
	CU_ASSERT_EQUAL(a.retry_after_s, DAY_S); /* until it begins */
	CU_ASSERT_STRING_EQUAL(a.stage, "");
	ask.now_s = second_of("2026-12-03T00:00:00Z");
	a = expect(r, &ask, ONLY(ROLLOUT_NOT_REACHED));
	CU_ASSERT(a.retry_after_s > 0 && a.retry_after_s < 9 * DAY_S);
	until = ask.now_s + a.retry_after_s;
	ask.now_s = until - 1;
	CU_ASSERT_EQUAL(
	        expect(r, &ask, ONLY(ROLLOUT_NOT_REACHED)).retry_after_s, 1);
	ask.now_s = until;
	(void)expect(r, &ask, 0);
	/* A device that 80 percent do not include is told nothing. */
	ask.handle = bytes_of_str(FLEET_HANDLE_C);
	CU_ASSERT_EQUAL(
	        expect(r, &ask, ONLY(ROLLOUT_NOT_REACHED)).retry_after_s, 0);
	/* Nobody is reached without a handle. */
	ask.handle = bytes_of_str("");
	ask.now_s += 20 * DAY_S;
	(void)expect(r, &ask, ONLY(ROLLOUT_NOT_REACHED));
}

static void
expect_at(const char *at, reason_set wanted, uint64_t retry_after_s)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.now_s = second_of(at);
	CU_ASSERT_EQUAL(expect(fleet, &ask, wanted).retry_after_s,
	                retry_after_s);
}

static void
test_windows(void)
{
	/* Saturday and Sunday, 22:00 to 04:00 in Berlin. */
	expect_at("2026-12-05T20:59:59Z", ONLY(ROLLOUT_WINDOW), 1);
	expect_at("2026-12-05T21:00:00Z", 0, 0);
	expect_at("2026-12-06T02:59:59Z", 0, 0);
	expect_at("2026-12-06T03:00:00Z", ONLY(ROLLOUT_WINDOW), 18 * 3600);
	/* Sunday's reaches into Monday, Friday has none. */
	expect_at("2026-12-07T02:59:59Z", 0, 0);
	expect_at("2026-12-07T03:00:00Z", ONLY(ROLLOUT_WINDOW),
	          5 * DAY_S + 18 * 3600);
	expect_at("2026-12-04T22:00:00Z", ONLY(ROLLOUT_WINDOW), 23 * 3600);
	/* The small hours of Saturday are Friday's night. */
	expect_at("2026-12-05T01:00:00Z", ONLY(ROLLOUT_WINDOW), 20 * 3600);
	/* Summer time: an hour earlier; the wait crosses the change. */
	expect_at("2027-04-03T20:00:00Z", 0, 0);
	expect_at("2027-04-03T19:59:59Z", ONLY(ROLLOUT_WINDOW), 1);
	expect_at("2027-03-29T02:00:00Z", ONLY(ROLLOUT_WINDOW),
	          5 * DAY_S + 18 * 3600);
	expect_at("2027-03-22T03:00:00Z", ONLY(ROLLOUT_WINDOW),
	          5 * DAY_S + 18 * 3600);
}

static void
test_limits(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.usage.running = 1;
	(void)expect(fleet, &ask, 0);
	ask.usage.running = 2;
	CU_ASSERT_EQUAL(expect(fleet, &ask, ONLY(ROLLOUT_LIMIT)).retry_after_s,
	                7200);
	/* Who holds a permit is not counted again. */
	ask.usage.permitted = true;
	ask.usage.attempts = 3;
	ask.usage.started = 3;
	(void)expect(fleet, &ask, 0);
	ask.usage.permitted = false;
	ask.usage.running = 0;
	CU_ASSERT_EQUAL(expect(fleet, &ask, ONLY(ROLLOUT_LIMIT)).retry_after_s,
	                0);
	ask.usage.attempts = 2;
	CU_ASSERT_EQUAL(expect(fleet, &ask, ONLY(ROLLOUT_LIMIT)).retry_after_s,
	                3600);
	ask.usage.started = 2;
	(void)expect(fleet, &ask, 0);
	ask.usage.last_attempt_s = ask.now_s - 599;
	CU_ASSERT_EQUAL(expect(fleet, &ask, ONLY(ROLLOUT_LIMIT)).retry_after_s,
	                1);
	ask.usage.last_attempt_s--;
	(void)expect(fleet, &ask, 0);
}

/* Who is held back by something else is not counted. */
static void
test_limits_last(void)
{
	AUTO(buf_release) struct buf say = buf_of(16384);
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);
	struct eligibility_answer a;

	ask.now_s = second_of("2026-12-04T12:00:00Z");
	ask.usage.running = 2;
	a = expect(fleet, &ask, ONLY(ROLLOUT_WINDOW));
	CU_ASSERT_FALSE(a.counts);
	eligibility_judge(fleet, &ask, &say, &a);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&say), "limits is not asked"));
}

/* All of the devices need neither seed nor handle. */
static void
test_all(void)
{
	AUTO(rollout_free)
	struct rollout *r = rollout_of("id=\"x\"; version=1; channels:("
	                               "{name=\"c\";});"
	                               "releases:({release=\"r\";"
	                               "channel=\"c\"; stages:({"
	                               "name=\"all\"; percent=100;});});");
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.channel = bytes_of_str("c");
	ask.release = bytes_of_str("r");
	ask.handle = bytes_of_str("");
	CU_ASSERT_STRING_EQUAL(expect(r, &ask, 0).stage, "all");
}

static void
test_expedite(void)
{
	AUTO(rollout_free)
	struct rollout *r = rollout_of("id=\"x\"; version=1; channels:("
	                               "{name=\"c\"; windows=({from="
	                               "\"01:00\"; to=\"02:00\";"
	                               "zone=\"UTC\";});});"
	                               "releases:({release=\"r\";"
	                               "channel=\"c\"; expedite=true;});");
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.channel = bytes_of_str("c");
	ask.release = bytes_of_str("r");
	ask.handle = bytes_of_str(FLEET_HANDLE_C);
	(void)expect(r, &ask, 0);
}

static const struct harness_test tests[] = {
	{ "(begins)", begin_tests },
	{ "a device's place", test_places },
	{ "stages and their gates", test_stages },
	{ "a stage behind a growing one", test_behind_growing },
	{ "a growing share", test_growing },
	{ "windows and summer time", test_windows },
	{ "limits, one by one", test_limits },
	{ "limits are asked last", test_limits_last },
	{ "all is all", test_all },
	{ "an expedited release", test_expedite },
	{ "(ends)", end_tests },
	{ NULL, NULL },
};

HARNESS_MAIN("judge_when", tests)
