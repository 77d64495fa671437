/*
 * test_android_valid.c - chains that the field has are accepted: all versions,
 * shapes, levels and kinds of key, and what devices do although they should
 * not.
 */
#include "tests/unit/evidence/test_android_kit.h"

#define DAY 86400

static void
expect(struct km_chain *chain, const char *what, uint64_t number)
{
	AUTO(buf_release) struct buf text = buf_of(4096);
	AUTO(policy_free) struct policy *policy = kit_policy("");

	CU_ASSERT_FATAL(km_chain_make(chain) == OK);
	reason_set set = kit_judge_by(chain, kit_root(chain), NULL);
	if (set == 0)
		set = kit_judge_by(chain, kit_root(chain), policy);
	CU_ASSERT(set == 0);
	if (set)
		printf("%s %llu:%s\n", what, (unsigned long long)number,
		       kit_reasons(set, &text));
}

static void
test_versions(void)
{
	static const uint16_t versions[] = {
		1, 2, 3, 4, 100, 200, 300, 400, 500
	};

	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		for (int shape = KM_FACTORY; shape <= KM_ATTEST_KEY; shape++) {
			AUTO(km_chain_free)
			struct km_chain *chain =
			        kit_chain((enum km_shape)shape, KM_TEE);
			km_set_version(chain, versions[i]);
			expect(chain, "version", versions[i]);
		}
}

static void
test_strongbox(void)
{
	for (int shape = KM_FACTORY; shape <= KM_ATTEST_KEY; shape++) {
		AUTO(km_chain_free)
		struct km_chain *chain =
		        kit_chain((enum km_shape)shape, KM_STRONGBOX);
		expect(chain, "strongbox", (uint64_t)shape);
	}
}

/* One or both of the two subjects must name StrongBox; TEE need not be named. */
static void
test_levels(void)
{
	static const struct {
		const char *batch, *intermediate;
		enum km_level level;
	} rows[] = {
		{ "serialNumber=ab", "serialNumber=cd", KM_TEE },
		{ "serialNumber=ab", "serialNumber=cd,title=StrongBox",
		  KM_TEE },
		{ "serialNumber=ab,title=TEE", "serialNumber=cd", KM_TEE },
		{ "serialNumber=ab", "serialNumber=cd,title=StrongBox",
		  KM_STRONGBOX },
		{ "serialNumber=ab,title=StrongBox", "serialNumber=cd",
		  KM_STRONGBOX },
		{ "CN=A strongbox of 2019,serialNumber=ab", "serialNumber=cd",
		  KM_STRONGBOX },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(km_chain_free)
		struct km_chain *chain = kit_chain(KM_FACTORY, rows[i].level);
		snprintf(chain->certs[1].subject, KM_TEXT, "%s", rows[i].batch);
		snprintf(chain->certs[2].subject, KM_TEXT, "%s",
		         rows[i].intermediate);
		expect(chain, "names of levels", i);
	}
}

/* Those of the first years have no provisioning info, and the root may be left
 * out of any. */
static void
test_shapes(void)
{
	for (int shape = KM_FACTORY; shape <= KM_ATTEST_KEY; shape++) {
		AUTO(km_chain_free)
		struct km_chain *chain =
		        kit_chain((enum km_shape)shape, KM_TEE);
		size_t batch = shape == KM_ATTEST_KEY ? 2 : 1;
		AUTO(buf_release) struct buf root = buf_of(65536);

		chain->certs[batch].provisioning.present = false;
		expect(chain, "no provisioning info", (uint64_t)shape);
		buf_append(&root, kit_root(chain));
		km_remove(chain, chain->n - 1);
		CU_ASSERT(kit_judge_by(chain, buf_bytes(&root), NULL) == 0);
	}
}

/* What libcrypto does not decode; sizes as the standards have them. */
static void
test_strange_keys(void)
{
	static const struct {
		const char *oid;
		size_t len;
	} rows[] = {
		{ "1.3.101.110", 32 },               /* X25519 */
		{ "1.3.101.111", 56 },               /* X448 */
		{ "2.16.840.1.101.3.4.3.17", 1312 }, /* ML-DSA-44 */
		{ "2.16.840.1.101.3.4.3.18", 1952 }, /* ML-DSA-65 */
		{ "2.16.840.1.101.3.4.3.19", 2592 }, /* ML-DSA-87 */
		{ "1.2.3.4", 7 },
		{ "1.2.840.10045.2.1", 65 }, /* EC, and no curve */
		{ "1.2.840.113549.1.1.1", 9 },
	};
	static const uint8_t bits[2592] = { 4 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int shape = KM_FACTORY; shape <= KM_ATTEST_KEY; shape++) {
			AUTO(km_chain_free)
			struct km_chain *chain =
			        kit_chain((enum km_shape)shape, KM_TEE);
			chain->certs[0].key_oid = rows[i].oid;
			chain->certs[0].key_bits = bytes_of(bits, rows[i].len);
			expect(chain, "strange key", i * 10 + (size_t)shape);
		}
}

