/*
 * test_android_field.c - what devices in the field do: extensions that nobody
 * can read, and levels that nobody has yet.
 */
#include "tests/common/fakes/facts_kit.h"
#include "tests/unit/evidence/test_android_kit.h"

#define BIT(name) ((reason_set)1 << REASON_##name)

static struct appraisal
judge(struct km_chain *chain, const char *items)
{
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(policy_free) struct policy *policy = kit_policy(items);
	struct appraisal a = { 0 };

	CU_ASSERT_FATAL(policy && km_chain_make(chain) == OK);
	CU_ASSERT_FATAL(km_evidence(chain, &json) == OK);
	CU_ASSERT_FATAL(evidence_open(buf_bytes(&json), &why, &e) == OK);
	const struct evidence_trust trust = { .file = kit_root(chain) };
	const struct evidence_offline offline = { .trust = &trust,
		                                  .n_trust = 1,
		                                  .at_s = KM_AT };
	CU_ASSERT_FATAL(e.format->offline(e.own, &offline, &why) == OK);
	appraise_evidence(&e, bytes_of(kit_nonce, HASH_SIZE), policy, &a);
	return a;
}

/* What may be in the target's certificate all the same: extensions that field
 * devices write badly, keyUsage even when it is critical. */
static void
test_bypass(void)
{
	static const struct {
		const char *oid, *content;
		bool critical;
		reason_set reasons;
	} rows[] = {
		{ "2.5.29.15", "03020780", true, 0 },   /* a second keyUsage */
		{ "2.5.29.15", "03030780ff", true, 0 }, /* of bits too many */
		{ "2.5.29.15", "04", true, 0 },
		{ "2.5.29.31", "30", false, 0 },
		{ "2.5.29.35", "04", false, 0 },
		{ "2.5.29.17", "04", false, 0 },
		{ "2.5.29.19", "04", false, 0 },
		{ "2.5.29.19", "04", true, BIT(CHAIN_MALFORMED) },
		{ "2.5.29.17", "04", true, BIT(CHAIN_MALFORMED) },
		{ "2.5.29.31", "30", true, BIT(CHAIN_MALFORMED) },
		{ "1.2.3.4", "0500", true, BIT(CHAIN_MALFORMED) },
		{ "2.5.29.18", "3003820161", true, BIT(CHAIN_MALFORMED) },
		{ "1.2.3.4", "0500", false, 0 },
	};

	for (int shape = KM_FACTORY; shape <= KM_ATTEST_KEY; shape++)
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			AUTO(km_chain_free)
			struct km_chain *chain =
			        kit_chain((enum km_shape)shape, KM_TEE);

			chain->certs[0].extra[0] = (struct km_extension){
				.oid = rows[i].oid,
				.content = km_hex(chain, rows[i].content),
				.critical = rows[i].critical,
			};
			CU_ASSERT(judge(chain, "").reasons == rows[i].reasons);
		}
}

/* --- levels of the future ---------------------------------------------------- */

