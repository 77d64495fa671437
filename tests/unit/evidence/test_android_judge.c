/*
 * test_android_judge.c - what a judgement says beside its reasons: the key's
 * identity, the vector, the claims; and what it takes from the service: roots,
 * time, the list of revocations, leniencies.
 */
#include <jansson.h>

#include "crypto/digest.h"
#include "tests/unit/evidence/test_android_kit.h"
#include "crypto/x509/cert.h"
#include "crypto/x509/chain.h"

DEFINE_AUTO(json_t *, json_decref);

#define BIT(name) ((reason_set)1 << REASON_##name)
#define DAY_S 86400

/* One chain before the service's judgement. */
struct bench {
	struct km_chain *chain;
	struct x509_roots *roots;
	struct revocations *list;
	struct policy *policy;
	struct revocation_limits limits;
	int64_t days; /* from KM_AT */
	bool made;    /* the same bytes again */
	struct evidence evidence;
	struct appraisal a;
};

static void
bench_release(struct bench *b)
{
	km_chain_free(b->chain);
	x509_roots_free(b->roots);
	revocations_free(b->list);
	policy_free(b->policy);
	evidence_release(&b->evidence);
}
DEFINE_AUTO_REF(struct bench, bench_release);

static struct bench
bench_of(enum km_shape shape, const char *items)
{
	struct bench b = { .chain = kit_chain(shape, KM_TEE),
		           .policy = items ? kit_policy(items) : NULL };

	CU_ASSERT_FATAL(!items || b.policy);
	return b;
}

static void
list_revoked(struct bench *b, const char *serial, const char *status)
{
	AUTO(buf_release) struct buf json = buf_of(1024);
	AUTO(buf_release) struct buf why = buf_of(256);

	buf_printf(&json,
	           "{\"entries\":{\"%s\":{\"status\":\"%s\","
	           "\"reason\":\"KEY_COMPROMISE\"}}}",
	           serial, status);
	revocations_free(b->list);
	b->list = NULL;
	CU_ASSERT_FATAL(revocations_read(buf_bytes(&json), KM_AT, &why,
	                                 &b->list) == OK);
}

/* As the service does it. */
static reason_set
judge(struct bench *b)
{
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct trust_context v = { .now_s = (uint64_t)(KM_AT + b->days * DAY_S),
		                   .revocations = b->list,
		                   .limits = b->limits };

	if (!b->made)
		CU_ASSERT_FATAL(km_chain_make(b->chain) == OK);
	if (!b->roots) {
		CU_ASSERT_FATAL(x509_roots_new(&b->roots) == OK);
		CU_ASSERT_FATAL(x509_roots_add(b->roots, kit_root(b->chain),
		                               &why) == OK);
	}
	v.roots = b->roots;
	evidence_release(&b->evidence);
	CU_ASSERT_FATAL(km_evidence(b->chain, &json) == OK);
	CU_ASSERT_FATAL(evidence_open(buf_bytes(&json), &why, &b->evidence) ==
	                OK);
	b->evidence.format->vouch(b->evidence.own, &v);
	appraise_evidence(&b->evidence, bytes_of(kit_nonce, HASH_SIZE),
	                  b->policy, &b->a);
	return b->a.reasons;
}

static bool
vector_is(const struct bench *b, int identity, int hardware, int executables,
          int configuration)
{
	const int8_t *v = b->a.vector;

	return v[VECTOR_INSTANCE_IDENTITY] == identity &&
	       v[VECTOR_HARDWARE] == hardware &&
	       v[VECTOR_EXECUTABLES] == executables &&
	       v[VECTOR_CONFIGURATION] == configuration &&
	       v[VECTOR_FILE_SYSTEM] == 0 && v[VECTOR_STORAGE_OPAQUE] == 0;
}

/* --- identity --------------------------------------------------------------- */

static bool
identity_is(const struct bench *b, size_t at)
{
	AUTO(x509_cert_free) struct x509_cert *cert = NULL;
	uint8_t digest[HASH_SIZE];

	CU_ASSERT_FATAL(x509_cert_parse(buf_bytes(&b->chain->certs[at].der),
	                                &cert) == OK);
	digest_sha256(x509_cert_spki(cert), digest);
	return b->a.identified && memcmp(b->a.identity, digest, HASH_SIZE) == 0;
}

