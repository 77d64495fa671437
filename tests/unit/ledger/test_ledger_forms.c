/*
 * test_ledger_forms.c - one outcome, and its result in two forms.
 */
#include <string.h>

#include "tests/common/roles/ledger_rig.h"

/* In CBOR a result begins with an array of 2. */
#define CWT "\x82 a result"

static void
ask(struct rig *g, uint64_t request, enum wire_result_form form)
{
	struct wire_verdict v = kit_verdict(1);

	v.request = request;
	v.form = form;
	rig_verdict(g, &v);
	rig_round(g);
}

/* The same statement but for its form. */
static void
check_same(const struct wire_result_sign *a, const struct wire_result_sign *b)
{
	CU_ASSERT_EQUAL(memcmp(a->jti, b->jti, sizeof(a->jti)), 0);
	CU_ASSERT_EQUAL(a->sequence, b->sequence);
	CU_ASSERT_EQUAL(a->issued_s, b->issued_s);
	CU_ASSERT_EQUAL(a->expires_s, b->expires_s);
	CU_ASSERT_NOT_EQUAL(a->form, b->form);
}

/* Each form is signed by itself, and who waits gets the one that he wants. */
static void
test_at_once(void)
{
	struct rig *g = rig_ready();

	ask(g, 1, WIRE_RESULT_CWT);
	struct wire_result_sign cwt = rig_hear_sign(g);
	CU_ASSERT_EQUAL(cwt.form, WIRE_RESULT_CWT);
	ask(g, 2, WIRE_RESULT_JWT);
	struct wire_result_sign jwt = rig_hear_sign(g);
	check_same(&cwt, &jwt);
	ask(g, 3, WIRE_RESULT_CWT); /* joins */
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));

	rig_signed(g, jwt.request, "a.b.c");
	rig_expect_result(g, RIG_FRONT, 2, "a.b.c");
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_signed(g, cwt.request, CWT);
	rig_expect_result(g, RIG_FRONT, 3, CWT);
	rig_expect_result(g, RIG_FRONT, 1, CWT);
	rig_free(g);
}

static void
test_stored(void)
{
	struct rig *g = rig_ready();

	ask(g, 1, WIRE_RESULT_CWT);
	const struct wire_result_sign first = rig_hear_sign(g);
	rig_signed(g, first.request, CWT);
	rig_expect_result(g, RIG_FRONT, 1, CWT);
	ask(g, 2, WIRE_RESULT_CWT);
	rig_expect_result(g, RIG_FRONT, 2, CWT);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));

	ask(g, 3, WIRE_RESULT_JWT);
	const struct wire_result_sign other = rig_hear_sign(g);
	check_same(&first, &other);
	rig_signed(g, other.request, "a.b.c");
	rig_expect_result(g, RIG_FRONT, 3, "a.b.c");
	ask(g, 4, WIRE_RESULT_CWT); /* still the first */
	rig_expect_result(g, RIG_FRONT, 4, CWT);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_free(g);
}

/* A key holder that answers in another form than asked for. */
static void
test_other_form(void)
{
	struct rig *g = rig_ready();

	ask(g, 1, WIRE_RESULT_CWT);
	const struct wire_result_signed m = {
		.request = rig_hear_sign(g).request,
		.jwt = bytes_of_str("a.b.c"),
	};
	wire_put_result_signed(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_KEYHOLDER), E_MALFORMED);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "both at once, each by itself", test_at_once },
	{ "a retry gets the stored one, or the same signed again",
	  test_stored },
	{ "a key holder that answers in the other", test_other_form },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_forms", tests)
