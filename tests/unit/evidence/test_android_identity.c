/*
 * test_android_identity.c - whose evidence it is: the attested key, the attest
 * key, or who proved a key; what is said of the device; and chains that a key
 * outlives.
 */
#include <jansson.h>

#include "tests/common/fakes/facts_kit.h"
#include "crypto/digest.h"
#include "tests/unit/evidence/test_android_kit.h"
#include "crypto/x509/chain.h"

DEFINE_AUTO(json_t *, json_decref);

#define BIT(name) ((reason_set)1 << REASON_##name)
#define DAY_S 86400

/* One answer of a device, before the service's judgement. */
struct bench {
	struct km_chain *chain;
	struct policy *policy;
	int64_t days; /* from KM_AT */
	bool enroll;
	bool offline; /* an officer's judgement, not the service's */
	struct evidence evidence;
	struct appraisal a;
};

static void
bench_release(struct bench *b)
{
	km_chain_free(b->chain);
	policy_free(b->policy);
	evidence_release(&b->evidence);
}
DEFINE_AUTO_REF(struct bench, bench_release);

static struct bench
bench_of(enum km_shape shape)
{
	struct bench b = { .chain = kit_chain(shape, KM_TEE),
		           .policy = kit_policy("") };

	CU_ASSERT_FATAL(b.policy != NULL);
	return b;
}

static void
trust(struct bench *b, struct x509_roots *roots)
{
	const struct evidence_trust file = { .file = kit_root(b->chain) };
	const uint64_t at_s = (uint64_t)(KM_AT + b->days * DAY_S);
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct trust_context v = { .now_s = at_s,
		                         .roots = roots,
		                         .enroll = b->enroll };
	const struct evidence_offline o = { .trust = &file,
		                            .n_trust = 1,
		                            .at_s = at_s };

	CU_ASSERT_FATAL(x509_roots_add(roots, kit_root(b->chain), &why) == OK);
	if (!b->offline) {
		b->evidence.format->vouch(b->evidence.own, &v);
		return;
	}
	CU_ASSERT_FATAL(
	        b->evidence.format->offline(b->evidence.own, &o, &why) == OK);
}

static reason_set
judge(struct bench *b)
{
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(x509_roots_free) struct x509_roots *roots = NULL;

	CU_ASSERT_FATAL(km_chain_make(b->chain) == OK);
	CU_ASSERT_FATAL(km_evidence(b->chain, &json) == OK);
	evidence_release(&b->evidence);
	CU_ASSERT_FATAL(evidence_open(buf_bytes(&json), &why, &b->evidence) ==
	                OK);
	CU_ASSERT_FATAL(x509_roots_new(&roots) == OK);
	trust(b, roots);
	appraise_evidence(&b->evidence, bytes_of(kit_nonce, HASH_SIZE),
	                  b->policy, &b->a);
	return b->a.reasons;
}

static void
prove(struct bench *b, enum km_alg alg, unsigned slot)
{
	CU_ASSERT_FATAL(km_prove(b->chain, alg, slot,
	                         bytes_of(kit_nonce, HASH_SIZE)) == OK);
}

/* Is the identity that key's? */
static bool
is(const struct bench *b, enum km_alg alg, unsigned slot)
{
	AUTO(buf_release) struct buf spki = buf_of(1024);
	uint8_t digest[HASH_SIZE];

	km_spki(alg, slot, &spki);
	digest_sha256(buf_bytes(&spki), digest);
	return b->a.identified && memcmp(digest, b->a.identity, HASH_SIZE) == 0;
}

static bool
is_cert(const struct bench *b, size_t i)
{
	const struct km_cert *c = &b->chain->certs[i];

	return is(b, c->alg, c->slot);
}

/* --- whose ---------------------------------------------------------------- */

static void
test_attested(void)
{
	AUTO(bench_release) struct bench direct = bench_of(KM_RKP);
	AUTO(bench_release) struct bench below = bench_of(KM_ATTEST_KEY);
	AUTO(bench_release) struct bench key = bench_of(KM_NEW_ATTEST_KEY);

	CU_ASSERT_EQUAL(judge(&direct), 0);
	CU_ASSERT(is_cert(&direct, 0));
	CU_ASSERT_EQUAL(judge(&below), 0);
	CU_ASSERT(is_cert(&below, 1));
	CU_ASSERT_EQUAL(judge(&key), 0);
	CU_ASSERT(is_cert(&key, 0));
	CU_ASSERT(is_cert(&below, 1));
	CU_ASSERT_EQUAL(memcmp(below.a.identity, key.a.identity, HASH_SIZE), 0);
}

