/*
 * test_android_possession.c - which attested keys confirm a result: what the
 * hardware says of the key decides, and nothing else that it may say of itself.
 */
#include <jansson.h>

#include "crypto/x509/cert.h"
#include "crypto/x509/roots.h"
#include "tests/unit/evidence/test_android_kit.h"

#include "crypto/codec/json_auto.h"

#define BIT(name) ((reason_set)1 << REASON_##name)

/* The appraisal as the service makes it; the claims, which the caller frees. */
static struct appraisal
judge(struct km_chain *chain, const char *items, json_t **ret_claims)
{
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(policy_free)
	struct policy *policy = items ? kit_policy(items) : NULL;
	struct x509_roots *roots = NULL;
	struct appraisal a = { 0 };

	CU_ASSERT_FATAL((policy || !items) && x509_roots_new(&roots) == OK &&
	                x509_roots_add(roots, kit_root(chain), &why) == OK);
	const struct trust_context v = { .now_s = KM_AT, .roots = roots };
	CU_ASSERT_FATAL(km_evidence(chain, &json) == OK &&
	                evidence_open(buf_bytes(&json), &why, &e) == OK);
	e.format->vouch(e.own, &v);
	appraise_evidence(&e, bytes_of(kit_nonce, HASH_SIZE), policy, &a);
	if (ret_claims)
		*ret_claims = e.format->claims(e.own);
	x509_roots_free(roots);
	return a;
}

/* True if the evidence is good and confirms the key of its first certificate. */
static bool
confirms(struct km_chain *chain)
{
	AUTO(buf_release) struct buf spki = buf_of(1024);
	AUTO(json_decref) json_t *claims = NULL;

	CU_ASSERT_FATAL(km_chain_make(chain) == OK);
	struct appraisal a = judge(chain,
	                           "origins = [\"generated\", "
	                           "\"imported\"];",
	                           &claims);
	CU_ASSERT_EQUAL(a.reasons, 0);
	CU_ASSERT_EQUAL(a.confirmation.len > 0,
	                json_object_get(claims, "cnf") != NULL);
	if (a.confirmation.len == 0)
		return false;
	km_spki(chain->certs[0].alg, chain->certs[0].slot, &spki);
	CU_ASSERT(bytes_equal(confirmation_spki(&a.confirmation),
	                      buf_bytes(&spki)));
	return true;
}

/* --- what the key can do ---------------------------------------------------- */

enum { TAG_PURPOSE = 1, TAG_ALGORITHM = 2, TAG_DIGEST = 5, TAG_PADDING = 6 };

/* Below zero: the value is absent. */
static const struct {
	enum km_alg alg;
	int purpose, digest, padding, algorithm;
	bool confirms;
} abilities[] = {
	{ KM_P256, 2, 4, -1, 3, true },
	{ KM_P256, 3, 4, -1, 3, false },
	{ KM_P256, 6, 4, -1, 3, false },
	{ KM_P256, -1, 4, -1, 3, false },
	{ KM_P256, 2, 5, -1, 3, false },
	{ KM_P256, 2, 0, -1, 3, false }, /* signs what is hashed already */
	{ KM_P256, 2, -1, -1, 3, false },
	{ KM_P256, 2, 4, -1, 1, false },
	{ KM_P256, 2, 4, -1, -1, false },
	{ KM_P384, 2, 5, -1, 3, true },
	{ KM_P384, 2, 4, -1, 3, false },
	{ KM_ED25519, 2, 0, -1, 3, true },
	{ KM_ED25519, 2, 4, -1, 3, false },
	{ KM_RSA2048, 2, 4, 3, 1, true },
	{ KM_RSA4096, 2, 4, 5, 1, true },
	{ KM_RSA2048, 2, 4, 2, 1, false }, /* encrypts */
	{ KM_RSA2048, 2, 4, -1, 1, false },
	{ KM_RSA2048, 2, 6, 5, 1, false },
	{ KM_P521, 2, 4, -1, 3, false }, /* no algorithm of ours */
};

static void
say_set(struct km_list *list, uint32_t tag, int value)
{
	const uint64_t values[] = { (uint64_t)value };

	if (value < 0)
		km_drop(list, tag);
	else
		km_set(list, tag, values, 1);
}

static void
test_abilities(void)
{
	for (size_t i = 0; i < ARRAY_LEN(abilities); i++) {
		AUTO(km_chain_free)
		struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);
		struct km_list *hw = &chain->certs[0].description->hardware;

		km_set_alg(chain, 0, abilities[i].alg);
		say_set(hw, TAG_PURPOSE, abilities[i].purpose);
		say_set(hw, TAG_DIGEST, abilities[i].digest);
		say_set(hw, TAG_PADDING, abilities[i].padding);
		if (abilities[i].algorithm < 0)
			km_drop(hw, TAG_ALGORITHM);
		else
			km_int(hw, TAG_ALGORITHM,
			       (uint64_t)abilities[i].algorithm);
		if (confirms(chain) != abilities[i].confirms) {
			printf("  row %zu\n", i);
			CU_FAIL("ability");
		}
	}
}

