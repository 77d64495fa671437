/*
 * test_rules.c - the bindings that challenges must have, with several
 * verifiers.
 */
#include "front/api/rules.h"

#include "tests/common/base/harness.h"

#define DEVICE BINDING_BIT(DEVICE)
#define REQUEST BINDING_BIT(REQUEST)

static void
test_union(void)
{
	struct rules r = { 0 };
	uint16_t required = 0;

	CU_ASSERT_FALSE(rules_any(&r));
	rules_say(&r, 0, WORKFLOW_METADATA, DEVICE);
	CU_ASSERT_TRUE(rules_any(&r));
	CU_ASSERT_FALSE(rules_required(&r, WORKFLOW_ENROLL, &required));
	CU_ASSERT_EQUAL(required, 0);
	/* a verifier that requires less removes no requirement */
	rules_say(&r, 7, WORKFLOW_METADATA, 0);
	CU_ASSERT_TRUE(rules_required(&r, WORKFLOW_METADATA, &required));
	CU_ASSERT_EQUAL(required, DEVICE);
	rules_say(&r, 7, WORKFLOW_METADATA, REQUEST);
	CU_ASSERT_TRUE(rules_required(&r, WORKFLOW_METADATA, &required));
	CU_ASSERT_EQUAL(required, DEVICE | REQUEST);
}

static void
test_forget(void)
{
	struct rules r = { 0 };
	uint16_t required = 0;

	rules_say(&r, 0, WORKFLOW_METADATA, DEVICE);
	rules_say(&r, 1, WORKFLOW_METADATA, REQUEST);
	rules_say(&r, 1, WORKFLOW_ARTIFACT, 0);
	rules_forget(&r, 1);
	rules_forget(&r, RULES_VERIFIERS_MAX);
	CU_ASSERT_FALSE(rules_required(&r, WORKFLOW_ARTIFACT, &required));
	CU_ASSERT_TRUE(rules_required(&r, WORKFLOW_METADATA, &required));
	CU_ASSERT_EQUAL(required, DEVICE);
	rules_forget(&r, 0);
	CU_ASSERT_FALSE(rules_any(&r));
}

/* Another policy of that verifier: its rules change, and nobody else's. */
static void
test_withdraw(void)
{
	struct rules r = { 0 };
	uint16_t required = 0;

	rules_say(&r, 0, WORKFLOW_METADATA, DEVICE);
	rules_say(&r, 1, WORKFLOW_METADATA, REQUEST);
	rules_say(&r, 1, WORKFLOW_ARTIFACT, DEVICE);
	rules_withdraw(&r, 1, WORKFLOW_METADATA);
	CU_ASSERT_TRUE(rules_required(&r, WORKFLOW_METADATA, &required));
	CU_ASSERT_EQUAL(required, DEVICE);
	CU_ASSERT_TRUE(rules_required(&r, WORKFLOW_ARTIFACT, &required));
	rules_withdraw(&r, 0, WORKFLOW_METADATA);
	CU_ASSERT_FALSE(rules_required(&r, WORKFLOW_METADATA, &required));
	CU_ASSERT_EQUAL(required, 0);
	rules_say(&r, 0, WORKFLOW_METADATA, REQUEST);
	CU_ASSERT_TRUE(rules_required(&r, WORKFLOW_METADATA, &required));
	CU_ASSERT_EQUAL(required, REQUEST);
}

static const struct harness_test tests[] = {
	{ "all that any verifier requires", test_union },
	{ "ends with the verifier that said it", test_forget },
	{ "withdrawn by the one that said it", test_withdraw },
	{ NULL, NULL },
};

HARNESS_MAIN("rules", tests)