static void
test_proof(void)
{
	static const enum km_alg algs[] = { KM_P256, KM_P384, KM_RSA2048,
		                            KM_RSA4096, KM_ED25519 };
	AUTO(bench_release) struct bench b = bench_of(KM_RKP);

	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		prove(&b, algs[i], 900);
		CU_ASSERT_EQUAL(judge(&b), 0);
		CU_ASSERT(is(&b, algs[i], 900));
		b.chain->proof.data[b.chain->proof.len - 1] ^= 1;
		CU_ASSERT_EQUAL(judge(&b), BIT(EVIDENCE_SIGNATURE));
		CU_ASSERT_FALSE(b.a.identified);
	}
	/* It stands before the attest key. */
	AUTO(bench_release) struct bench below = bench_of(KM_ATTEST_KEY);
	prove(&below, KM_P256, 900);
	CU_ASSERT_EQUAL(judge(&below), 0);
	CU_ASSERT(is(&below, KM_P256, 900));
}

static void
test_proof_over(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP);

	CU_ASSERT_FATAL(km_prove(b.chain, KM_P256, 900,
	                         bytes_of(kit_nonce, HASH_SIZE - 1)) == OK);
	CU_ASSERT_EQUAL(judge(&b), BIT(EVIDENCE_SIGNATURE));
	/* By one key, said to be by another. */
	prove(&b, KM_P256, 900);
	buf_reset(&b.chain->proof_key);
	km_spki(KM_P256, 901, &b.chain->proof_key);
	CU_ASSERT_EQUAL(judge(&b), BIT(EVIDENCE_SIGNATURE));
}

static void
test_proof_malformed(void)
{
	static const enum km_alg refused[] = { KM_P521, KM_RSA1024 };
	AUTO(bench_release) struct bench b = bench_of(KM_RKP);

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		prove(&b, refused[i], 900);
		CU_ASSERT_EQUAL(judge(&b), BIT(EVIDENCE_MALFORMED));
	}
	prove(&b, KM_P256, 900);
	buf_u8(&b.chain->proof, 0);
	CU_ASSERT_EQUAL(judge(&b), BIT(EVIDENCE_MALFORMED));
	prove(&b, KM_P256, 900);
	buf_u8(&b.chain->proof_key, 0);
	CU_ASSERT_EQUAL(judge(&b), BIT(EVIDENCE_MALFORMED));
	prove(&b, KM_P256, 900);
	buf_reset(&b.chain->proof);
	buf_append_str(&b.chain->proof, "no signature");
	CU_ASSERT_EQUAL(judge(&b), BIT(EVIDENCE_MALFORMED));
}

/* A good proof does not make a bad chain anybody's. */
static void
test_proof_alone(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP);

	prove(&b, KM_P256, 900);
	b.chain->certs[1].signer_alg = KM_P256;
	b.chain->certs[1].signer_slot = 901;
	CU_ASSERT_EQUAL(judge(&b), BIT(CHAIN_UNTRUSTED));
	CU_ASSERT_FALSE(b.a.identified);
}

/* A policy may want a tie that says which hardware it is. */
static void
test_no_proofs(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_ATTEST_KEY);

	policy_free(b.policy);
	b.policy = kit_policy("proofs = false;");
	CU_ASSERT_EQUAL(judge(&b), 0);
	prove(&b, KM_P256, 900);
	CU_ASSERT_EQUAL(judge(&b), BIT(KEY_ORIGIN));
	policy_free(b.policy);
	b.policy = kit_policy("proofs = true;");
	CU_ASSERT_EQUAL(judge(&b), 0);
}

static void
test_enroll(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP);
	unsigned own = b.chain->certs[0].slot;

	b.enroll = true;
	CU_ASSERT_EQUAL(judge(&b), 0);
	prove(&b, KM_P256, own);
	CU_ASSERT_EQUAL(judge(&b), 0);
	CU_ASSERT(is_cert(&b, 0));
	prove(&b, KM_P256, 900);
	CU_ASSERT_EQUAL(judge(&b), BIT(DEVICE_KEY_MISMATCH));
}

