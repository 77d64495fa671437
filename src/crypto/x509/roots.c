/*
 * roots.c - the pinned keys, and the certificates that contain them.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/digest.h"
#include "crypto/codec/pem.h"
#include "crypto/x509/roots.h"

err_t
x509_roots_new(struct x509_roots **ret_roots)
{
	struct x509_roots *roots = calloc(1, sizeof(*roots));

	if (!roots)
		return E_NOMEM;
	*ret_roots = roots;
	return OK;
}

static void
forget_roots_beyond(struct x509_roots *roots, size_t n)
{
	while (roots->n > n)
		x509_cert_free(roots->rows[--roots->n].cert);
}

void
x509_roots_free(struct x509_roots *roots)
{
	if (!roots)
		return;
	forget_roots_beyond(roots, 0);
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

static err_t
add_block(void *arg, const char *label, struct bytes der)
{
	return strcmp(label, "CERTIFICATE") == 0 ? add_certificate(arg, der)
	                                         : E_MALFORMED;
}

err_t
x509_roots_add(struct x509_roots *roots, struct bytes file, struct buf *why)
{
	size_t before = roots->n;
	err_t err = pem_is(file) ? pem_each(file, add_block, roots)
	                         : add_certificate(roots, file);

	ERR_clear_error();
	/* Adds all of a file or nothing: a part of it would be another set of
	 * trust anchors. */
	if (err != OK)
		forget_roots_beyond(roots, before);
	if (err == E_LIMIT)
		buf_append_str(why, "trust: more than 1024 certificates");
	else if (err != OK)
		buf_append_str(why, "trust: not certificates in PEM or DER");
	return err;
}

err_t
x509_roots_join(struct x509_roots *roots, const struct x509_roots *more)
{
	if (more->n > X509_ROOTS_MAX - roots->n)
		return E_LIMIT;
	for (size_t i = 0; i < more->n; i++) {
		more->rows[i].cert->holders++;
		roots->rows[roots->n++] = more->rows[i];
	}
	return OK;
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