/* Each certificate in turn has each kind of key. */
static void
test_keys(void)
{
	static const enum km_alg algs[] = { KM_P256, KM_P384, KM_RSA2048,
		                            KM_RSA4096, KM_ED25519 };

	for (size_t k = 0; k < ARRAY_LEN(algs); k++)
		for (size_t i = 0; i < 5; i++) {
			AUTO(km_chain_free)
			struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);
			km_set_alg(chain, i, algs[k]);
			expect(chain, "key of kind", algs[k] * 10 + i);
		}
}

/* --- what is no criterion -------------------------------------------------------- */

static void
test_dates(void)
{
	AUTO(km_chain_free) struct km_chain *leaf = kit_chain(KM_RKP, KM_TEE);
	AUTO(km_chain_free)
	struct km_chain *batch = kit_chain(KM_FACTORY, KM_TEE);
	AUTO(km_chain_free) struct km_chain *root = kit_chain(KM_RKP, KM_TEE);

	leaf->certs[0].not_after = KM_AT - DAY;
	expect(leaf, "the key's certificate is over", 0);
	leaf->certs[0].not_before = KM_AT + DAY;
	leaf->certs[0].not_after = KM_AT + 2 * DAY;
	expect(leaf, "the key's certificate is from tomorrow", 0);
	leaf->certs[0].utc_after = "21060207062815Z";
	expect(leaf, "the key's certificate has a date that is none", 0);
	batch->certs[1].not_after = KM_AT - DAY;
	batch->certs[2].not_after = KM_AT - DAY;
	expect(batch, "factory certificates are over", 0);
	root->certs[4].not_after = KM_AT - DAY;
	expect(root, "the root is over", 0);
}

/* The anchor is the key: another certificate of it, or none at all. */
static void
test_root(void)
{
	AUTO(km_chain_free) struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);
	AUTO(km_chain_free) struct km_chain *other = kit_chain(KM_RKP, KM_TEE);

	other->certs[4].not_before -= DAY;
	snprintf(other->certs[4].serial, sizeof(other->certs[4].serial),
	         "1234");
	CU_ASSERT_FATAL(km_chain_make(other) == OK);
	CU_ASSERT_FATAL(km_chain_make(chain) == OK);
	CU_ASSERT(kit_judge_by(chain, kit_root(other), NULL) == 0);
	km_remove(chain, 4);
	CU_ASSERT(kit_judge_by(chain, kit_root(other), NULL) == 0);

	/* One that another one issued is a root all the same, when pinned. */
	AUTO(km_chain_free) struct km_chain *cross = kit_chain(KM_RKP, KM_TEE);
	snprintf(cross->certs[4].issuer, KM_TEXT, "CN=An older root");
	CU_ASSERT_FATAL(km_chain_make(cross) == OK);
	CU_ASSERT(kit_judge_by(cross, kit_root(cross), NULL) == 0);
}

/* --- leniencies ------------------------------------------------------------------- */

static void
test_unknown_tag(void)
{
	AUTO(km_chain_free) struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);

	km_int(&chain->certs[0].description->hardware, 9999, 1);
	km_int(&chain->certs[0].description->software, 12, 1);
	expect(chain, "unknown tags", 0);
}

static void
test_order_of_tags(void)
{
	AUTO(km_chain_free) struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);

	km_swap(&chain->certs[0].description->hardware, 1, 5);
	expect(chain, "tags in another order", 0);
}

static void
test_set_and_boolean(void)
{
	static const uint64_t descending[] = { 3, 2 };
	AUTO(km_chain_free) struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);
	struct km_root root = km_root_of(0);

	km_set(&chain->certs[0].description->hardware, 1, descending, 2);
	root.locked = 1;
	km_root(&chain->certs[0].description->hardware, &root);
	expect(chain, "a set that descends, a BOOLEAN of 1", 0);
}

static const struct harness_test tests[] = {
	{ "every version in every shape", test_versions },
	{ "StrongBox in every shape", test_strongbox },
	{ "who says StrongBox, and who says nothing", test_levels },
	{ "shapes with less in them", test_shapes },
	{ "every kind of key in every place", test_keys },
	{ "attested keys that libcrypto does not decode", test_strange_keys },
	{ "dates that do not matter", test_dates },
	{ "another certificate of the root's key, or none", test_root },
	{ "unknown tags", test_unknown_tag },
	{ "tags in another order", test_order_of_tags },
	{ "a set in another order, a BOOLEAN not of DER",
	  test_set_and_boolean },
	{ NULL, NULL },
};

HARNESS_MAIN("android_valid", tests)
