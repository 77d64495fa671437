/*
 * certs.c - see certs.h.
 */
#include "tests/common/base/certs.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define DAY_S (24 * 60 * 60)
#define PATH_MAX_TEST 256

DEFINE_AUTO(X509 *, X509_free);
DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);

struct certs {
	char dir[PATH_MAX_TEST];
	EVP_PKEY *key;
	X509 *cert;
};

void
certs_free(struct certs *certs)
{
	if (!certs)
		return;
	EVP_PKEY_free(certs->key);
	X509_free(certs->cert);
	free(certs);
}

/* One file of PEM: the certificate, or the key when cert is NULL. */
static err_t
write_pem(const char *dir, const char *name, X509 *cert, EVP_PKEY *key)
{
	char path[PATH_MAX_TEST];

	snprintf(path, sizeof(path), "%s/%s.%s", dir, name,
	         cert ? "pem" : "key");
	FILE *f = fopen(path, "w");
	if (!f || fchmod(fileno(f), cert ? 0644 : 0600) != 0)
		return E_IO;
	int good =
	        cert ? PEM_write_X509(f, cert)
	             : PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	return fclose(f) == 0 && good ? OK : E_IO;
}

static err_t
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	int good = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return good ? OK : E_BUG;
}

/* What all certificates here share; the caller adds extensions and signs. */
static err_t
make_cert(const char *name, EVP_PKEY *key, X509 **ret_cert)
{
	uint64_t serial = 0;
	AUTO(X509_free) X509 *cert = X509_new();

	if (!cert || RAND_bytes((uint8_t *)&serial, sizeof(serial)) != 1)
		return E_NOMEM;
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(cert), 30L * DAY_S);
	X509_set_pubkey(cert, key);
	if (!X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
	                                MBSTRING_ASC, (const uint8_t *)name, -1,
	                                -1, 0))
		return E_BUG;

	*ret_cert = TAKE(cert);
	return OK;
}

/* Makes it an authority, issued by that one. */
static err_t
sign_authority(X509 *cert, X509 *issuer, EVP_PKEY *key)
{
	X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	TRY(add_extension(cert, NID_basic_constraints, "critical,CA:TRUE"));
	TRY(add_extension(cert, NID_key_usage, "critical,keyCertSign,cRLSign"));
	TRY(add_extension(cert, NID_subject_key_identifier, "hash"));
	return X509_sign(cert, key, EVP_sha256()) == 0 ? E_BUG : OK;
}

err_t
certs_new(const char *dir, struct certs **ret_certs)
{
	AUTO(certs_free) struct certs *certs = calloc(1, sizeof(*certs));
	if (!certs)
		return E_NOMEM;

	snprintf(certs->dir, sizeof(certs->dir), "%s", dir);
	certs->key = EVP_EC_gen("P-256");
	if (!certs->key)
		return E_BUG;
	TRY(make_cert("test authority", certs->key, &certs->cert));
	TRY(sign_authority(certs->cert, certs->cert, certs->key));
	TRY(write_pem(dir, "ca", certs->cert, NULL));

	*ret_certs = TAKE(certs);
	return OK;
}

err_t
certs_issue(const struct certs *certs, const char *name, const char *san)
{
	return certs_issue_odd(certs, name, san, "serverAuth,clientAuth",
	                       30L * DAY_S);
}

err_t
certs_issue_odd(const struct certs *certs, const char *name, const char *san,
                const char *usage, long life_s)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *key = EVP_EC_gen("P-256");
	AUTO(X509_free) X509 *cert = NULL;

	if (!key)
		return E_BUG;
	TRY(make_cert(name, key, &cert));
	X509_set_issuer_name(cert, X509_get_subject_name(certs->cert));
	TRY(add_extension(cert, NID_basic_constraints, "critical,CA:FALSE"));
	TRY(add_extension(cert, NID_key_usage, "critical,digitalSignature"));
	if (usage)
		TRY(add_extension(cert, NID_ext_key_usage, usage));
	X509_gmtime_adj(X509_getm_notAfter(cert), life_s);
	TRY(add_extension(cert, NID_subject_alt_name, san));
	if (X509_sign(cert, certs->key, EVP_sha256()) == 0)
		return E_BUG;
	TRY(write_pem(certs->dir, name, cert, NULL));
	return write_pem(certs->dir, name, NULL, key);
}

/* One authority more below that one, behind which its certificate is written. */
static err_t
put_authority(struct certs *above, unsigned number)
{
	char name[32], path[PATH_MAX_TEST + 32];
	AUTO(EVP_PKEY_free) EVP_PKEY *key = EVP_EC_gen("P-256");
	AUTO(X509_free) X509 *cert = NULL;

	(void)snprintf(name, sizeof(name), "authority %u", number);
	if (!key)
		return E_BUG;
	TRY(make_cert(name, key, &cert));
	TRY(sign_authority(cert, above->cert, above->key));
	(void)snprintf(path, sizeof(path), "%s/between.pem", above->dir);
	FILE *f = fopen(path, number == 0 ? "w" : "a");
	if (!f)
		return E_IO;
	int good = PEM_write_X509(f, cert);
	if (fclose(f) != 0 || !good)
		return E_IO;
	EVP_PKEY_free(above->key);
	X509_free(above->cert);
	above->key = TAKE(key);
	above->cert = TAKE(cert);
	return OK;
}

static err_t
append_file(const char *dir, const char *from, const char *to)
{
	char path[PATH_MAX_TEST + 64], part[4096];
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s.pem", dir, from);
	FILE *in = fopen(path, "r");
	(void)snprintf(path, sizeof(path), "%s/%s.pem", dir, to);
	FILE *out = fopen(path, "a");
	while (in && out && (n = fread(part, 1, sizeof(part), in)) > 0)
		(void)fwrite(part, 1, n, out);
	bool good = in && out;
	if (in)
		(void)fclose(in);
	if (out)
		good = fclose(out) == 0 && good;
	return good ? OK : E_IO;
}

err_t
certs_issue_below(const struct certs *certs, const char *name, const char *san,
                  unsigned authorities)
{
	AUTO(certs_free) struct certs *last = calloc(1, sizeof(*last));
	char path[PATH_MAX_TEST + 32];

	if (!last)
		return E_NOMEM;
	*last = *certs;
	EVP_PKEY_up_ref(last->key);
	X509_up_ref(last->cert);
	for (unsigned i = 0; i < authorities; i++)
		TRY(put_authority(last, i));
	TRY(certs_issue(last, name, san));
	if (authorities == 0)
		return OK;
	TRY(append_file(certs->dir, "between", name));
	(void)snprintf(path, sizeof(path), "%s/between.pem", certs->dir);
	return remove(path) == 0 ? OK : E_IO;
}
