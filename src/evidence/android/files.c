/*
 * files.c - reads "android-key" from files: one JSON object with a member
 * "format", or certificates in PEM or DER, leaf first in the order of the
 * files.
 */
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "crypto/codec/pem.h"
#include "evidence/android/android.h"
#include "evidence/members.h"

#define DER_FIRST 0x30 /* a certificate is a SEQUENCE */

static err_t
put_pem_block(void *arg, const char *label, struct bytes der)
{
	if (strcmp(label, "CERTIFICATE") != 0)
		return E_NOT_FOUND;
	return android_add(arg, der);
}

static err_t
put_file(struct android_evidence *e, struct bytes file)
{
	if (file.len == 0)
		return E_MALFORMED;
	if (file.data[0] == DER_FIRST)
		return android_add(e, file);
	return pem_each(file, put_pem_block, e);
}

static const char *
file_error_text(err_t err)
{
	if (err == E_LIMIT)
		return "more than 10 certificates, or one is too long";
	return err == E_NOT_FOUND ? "something else than certificates"
	                          : "neither PEM nor DER";
}

err_t
android_read_files(const struct bytes *files, size_t n, struct buf *why,
                   void **ret_own)
{
	AUTO(json_decref) json_t *json = evidence_object(files, n);

	if (json)
		return android_read(json, why, ret_own);

	AUTO(android_free) struct android_evidence *e = android_new();
	if (!e)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		err_t err = put_file(e, files[i]);

		if (err == E_NOMEM)
			return err;
		if (err != OK) {
			buf_printf(why, "file %zu: %s", i + 1,
			           file_error_text(err));
			return E_MALFORMED;
		}
	}
	if (e->n == 0) {
		buf_append_str(why, "the files contain no certificate");
		return E_MALFORMED;
	}
	TRY(android_examine(e));
	*ret_own = TAKE(e);
	return OK;
}