static void
test_identity(void)
{
	for (int shape = KM_FACTORY; shape <= KM_RKP; shape++) {
		AUTO(bench_release)
		struct bench b = bench_of((enum km_shape)shape, NULL);

		CU_ASSERT(judge(&b) == 0 && identity_is(&b, 0));
	}
	AUTO(bench_release) struct bench b = bench_of(KM_ATTEST_KEY, NULL);
	CU_ASSERT(judge(&b) == 0 && identity_is(&b, 1));
	AUTO(bench_release) struct bench c = bench_of(KM_RKP, NULL);
	CU_ASSERT(x509_roots_new(&c.roots) == OK);
	CU_ASSERT(judge(&c) == BIT(CHAIN_UNTRUSTED) && !c.a.identified);
}

/* --- vector ----------------------------------------------------------------- */

static void
test_vector(void)
{
	static const struct {
		const char *items;
		reason_set reasons;
		int identity, hardware, executables, configuration;
	} rows[] = {
		{ NULL, 0, 2, 2, 0, 0 },
		{ "", 0, 2, 2, 3, 2 },
		{ "os_patch = 209912;", BIT(PATCH_LEVEL), 2, 2, 32, 2 },
		{ "os_version = 999999;", BIT(BUILD_INELIGIBLE), 2, 2, 96, 2 },
		{ "models = [\"other\"];", BIT(DEVICE_UNSUPPORTED), 2, 97, 3,
		  2 },
		{ "levels = [\"strongbox\"];", BIT(SECURITY_LEVEL), 2, 96, 3,
		  2 },
		{ "purposes = [\"encrypt\"];", BIT(KEY_ORIGIN), 96, 2, 3, 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(bench_release)
		struct bench b = bench_of(KM_RKP, rows[i].items);

		CU_ASSERT(judge(&b) == rows[i].reasons);
		CU_ASSERT(vector_is(&b, rows[i].identity, rows[i].hardware,
		                    rows[i].executables,
		                    rows[i].configuration));
	}
}

static void
test_vector_unproved(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP, "");

	CU_ASSERT(x509_roots_new(&b.roots) == OK);
	CU_ASSERT(judge(&b) == BIT(CHAIN_UNTRUSTED));
	CU_ASSERT(vector_is(&b, 97, 97, 0, 0));
	AUTO(bench_release) struct bench c = bench_of(KM_RKP, "");
	c.chain->certs[0].signer_alg = KM_P256;
	c.chain->certs[0].signer_slot = 9;
	CU_ASSERT(judge(&c) == BIT(EVIDENCE_SIGNATURE));
	CU_ASSERT(vector_is(&c, 99, 99, 0, 0));
}

/* --- patch levels ----------------------------------------------------------- */

/* The devices of keymint.h have patches of this month: 202609, and 20260905 of
 * vendor and boot; they are judged on the 21st.  A level without a day is of its
 * month's first. */
