/*
 * test_ledger_bundle.c - verdicts by another trust bundle than the ledger's.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/common/roles/ledger_rig.h"

/* Version 3 is in force at the ledger. */
static struct rig *
governed(void)
{
	struct rig *g = rig_ready();
	struct bundle *b = calloc(1, sizeof(*b));

	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	b->version = 3;
	b->digest[0] = 0x33;
	g->ledger.keys.in_force.bundle = b;
	return g;
}

static struct wire_verdict
verdict_by(uint64_t serial, uint32_t version, uint8_t digest)
{
	struct wire_verdict v = kit_verdict(serial);

	v.trust_version = version;
	v.trust_digest[0] = digest;
	return v;
}

static void
expect_judge_again(struct rig *g, uint64_t request)
{
	struct wire_judge_again m = { 0 };

	CU_ASSERT_EQUAL(wire_get_judge_again(rig_hear(g, RIG_FRONT), &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
}

/* Neither an older nor a later one, nor another with that number. */
static void
test_other(void)
{
	static const struct {
		uint32_t version;
		uint8_t digest;
	} others[] = { { 0, 0 }, { 2, 0x22 }, { 3, 0x34 }, { 4, 0x44 } };
	struct rig *g = governed();

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		const struct wire_verdict v =
		        verdict_by(1, others[i].version, others[i].digest);

		rig_verdict(g, &v);
		rig_round(g);
		expect_judge_again(g, 1);
	}

	/* Nothing was decided: the same challenge is redeemed now, once. */
	const struct wire_verdict good = verdict_by(1, 3, 0x33);
	rig_verdict(g, &good);
	rig_round(g);
	const struct wire_result_sign m = rig_hear_sign(g);
	CU_ASSERT_EQUAL(m.sequence, 1);
	CU_ASSERT_EQUAL(m.redeemed, 1);
	rig_free(g);
}

/* A group in which only some are decided. */
static void
test_group(void)
{
	struct rig *g = governed();

	for (uint64_t i = 1; i <= 4; i++) {
		const struct wire_verdict v =
		        verdict_by(i, i % 2 ? 3 : 2, i % 2 ? 0x33 : 0x22);
		rig_verdict(g, &v);
	}
	rig_round(g);
	CU_ASSERT_EQUAL(rig_hear_sign(g).sequence, 1);
	CU_ASSERT_EQUAL(rig_hear_sign(g).sequence, 2);
	expect_judge_again(g, 2);
	expect_judge_again(g, 4);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

/* The bundle changed while the verdict waited for its device's handle. */
static void
test_waited(void)
{
	struct rig *g = governed();
	struct wire_verdict v = verdict_by(1, 3, 0x33);
	struct wire_handle_derive asked = { 0 };

	v.workflow = WORKFLOW_ENROLL;
	v.enroll = WIRE_FLAG_YES;
	v.bindings = (struct bindings){ 0 };
	v.identity[0] = 0x77;
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_EQUAL_FATAL(
	        wire_get_handle_derive(rig_hear(g, RIG_KEYHOLDER), &asked), OK);
	g->ledger.keys.in_force.bundle->version = 4;
	const struct wire_handle_made made = {
		.request = asked.request,
		.handle = bytes_of_str("dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		                       "AAAAAAAA"),
	};
	wire_put_handle_made(&g->packet, &made);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
	rig_round(g);
	expect_judge_again(g, 1);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "another bundle decides nothing", test_other },
	{ "in a group with others", test_group },
	{ "a verdict that has waited for a handle", test_waited },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_bundle", tests)
