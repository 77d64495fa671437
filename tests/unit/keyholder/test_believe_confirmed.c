/*
 * test_believe_confirmed.c - the key that a result confirms is the verifier's
 * word, and goes when the ledger refuses.
 */
#include "tests/unit/keyholder/test_believe_kit.h"

static const uint8_t spki[] = "a key that the verifier found";

static struct attempt
confirmed_attempt(void)
{
	struct attempt a = attempt_of();

	a.finding.confirmation = bytes_of(spki, sizeof(spki));
	verdict_kit_seal(&a.m, &a.finding, VERDICT_KIT_KEY, &a.text);
	return a;
}

static void
test_confirmed(void)
{
	AUTO(attempt_release) struct attempt a = confirmed_attempt();
	struct believed b;

	memcpy(a.m.vector, a.finding.vector, sizeof(a.m.vector));
	CU_ASSERT_EQUAL_FATAL(believed(&a, &b), OK);
	CU_ASSERT(bytes_equal(b.fields.confirmation,
	                      bytes_of(spki, sizeof(spki))));
}

static void
test_refused_by_ledger(void)
{
	AUTO(attempt_release) struct attempt a = confirmed_attempt();
	struct believed b;

	memcpy(a.m.vector, a.finding.vector, sizeof(a.m.vector));
	a.m.reasons = reason_bit(REASON_DEVICE_KEY_MISMATCH);
	CU_ASSERT_EQUAL_FATAL(believed(&a, &b), OK);
	CU_ASSERT_EQUAL(b.fields.confirmation.len, 0);
}

/* Another key under the same tag. */
static void
test_exchanged(void)
{
	AUTO(attempt_release) struct attempt a = confirmed_attempt();
	struct believed b;

	memcpy(a.m.vector, a.finding.vector, sizeof(a.m.vector));
	a.text.data[a.text.len - 1] ^= 1;
	CU_ASSERT_EQUAL(believed(&a, &b), E_DENIED);
}

static const struct harness_test tests[] = {
	{ "the verifier's key", test_confirmed },
	{ "none when the ledger refuses", test_refused_by_ledger },
	{ "not another one", test_exchanged },
	{ NULL, NULL },
};
HARNESS_MAIN("believe_confirmed", tests)
