/*
 * test_x509_kit.h - a chain of three certificates that a test may spoil before
 * it is made.
 */
#ifndef UNIT_CRYPTO_TEST_X509_KIT_H
#define UNIT_CRYPTO_TEST_X509_KIT_H

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/common/base/harness.h"
#include "crypto/x509/chain.h"

#define NOW 1795435200 /* 2026-11-23T12:00:00Z */
#define DAY 86400

/* What a certificate is to say. */
struct order {
	const char *name, *issuer; /* CN */
	EVP_PKEY *key, *issuer_key;
	const char *constraints, *usage; /* NULL: none */
	long from, to;                   /* days from NOW */
	const EVP_MD *digest;            /* NULL: SHA-256 */
};

static inline void
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e =
	        value ? X509V3_EXT_conf_nid(NULL, NULL, nid, value) : NULL;

	CU_ASSERT(!value || e);
	if (e)
		X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static inline void
set_name(X509 *x, const char *cn, int (*set)(X509 *x, const X509_NAME *name))
{
	X509_NAME *name = X509_NAME_new();

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	                           (const unsigned char *)cn, -1, -1, 0);
	set(x, name);
	X509_NAME_free(name);
}

static struct x509_cert *
certify(const struct order *o)
{
	X509 *x = X509_new();
	struct x509_cert *cert = NULL;
	uint8_t *der = NULL;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	set_name(x, o->name, X509_set_subject_name);
	set_name(x, o->issuer, X509_set_issuer_name);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW + o->from * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + o->to * DAY);
	X509_set_pubkey(x, o->key);
	extend(x, NID_basic_constraints, o->constraints);
	extend(x, NID_key_usage, o->usage);
	bool pure = EVP_PKEY_get_base_id(o->issuer_key) == EVP_PKEY_ED25519;
	CU_ASSERT(X509_sign(x, o->issuer_key,
	                    pure        ? NULL
	                    : o->digest ? o->digest
	                                : EVP_sha256()) > 0);
	int len = i2d_X509(x, &der);
	CU_ASSERT_EQUAL_FATAL(
	        x509_cert_parse(bytes_of(der, (size_t)len), &cert), OK);
	OPENSSL_free(der);
	X509_free(x);
	return cert;
}

enum { LEAF, MID, ROOT, LEVELS };

/* A chain of three whose orders a test may change before it is made. */
struct chain {
	EVP_PKEY *keys[LEVELS];
	struct order orders[LEVELS];
	struct x509_cert *certs[LEVELS];
	struct x509_roots *roots;
	enum x509_fault passed; /* the caller's leniency */
	size_t passed_at;
};

static const char *const names[] = { "leaf", "mid", "root" };

static inline struct chain
chain_of(void)
{
	struct chain c = { 0 };

	for (int i = 0; i < LEVELS; i++)
		c.keys[i] = EVP_EC_gen("P-256");
	for (int i = 0; i < LEVELS; i++) {
		int by = i < ROOT ? i + 1 : ROOT;

		c.orders[i] = (struct order){
			names[i],
			names[by],
			c.keys[i],
			c.keys[by],
			i > LEAF ? "critical,CA:TRUE" : NULL,
			i > LEAF ? "critical,keyCertSign" : "digitalSignature",
			-100,
			100,
			NULL,
		};
	}
	return c;
}

static inline void
new_key(struct chain *c, int i, EVP_PKEY *key)
{
	EVP_PKEY_free(c->keys[i]);
	c->keys[i] = c->orders[i].key = key;
	if (i > LEAF)
		c->orders[i - 1].issuer_key = key;
	if (i == ROOT)
		c->orders[i].issuer_key = key;
}

static inline void
make(struct chain *c)
{
	for (int i = 0; i < LEVELS; i++)
		c->certs[i] = certify(&c->orders[i]);
}

static inline void
chain_release(struct chain *c)
{
	for (int i = 0; i < LEVELS; i++) {
		EVP_PKEY_free(c->keys[i]);
		x509_cert_free(c->certs[i]);
	}
	x509_roots_free(c->roots);
}
DEFINE_AUTO_REF(struct chain, chain_release);

#endif
