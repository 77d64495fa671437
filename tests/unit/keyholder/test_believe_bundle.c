/*
 * test_believe_bundle.c - the trust bundle by which a verdict was made, against
 * the one that the key holder has in force.
 */
#include "tests/unit/keyholder/test_believe_kit.h"

#define CHANGED_MS 50000u
#define DEADLINE_MS 5000u

/* Version 3 is in force, and version 2 was until CHANGED_MS. */
struct governed {
	struct attempt a;
	struct bundle bundle;
};

static void
governed_begin(struct governed *g)
{
	*g = (struct governed){ .a = attempt_of() };
	g->bundle.version = 3;
	g->bundle.digest[0] = 0x33;
	g->a.in_force.bundle = &g->bundle;
	g->a.in_force.before.version = 2;
	g->a.in_force.before.digest[0] = 0x22;
	g->a.in_force.changed_ms = CHANGED_MS;
	g->a.terms.deadline_ms = DEADLINE_MS;
	g->a.terms.now_ms = CHANGED_MS + DEADLINE_MS;
}

static void
answers(struct governed *g, uint32_t version, uint8_t digest, err_t wanted)
{
	struct believed b;

	g->a.finding.trust_version = version;
	g->a.finding.trust_digest[0] = digest;
	verdict_kit_seal(&g->a.m, &g->a.finding, VERDICT_KIT_KEY, &g->a.text);
	CU_ASSERT_EQUAL(believed(&g->a, &b), wanted);
	if (wanted != OK)
		return;
	CU_ASSERT_EQUAL(b.fields.trust_version, version);
	CU_ASSERT_EQUAL(b.fields.trust_digest[0], digest);
}

static void
test_in_force(void)
{
	struct governed g;

	governed_begin(&g);
	answers(&g, 3, 0x33, OK);
	answers(&g, 3, 0x34, E_DENIED);
	answers(&g, 3, 0, E_DENIED);
	answers(&g, 4, 0x33, E_DENIED);
	answers(&g, 4, 0x44, E_DENIED);
	answers(&g, 0, 0, E_DENIED); /* a verifier without officers */
	attempt_release(&g.a);
}

/* For the time of one request. */
static void
test_before(void)
{
	struct governed g;

	governed_begin(&g);
	answers(&g, 2, 0x22, OK);
	answers(&g, 2, 0x23, E_DENIED);
	answers(&g, 1, 0x22, E_DENIED);
	g.a.terms.now_ms++;
	answers(&g, 2, 0x22, E_DENIED);
	answers(&g, 3, 0x33, OK);
	attempt_release(&g.a);
}

/* A process that has seen no change accepts nothing else, zeros least. */
static void
test_no_before(void)
{
	struct governed g;

	governed_begin(&g);
	g.a.in_force.before = (struct in_force_name){ 0 };
	answers(&g, 0, 0, E_DENIED);
	answers(&g, 3, 0x33, OK);
	attempt_release(&g.a);
}

static void
test_ungoverned(void)
{
	struct governed g;

	governed_begin(&g);
	g.a.in_force = (struct in_force){ 0 };
	answers(&g, 0, 0, OK);
	answers(&g, 3, 0x33, E_DENIED);
	attempt_release(&g.a);
}

static const struct harness_test tests[] = {
	{ "by the bundle in force alone", test_in_force },
	{ "or the one before it, for a while", test_before },
	{ "nothing is before the first", test_no_before },
	{ "without officers", test_ungoverned },
	{ NULL, NULL },
};

HARNESS_MAIN("believe_bundle", tests)
