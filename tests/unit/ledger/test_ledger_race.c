/*
 * test_ledger_race.c - 1,000 challenges, 64 verdicts each, shuffled into
 * groups of any size: one of each is accepted, and all are answered.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/common/roles/ledger_rig.h"

#define CHALLENGES 1000u
#define VERDICTS 64u /* of one challenge; the last four repeat the first */
#define DISTINCT 60u
#define TOTAL (CHALLENGES * VERDICTS)
#define GROUP_LARGEST 400u

struct race {
	struct rig *rig;
	uint64_t random;
	uint32_t order[TOTAL];
	uint64_t winner[CHALLENGES]; /* sequence */
	uint8_t evidence[CHALLENGES];
	bool outcomes[TOTAL + 1]; /* by sequence */
	unsigned accepted, replayed, answered;
};

/* Knuth's MMIX generator: the same race every time. */
static uint32_t
draw(struct race *c, uint32_t below)
{
	c->random = c->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(c->random >> 33) % below;
}

static void
shuffle(struct race *c)
{
	for (uint32_t i = 0; i < TOTAL; i++)
		c->order[i] = i;
	for (uint32_t i = TOTAL - 1; i > 0; i--) {
		uint32_t j = draw(c, i + 1);
		uint32_t t = c->order[i];
		c->order[i] = c->order[j];
		c->order[j] = t;
	}
}

static void
say(struct race *c, uint32_t which)
{
	uint32_t challenge = which / VERDICTS;
	struct wire_verdict v = kit_verdict(challenge + 1);

	v.evidence[0] = (uint8_t)(which % VERDICTS % DISTINCT);
	rig_verdict(c->rig, &v);
}

static void
note(struct race *c, const struct wire_result_sign *m)
{
	struct wire_finding f = { 0 };

	KIT_OK(wire_get_finding(m->finding, &f));
	uint64_t challenge = cti_decode(f.cti).serial - 1;
	CU_ASSERT_FATAL(challenge < CHALLENGES && m->sequence <= TOTAL);
	if (!m->redeemed) {
		CU_ASSERT_EQUAL(m->reasons,
		                reason_bit(REASON_CHALLENGE_REPLAYED));
		c->replayed++;
	} else if (c->winner[challenge] == 0) {
		c->winner[challenge] = m->sequence;
		c->evidence[challenge] = f.evidence[0];
		c->accepted++;
	} else {
		/* Only the winner's own result may be signed again. */
		CU_ASSERT_EQUAL(c->winner[challenge], m->sequence);
		CU_ASSERT_EQUAL(c->evidence[challenge], f.evidence[0]);
	}
	c->outcomes[m->sequence] = true;
}

/* The key holder's part of a round, then the front's. */
static void
answer_all(struct race *c)
{
	struct wire_result_sign m;
	struct wire_result r;

	for (;;) {
		struct bytes p = rig_hear(c->rig, RIG_KEYHOLDER);
		if (p.len == 0)
			break;
		KIT_OK(wire_get_result_sign(p, &m));
		note(c, &m);
		rig_signed(c->rig, m.request, "a.b.c");
	}
	for (;;) {
		struct bytes p = rig_hear(c->rig, RIG_FRONT);
		if (p.len == 0)
			break;
		KIT_OK(wire_get_result(p, &r));
		c->answered++;
	}
}

static void
test_race(void)
{
	struct race *c = calloc(1, sizeof(*c));
	uint64_t outcomes = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	c->random = 20261123;
	c->rig = rig_ready();
	shuffle(c);
	for (uint32_t i = 0; i < TOTAL;) {
		uint32_t n = 1 + draw(c, GROUP_LARGEST);
		for (; n > 0 && i < TOTAL; n--)
			say(c, c->order[i++]);
		rig_round(c->rig);
		answer_all(c);
	}
	CU_ASSERT_EQUAL(c->accepted, CHALLENGES);
	CU_ASSERT_EQUAL(c->answered, TOTAL);
	for (size_t i = 1; i <= TOTAL; i++)
		outcomes += c->outcomes[i];
	CU_ASSERT_EQUAL(outcomes, c->accepted + c->replayed);
	CU_ASSERT_EQUAL(c->rig->ledger.store_manager.marks.sequence, outcomes);
	CU_ASSERT_TRUE(c->outcomes[outcomes]); /* so there is no gap */
	printf("  %u accepted, %u replayed, %u answered\n", c->accepted,
	       c->replayed, c->answered);
	rig_free(c->rig);
	free(c);
}

static const struct harness_test tests[] = {
	{ "accepts one of 64, a thousand times", test_race },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_race", tests)
