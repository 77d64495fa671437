/*
 * test_rollout_parse.c - rollout files: what is accepted, and what a person is
 * told of one that is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "base/clock.h"
#include "eligibility/rollout.h"
#include "tests/common/base/broken.h"
#include "tests/common/base/harness.h"
#include "tests/unit/eligibility/fleet.h"

static void
test_fleet(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(rollout_free) struct rollout *r = NULL;
	uint8_t digest[HASH_SIZE];
	err_t e = rollout_parse(bytes_of_str(FLEET), &why, &r);

	if (e != OK)
		printf("%s\n", buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(e, OK);
	CU_ASSERT_STRING_EQUAL(rollout_id(r), "fleet");
	CU_ASSERT_EQUAL(rollout_version(r), 7);
	digest_sha256(bytes_of_str(FLEET), digest);
	CU_ASSERT(memcmp(rollout_digest(r), digest, HASH_SIZE) == 0);
	CU_ASSERT_EQUAL(r->n_groups, 3);
	CU_ASSERT_EQUAL(r->groups[0].n_handles, 2);
	CU_ASSERT_STRING_EQUAL(r->groups[0].handles[0], FLEET_HANDLE_A);
	CU_ASSERT_STRING_EQUAL(r->groups[0].handles[1], FLEET_HANDLE_B);
	CU_ASSERT_EQUAL(r->n_channels, 2);
	CU_ASSERT_EQUAL(r->channels[0].windows.rows[0].days, 0x41);
	CU_ASSERT_EQUAL(r->n_releases, 4);
	CU_ASSERT_EQUAL(r->releases[1].n_stages, 4);
	CU_ASSERT_EQUAL(r->releases[1].stages[2].percent, 50500000);
	CU_ASSERT_EQUAL(r->releases[1].stages[2].ramp_s, 864000);
	CU_ASSERT_EQUAL(r->n_pins, 1);
}

static void
test_found(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(rollout_free) struct rollout *r = NULL;
	struct bytes none = { 0 };

	CU_ASSERT_EQUAL_FATAL(rollout_parse(bytes_of_str(FLEET), &why, &r), OK);
	/* In the channel that was named, or in the only one that has it. */
	CU_ASSERT_PTR_EQUAL(rollout_release_find(r, 1, bytes_of_str("fw-11")),
	                    &r->releases[2]);
	CU_ASSERT_PTR_EQUAL(
	        rollout_release_find(r, ROLLOUT_NONE, bytes_of_str("fw-6")),
	        &r->releases[0]);
	CU_ASSERT_PTR_NULL(
	        rollout_release_find(r, ROLLOUT_NONE, bytes_of_str("fw-11")));
	CU_ASSERT_PTR_NULL(rollout_release_find(r, 1, bytes_of_str("fw-6")));
	CU_ASSERT_EQUAL(
	        rollout_limits_of(r, none, bytes_of_str("fw-6")).concurrent, 2);
	CU_ASSERT_EQUAL(rollout_limits_of(r, bytes_of_str("stable"),
	                                  bytes_of_str("fw-11"))
	                        .permit_s,
	                7200);
	CU_ASSERT_EQUAL(rollout_limits_of(r, bytes_of_str("beta"),
	                                  bytes_of_str("fw-11"))
	                        .permit_s,
	                ROLLOUT_PERMIT_S);
	CU_ASSERT_EQUAL(rollout_limits_of(r, bytes_of_str("other"),
	                                  bytes_of_str("fw-6"))
	                        .concurrent,
	                0);
	CU_ASSERT_EQUAL(rollout_gate_of(r, bytes_of_str("stable"),
	                                bytes_of_str("fw-11")),
	                2);
	CU_ASSERT_EQUAL(rollout_gate_of(r, none, bytes_of_str("fw-6")), 0);
}

/* The release fw-11 is held in beta since the first of November, with an alarm of
 * seven days. */
static void
test_overdue(void)
{
	struct rollout_overdue o;
	uint64_t alarm_ms = 0;

	CU_ASSERT_EQUAL_FATAL(
	        clock_parse(bytes_of_str("2026-11-08T00:00:00Z"), &alarm_ms),
	        OK);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(rollout_free) struct rollout *r = NULL;
	CU_ASSERT_EQUAL_FATAL(rollout_parse(bytes_of_str(FLEET), &why, &r), OK);
	CU_ASSERT_FALSE(rollout_overdue_at(r, alarm_ms / 1000 - 1, 0, &o));
	CU_ASSERT_FATAL(rollout_overdue_at(r, alarm_ms / 1000, 0, &o));
	CU_ASSERT_STRING_EQUAL(o.what, "release");
	CU_ASSERT_STRING_EQUAL(o.name, "fw-11");
	CU_ASSERT_STRING_EQUAL(o.owner, "ops");
	CU_ASSERT_STRING_EQUAL(o.reason, "crash reports");
	CU_ASSERT_EQUAL(o.since_s, alarm_ms / 1000 - 7 * DAY_S);
	CU_ASSERT_FALSE(rollout_overdue_at(r, alarm_ms / 1000, 1, &o));
	CU_ASSERT_FALSE(rollout_overdue_at(NULL, alarm_ms / 1000, 0, &o));
}

/* --- what is refused ------------------------------------------------------ */

static const struct broken broken[] = {
#include "tests/unit/eligibility/broken.def"
};

static err_t
parse_broken(struct bytes file, struct buf *why)
{
	AUTO(rollout_free) struct rollout *r = NULL;
	err_t e = rollout_parse(file, why, &r);

	CU_ASSERT_PTR_NULL(r);
	return e;
}

static void
test_broken(void)
{
	CU_ASSERT(ARRAY_LEN(broken) >= 60);
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		broken_check(&broken[i], FLEET, parse_broken);
}

static void
test_sizes(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(rollout_free) struct rollout *r = NULL;
	char *text = malloc(ROLLOUT_TEXT_MAX + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, ' ', ROLLOUT_TEXT_MAX + 1);
	memcpy(text, FLEET, strlen(FLEET));
	CU_ASSERT_EQUAL(
	        rollout_parse(bytes_of(text, ROLLOUT_TEXT_MAX), &why, &r), OK);
	rollout_free(TAKE(r));
	CU_ASSERT_EQUAL(
	        rollout_parse(bytes_of(text, ROLLOUT_TEXT_MAX + 1), &why, &r),
	        E_MALFORMED);
	text[strlen(FLEET)] = '\0';
	CU_ASSERT_EQUAL(
	        rollout_parse(bytes_of(text, strlen(FLEET) + 1), &why, &r),
	        E_MALFORMED);
	free(text);
	CU_ASSERT_PTR_NULL(r);
}

static const struct harness_test tests[] = {
	{ "every setting is accepted", test_fleet },
	{ "rows are found by channel and release", test_found },
	{ "a hold that is older than its alarm", test_overdue },
	{ "a broken file is refused by line, setting and remedy", test_broken },
	{ "a text of 1 MiB, and no NUL in it", test_sizes },
	{ NULL, NULL },
};

HARNESS_MAIN("rollout_parse", tests)