/* Attested is any key; enrolled only one that can answer for itself. */
static void
test_enroll_unsupported(void)
{
	static const uint8_t bits[1952] = { 1 };
	static const struct {
		const char *oid;
		size_t len;
	} rows[] = { { "1.3.101.110", 32 },
		     { "2.16.840.1.101.3.4.3.18", 1952 } };
	static const enum km_alg algs[] = { KM_P521, KM_RSA1024 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(bench_release) struct bench b = bench_of(KM_RKP);

		b.chain->certs[0].key_oid = rows[i].oid;
		b.chain->certs[0].key_bits = bytes_of(bits, rows[i].len);
		CU_ASSERT_EQUAL(judge(&b), 0);
		b.enroll = true;
		CU_ASSERT_EQUAL(judge(&b), BIT(KEY_UNSUPPORTED));
	}
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		AUTO(bench_release) struct bench b = bench_of(KM_FACTORY);

		km_set_alg(b.chain, 0, algs[i]);
		CU_ASSERT_EQUAL(judge(&b), 0);
		b.enroll = true;
		CU_ASSERT_EQUAL(judge(&b), BIT(KEY_UNSUPPORTED));
	}
	/* Below an attest key the attest key is enrolled. */
	AUTO(bench_release) struct bench b = bench_of(KM_ATTEST_KEY);
	b.chain->certs[0].key_oid = rows[0].oid;
	b.chain->certs[0].key_bits = bytes_of(bits, rows[0].len);
	b.enroll = true;
	CU_ASSERT_EQUAL(judge(&b), 0);
}

/* --- what is said of the device ------------------------------------------- */

static void
test_device(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_ATTEST_KEY);
	struct km_root root = km_root_of(0);
	struct km_list *hw = &b.chain->certs[0].description->hardware;

	km_int(hw, 705, 170000);
	km_int(hw, 719, 20261001);
	CU_ASSERT_EQUAL(judge(&b), 0); /* the target's, not the attest key's */
	CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "os_version"), 170000);
	CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "os_patch_level"), 202609);
	CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "vendor_patch_level"),
	                20260905);
	CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "boot_patch_level"),
	                20261001);
	CU_ASSERT(bytes_equal(facts_kit_bytes(&b.a.facts, "verified_boot_key"),
	                      bytes_of(root.key, root.key_len)));

	/* What software says, is not said. */
	km_drop(hw, 705);
	km_int(&b.chain->certs[0].description->software, 705, 170000);
	km_int(hw, 706, UINT64_C(0x100031771));
	km_drop(hw, 718);
	CU_ASSERT_EQUAL(judge(&b), 0);
	CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "os_version"), 0);
	CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "os_patch_level"), 0);
	CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "vendor_patch_level"), 0);

	b.chain->certs[2].signer_alg = KM_P256;
	b.chain->certs[2].signer_slot = 901;
	CU_ASSERT_EQUAL(judge(&b), BIT(CHAIN_UNTRUSTED));
	CU_ASSERT_EQUAL(b.a.facts.n, 0);
	CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "boot_patch_level"), 0);
}

/* Versions 1 and 2 have no level of the vendor's and the boot's. */
static void
test_old_versions(void)
{
	for (uint64_t version = 1; version <= 2; version++) {
		AUTO(bench_release) struct bench b = bench_of(KM_RKP);

		km_set_version(b.chain, version);
		CU_ASSERT_EQUAL(judge(&b), 0);
		CU_ASSERT_EQUAL(facts_kit_number(&b.a.facts, "os_patch_level"),
		                202609);
		CU_ASSERT_EQUAL(
		        facts_kit_number(&b.a.facts, "vendor_patch_level"), 0);
		CU_ASSERT_EQUAL(
		        facts_kit_number(&b.a.facts, "boot_patch_level"), 0);
	}
}

/* --- a chain that is over -------------------------------------------------- */

