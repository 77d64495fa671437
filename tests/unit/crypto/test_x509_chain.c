/*
 * test_x509_chain.c - paths against pinned keys: what holds, each fault by its
 * name and place, and what a caller may let pass.
 */
#include <string.h>

#include "crypto/digest.h"
#include "tests/unit/crypto/test_x509_kit.h"

static void
pin(struct chain *c, const struct x509_cert *cert)
{
	AUTO(buf_release) struct buf why = buf_of(256);

	if (!c->roots)
		CU_ASSERT(x509_roots_new(&c->roots) == OK);
	CU_ASSERT(x509_roots_add(c->roots, x509_cert_der(cert), &why) == OK);
}

static bool
pass(void *arg, const struct x509_finding *finding)
{
	const struct chain *c = arg;

	return finding->fault == c->passed && finding->at == c->passed_at;
}

static struct x509_verdict
judge_some(struct chain *c, const struct x509_cert *const *certs, size_t n,
           long day, bool leaf_signs)
{
	const struct x509_path path = { .certs = certs,
		                        .n = n,
		                        .at_s = (uint64_t)(NOW + day * DAY),
		                        .leaf_signs = leaf_signs,
		                        .pass = pass,
		                        .arg = c };
	struct x509_verdict verdict = { 0 };
	err_t err = x509_path_validate(c->roots, &path, &verdict);

	CU_ASSERT((err == OK) == (verdict.finding.fault == X509_FAULT_NONE));
	return verdict;
}

