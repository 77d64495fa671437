/*
 * test_judge_who.c - whom a channel admits, and which release it has for a device.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/eligibility/ask.h"

static void
test_good(void)
{
	AUTO(buf_release) struct buf say = buf_of(16384);
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);
	struct eligibility_answer a = expect(fleet, &ask, 0);

	CU_ASSERT_STRING_EQUAL(a.group, "canary");
	CU_ASSERT_STRING_EQUAL(a.stage, "canary");
	CU_ASSERT(a.counts);
	CU_ASSERT_EQUAL(a.retry_after_s, 0);
	eligibility_judge(fleet, &ask, &say, &a);
	CU_ASSERT_STRING_EQUAL(
	        buf_str(&say),
	        "stop passes\n"
	        "channel passes\n"
	        "deny passes\n"
	        "allow passes: the device belongs to the group canary\n"
	        "release passes\n"
	        "withdrawn passes\n"
	        "hold passes\n"
	        "pin passes\n"
	        "build passes: the device has 202606, the release 202611\n"
	        "stage passes: stage canary, 0.000000 percent of all devices, "
	        "and the device's group; the device is at 77.460798 percent\n"
	        "window passes: window 1 of 1 is open\n"
	        "limits passes: 0 devices hold permits\n");
}

/* Without a file, and for who names neither channel nor release. */
static void
test_nothing_asked(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	CU_ASSERT_FALSE(expect(NULL, &ask, 0).counts);
	ask.channel = ask.release = bytes_of_str("");
	CU_ASSERT_FALSE(expect(fleet, &ask, 0).counts);
}

static void
test_channel(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.channel = bytes_of_str("stabl");
	(void)expect(fleet, &ask,
	             ONLY(CHANNEL_DENIED) | ONLY(ROLLOUT_NOT_REACHED));
	ask.release = bytes_of_str("");
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	ask.channel = bytes_of_str("stable");
	CU_ASSERT_FALSE(expect(fleet, &ask, 0).counts);
}

static void
test_deny_before_allow(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	set_facts(&f, 160000, 202606, 0xff);
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED) | ONLY(ROLLOUT_HELD));
}

/* Each condition of the group "phones" by itself. */
static void
test_allow(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	/* Not a canary; stage "canary" does not reach it. */
	ask.handle = bytes_of_str(FLEET_HANDLE_C);
	CU_ASSERT_STRING_EQUAL(
	        expect(fleet, &ask, ONLY(ROLLOUT_NOT_REACHED)).group, "phones");
	ask.release = bytes_of_str("");
	(void)expect(fleet, &ask, 0);
	set_facts(&f, 149999, 202606, 1);
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	set_facts(&f, 170001, 202606, 1);
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	set_facts(&f, 170000, 202606, 1);
	(void)expect(fleet, &ask, 0);
	set_facts(&f, 150000, 202606, 1);
	(void)expect(fleet, &ask, 0);
	set_facts(&f, 0, 202606, 1); /* not shown */
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	ask = good_ask(&f);
	ask.handle = bytes_of_str(FLEET_HANDLE_C);
	ask.release = bytes_of_str("");
	ask.enrolled_s = second_of("2027-01-01T00:00:00Z");
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	ask.enrolled_s--;
	(void)expect(fleet, &ask, 0);
	ask.enrolled_s = second_of("2026-01-01T00:00:00Z");
	(void)expect(fleet, &ask, 0);
	ask.enrolled_s--;
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	ask.enrolled_s++;
	ask.format = bytes_of_str("tpm2-quote");
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	ask.facts = NULL;
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
}

static void
test_handles(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.release = bytes_of_str("");
	ask.format = bytes_of_str("tpm2-quote"); /* not of "phones" */
	ask.handle = bytes_of_str(FLEET_HANDLE_B);
	(void)expect(fleet, &ask, 0);
	ask.handle.len--;
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	ask.handle = bytes_of_str(FLEET_HANDLE_B "A");
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
	ask.handle = bytes_of_str("");
	(void)expect(fleet, &ask, ONLY(CHANNEL_DENIED));
}

static void
test_release(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.release = bytes_of_str("fw-12");
	(void)expect(fleet, &ask, ONLY(ROLLOUT_NOT_REACHED));
	/* Two channels have it. */
	ask.release = bytes_of_str("fw-11");
	ask.channel = bytes_of_str("");
	(void)expect(fleet, &ask, ONLY(ROLLOUT_NOT_REACHED));
	/* One has it: its rules hold. */
	ask.release = bytes_of_str("fw-6");
	CU_ASSERT_STRING_EQUAL(expect(fleet, &ask, 0).group, "canary");
}

