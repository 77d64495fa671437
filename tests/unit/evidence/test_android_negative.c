/*
 * test_android_negative.c - each chain that no good device has is refused, and
 * for the reason that it deserves.
 *
 * The chains are those of tests/keymint/defects_*.c; a failure prints the
 * defect's name.
 */
#include "tests/unit/evidence/test_android_kit.h"

/* NULL: the defect needs no list. */
static struct revocations *
list_of(const struct km_chain *chain, const struct km_defect *d)
{
	AUTO(buf_release) struct buf text = buf_of(1024);
	AUTO(buf_release) struct buf why = buf_of(256);
	struct revocations *list = NULL;

	if (!d->listed)
		return NULL;
	km_defect_list(chain, d, &text);
	CU_ASSERT_FATAL(
	        revocations_read(buf_bytes(&text), KM_AT, &why, &list) == OK);
	return list;
}

/* The trusted root is a good chain's, whatever the defect did to it. */
static bool
refused(const struct km_defect *d, struct buf *text)
{
	AUTO(km_chain_free) struct km_chain *good = kit_chain(d->shape, KM_TEE);
	AUTO(km_chain_free) struct km_chain *bad = kit_chain(d->shape, KM_TEE);
	AUTO(policy_free)
	struct policy *policy = d->items ? kit_policy(d->items) : NULL;

	if (km_chain_make(good) != OK || km_defect_make(bad, d) != OK ||
	    (d->items && !policy)) {
		printf("%s: could not be made\n", d->name);
		return false;
	}
	AUTO(revocations_free) struct revocations *list = list_of(bad, d);
	reason_set set = kit_judge_listed(bad, kit_root(good), policy, list);
	if (set == (reason_bit(d->reason) | d->also))
		return true;
	printf("%s: wanted %s, got%s\n", d->name, reason_code(d->reason),
	       kit_reasons(set, text));
	return false;
}

static void
run_table(const struct km_defect *table)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	for (const struct km_defect *d = table; d->name; d++)
		CU_ASSERT(refused(d, &text));
}

static void
test_description(void)
{
	run_table(km_defects_description);
}

static void
test_chain(void)
{
	run_table(km_defects_chain);
}

static void
test_shape(void)
{
	run_table(km_defects_shape);
}

static void
test_kind(void)
{
	run_table(km_defects_kind);
}

static void
test_device(void)
{
	run_table(km_defects_device);
}

static void
test_proof(void)
{
	run_table(km_defects_proof);
}

static void
test_revoked(void)
{
	run_table(km_defects_revoked);
}

/* A test that refuses all would pass: without the defect all is well. */
static void
test_good(void)
{
	static const enum km_shape shapes[] = { KM_FACTORY, KM_RKP,
		                                KM_ATTEST_KEY,
		                                KM_FACTORY_ATTEST_KEY };

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		AUTO(km_chain_free)
		struct km_chain *good = kit_chain(shapes[i], KM_TEE);
		AUTO(policy_free) struct policy *policy = kit_policy("");

		CU_ASSERT(km_chain_make(good) == OK);
		CU_ASSERT(kit_judge_by(good, kit_root(good), NULL) == 0);
		CU_ASSERT(kit_judge_by(good, kit_root(good), policy) == 0);
	}
}

static const struct harness_test tests[] = {
	{ "the same chains without a defect are accepted", test_good },
	{ "a malformed description or provisioning info", test_description },
	{ "a path that does not hold", test_chain },
	{ "statements in places where they may not be", test_shape },
	{ "shapes, levels and statements that are not their kind's",
	  test_kind },
	{ "another answer, another device than the policy's", test_device },
	{ "a proof that proves nothing", test_proof },
	{ "a certificate that a list names, or that none can", test_revoked },
	{ NULL, NULL },
};

HARNESS_MAIN("android_negative", tests)
