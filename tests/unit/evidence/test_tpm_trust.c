/*
 * test_tpm_trust.c - offline trust by certificates: chain, time, purpose, and
 * that the certificate is the key's.
 */
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "evidence/tpm/trust.h"
#include "tests/common/base/harness.h"

#define BIT(name) reason_bit(REASON_##name)
#define NOW 1795435200 /* 2026-11-23T12:00:00Z */
#define DAY 86400

#define AIK "2.23.133.8.3"
#define EK "2.23.133.8.1"
/* certificatePolicies: tcg-cap-verifiedTPMRestricted, -verifiedTPMFixed */
#define POLICIES "2.5.29.32"
#define IAK "DER:300a300806066781050b0103"
#define FIXED_ONLY "DER:300a300806066781050b0102"
#define GOOGLE "1.3.6.1.4.1.11129.2.1.21"

/* What a certificate is to say. */
struct order {
	const char *name;
	EVP_PKEY *key;
	X509 *issuer; /* NULL: itself */
	EVP_PKEY *issuer_key;
	const char *constraints, *usage, *purpose; /* NULL: none */
	long from, to;                             /* days from NOW */
};

static void
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e =
	        value ? X509V3_EXT_conf_nid(NULL, NULL, nid, value) : NULL;

	CU_ASSERT(!value || e);
	if (e)
		X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void
extend_by(X509 *x, const char *name, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf(NULL, NULL, name, value);

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static X509 *
certify(const struct order *o)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_NAME_new();

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	                           (const unsigned char *)o->name, -1, -1, 0);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_set_subject_name(x, name);
	X509_set_issuer_name(x, o->issuer ? X509_get_subject_name(o->issuer)
	                                  : name);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW + o->from * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + o->to * DAY);
	X509_set_pubkey(x, o->key);
	extend(x, NID_basic_constraints, o->constraints);
	extend(x, NID_key_usage, o->usage);
	extend(x, NID_ext_key_usage, o->purpose);
	CU_ASSERT(X509_sign(x, o->issuer_key, EVP_sha256()) > 0);
	X509_NAME_free(name);
	return x;
}

/* A root, an intermediate, an AK and its certificate. */
struct pki {
	EVP_PKEY *root_key, *mid_key, *ak_key, *other_key;
	X509 *root, *mid, *leaf;
	struct tpm_key *ak;
};

static struct buf
der_of(X509 *x)
{
	struct buf b = buf_of(65536);
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	buf_append(&b, bytes_of(der, (size_t)len));
	OPENSSL_free(der);
	return b;
}

static struct tpm_key *
key_of(EVP_PKEY *pkey)
{
	struct tpm_key *key = NULL;
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);

	CU_ASSERT_EQUAL_FATAL(tpm_key_of_spki(bytes_of(der, (size_t)len), &key),
	                      OK);
	OPENSSL_free(der);
	return key;
}

static struct order
leaf_order(const struct pki *p)
{
	return (struct order){ "ak",
		               p->ak_key,
		               p->mid,
		               p->mid_key,
		               "critical,CA:FALSE",
		               "critical,digitalSignature",
		               AIK,
		               -1,
		               30 };
}

static struct pki
pki_of(void)
{
	struct pki p = { .root_key = EVP_EC_gen("P-256"),
		         .mid_key = EVP_EC_gen("P-256"),
		         .ak_key = EVP_EC_gen("P-256"),
		         .other_key = EVP_EC_gen("P-256") };

	p.root = certify(&(struct order){
	        "root", p.root_key, NULL, p.root_key, "critical,CA:TRUE",
	        "critical,keyCertSign", NULL, -100, 100 });
	p.mid = certify(&(struct order){
	        "mid", p.mid_key, p.root, p.root_key, "critical,CA:TRUE",
	        "critical,keyCertSign", NULL, -50, 50 });
	struct order o = leaf_order(&p);
	p.leaf = certify(&o);
	p.ak = key_of(p.ak_key);
	return p;
}

static void
pki_release(struct pki *p)
{
	EVP_PKEY_free(p->root_key);
	EVP_PKEY_free(p->mid_key);
	EVP_PKEY_free(p->ak_key);
	EVP_PKEY_free(p->other_key);
	X509_free(p->root);
	X509_free(p->mid);
	X509_free(p->leaf);
	tpm_key_free(p->ak);
}
DEFINE_AUTO_REF(struct pki, pki_release);

/* Were the key's attributes proved, when it was judged last? */
static bool proved;

/* The AK's key, trusted through `trusted`, with evidence leaf and mid (NULL:
 * not there), at a day from NOW. */
