/*
 * test_policy_android.c - the group "android" of a policy: settings, defaults
 * without the group, and refusals.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "policy/policy.h"
#include "evidence/android/policy.h"

#define HEAD                    \
	"id=\"t\"; version=1; " \
	"workflows:{enroll:{formats=[\"android-key\"];};};"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"

static err_t
parse(const char *group, struct buf *why, struct policy **ret_policy)
{
	AUTO(buf_release) struct buf text = buf_of(8192);

	buf_printf(&text, HEAD "%s", group);
	return policy_parse(buf_bytes(&text), why, ret_policy);
}

static void
test_defaults(void)
{
	static const char *const texts[] = { "", "android: { };" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(buf_release) struct buf why = buf_of(256);
		AUTO(policy_free) struct policy *p = NULL;

		CU_ASSERT_FATAL(parse(texts[i], &why, &p) == OK);
		const struct policy_android *a = policy_android(p);
		CU_ASSERT(a->levels == 6 && a->boot_states == 1);
		CU_ASSERT(a->origins == 1 && a->purposes == 0);
		CU_ASSERT(!a->unlocked && !a->lost && !a->rkp_only);
		CU_ASSERT(!a->batch_not_ca && a->n_apps == 0 && !a->no_proofs);
	}
}

static void
test_numbers(const struct policy_android *a)
{
	CU_ASSERT(a->os_version == 140000 && a->os_patch.min == 202511);
	CU_ASSERT(a->vendor_patch.min == 20251105);
	CU_ASSERT(a->boot_patch.max_age_days == 90);
	CU_ASSERT(a->os_patch.max_age_days == 0 && a->certificates_max == 8);
}

static void
test_all(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(policy_free) struct policy *p = NULL;

	CU_ASSERT_FATAL(
	        parse("android: { levels=[\"strongbox\"];"
	              " boot_states=[\"verified\",\"self_signed\"];"
	              " boot_keys=[\"" ZEROS "\",\"" ONES "\"];"
	              " boot_hashes=[\"" ONES "\"];"
	              " locked=false; not_lost=false; rkp_only=true; "
	              "proofs=false;"
	              " os_version=140000; os_patch=202511;"
	              " vendor_patch=20251105; boot_patch_age=90;"
	              " certificates_max=8; models=[\"Pixel 9\",\"x\"];"
	              " purposes=[\"sign\",\"attest_key\"];"
	              " origins=[\"generated\",\"imported\"];"
	              " allow=[\"batch-not-ca\"];"
	              " apps=({package=\"a.b\"; signers=[\"" ZEROS "\"];"
	              " min_version=3;},"
	              " {package=\"c.d\"; signers=[\"" ONES "\"];}); };",
	              &why, &p) == OK);
	const struct policy_android *a = policy_android(p);
	CU_ASSERT(a->levels == 4 && a->boot_states == 3);
	CU_ASSERT(a->unlocked && a->lost && a->rkp_only && a->batch_not_ca);
	CU_ASSERT(a->no_proofs);
	CU_ASSERT(a->purposes == (1u << 2 | 1u << 7) && a->origins == 5);
	test_numbers(a);
	CU_ASSERT(a->boot_keys.n == 2 && a->boot_keys.values[1].len == 32);
	CU_ASSERT(a->boot_keys.values[1].data[31] == 0x11);
	CU_ASSERT(policy_list_allows(&a->models, bytes_of_str("Pixel 9")));
	CU_ASSERT(policy_list_allows(&a->models, bytes_of_str("x")));
	CU_ASSERT(!policy_list_allows(&a->models, bytes_of_str("")));
	CU_ASSERT(policy_list_allows(&a->brands, bytes_of_str("any")));
	CU_ASSERT(a->n_apps == 2 && a->apps[0].min_version == 3);
	CU_ASSERT(bytes_equal_str(a->apps[1].package, "c.d"));
}

static void
test_refused(void)
{
	static const char *const wrong[] = {
		"level=[\"tee\"];",
		"levels=[];",
		"levels=\"tee\";",
		"levels=[\"software\"];",
		"levels=[1];",
		"boot_states=[\"self_signed\"];",
		"boot_states=[\"failed\"];",
		"boot_keys=[];",
		"boot_keys=[\"00\"];",
		"boot_keys=[\"" ZEROS "00\"];",
		"boot_keys=\"" ZEROS "\";",
		"boot_hashes=[3];",
		"locked=1;",
		"rkp_only=\"true\";",
		"proofs=\"false\";",
		"os_version=14;",
		"os_version=140000.0;",
		"os_patch=20251105;",
		"os_patch=-1;",
		"vendor_patch=202511;",
		"os_patch_age=0;",
		"boot_patch_age=5000;",
		"certificates_max=0;",
		"models=[\"\"];",
		"models=[];",
		"purposes=[\"signs\"];",
		"origins=[\"reserved\"];",
		"allow=[\"sha1\"];",
		"allow=\"batch-not-ca\";",
		"apps=();",
		"apps=({package=\"a\";});",
		"apps=({signers=[\"" ZEROS "\"];});",
		"apps=({package=\"a\"; signers=[];});",
		"apps=({package=\"\"; signers=[\"" ZEROS "\"];});",
		"apps=({package=\"a\"; signers=[\"" ZEROS "\"]; name=1;});",
		"apps=({package=\"a\"; signers=[\"" ZEROS
		"\"]; min_version=-1;});",
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		AUTO(buf_release) struct buf text = buf_of(4096);
		AUTO(buf_release) struct buf why = buf_of(256);
		AUTO(policy_free) struct policy *p = NULL;

		buf_printf(&text, "android: { %s };", wrong[i]);
		err_t err = parse(buf_str(&text), &why, &p);
		CU_ASSERT(err == E_MALFORMED && why.len > 0);
		if (err != E_MALFORMED)
			printf("  taken: %s\n", wrong[i]);
	}
}

static const struct harness_test tests[] = {
	{ "without a word: the strict defaults", test_defaults },
	{ "every setting", test_all },
	{ "what is refused", test_refused },
	{ NULL, NULL },
};

HARNESS_MAIN("policy_android", tests)