/* The Android system may say what it likes. */
static void
test_software_says(void)
{
	static const uint64_t sign[] = { 2 }, verify[] = { 3 };
	AUTO(km_chain_free) struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);
	struct km_description *d = chain->certs[0].description;

	km_set(&d->hardware, TAG_PURPOSE, verify, 1);
	km_set(&d->software, TAG_PURPOSE, sign, 1);
	CU_ASSERT_FALSE(confirms(chain));
}

/* --- what restricts it ------------------------------------------------------ */

static const struct {
	uint32_t tag;
	int64_t value; /* below zero: a flag */
	bool confirms;
} restrictions[] = {
	{ 305, -1, false }, /* early_boot_only */
	{ 404, 3, false },  /* max_uses_per_boot */
	{ 405, 1, false },  /* usage_count_limit */
	{ 508, -1, false }, /* trusted_confirmation_required */
	{ 721, -1, false }, /* identity_credential_key */
	{ 722, -1, false }, /* storage_key */
	{ 702, 2, false },  /* origin: imported */
	{ 403, 1, true },   /* min_seconds_between_ops */
	{ 504, 2, true },   /* user_auth_type: a fingerprint */
	{ 505, 30, true },  /* auth_timeout */
	{ 507, -1, true },  /* trusted_user_presence_required */
	{ 509, -1, true },  /* unlocked_device_required */
};

static void
restrict_key(struct km_list *list, size_t i)
{
	if (restrictions[i].value < 0)
		km_flag(list, restrictions[i].tag);
	else
		km_int(list, restrictions[i].tag,
		       (uint64_t)restrictions[i].value);
}

static void
test_restrictions(void)
{
	for (size_t i = 0; i < 2 * ARRAY_LEN(restrictions); i++) {
		AUTO(km_chain_free)
		struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);
		struct km_description *d = chain->certs[0].description;
		bool system = i >= ARRAY_LEN(restrictions);
		size_t row = i % ARRAY_LEN(restrictions);

		restrict_key(system ? &d->software : &d->hardware, row);
		/* Where a key came from, only the hardware knows. */
		bool wanted = restrictions[row].confirms ||
		              (system && restrictions[row].tag == 702);
		if (confirms(chain) != wanted) {
			printf("  tag %u\n", restrictions[row].tag);
			CU_FAIL("restriction");
		}
	}
}

/* The policy's rule about origins is another one: auditors judge without. */
static void
test_no_origin(void)
{
	AUTO(km_chain_free) struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);

	km_drop(&chain->certs[0].description->hardware, 702);
	CU_ASSERT_FATAL(km_chain_make(chain) == OK);
	struct appraisal a = judge(chain, NULL, NULL);
	CU_ASSERT_EQUAL(a.reasons, 0);
	CU_ASSERT_EQUAL(a.confirmation.len, 0);
}

/* --- whose it is ------------------------------------------------------------ */

/* An attest key signs attestations alone; the key below it is the one that
 * signs. */
static void
test_shapes(void)
{
	static const struct {
		enum km_shape shape;
		bool confirms;
	} rows[] = { { KM_FACTORY, true },
		     { KM_RKP, true },
		     { KM_ATTEST_KEY, true },
		     { KM_FACTORY_ATTEST_KEY, true },
		     { KM_NEW_ATTEST_KEY, false } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(km_chain_free)
		struct km_chain *chain = kit_chain(rows[i].shape, KM_TEE);

		CU_ASSERT_EQUAL(confirms(chain), rows[i].confirms);
	}
}

/* By a proof of another key, the attested key may be in a second device. */
static void
test_proofs(void)
{
	for (unsigned key = 0; key < 2; key++) {
		AUTO(km_chain_free)
		struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);

		CU_ASSERT_FATAL(km_prove(chain, KM_P256, km_key_slot(0, key),
		                         bytes_of(kit_nonce, HASH_SIZE)) == OK);
		CU_ASSERT_EQUAL(confirms(chain), key == 0);
	}
}

/* Refused evidence confirms nothing, nor do the claims that auditors read. */
static void
test_refused(void)
{
	AUTO(km_chain_free) struct km_chain *chain = kit_chain(KM_RKP, KM_TEE);
	AUTO(json_decref) json_t *claims = NULL;

	CU_ASSERT_FATAL(km_chain_make(chain) == OK);
	struct appraisal a = judge(chain, "os_patch = 209912;", &claims);
	CU_ASSERT_EQUAL(a.reasons, BIT(PATCH_LEVEL));
	CU_ASSERT_EQUAL(a.confirmation.len, 0);
	CU_ASSERT_PTR_NULL(json_object_get(claims, "cnf"));
}

static const struct harness_test tests[] = {
	{ "what the key must be able to do", test_abilities },
	{ "the system's word does not count", test_software_says },
	{ "what restricts a key", test_restrictions },
	{ "a key of unknown origin", test_no_origin },
	{ "chains of every shape", test_shapes },
	{ "proofs by the same and by another key", test_proofs },
	{ "refused evidence", test_refused },
	{ NULL, NULL },
};
HARNESS_MAIN("android_possession", tests)