static struct x509_finding
judge(struct chain *c, size_t n, long day)
{
	return judge_some(c, (const struct x509_cert *const *)c->certs, n, day,
	                  false)
	        .finding;
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

/* --- the root --------------------------------------------------------------- */

static void
test_good(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	uint8_t spki[HASH_SIZE];

	make(&c);
	pin(&c, c.certs[ROOT]);
	CU_ASSERT(GOOD(judge(&c, 3, 0)));
	CU_ASSERT(GOOD(judge(&c, 2, 0))); /* the root left out */
	struct x509_verdict v = judge_some(
	        &c, (const struct x509_cert *const *)c.certs, 3, 0, false);
	digest_sha256(x509_cert_spki(c.certs[ROOT]), spki);
	CU_ASSERT(memcmp(v.anchor, spki, HASH_SIZE) == 0);
	CU_ASSERT(v.n_below == 2);
}

/* Another certificate of the same key is the same root. */
static void
test_same_key(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	struct order o = c.orders[ROOT];

	make(&c);
	o.from = -3000;
	o.to = -2000;
	AUTO(x509_cert_free) struct x509_cert *old = certify(&o);
	pin(&c, old);
	CU_ASSERT(GOOD(judge(&c, 3, 0)));
	CU_ASSERT(GOOD(judge(&c, 2, 0)));
	const struct x509_cert *certs[] = { c.certs[LEAF], c.certs[MID], old };
	CU_ASSERT(GOOD(judge_some(&c, certs, 3, 0, false).finding));
}

/* A root of the same name with another key is not trusted, in the chain or
 * not. */
static void
test_foreign(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	struct order o = c.orders[ROOT];
	EVP_PKEY *key = EVP_EC_gen("P-256");

	make(&c);
	o.key = o.issuer_key = key;
	AUTO(x509_cert_free) struct x509_cert *other = certify(&o);
	pin(&c, other);
	CU_ASSERT(is(judge(&c, 3, 0), X509_FAULT_SIGNATURE, 1));
	CU_ASSERT(is(judge(&c, 2, 0), X509_FAULT_SIGNATURE, 1));
	const struct x509_cert *certs[] = { c.certs[LEAF], c.certs[MID],
		                            other };
	CU_ASSERT(is(judge_some(&c, certs, 3, 0, false).finding,
	             X509_FAULT_SIGNATURE, 1));
	/* Pinned beside it, the right one is found. */
	pin(&c, c.certs[ROOT]);
	CU_ASSERT(GOOD(judge(&c, 3, 0)));
	x509_roots_drop(c.roots, (const uint8_t[HASH_SIZE]){ 0 });
	CU_ASSERT(x509_roots_count(c.roots) == 2);
	EVP_PKEY_free(key);
}

/* A pinned key in a certificate that the key never signed. */
static void
test_forged_root(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	struct order o = c.orders[ROOT];

	make(&c);
	pin(&c, c.certs[ROOT]);
	o.issuer_key = c.keys[LEAF];
	AUTO(x509_cert_free) struct x509_cert *forged = certify(&o);
	const struct x509_cert *certs[] = { c.certs[LEAF], c.certs[MID],
		                            forged };
	CU_ASSERT(is(judge_some(&c, certs, 3, 0, false).finding,
	             X509_FAULT_SIGNATURE, 2));
}

static void
test_dropped(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	uint8_t spki[HASH_SIZE];

	/* In all of its certificates. */
	make(&c);
	pin(&c, c.certs[ROOT]);
	c.orders[ROOT].from--;
	AUTO(x509_cert_free)
	struct x509_cert *other = certify(&c.orders[ROOT]);
	pin(&c, other);
	CU_ASSERT(x509_roots_count(c.roots) == 2);
	digest_sha256(x509_cert_spki(c.certs[ROOT]), spki);
	x509_roots_drop(c.roots, spki);
	CU_ASSERT(x509_roots_count(c.roots) == 0);
	CU_ASSERT(is(judge(&c, 3, 0), X509_FAULT_ANCHOR, 2));
}

/* --- the path --------------------------------------------------------------- */

static void
test_order(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	make(&c);
	pin(&c, c.certs[ROOT]);
	const struct x509_cert *twice[] = { c.certs[LEAF], c.certs[MID],
		                            c.certs[MID], c.certs[ROOT] };
	CU_ASSERT(is(judge_some(&c, twice, 4, 0, false).finding,
	             X509_FAULT_NAME, 1));
	const struct x509_cert *other[] = { c.certs[MID], c.certs[LEAF],
		                            c.certs[ROOT] };
	CU_ASSERT(is(judge_some(&c, other, 3, 0, false).finding,
	             X509_FAULT_NAME, 0));
	CU_ASSERT(is(judge_some(&c, other, 0, 0, false).finding,
	             X509_FAULT_RULE, 0));
}

/* What libcrypto could leave out must not have been there. */
static void
test_detour(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	c.orders[MID].issuer = "mid"; /* of itself by name, by the root's key */
	make(&c);
	pin(&c, c.certs[ROOT]);
	CU_ASSERT(judge(&c, 3, 0).fault != X509_FAULT_NONE);
}

static void
test_signatures(void)
{
	for (int i = LEAF; i <= MID; i++) {
		AUTO(chain_release) struct chain c = chain_of();

		c.orders[i].issuer_key = c.keys[LEAF];
		make(&c);
		pin(&c, c.certs[ROOT]);
		CU_ASSERT(is(judge(&c, 3, 0), X509_FAULT_SIGNATURE, (size_t)i));
	}
}

static void
test_time(void)
{
	for (int i = LEAF; i <= MID; i++) {
		AUTO(chain_release) struct chain c = chain_of();

		c.orders[i].from = -10;
		c.orders[i].to = 10;
		make(&c);
		pin(&c, c.certs[ROOT]);
		CU_ASSERT(GOOD(judge(&c, 3, 9)));
		CU_ASSERT(is(judge(&c, 3, 11), X509_FAULT_EXPIRED, (size_t)i));
		CU_ASSERT(is(judge(&c, 3, -11), X509_FAULT_NOT_YET, (size_t)i));
		c.passed = X509_FAULT_EXPIRED;
		c.passed_at = (size_t)i;
		CU_ASSERT(GOOD(judge(&c, 3, 11)));
	}
}

static void
test_authority(void)
{
	static const char *const wrong[][2] = {
		{ "critical,CA:FALSE", "critical,keyCertSign" },
		{ "critical,CA:TRUE", "critical,digitalSignature" },
		{ NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		AUTO(chain_release) struct chain c = chain_of();

		c.orders[MID].constraints = wrong[i][0];
		c.orders[MID].usage = wrong[i][1];
		make(&c);
		pin(&c, c.certs[ROOT]);
		CU_ASSERT(is(judge(&c, 3, 0), X509_FAULT_NOT_CA, 1));
		CU_ASSERT(is(
		        judge_some(&c,
		                   (const struct x509_cert *const *)c.certs + 1,
		                   2, 0, true)
		                .finding,
		        X509_FAULT_NOT_CA, 0));
		c.passed = X509_FAULT_NOT_CA;
		c.passed_at = 1;
		CU_ASSERT(GOOD(judge(&c, 3, 0)));
	}
}

static void
test_path_length(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	c.orders[ROOT].constraints = "critical,CA:TRUE,pathlen:0";
	make(&c);
	pin(&c, c.certs[ROOT]);
	CU_ASSERT(is(judge(&c, 3, 0), X509_FAULT_PATH_LENGTH, 2));
}

/* --- algorithms ------------------------------------------------------------- */

static struct x509_finding
judge_key(EVP_PKEY *key, int level)
{
	AUTO(chain_release) struct chain c = chain_of();

	new_key(&c, level, key);
	make(&c);
	pin(&c, c.certs[ROOT]);
	return judge(&c, 3, 0);
}

static void
test_keys(void)
{
	CU_ASSERT(GOOD(judge_key(EVP_EC_gen("P-384"), MID)));
	CU_ASSERT(GOOD(judge_key(EVP_RSA_gen(2048), MID)));
	CU_ASSERT(GOOD(judge_key(EVP_RSA_gen(3072), ROOT)));
	CU_ASSERT(
	        GOOD(judge_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), MID)));
	CU_ASSERT(is(judge_key(EVP_EC_gen("P-521"), MID), X509_FAULT_KEY, 1));
	CU_ASSERT(
	        is(judge_key(EVP_EC_gen("secp256k1"), MID), X509_FAULT_KEY, 1));
	CU_ASSERT(is(judge_key(EVP_RSA_gen(1024), MID), X509_FAULT_KEY, 1));
	CU_ASSERT(is(judge_key(EVP_RSA_gen(1024), LEAF), X509_FAULT_KEY, 0));
}

