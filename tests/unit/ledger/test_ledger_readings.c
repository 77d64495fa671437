/*
 * test_ledger_readings.c - the queue of all pages: a flood of lists holds up no
 * decision, as the order of answers and the queue's numbers show.
 */
#include "tests/common/roles/ledger_rig.h"

static err_t
say_list(struct rig *g, const char *tenant, uint16_t limit)
{
	const struct wire_enrollment_list m = {
		.request = 3,
		.tenant = bytes_of_str(tenant),
		.limit = limit,
	};

	wire_put_enrollment_list(&g->packet, &m);
	return rig_say(g, RIG_FRONT);
}

static void
say_get(struct rig *g)
{
	const struct wire_enrollment_get m = {
		.request = 4,
		.tenant = bytes_of_str("backend-a"),
		.handle = bytes_of_str("dh1_001backend-a"),
	};

	wire_put_enrollment_get(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_FRONT));
}

static void
decide_one(struct rig *g, uint64_t serial)
{
	const struct wire_verdict v = kit_verdict(serial);

	rig_verdict(g, &v);
	say_get(g);
	rig_round(g);
	(void)rig_hear_sign(g);
	CU_ASSERT_EQUAL(wire_packet_id(rig_hear(g, RIG_FRONT)),
	                WIRE_ID_ENROLLMENT);
}

/* Of a flood of lists so many wait, each round decides first and then reads one
 * page, and while a page's pause lasts none at all. */
static void
test_flood(void)
{
	struct rig *g = rig_ready();
	struct readings *rs = &g->ledger.readings;
	struct wire_enrollment_page m;
	uint64_t serial = 1;

	for (unsigned i = 0; i <= READINGS_FRONT_MAX; i++)
		KIT_OK(say_list(g, "backend-a", 100));
	rig_expect_unavailable(g, RIG_FRONT, 3, "too many readers");
	CU_ASSERT_EQUAL(rs->n, READINGS_FRONT_MAX);
	for (unsigned left = READINGS_FRONT_MAX; left > 0; left--) {
		rs->next_at = 0;
		decide_one(g, serial++);
		CU_ASSERT_EQUAL(
		        wire_get_enrollment_page(rig_hear(g, RIG_FRONT), &m),
		        OK);
		CU_ASSERT_EQUAL(rs->n, left - 1);
		CU_ASSERT_EQUAL(rs->pages, READINGS_FRONT_MAX - left + 1);
		CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
		rs->next_at = UINT64_MAX / 2;
		decide_one(g, serial++);
		CU_ASSERT_EQUAL(rs->n, left - 1);
		CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	}
	rig_free(g);
}

/* Lists and outcomes wait in one queue, in the order of arrival. */
static void
test_one_queue(void)
{
	struct rig *g = rig_ready();
	struct readings *rs = &g->ledger.readings;
	const struct wire_outcomes_ask outcomes = {
		.request = 5,
		.tenant = bytes_of_str("backend-a"),
		.limit = 1,
	};
	static const uint16_t order[] = { WIRE_ID_ENROLLMENT_PAGE,
		                          WIRE_ID_OUTCOMES,
		                          WIRE_ID_ENROLLMENT_PAGE };

	KIT_OK(say_list(g, "backend-a", 1));
	wire_put_outcomes_ask(&g->packet, &outcomes);
	KIT_OK(rig_say(g, RIG_FRONT));
	KIT_OK(say_list(g, "backend-b", 1));
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		rs->next_at = 0;
		rig_round(g);
		CU_ASSERT_EQUAL(wire_packet_id(rig_hear(g, RIG_FRONT)),
		                order[i]);
		CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	}
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "a flood of lists", test_flood },
	{ "one queue with outcomes", test_one_queue },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_readings", tests)