static reason_set
judge(const struct pki *p, X509 *trusted, X509 *leaf, X509 *mid, long day)
{
	AUTO(tpm_trust_free) struct tpm_trust *trust = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);
	struct buf chain[2];
	struct tpm_certs certs = { 0 };
	X509 *given[] = { leaf, mid };
	size_t n = 0;

	CU_ASSERT_EQUAL(tpm_trust_new((uint64_t)(NOW + day * DAY), &trust), OK);
	struct buf anchor = der_of(trusted);
	CU_ASSERT_EQUAL(tpm_trust_add(trust, buf_bytes(&anchor), &why), OK);
	buf_release(&anchor);
	for (; n < 2 && given[n]; n++) {
		chain[n] = der_of(given[n]);
		certs.der[n] = buf_bytes(&chain[n]);
	}
	certs.n = n;
	reason_set reasons = tpm_trust_judge(trust, p->ak, bytes_of(NULL, 0),
	                                     &certs, &proved);
	while (n > 0)
		buf_release(&chain[--n]);
	return reasons;
}

static void
test_chain(void)
{
	AUTO(pki_release) struct pki p = pki_of();

	CU_ASSERT_EQUAL(judge(&p, p.root, p.leaf, p.mid, 0), 0);
	CU_ASSERT_EQUAL(judge(&p, p.mid, p.leaf, NULL, 0), 0);
	CU_ASSERT_EQUAL(judge(&p, p.leaf, NULL, NULL, 0), 0);
	CU_ASSERT_EQUAL(judge(&p, p.root, p.leaf, NULL, 0),
	                BIT(CHAIN_UNTRUSTED));
	CU_ASSERT_EQUAL(judge(&p, p.root, NULL, NULL, 0), BIT(CHAIN_UNTRUSTED));
	CU_ASSERT_EQUAL(judge(&p, p.root, p.mid, p.leaf, 0),
	                BIT(CHAIN_UNTRUSTED));
}

static void
test_time(void)
{
	AUTO(pki_release) struct pki p = pki_of();

	CU_ASSERT_EQUAL(judge(&p, p.root, p.leaf, p.mid, 31),
	                BIT(CHAIN_EXPIRED));
	CU_ASSERT_EQUAL(judge(&p, p.root, p.leaf, p.mid, -2),
	                BIT(CHAIN_EXPIRED));
	CU_ASSERT_EQUAL(judge(&p, p.leaf, NULL, NULL, 31), BIT(CHAIN_EXPIRED));
}

/* Another root of the same name. */
static void
test_stranger(void)
{
	AUTO(pki_release) struct pki p = pki_of();
	AUTO(pki_release) struct pki other = pki_of();

	CU_ASSERT_EQUAL(judge(&p, other.root, p.leaf, p.mid, 0),
	                BIT(CHAIN_UNTRUSTED));
	/* A good chain, for another key. */
	CU_ASSERT_EQUAL(judge(&p, other.root, other.leaf, other.mid, 0),
	                BIT(CHAIN_UNTRUSTED));
}

/* The leaf as ordered, judged under the root. */
static reason_set
judge_order(const struct pki *p, const struct order *o)
{
	X509 *leaf = certify(o);
	reason_set reasons = judge(p, p->root, leaf, p->mid, 0);

	X509_free(leaf);
	return reasons;
}

/* A certificate policy or an extension that only its DER value names. */
static reason_set
judge_with(const struct pki *p, const struct order *o, const char *oid,
           const char *value)
{
	X509 *leaf = certify(o);

	extend_by(leaf, oid, value);
	CU_ASSERT(X509_sign(leaf, o->issuer_key, EVP_sha256()) > 0);
	reason_set reasons = judge(p, p->root, leaf, p->mid, 0);
	X509_free(leaf);
	return reasons;
}

static void
test_purpose(void)
{
	AUTO(pki_release) struct pki p = pki_of();
	struct order o = leaf_order(&p);

	CU_ASSERT_EQUAL(judge_order(&p, &o), 0);
	CU_ASSERT_FALSE(proved);
	o.usage = NULL;
	CU_ASSERT_EQUAL(judge_order(&p, &o), 0);
	o.usage = "critical,keyEncipherment";
	CU_ASSERT_EQUAL(judge_order(&p, &o), BIT(CHAIN_MALFORMED));
	o.usage = "critical,digitalSignature";
	o.purpose = "clientAuth,serverAuth";
	CU_ASSERT_EQUAL(judge_order(&p, &o), BIT(CHAIN_MALFORMED));
	o.purpose = NULL;
	CU_ASSERT_EQUAL(judge_order(&p, &o), BIT(CHAIN_MALFORMED));
	o = leaf_order(&p);
	o.constraints = "critical,CA:TRUE";
	o.usage = "critical,digitalSignature,keyCertSign";
	CU_ASSERT_EQUAL(judge_order(&p, &o), BIT(CHAIN_MALFORMED));
}