static void
test_digests(void)
{
	for (int i = LEAF; i <= MID; i++) {
		AUTO(chain_release) struct chain c = chain_of();

		c.orders[i].digest = EVP_sha1();
		make(&c);
		pin(&c, c.certs[ROOT]);
		CU_ASSERT(is(judge(&c, 3, 0), X509_FAULT_DIGEST, (size_t)i));
		CU_ASSERT(x509_cert_signed_by(c.certs[i], c.certs[i + 1]) ==
		          X509_FAULT_DIGEST);
	}
}

static void
test_one_signature(void)
{
	AUTO(chain_release) struct chain c = chain_of();

	make(&c);
	CU_ASSERT(x509_cert_signed_by(c.certs[LEAF], c.certs[MID]) ==
	          X509_FAULT_NONE);
	CU_ASSERT(x509_cert_signed_by(c.certs[LEAF], c.certs[ROOT]) ==
	          X509_FAULT_NAME);
	AUTO(chain_release) struct chain d = chain_of();
	make(&d);
	CU_ASSERT(x509_cert_signed_by(c.certs[LEAF], d.certs[MID]) ==
	          X509_FAULT_SIGNATURE);
	AUTO(chain_release) struct chain e = chain_of();
	new_key(&e, MID, EVP_EC_gen("P-521"));
	make(&e);
	CU_ASSERT(x509_cert_signed_by(e.certs[LEAF], e.certs[MID]) ==
	          X509_FAULT_KEY);
	CU_ASSERT(x509_cert_sound(c.certs[LEAF]));
}

/* --- files of roots --------------------------------------------------------- */

static struct buf
pem_of(const struct x509_cert *cert, const char *label)
{
	struct bytes der = x509_cert_der(cert);
	struct buf out = buf_of(65536);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	CU_ASSERT(PEM_write_bio(bio, label, "", der.data, (long)der.len) > 0);
	long len = BIO_get_mem_data(bio, &text);
	buf_append(&out, bytes_of(text, (size_t)len));
	BIO_free(bio);
	return out;
}

