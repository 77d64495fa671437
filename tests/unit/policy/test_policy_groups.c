/*
 * test_policy_groups.c - a policy with device groups: what it says, which group it
 * selects, and what is refused.
 */
#include <stdio.h>
#include <string.h>

#include "evidence/android/policy.h"
#include "policy/select.h"
#include "tests/common/base/broken.h"
#include "tests/common/base/harness.h"
#include "tests/unit/policy/mixed.h"

static struct policy *
parse_good(const char *text)
{
	AUTO(buf_release) struct buf why = buf_of(4096);
	struct policy *p = NULL;
	err_t e = policy_parse(bytes_of_str(text), &why, &p);

	if (e != OK)
		printf("%s\n", buf_str(&why));
	CU_ASSERT_EQUAL_FATAL(e, OK);
	return p;
}

static void
test_mixed(void)
{
	AUTO(policy_free) struct policy *p = parse_good(MIXED);
	static const char *const names[] = { "test-bench", "pixels", "own-key",
		                             "gateways" };

	CU_ASSERT_EQUAL_FATAL(policy_devices_count(p), ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		CU_ASSERT_STRING_EQUAL(policy_devices_name(p, i), names[i]);
		CU_ASSERT_EQUAL(policy_devices_find(p, names[i]), i);
		CU_ASSERT_EQUAL(
		        policy_devices_permitted(p, i, WORKFLOW_METADATA),
		        i != 2);
		CU_ASSERT(policy_devices_permitted(p, i, WORKFLOW_ENROLL));
		CU_ASSERT_FALSE(
		        policy_devices_permitted(p, i, WORKFLOW_CHANNEL));
		CU_ASSERT_EQUAL(policy_devices_format(
		                        p, i, bytes_of_str("android-key")),
		                i != 3);
		CU_ASSERT_EQUAL(
		        policy_devices_format(p, i, bytes_of_str("tpm2-quote")),
		        i == 0 || i == 3);
	}
	CU_ASSERT_EQUAL(policy_devices_find(p, "cars"), ARRAY_LEN(names));
	CU_ASSERT_EQUAL(policy_result_ttl_s(p, WORKFLOW_METADATA), 120);
	CU_ASSERT_EQUAL(policy_challenge_age_s(p, WORKFLOW_METADATA), 60);
	CU_ASSERT_EQUAL(policy_result_ttl_s(p, WORKFLOW_ENROLL), 0);
	CU_ASSERT_EQUAL(policy_challenge_age_s(p, WORKFLOW_ENROLL), 0);
	CU_ASSERT_EQUAL(policy_result_ttl_s(p, WORKFLOW_COUNT), 0);
	CU_ASSERT_EQUAL(policy_devices_names(p, 0, POLICY_WHO_HANDLE), 2);
	CU_ASSERT_EQUAL(policy_devices_names(p, 3, POLICY_WHO_HANDLE), 0);
}

/* Each group has the defaults where it says nothing, not another one's rules. */
static void
test_own_rules(void)
{
	AUTO(policy_free) struct policy *p = parse_good(MIXED);
	const struct policy_android *a[3];

	for (size_t i = 0; i < 3; i++)
		a[i] = policy_android(policy_devices_rules(p, i));
	CU_ASSERT(a[0]->unlocked && !a[1]->unlocked && !a[2]->unlocked);
	CU_ASSERT_EQUAL(a[1]->os_patch.max_age_days, 120);
	CU_ASSERT_EQUAL(a[0]->os_patch.max_age_days, 0);
	CU_ASSERT(a[0]->n_states == 0 && a[1]->n_states == 2);
	CU_ASSERT_EQUAL(a[2]->boot_keys.n, 1);
	CU_ASSERT_EQUAL(a[1]->levels, policy_android_default.levels);
}

/* Digits in upper case name the same account. */
static void
test_account_case(void)
{
	static const char text[] =
	        "id=\"t\"; version=1; workflows:{register:{formats=[\"tpm2-"
	        "quote\"];bindings=[\"account\"];};}; groups=({name=\"a\";"
	        "formats=[\"tpm2-quote\"];match:{accounts=[\"ABCDEFABCDEFABCDEF"
	        "ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD\"];};});";
	AUTO(policy_free) struct policy *p = parse_good(text);
	struct bindings b = { .present = BINDING_BIT(ACCOUNT) };
	const struct policy_subject subject = { .bindings = &b };
	static const uint8_t abc[] = { 0xab, 0xcd, 0xef };

	for (size_t i = 0; i < HASH_SIZE; i++)
		b.account[i] = abc[i % 3];
	CU_ASSERT(policy_devices_who(p, 0, &subject, POLICY_WHO_ACCOUNT));
	b.account[0] ^= 1;
	CU_ASSERT_FALSE(policy_devices_who(p, 0, &subject, POLICY_WHO_ACCOUNT));
	b.present = 0;
	b.account[0] ^= 1;
	CU_ASSERT_FALSE(policy_devices_who(p, 0, &subject, POLICY_WHO_ACCOUNT));
}

/* Without groups nothing selects. */
static void
test_without(void)
{
	AUTO(policy_free)
	struct policy *p = parse_good("id=\"t\"; version=1; workflows:{"
	                              "enroll:{formats=[\"unknown\"];};};");
	const struct policy_subject subject = { .bindings = NULL };

	CU_ASSERT_EQUAL(policy_devices_count(p), 0);
	CU_ASSERT_EQUAL(
	        policy_select(p, &subject, bytes_of_str("tpm2-quote"), NULL),
	        0);
}

/* A setting for a workflow's groups where there are none. */
static void
test_no_groups(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct policy *p = NULL;

	CU_ASSERT_EQUAL(
	        policy_parse(bytes_of_str("id=\"t\"; version=1; workflows:{"
	                                  "enroll:{formats=[\"tpm2-quote\"];"
	                                  "groups=[\"a\"];};};"),
	                     &why, &p),
	        E_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why),
	                              "groups: this policy has no groups; "
	                              "add the list groups"));
}

/* --- what is refused ------------------------------------------------------ */

static const struct broken broken[] = {
#include "tests/unit/policy/broken.def"
};

static err_t
parse_broken(struct bytes file, struct buf *why)
{
	AUTO(policy_free) struct policy *p = NULL;
	err_t e = policy_parse(file, why, &p);

	CU_ASSERT_PTR_NULL(p);
	return e;
}

static void
test_broken(void)
{
	CU_ASSERT(ARRAY_LEN(broken) >= 60);
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		broken_check(&broken[i], MIXED, parse_broken);
}

static const struct harness_test tests[] = {
	{ "every setting is accepted", test_mixed },
	{ "each group has rules of its own", test_own_rules },
	{ "an account in upper case", test_account_case },
	{ "without groups nothing selects", test_without },
	{ "groups of a workflow without groups", test_no_groups },
	{ "a broken file is refused by line, setting and remedy", test_broken },
	{ NULL, NULL },
};

HARNESS_MAIN("policy_groups", tests)