/* An endorsement key that signs is not restricted, whatever else is said. */
static void
test_endorsement(void)
{
	AUTO(pki_release) struct pki p = pki_of();
	struct order o = leaf_order(&p);

	o.purpose = EK;
	CU_ASSERT_EQUAL(judge_order(&p, &o), BIT(CHAIN_MALFORMED));
	o.purpose = EK "," AIK;
	CU_ASSERT_EQUAL(judge_order(&p, &o), BIT(CHAIN_MALFORMED));
	o.purpose = EK;
	CU_ASSERT_EQUAL(judge_with(&p, &o, POLICIES, IAK),
	                BIT(CHAIN_MALFORMED));
	o.usage = "critical,keyEncipherment";
	CU_ASSERT_EQUAL(judge_order(&p, &o), BIT(CHAIN_MALFORMED));
}

static void
test_device_identity(void)
{
	AUTO(pki_release) struct pki p = pki_of();
	struct order o = leaf_order(&p);

	o.purpose = NULL;
	CU_ASSERT_EQUAL(judge_with(&p, &o, POLICIES, IAK), 0);
	CU_ASSERT_TRUE(proved);
	CU_ASSERT_EQUAL(judge_with(&p, &o, POLICIES, FIXED_ONLY),
	                BIT(CHAIN_MALFORMED));
	CU_ASSERT_FALSE(proved);
}

/* Google's profile below a root that is not Google's. */
static void
test_google(void)
{
	AUTO(pki_release) struct pki p = pki_of();
	struct order o = leaf_order(&p);

	o.purpose = EK;
	CU_ASSERT_EQUAL(judge_with(&p, &o, GOOGLE, "DER:3000"),
	                BIT(CHAIN_UNTRUSTED));
	o.purpose = NULL;
	CU_ASSERT_EQUAL(judge_with(&p, &o, GOOGLE, "DER:3000"),
	                BIT(CHAIN_UNTRUSTED));
	o.usage = NULL;
	CU_ASSERT_EQUAL(judge_with(&p, &o, GOOGLE, "DER:3000"),
	                BIT(CHAIN_MALFORMED));
}

/* A device's certificate must not issue others. */
static void
test_issuer_is_no_ca(void)
{
	AUTO(pki_release) struct pki p = pki_of();
	struct order o = leaf_order(&p);

	o.key = p.other_key;
	X509 *device = certify(&o);
	o.key = p.ak_key;
	o.issuer = device;
	o.issuer_key = p.other_key;
	X509 *leaf = certify(&o);
	CU_ASSERT_EQUAL(judge(&p, p.mid, leaf, device, 0),
	                BIT(CHAIN_UNTRUSTED));
	X509_free(leaf);
	X509_free(device);
}

static void
test_broken(void)
{
	AUTO(pki_release) struct pki p = pki_of();
	AUTO(tpm_trust_free) struct tpm_trust *trust = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(buf_release) struct buf root = der_of(p.root);
	AUTO(buf_release) struct buf leaf = der_of(p.leaf);

	CU_ASSERT_EQUAL(tpm_trust_new(NOW, &trust), OK);
	CU_ASSERT_EQUAL(tpm_trust_add(trust, buf_bytes(&root), &why), OK);
	struct tpm_certs cut = { 1, { bytes_of(leaf.data, leaf.len - 1) } };
	CU_ASSERT_EQUAL(
	        tpm_trust_judge(trust, p.ak, bytes_of(NULL, 0), &cut, &proved),
	        BIT(CHAIN_MALFORMED));
	buf_u8(&leaf, 0);
	struct tpm_certs longer = { 1, { buf_bytes(&leaf) } };
	CU_ASSERT_EQUAL(tpm_trust_judge(trust, p.ak, bytes_of(NULL, 0), &longer,
	                                &proved),
	                BIT(CHAIN_MALFORMED));
}

static const struct harness_test tests[] = {
	{ "root, intermediate or leaf named", test_chain },
	{ "out of its time", test_time },
	{ "another root, another key", test_stranger },
	{ "what the certificate is for", test_purpose },
	{ "an endorsement key that signs", test_endorsement },
	{ "a device-identity certificate", test_device_identity },
	{ "Google's profile, not Google's root", test_google },
	{ "issued by a certificate that is no CA", test_issuer_is_no_ca },
	{ "certificates that do not parse", test_broken },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_trust", tests)