static void
test_patches(void)
{
	static const struct {
		const char *items;
		bool holds;
	} rows[] = {
		{ "os_patch = 202609;", true },
		{ "os_patch = 202610;", false },
		{ "vendor_patch = 20260905;", true },
		{ "vendor_patch = 20260906;", false },
		{ "boot_patch = 20260905;", true },
		{ "boot_patch = 20260906;", false },
		{ "os_patch_age = 20;", true },
		{ "os_patch_age = 19;", false },
		{ "vendor_patch_age = 16;", true },
		{ "vendor_patch_age = 15;", false },
		{ "boot_patch_age = 16;", true },
		{ "boot_patch_age = 15;", false },
		{ "os_patch = 202608; os_patch_age = 20;", true },
		{ "os_patch = 202610; os_patch_age = 20;", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(bench_release)
		struct bench b = bench_of(KM_RKP, rows[i].items);
		reason_set wanted = rows[i].holds ? 0 : BIT(PATCH_LEVEL);

		if (judge(&b) != wanted)
			printf("  %s\n", rows[i].items);
		CU_ASSERT_EQUAL(b.a.reasons, wanted);
	}
}

/* --- revocation ------------------------------------------------------------- */

static void
test_revoked(void)
{
	static const char *const status[] = { "REVOKED", "SUSPENDED" };

	for (size_t i = 0; i < 4; i++) {
		AUTO(bench_release) struct bench b = bench_of(KM_RKP, NULL);

		snprintf(b.chain->certs[i].serial, 64, "12%zu4", i);
		list_revoked(&b, b.chain->certs[i].serial, status[i % 2]);
		CU_ASSERT(judge(&b) == BIT(CHAIN_REVOKED));
		CU_ASSERT(vector_is(&b, 96, 96, 0, 0));
		AUTO(json_decref)
		json_t *claims = b.evidence.format->claims(b.evidence.own);
		json_t *r = json_object_get(json_object_get(claims, "chain"),
		                            "revoked");
		CU_ASSERT(json_integer_value(json_object_get(
		                  r, "certificate")) == (json_int_t)i);
		CU_ASSERT(strcmp(json_string_value(json_object_get(r, "what")),
		                 status[i % 2]) == 0);
		CU_ASSERT(
		        strcmp(json_string_value(json_object_get(r, "reason")),
		               "KEY_COMPROMISE") == 0);
	}
}

/* Cached signatures do not hide that a certificate is revoked, expired or no
 * longer trusted. */
static void
test_known(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP, "");
	AUTO(buf_release) struct buf key = buf_of(1024);
	const struct km_cert *root = &b.chain->certs[4];
	uint8_t pinned[HASH_SIZE];

	for (int i = 0; i < 2; i++, b.made = true)
		CU_ASSERT(judge(&b) == 0);
	for (size_t i = 1; i < 4; i++) {
		list_revoked(&b, b.chain->certs[i].serial + (i == 3),
		             "REVOKED");
		CU_ASSERT(judge(&b) == BIT(CHAIN_REVOKED));
	}
	list_revoked(&b, "77", "REVOKED");
	b.days = 61; /* the intermediate's last day was the 60th */
	CU_ASSERT(judge(&b) == BIT(CHAIN_EXPIRED));
	b.days = 0;
	CU_ASSERT(judge(&b) == 0);
	km_spki(root->alg, root->slot, &key);
	digest_sha256(buf_bytes(&key), pinned);
	x509_roots_drop(b.roots, pinned);
	CU_ASSERT(judge(&b) == BIT(CHAIN_UNTRUSTED));
}

/* The root is trusted for its key: to revoke it, unpin it. */
static void
test_not_revoked(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP, NULL);
	size_t root = b.chain->n - 1;

	snprintf(b.chain->certs[root].serial, 64, "1234");
	list_revoked(&b, "1234", "REVOKED");
	CU_ASSERT(judge(&b) == 0);
	list_revoked(&b, "12345", "REVOKED");
	CU_ASSERT(judge(&b) == 0);
}

static void
test_stale(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP, "");

	b.limits = (struct revocation_limits){ DAY_S, DAY_S };
	CU_ASSERT(judge(&b) == BIT(REVOCATION_STALE)); /* there is none */
	CU_ASSERT(vector_is(&b, 32, 2, 3, 2));
	list_revoked(&b, "77", "REVOKED");
	CU_ASSERT(judge(&b) == 0);
	CU_ASSERT(vector_is(&b, 2, 2, 3, 2));
	list_revoked(&b, "77", "REVOKED");
	b.limits.max_age_s = DAY_S / 2;
	b.days = 1; /* the time of grace */
	CU_ASSERT(judge(&b) == 0);
	CU_ASSERT(vector_is(&b, 32, 2, 3, 2));
	b.limits.grace_s = 0;
	CU_ASSERT(judge(&b) == BIT(REVOCATION_STALE));
	b.limits.max_age_s = 0; /* none is asked for */
	CU_ASSERT(judge(&b) == 0);
}

/* --- batch-not-ca ----------------------------------------------------------- */

#define ALLOW "allow = [\"batch-not-ca\"];"

static reason_set
judge_batch(enum km_shape shape, const char *items, size_t at, bool described)
{
	AUTO(bench_release) struct bench b = bench_of(shape, items);

	b.chain->certs[at].basic = KM_NO_CA;
	b.chain->certs[at].usage = "critical,digitalSignature";
	if (described) {
		b.chain->certs[at].description = b.chain->certs[0].description;
		b.chain->certs[0].description = NULL;
	}
	return judge(&b);
}

