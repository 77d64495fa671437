/*
 * x509_roots.c - pinned keys, and the certificates that name them.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "digest.h"
#include "x509_roots.h"

DEFINE_AUTO(BIO *, BIO_free_all);

err_t
x509_roots_new(struct x509_roots **ret_roots)
{
	struct x509_roots *roots = calloc(1, sizeof(*roots));

	if (!roots)
		return E_NOMEM;
	*ret_roots = roots;
	return OK;
}

void
x509_roots_free(struct x509_roots *roots)
{
	if (!roots)
		return;
	for (size_t i = 0; i < roots->n; i++)
		x509_cert_free(roots->rows[i].cert);
	free(roots);
}

size_t
x509_roots_count(const struct x509_roots *roots)
{
	return roots->n;
}

static err_t
add_certificate(struct x509_roots *roots, struct bytes der)
{
	if (roots->n == X509_ROOTS_MAX)
		return E_LIMIT;
	struct x509_root *row = &roots->rows[roots->n];
	TRY(x509_cert_parse(der, &row->cert));
	digest_sha256(x509_cert_spki(row->cert), row->spki);
	roots->n++;
	return OK;
}

/* One block; *ret_end: there was none. */
static err_t
add_block(struct x509_roots *roots, BIO *bio, bool *ret_end)
{
	char *label = NULL, *header = NULL;
	uint8_t *der = NULL;
	long len = 0;

	if (PEM_read_bio(bio, &label, &header, &der, &len) != 1) {
		*ret_end = ERR_GET_REASON(ERR_peek_last_error()) ==
		           PEM_R_NO_START_LINE;
		return *ret_end ? OK : E_MALFORMED;
	}
	err_t err = strcmp(label, PEM_STRING_X509) == 0
	                    ? add_certificate(roots, bytes_of(der, (size_t)len))
	                    : E_MALFORMED;
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return err;
}

static err_t
add_pem(struct x509_roots *roots, struct bytes file)
{
	AUTO(BIO_free_all)
	BIO *bio = file.len <= INT_MAX
	                   ? BIO_new_mem_buf(file.data, (int)file.len)
	                   : NULL;
	size_t before = roots->n;
	bool end = false;

	if (!bio)
		return file.len == 0 ? E_MALFORMED : E_NOMEM;
	while (!end)
		TRY(add_block(roots, bio, &end));
	return roots->n > before ? OK : E_MALFORMED;
}

err_t
x509_roots_add(struct x509_roots *roots, struct bytes file, struct buf *why)
{
	err_t err = file.len > 0 && file.data[0] == 0x30
	                    ? add_certificate(roots, file)
	                    : add_pem(roots, file);

	ERR_clear_error();
	if (err == E_LIMIT)
		buf_append_str(why, "trust: too many certificates");
	else if (err != OK)
		buf_append_str(why, "trust: not certificates in PEM or DER");
	return err;
}

void
x509_roots_drop(struct x509_roots *roots, const uint8_t spki[static HASH_SIZE])
{
	size_t kept = 0;

	for (size_t i = 0; i < roots->n; i++) {
		if (memcmp(roots->rows[i].spki, spki, HASH_SIZE) == 0)
			x509_cert_free(roots->rows[i].cert);
		else
			roots->rows[kept++] = roots->rows[i];
	}
	roots->n = kept;
}