static err_t
add_text(struct bytes text, size_t *ret_n)
{
	AUTO(x509_roots_free) struct x509_roots *roots = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);

	CU_ASSERT(x509_roots_new(&roots) == OK);
	err_t err = x509_roots_add(roots, text, &why);
	CU_ASSERT((err == OK) == (why.len == 0));
	*ret_n = x509_roots_count(roots);
	return err;
}

static void
test_files(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	size_t n = 0;

	make(&c);
	AUTO(buf_release) struct buf two = pem_of(c.certs[ROOT], "CERTIFICATE");
	AUTO(buf_release) struct buf mid = pem_of(c.certs[MID], "CERTIFICATE");
	AUTO(buf_release) struct buf key = pem_of(c.certs[MID], "PUBLIC KEY");
	buf_append(&two, buf_bytes(&mid));
	CU_ASSERT(add_text(buf_bytes(&two), &n) == OK && n == 2);
	CU_ASSERT(add_text(x509_cert_der(c.certs[ROOT]), &n) == OK && n == 1);
	CU_ASSERT(add_text(buf_bytes(&key), &n) == E_MALFORMED);
	/* Half of a file is not what it names. */
	buf_append(&two, buf_bytes(&key));
	CU_ASSERT(add_text(buf_bytes(&two), &n) == E_MALFORMED && n == 0);
	CU_ASSERT(add_text(bytes_of_str("no certificate"), &n) == E_MALFORMED);
	CU_ASSERT(add_text(bytes_of(NULL, 0), &n) == E_MALFORMED);
	struct bytes der = x509_cert_der(c.certs[ROOT]);
	CU_ASSERT(add_text(bytes_of(der.data, der.len - 1), &n) == E_MALFORMED);
	buf_append(&two, bytes_of_str("-----BEGIN CERTIFICATE-----\nAAA"));
	CU_ASSERT(add_text(buf_bytes(&two), &n) == E_MALFORMED);
}

/* Roots that were joined are the same ones, counted and dropped on their own. */
static void
test_joined(void)
{
	AUTO(chain_release) struct chain c = chain_of();
	AUTO(x509_roots_free) struct x509_roots *all = NULL;
	uint8_t spki[HASH_SIZE];

	make(&c);
	pin(&c, c.certs[ROOT]);
	CU_ASSERT(x509_roots_new(&all) == OK);
	for (size_t i = 0; i < X509_ROOTS_MAX; i++)
		CU_ASSERT(x509_roots_join(all, c.roots) == OK);
	CU_ASSERT(x509_roots_join(all, c.roots) == E_LIMIT);
	CU_ASSERT(x509_roots_count(all) == X509_ROOTS_MAX);
	digest_sha256(x509_cert_spki(c.certs[ROOT]), spki);
	x509_roots_drop(all, spki);
	CU_ASSERT(x509_roots_count(all) == 0);
	CU_ASSERT(x509_roots_join(all, c.roots) == OK);
	x509_roots_free(c.roots);
	c.roots = TAKE(all);
	CU_ASSERT(GOOD(judge(&c, 3, 0)));
}

static const struct harness_test tests[] = {
	{ "a good path, with its root and without", test_good },
	{ "a root is its key, whatever its dates", test_same_key },
	{ "a root's name is nothing", test_foreign },
	{ "a root that its key never signed", test_forged_root },
	{ "a key that was dropped", test_dropped },
	{ "roots that were joined", test_joined },
	{ "the order that was presented", test_order },
	{ "a certificate that is not needed", test_detour },
	{ "signatures", test_signatures },
	{ "time", test_time },
	{ "every issuer an authority", test_authority },
	{ "path length", test_path_length },
	{ "kinds and sizes of keys", test_keys },
	{ "digests of signatures", test_digests },
	{ "one signature alone", test_one_signature },
	{ "files of roots", test_files },
	{ NULL, NULL },
};

HARNESS_MAIN("x509_chain", tests)