static void
test_batch_not_ca(void)
{
	CU_ASSERT(judge_batch(KM_FACTORY, "", 1, false) ==
	          BIT(CHAIN_MALFORMED));
	CU_ASSERT(judge_batch(KM_FACTORY, ALLOW, 1, false) == 0);
	/* neither an intermediate, nor in another kind of chain */
	CU_ASSERT(judge_batch(KM_FACTORY, ALLOW, 2, false) ==
	          BIT(CHAIN_MALFORMED));
	CU_ASSERT(judge_batch(KM_RKP, ALLOW, 1, false) == BIT(CHAIN_MALFORMED));
	/* nor one that carries a description */
	CU_ASSERT(judge_batch(KM_FACTORY, ALLOW, 1, true) &
	          BIT(CHAIN_MALFORMED));
}

/* --- certificates that a device wrote badly --------------------------------- */

static void
test_unsound(void)
{
	static const uint8_t empty[] = { 0x30, 0x00 };
	AUTO(bench_release) struct bench b = bench_of(KM_FACTORY, "");

	b.chain->certs[0].extra[0] = (struct km_extension){
		.oid = "2.5.29.31",
		.content = bytes_of(empty, 1), /* cRLDistributionPoints */
	};
	CU_ASSERT(judge(&b) == 0 && identity_is(&b, 0));
	/* What signs it must then be a CA all the same. */
	b.chain->certs[1].basic = KM_NO_CA;
	CU_ASSERT(judge(&b) == BIT(CHAIN_MALFORMED));
	b.chain->certs[1].basic = KM_CA;
	b.chain->certs[0].signer_alg = KM_P256;
	b.chain->certs[0].signer_slot = 9;
	CU_ASSERT(judge(&b) == BIT(EVIDENCE_SIGNATURE));
	CU_ASSERT(!b.a.identified);
}

/* An attest key that may do anything else could have signed anything. */
static void
test_attest_key(void)
{
	static const uint64_t more[] = { 7, 2 };
	AUTO(bench_release) struct bench b = bench_of(KM_ATTEST_KEY, NULL);

	km_set(&b.chain->certs[1].description->hardware, 1, more, 2);
	CU_ASSERT(judge(&b) == BIT(CHAIN_MALFORMED));
	AUTO(bench_release) struct bench c = bench_of(KM_ATTEST_KEY, NULL);
	km_set(&c.chain->certs[1].description->software, 1, more, 1);
	km_drop(&c.chain->certs[1].description->hardware, 1);
	CU_ASSERT(judge(&c) == BIT(CHAIN_MALFORMED));
}

/* A file that a person named must hold certificates; one that only lay in the
 * directory is passed over. */
static void
test_trust_files(void)
{
	AUTO(bench_release) struct bench b = bench_of(KM_RKP, NULL);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct evidence_trust trust = { .file = bytes_of_str("garbage") };
	const struct evidence_offline offline = { .trust = &trust,
		                                  .n_trust = 1,
		                                  .at_s = KM_AT };

	CU_ASSERT(judge(&b) == 0);
	CU_ASSERT_EQUAL(
	        b.evidence.format->offline(b.evidence.own, &offline, &why),
	        E_MALFORMED);
	CU_ASSERT(why.len > 0);
	trust.found = true;
	CU_ASSERT_EQUAL(
	        b.evidence.format->offline(b.evidence.own, &offline, &why), OK);
}

static const struct harness_test tests[] = {
	{ "identity: the attested key's, or the attest key's", test_identity },
	{ "vector, row by row", test_vector },
	{ "vector of what is not proved", test_vector_unproved },
	{ "patch levels that just hold, and just do not", test_patches },
	{ "revoked and suspended certificates, each", test_revoked },
	{ "revoked after it was seen to be good", test_known },
	{ "what a list does not revoke", test_not_revoked },
	{ "a stale list, and its time of grace", test_stale },
	{ "batch-not-ca, where it counts", test_batch_not_ca },
	{ "a target that libcrypto cannot read", test_unsound },
	{ "an attest key has one purpose", test_attest_key },
	{ "a file of trust that is none", test_trust_files },
	{ NULL, NULL },
};

HARNESS_MAIN("android_judge", tests)
