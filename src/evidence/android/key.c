/*
 * key.c - "android-key": finds and parses the extensions of a chain.
 *
 * This is done once, when the evidence is read.  Nothing that is found here is
 * trusted; appraise.c judges it.
 */
#include <stdlib.h>

#include "evidence/android/android.h"

static void
note_malformed_cert(struct android_evidence *e, size_t i, const char *what)
{
	buf_printf(&e->malformed, "certificate %zu: %s\n", i, what);
}

/* Returns the number of extensions with this OID; *ret_first is the content of
 * the first one. */
static size_t
find_extension(const struct android_cert *cert, const char *oid,
               struct bytes *ret_first)
{
	struct bytes other;
	size_t n = 0;

	while (x509_cert_extension(cert->x509, oid, n, n ? &other : ret_first))
		n++;
	return n;
}

static err_t
examine_description(struct android_evidence *e, size_t i)
{
	struct android_cert *cert = &e->certs[i];
	AUTO(buf_release) struct buf why = buf_of(256);
	struct bytes content;

	cert->n_descriptions =
	        find_extension(cert, ANDROID_OID_KEY_DESCRIPTION, &content);
	if (cert->n_descriptions == 0)
		return OK;
	if (e->target == ANDROID_NO_TARGET)
		e->target = i;
	e->vouched = i;

	struct key_description *d = calloc(1, sizeof(*d));
	if (!d)
		return E_NOMEM;
	if (key_description_parse(content, &why, d) == OK) {
		cert->description = d;
		return OK;
	}
	free(d);
	note_malformed_cert(e, i, buf_str(&why));
	return OK;
}

static void
examine_provisioning(struct android_evidence *e, size_t i)
{
	struct android_cert *cert = &e->certs[i];
	struct bytes content;

	cert->n_provisioning =
	        find_extension(cert, ANDROID_OID_PROVISIONING, &content);
	if (cert->n_provisioning > 0 &&
	    android_provisioning_parse(content, &cert->provisioning) != OK)
		note_malformed_cert(e, i, "provisioning info: malformed");
}

/* By the names only: true if the certificate is self-issued, its issuer is the
 * next one, or its issuer is not in the chain. */
static bool
in_place(const struct android_evidence *e, size_t i)
{
	struct bytes issuer = x509_cert_issuer(e->certs[i].x509);
	bool here = false;

	if (bytes_equal(issuer, x509_cert_subject(e->certs[i].x509)))
		return true;
	for (size_t k = 0; k < e->n; k++) {
		if (!bytes_equal(issuer, x509_cert_subject(e->certs[k].x509)))
			continue;
		if (k == i + 1)
			return true;
		here = true;
	}
	return !here;
}

static bool
all_in_place(const struct android_evidence *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (!in_place(e, i))
			return false;
	return true;
}

static bool
is_issued_by(const struct android_evidence *e, size_t i, size_t by)
{
	return bytes_equal(x509_cert_issuer(e->certs[i].x509),
	                   x509_cert_subject(e->certs[by].x509));
}

/*
 * Finds the start of a second chain by the names; 0: there is none.  Some
 * devices return two chains, one for each algorithm.  The first one ends at its
 * root, or at a certificate with the same issuer as the last one.
 */
static size_t
find_second(const struct android_evidence *e)
{
	size_t end = 0;

	while (end + 1 < e->n && is_issued_by(e, end, end + 1) &&
	       !is_issued_by(e, end, end))
		end++;
	if (end == 0 || end + 1 >= e->n)
		return 0;
	return is_issued_by(e, end, end) ||
	                       bytes_equal(x509_cert_issuer(e->certs[end].x509),
	                                   x509_cert_issuer(
	                                           e->certs[e->n - 1].x509))
	               ? end + 1
	               : 0;
}

err_t
android_examine(struct android_evidence *e)
{
	bool whole = true;

	for (size_t i = 0; i < e->n; i++) {
		struct android_cert *cert = &e->certs[i];
		err_t err = x509_cert_parse(buf_bytes(&cert->der), &cert->x509);

		if (err == E_NOMEM)
			return err;
		if (err != OK) {
			note_malformed_cert(e, i, "not an X.509 certificate");
			whole = false;
			continue;
		}
		TRY(examine_description(e, i));
		examine_provisioning(e, i);
	}
	e->misordered = whole && !all_in_place(e);
	e->second = whole ? find_second(e) : 0;
	return buf_status(&e->malformed);
}

const struct key_description *
android_target(const struct android_evidence *e)
{
	return e->target < e->n ? e->certs[e->target].description : NULL;
}

const struct android_cert *
android_batch(const struct android_evidence *e)
{
	return e->vouched + 1 < e->n ? &e->certs[e->vouched + 1] : NULL;
}

struct bytes
android_nonce(const void *own)
{
	return android_target(own)->attestation_challenge;
}