static void
test_withdrawn_and_held(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.channel = bytes_of_str("beta");
	ask.release = bytes_of_str("fw-9");
	(void)expect(fleet, &ask, ONLY(RELEASE_WITHDRAWN)); /* and no stages */
	ask.release = bytes_of_str("fw-11"); /* expedited, and held */
	CU_ASSERT_EQUAL(expect(fleet, &ask, ONLY(ROLLOUT_HELD)).retry_after_s,
	                0);
}

static void
test_stop(void)
{
	static const uint8_t stops[][ROLLOUT_STOP_SIZE] = {
		{ 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33,
		  0x33, 0x33, 0x33, 0x33, 0x33, 0x33 },
		{ 0x44 },
	};
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.usage.stops = stops;
	ask.usage.n_stops = 1; /* which the file lifts for this channel */
	(void)expect(fleet, &ask, 0);
	(void)expect(NULL, &ask, ONLY(ROLLOUT_STOPPED));
	ask.usage.n_stops = 2;
	(void)expect(fleet, &ask, ONLY(ROLLOUT_STOPPED));
	ask.usage.n_stops = 1;
	ask.channel = bytes_of_str("beta");
	(void)expect(fleet, &ask, ONLY(ROLLOUT_STOPPED) | ONLY(ROLLOUT_HELD));
	/* Also of a release that the file does not have. */
	ask.channel = bytes_of_str("stable");
	ask.release = bytes_of_str("fw-12");
	(void)expect(fleet, &ask,
	             ONLY(ROLLOUT_STOPPED) | ONLY(ROLLOUT_NOT_REACHED));
}

static void
test_builds(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	/* The step 202606 comes first. */
	set_facts(&f, 160000, 202605, 1);
	(void)expect(fleet, &ask, ONLY(BUILD_STEP));
	ask.release = bytes_of_str("fw-6");
	(void)expect(fleet, &ask, 0);
	/* Below the channel's least build, and the release's. */
	set_facts(&f, 160000, 202512, 1);
	(void)expect(fleet, &ask, ONLY(BUILD_STEP));
	set_facts(&f, 160000, 202601, 1);
	(void)expect(fleet, &ask, 0);
	ask.release = bytes_of_str("fw-11");
	(void)expect(fleet, &ask, ONLY(BUILD_STEP));
	/* The same build again, and a later one: never back. */
	set_facts(&f, 160000, 202611, 1);
	(void)expect(fleet, &ask, 0);
	set_facts(&f, 160000, 202612, 1);
	(void)expect(fleet, &ask, ONLY(BUILD_STEP));
	/* Not shown. */
	set_facts(&f, 160000, 0, 1);
	(void)expect(fleet, &ask, ONLY(BUILD_STEP));
	ask.facts = NULL;
	(void)expect(fleet, &ask, ONLY(BUILD_STEP));
}

/* The release's own least build, where the channel has none. */
static void
test_least_of_release(void)
{
	AUTO(rollout_free)
	struct rollout *r = rollout_of("id=\"x\"; version=1; channels:("
	                               "{name=\"c\";"
	                               "build=\"os_patch_level\";});"
	                               "releases:({release=\"r\";"
	                               "channel=\"c\"; build=202612;"
	                               "minimum_build=202606; stages:({"
	                               "name=\"all\"; percent=100;});});");
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	ask.channel = bytes_of_str("c");
	ask.release = bytes_of_str("r");
	(void)expect(r, &ask, 0);
	set_facts(&f, 160000, 202605, 1);
	(void)expect(r, &ask, ONLY(BUILD_STEP));
}

static void
test_downgrade(void)
{
	struct facts f;
	struct eligibility_ask ask = good_ask(&f);

	set_facts(&f, 160000, 202611, 1);
	ask.release = bytes_of_str("fw-6");
	(void)expect(fleet, &ask, 0);
	/* Another device, and too late. */
	ask.handle = bytes_of_str(FLEET_HANDLE_C);
	(void)expect(fleet, &ask, ONLY(BUILD_STEP));
	ask.handle = bytes_of_str(FLEET_HANDLE_A);
	ask.now_s = second_of("2027-01-02T22:00:00Z"); /* a Saturday */
	(void)expect(fleet, &ask, ONLY(BUILD_STEP));
}

static const struct harness_test tests[] = {
	{ "(begins)", begin_tests },
	{ "a device that may", test_good },
	{ "who asks for no release", test_nothing_asked },
	{ "an unknown channel", test_channel },
	{ "deny comes before allow", test_deny_before_allow },
	{ "every condition of a group", test_allow },
	{ "handles, whole", test_handles },
	{ "an unknown release, and one of two channels", test_release },
	{ "withdrawn and held", test_withdrawn_and_held },
	{ "a stop, and who lifts it", test_stop },
	{ "builds: least, step, never back", test_builds },
	{ "the release's own least build", test_least_of_release },
	{ "a downgrade is granted to whom and until when", test_downgrade },
	{ "(ends)", end_tests },
	{ NULL, NULL },
};

HARNESS_MAIN("judge_who", tests)