/* KM_AT is in 2026-09. */
static void
test_future(void)
{
	static const struct {
		const char *items;
		uint32_t tag;
		uint64_t value;
		reason_set reasons;
	} rows[] = {
		{ "os_patch_age = 90;", 706, 202610, 0 },
		{ "os_patch_age = 90;", 706, 202611, BIT(PATCH_LEVEL) },
		{ "os_patch_age = 90;", 706, 209912, BIT(PATCH_LEVEL) },
		{ "os_patch_age = 90;", 706, 999912, BIT(PATCH_LEVEL) },
		{ "os_patch = 202601;", 706, 999912, BIT(PATCH_LEVEL) },
		{ "os_patch = 202601;", 706, 202701, BIT(PATCH_LEVEL) },
		{ "vendor_patch_age = 90;", 718, 20261031, 0 },
		{ "vendor_patch_age = 90;", 718, 20261101, BIT(PATCH_LEVEL) },
		{ "vendor_patch = 20260101;", 718, 20991231, BIT(PATCH_LEVEL) },
		{ "vendor_patch = 20260101;", 718, 99991231, BIT(PATCH_LEVEL) },
		{ "boot_patch_age = 90;", 719, 20991231, BIT(PATCH_LEVEL) },
		{ "boot_patch = 20260101;", 719, 209912, BIT(PATCH_LEVEL) },
		{ "", 706, 209912, 0 }, /* not asked for */
		{ "os_version = 140000;", 705, 170000, 0 },
		{ "os_version = 140000;", 705, 999999, 0 },
		{ "os_version = 140000;", 705, 1000000, BIT(BUILD_INELIGIBLE) },
		{ "os_version = 140000;", 705, 20991231,
		  BIT(BUILD_INELIGIBLE) },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(km_chain_free)
		struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);

		km_int(&chain->certs[0].description->hardware, rows[i].tag,
		       rows[i].value);
		CU_ASSERT(judge(chain, rows[i].items).reasons ==
		          rows[i].reasons);
	}
}

/* What is remembered as the highest must be a level that others can reach. */
static void
test_future_forgotten(void)
{
	static const struct {
		uint64_t version, patch, kept_version, kept_patch;
	} rows[] = {
		{ 180000, 202610, 180000, 202610 },
		{ 190000, 202611, 0, 0 },
		{ 999999, 999912, 0, 0 },
		{ 1000000, 209912, 0, 0 },
		{ 4294967295, 202613, 0, 0 },
		{ 160000, 20261031, 160000, 20261031 },
		{ 160000, 20261032, 160000, 0 },
		{ 160000, 20991231, 160000, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(km_chain_free)
		struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);
		struct km_list *hw = &chain->certs[0].description->hardware;

		km_int(hw, 705, rows[i].version);
		km_int(hw, 706, rows[i].patch);
		km_int(hw, 718, rows[i].patch);
		km_int(hw, 719, rows[i].patch);
		const struct appraisal a = judge(chain, "");
		CU_ASSERT(a.reasons == 0);
		CU_ASSERT(facts_kit_number(&a.facts, "os_version") ==
		          rows[i].kept_version);
		CU_ASSERT(facts_kit_number(&a.facts, "os_patch_level") ==
		          rows[i].kept_patch);
		CU_ASSERT(facts_kit_number(&a.facts, "vendor_patch_level") ==
		          rows[i].kept_patch);
		CU_ASSERT(facts_kit_number(&a.facts, "boot_patch_level") ==
		          rows[i].kept_patch);
	}
}

/* A root that another one issued does not look like one: then it seems to be
 * the highest certificate, and its name to say what kind of chain this is. */
static void
test_cross_root(void)
{
	AUTO(km_chain_free) struct km_chain *good = kit_chain(KM_RKP, KM_TEE);
	AUTO(km_chain_free) struct km_chain *over = kit_chain(KM_RKP, KM_TEE);

	snprintf(good->certs[4].issuer, KM_TEXT, "CN=An older root");
	CU_ASSERT(judge(good, "").reasons == 0);
	snprintf(over->certs[4].issuer, KM_TEXT, "CN=An older root");
	snprintf(over->certs[4].subject, KM_TEXT, "serialNumber=ab");
	CU_ASSERT(judge(over, "").reasons == BIT(CHAIN_MALFORMED));
	over->certs[1].not_after = KM_AT - 1;
	CU_ASSERT(judge(over, "").reasons == BIT(CHAIN_MALFORMED));
}

static const struct harness_test tests[] = {
	{ "extensions that nobody can read", test_bypass },
	{ "a root that another one issued", test_cross_root },
	{ "levels of the future, asked for", test_future },
	{ "levels of the future are not remembered", test_future_forgotten },
	{ NULL, NULL },
};

HARNESS_MAIN("android_field", tests)