/* The attestation certificate has 20 days, the one above it 60. */
static void
test_outlived(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_ATTEST_KEY);

	CU_ASSERT_EQUAL(judge(&b), 0);
	CU_ASSERT_EQUAL(b.a.chain_end_s, 0);
	b.days = 25;
	CU_ASSERT_EQUAL(judge(&b), 0);
	CU_ASSERT_EQUAL(b.a.chain_end_s, KM_AT + 20 * DAY_S);
	CU_ASSERT(is_cert(&b, 1));
	b.days = 70; /* the first end counts */
	CU_ASSERT_EQUAL(judge(&b), 0);
	CU_ASSERT_EQUAL(b.a.chain_end_s, KM_AT + 20 * DAY_S);
	b.chain->certs[3].not_after = KM_AT + 10 * DAY_S;
	CU_ASSERT_EQUAL(judge(&b), 0);
	CU_ASSERT_EQUAL(b.a.chain_end_s, KM_AT + 10 * DAY_S);

	/* No ledger, no word on who was enrolled. */
	b.offline = true;
	CU_ASSERT_EQUAL(judge(&b), BIT(CHAIN_EXPIRED));
	b.offline = false;

	/* Another key's proof. */
	prove(&b, KM_P256, 900);
	CU_ASSERT_EQUAL(judge(&b), BIT(CHAIN_EXPIRED));
	CU_ASSERT_EQUAL(b.a.chain_end_s, 0);

	/* Nothing but the end is left to the ledger. */
	b.chain->proof.len = b.chain->proof_key.len = 0;
	b.chain->certs[2].not_before = KM_AT + 71 * DAY_S;
	CU_ASSERT_EQUAL(judge(&b), BIT(CHAIN_EXPIRED));
}

/* A key that no attest key signed is attested now, by a chain of now. */
static void
test_not_outlived(void)
{
	static const enum km_shape shapes[] = { KM_RKP, KM_NEW_ATTEST_KEY };

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		AUTO(bench_release) struct bench b = bench_of(shapes[i]);

		b.days = 25;
		CU_ASSERT_EQUAL(judge(&b), BIT(CHAIN_EXPIRED));
		CU_ASSERT_EQUAL(b.a.chain_end_s, 0);
	}
	/* Nor by a key that may do other things. */
	static const uint64_t sign[] = { 2 };
	AUTO(bench_release) struct bench b = bench_of(KM_ATTEST_KEY);

	b.days = 25;
	km_set(&b.chain->certs[1].description->hardware, 1, sign, 1);
	CU_ASSERT(judge(&b) & BIT(CHAIN_EXPIRED));
}

/* --- for people ------------------------------------------------------------ */

static void
test_claims(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP);

	b.offline = true;
	CU_ASSERT_EQUAL(judge(&b), 0);
	AUTO(json_decref)
	json_t *without = b.evidence.format->claims(b.evidence.own);
	CU_ASSERT_PTR_NULL(json_object_get(without, "proof_good"));
	prove(&b, KM_P256, 900);
	CU_ASSERT_EQUAL(judge(&b), 0);
	AUTO(json_decref)
	json_t *with = b.evidence.format->claims(b.evidence.own);
	CU_ASSERT(json_is_true(json_object_get(with, "proof_good")));
	AUTO(json_decref)
	json_t *rest = b.evidence.format->not_appraised(b.evidence.own);
	CU_ASSERT_EQUAL(json_array_size(rest), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(rest, 0)),
	                       "proof_key");
	b.chain->proof.data[b.chain->proof.len - 1] ^= 1;
	CU_ASSERT_EQUAL(judge(&b), BIT(EVIDENCE_SIGNATURE));
	AUTO(json_decref)
	json_t *bad = b.evidence.format->claims(b.evidence.own);
	CU_ASSERT(json_is_false(json_object_get(bad, "proof_good")));
}

static const struct harness_test tests[] = {
	{ "the attested key, or the attest key above it", test_attested },
	{ "whoever proves a key, of each kind", test_proof },
	{ "a proof over something else, by somebody else", test_proof_over },
	{ "a proof that cannot be one", test_proof_malformed },
	{ "a proof is no chain", test_proof_alone },
	{ "a policy without proofs", test_no_proofs },
	{ "nobody enrols a key that is not attested", test_enroll },
	{ "nobody enrols a key whose answers cannot be checked",
	  test_enroll_unsupported },
	{ "what hardware says of the device", test_device },
	{ "old versions say less", test_old_versions },
	{ "an attest key outlives its chain", test_outlived },
	{ "nothing else does", test_not_outlived },
	{ "what people are shown", test_claims },
	{ NULL, NULL },
};
HARNESS_MAIN("android_identity", tests)
