/*
 * ask.h - one device's ask, which nothing speaks against, and the check of an
 * answer: for the tests of the judge.
 */
#ifndef UNIT_ELIGIBILITY_ASK_H
#define UNIT_ELIGIBILITY_ASK_H

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "eligibility/eligibility.h"
#include "tests/common/base/harness.h"
#include "tests/unit/eligibility/fleet.h"

#define SATURDAY_NIGHT "2026-12-05T22:00:00Z" /* 23:00 in Berlin */

static struct rollout *fleet;

/* A rollout of a good text; the caller frees it. */
static struct rollout *
rollout_of(const char *text)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct rollout *r = NULL;

	CU_ASSERT_EQUAL_FATAL(rollout_parse(bytes_of_str(text), &why, &r), OK);
	return r;
}

static void
begin_tests(void)
{
	fleet = rollout_of(FLEET);
}

static void
end_tests(void)
{
	rollout_free(TAKE(fleet));
}

static uint64_t
second_of(const char *text)
{
	uint64_t at_ms = 0;

	CU_ASSERT_EQUAL_FATAL(clock_parse(bytes_of_str(text), &at_ms), OK);
	return at_ms / 1000;
}

static void
set_facts(struct facts *f, uint64_t version, uint64_t patch, uint8_t boot)
{
	const uint8_t key[] = { 0, boot };

	*f = (struct facts){ 0 };
	CU_ASSERT_EQUAL(facts_add_bytes(f, FACT_EQUAL,
	                                bytes_of_str("verified_boot_key"),
	                                bytes_of(key, sizeof(key))),
	                OK);
	CU_ASSERT_EQUAL(facts_add_number(f, FACT_NOT_BELOW,
	                                 bytes_of_str("os_version"), version),
	                OK);
	CU_ASSERT_EQUAL(facts_add_number(f, FACT_NOT_BEFORE,
	                                 bytes_of_str("os_patch_level"), patch),
	                OK);
}

/* A canary's ask for fw-11 by stable, which nothing speaks against. */
static struct eligibility_ask
good_ask(struct facts *f)
{
	set_facts(f, 160000, 202606, 1);
	return (struct eligibility_ask){
		.now_s = second_of(SATURDAY_NIGHT),
		.handle = bytes_of_str(FLEET_HANDLE_A),
		.format = bytes_of_str("android-key"),
		.enrolled_s = second_of("2026-06-01T00:00:00Z"),
		.facts = f,
		.channel = bytes_of_str("stable"),
		.release = bytes_of_str("fw-11"),
	};
}

/* Judges, and compares the reasons; says the rules when they differ. */
static struct eligibility_answer
expect(const struct rollout *r, const struct eligibility_ask *ask,
       reason_set wanted)
{
	AUTO(buf_release) struct buf say = buf_of(16384);
	struct eligibility_answer with, without;

	eligibility_judge(r, ask, &say, &with);
	eligibility_judge(r, ask, NULL, &without);
	if (with.reasons != wanted)
		printf("%s", buf_str(&say));
	CU_ASSERT_EQUAL(with.reasons, wanted);
	CU_ASSERT_EQUAL(without.reasons, wanted);
	CU_ASSERT_EQUAL(without.retry_after_s, with.retry_after_s);
	return with;
}

#define ONLY(name) reason_bit(REASON_##name)

#endif
