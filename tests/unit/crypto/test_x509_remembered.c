/*
 * test_x509_remembered.c - a signature that was seen to be good saves its
 * arithmetic, and nothing else.
 */
#include <string.h>

#include "crypto/digest.h"
#include "tests/unit/crypto/test_x509_kit.h"

static bool
pass(void *arg, const struct x509_finding *finding)
{
	const struct chain *c = arg;

	return finding->fault == c->passed && finding->at == c->passed_at;
}

/* The chain's own root is pinned unless another one is. */
static struct x509_finding
judge_certs(struct chain *c, const struct x509_cert *const *certs, long day)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct x509_path path = { .certs = certs,
		                        .n = LEVELS,
		                        .at_s = (uint64_t)(NOW + day * DAY),
		                        .pass = pass,
		                        .arg = c };
	struct x509_verdict verdict = { 0 };

	if (!c->roots) {
		CU_ASSERT(x509_roots_new(&c->roots) == OK);
		CU_ASSERT(x509_roots_add(c->roots,
		                         x509_cert_der(c->certs[ROOT]),
		                         &why) == OK);
	}
	(void)!x509_path_validate(c->roots, &path, &verdict);
	return verdict.finding;
}

static struct x509_finding
judge(struct chain *c, long day)
{
	return judge_certs(c, (const struct x509_cert *const *)c->certs, day);
}

static bool
is(struct x509_finding f, enum x509_fault fault, size_t at)
{
	if (f.fault == fault && f.at == at)
		return true;
	printf("  fault %d at %zu\n", (int)f.fault, f.at);
	return false;
}

#define GOOD(f) is(f, X509_FAULT_NONE, 0)

static struct x509_finding
judge_with(struct chain *c, int level, const struct x509_cert *other)
{
	const struct x509_cert *certs[LEVELS];

	memcpy(certs, c->certs, sizeof(certs));
	certs[level] = other;
	return judge_certs(c, certs, 0);
}

/* --- what is still looked at ------------------------------------------------ */

static void
test_dates(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	c.orders[MID].to = 10;
	c.orders[MID].from = -10;
	make(&c);
	CU_ASSERT(GOOD(judge(&c, 0)));
	CU_ASSERT(is(judge(&c, 11), X509_FAULT_EXPIRED, MID));
	CU_ASSERT(is(judge(&c, -11), X509_FAULT_NOT_YET, MID));
	CU_ASSERT(GOOD(judge(&c, 0)));
}

static void
test_authority(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	c.orders[MID].usage = "critical,digitalSignature";
	make(&c);
	c.passed = X509_FAULT_NOT_CA;
	c.passed_at = MID;
	CU_ASSERT(GOOD(judge(&c, 0)));
	c.passed = X509_FAULT_NONE;
	CU_ASSERT(is(judge(&c, 0), X509_FAULT_NOT_CA, MID));
}

static void
test_root(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	uint8_t spki[HASH_SIZE];

	make(&c);
	CU_ASSERT(GOOD(judge(&c, 0)));
	digest_sha256(x509_cert_spki(c.certs[ROOT]), spki);
	x509_roots_drop(c.roots, spki);
	CU_ASSERT(is(judge(&c, 0), X509_FAULT_ANCHOR, ROOT));
}

/* --- what is remembered ----------------------------------------------------- */

/* Another root of the same name never signed what the first one did. */
static void
test_key(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(chain_release) struct chain c = chain_of();
	struct order o = c.orders[ROOT];
	EVP_PKEY *key = EVP_EC_gen("P-256");

	make(&c);
	CU_ASSERT(GOOD(judge(&c, 0)));
	o.key = o.issuer_key = key;
	AUTO(x509_cert_free) struct x509_cert *other = certify(&o);
	CU_ASSERT(x509_roots_add(c.roots, x509_cert_der(other), &why) == OK);
	CU_ASSERT(is(judge_with(&c, ROOT, other), X509_FAULT_SIGNATURE, MID));
	EVP_PKEY_free(key);
}

/* A certificate is all of its bytes, its signature's, too. */
static void
test_bytes(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	AUTO(buf_release) struct buf der = buf_of(X509_CERT_MAX);

	make(&c);
	CU_ASSERT(GOOD(judge(&c, 0)));
	buf_append(&der, x509_cert_der(c.certs[MID]));
	for (size_t i = 1; i <= 8; i++) {
		struct x509_cert *changed = NULL;

		der.data[der.len - i] ^= 1;
		if (x509_cert_parse(buf_bytes(&der), &changed) == OK)
			CU_ASSERT(is(judge_with(&c, MID, changed),
			             X509_FAULT_SIGNATURE, MID));
		x509_cert_free(changed);
		der.data[der.len - i] ^= 1;
	}
}

/* A bad one is bad again. */
static void
test_bad(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	c.orders[MID].issuer_key = c.keys[LEAF];
	make(&c);
	for (int i = 0; i < 3; i++)
		CU_ASSERT(is(judge(&c, 0), X509_FAULT_SIGNATURE, MID));
}

/* Who may not sign, and is let pass, must still have signed. */
static void
test_passed_over(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	c.orders[MID].usage = "critical,digitalSignature";
	c.orders[LEAF].issuer_key = c.keys[ROOT];
	make(&c);
	c.passed = X509_FAULT_NOT_CA;
	c.passed_at = MID;
	CU_ASSERT(is(judge(&c, 0), X509_FAULT_SIGNATURE, LEAF));
}

/* A root that was presented is as good as its key's own signature on it. */
static void
test_presented_root(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	struct order o = c.orders[ROOT];

	make(&c);
	AUTO(x509_cert_free) struct x509_cert *again = certify(&o);
	o.issuer_key = c.keys[LEAF];
	AUTO(x509_cert_free) struct x509_cert *forged = certify(&o);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT(GOOD(judge_with(&c, ROOT, again)));
		CU_ASSERT(is(judge_with(&c, ROOT, forged), X509_FAULT_SIGNATURE,
		             ROOT));
	}
}

/* Forgetting costs time and changes nothing. */
static void
test_forget(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	make(&c);
	CU_ASSERT(GOOD(judge(&c, 0)));
	x509_certs_forget();
	CU_ASSERT(GOOD(judge(&c, 0)));
	CU_ASSERT(is(judge(&c, 101), X509_FAULT_EXPIRED, MID));
}

static const struct harness_test tests[] = {
	{ "dates are looked at again", test_dates },
	{ "authority is looked at again", test_authority },
	{ "the root is looked at again", test_root },
	{ "by the key that signed", test_key },
	{ "by every byte that was signed", test_bytes },
	{ "a bad signature is not remembered as good", test_bad },
	{ "a fault that is let pass hides no signature", test_passed_over },
	{ "a root's signature on itself", test_presented_root },
	{ "forgetting", test_forget },
	{ NULL, NULL },
};

HARNESS_MAIN("x509_remembered", tests)
