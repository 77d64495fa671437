/*
 * quote_files.c - reads "tpm2-quote" from files, whose names do not matter.
 *
 * A single JSON file with a member "format" is the evidence object of a
 * request; otherwise each file is one part.  Two files of the same kind are
 * refused, because it would be unclear which of them was appraised.
 */
#include <string.h>

#include "crypto/codec/json_auto.h"
#include "crypto/codec/pem.h"
#include "evidence/members.h"
#include "evidence/tpm/file.h"
#include "evidence/tpm/parse.h"
#include "evidence/tpm/quote.h"

/* E_CONFLICT: the part was given before. */
static err_t
put_part_once(struct buf *part, struct bytes bytes)
{
	if (part->len > 0)
		return E_CONFLICT;
	buf_append(part, bytes);
	return buf_status(part);
}

static err_t
put_ak(struct tpm_quote *q, enum ak_form form, struct bytes bytes)
{
	TRY(put_part_once(&q->ak_bytes, bytes));
	q->ak_form = form;
	return OK;
}

static err_t
put_certificate(struct tpm_quote *q, struct bytes der)
{
	if (q->n_certs == TPM_CHAIN_MAX)
		return E_LIMIT;
	return put_part_once(&q->certs[q->n_certs++], der);
}

static err_t
put_pem_block(void *arg, const char *label, struct bytes der)
{
	if (strcmp(label, "PUBLIC KEY") == 0)
		return put_ak(arg, AK_SPKI, der);
	if (strcmp(label, "CERTIFICATE") == 0)
		return put_certificate(arg, der);
	return E_NOT_FOUND;
}

static err_t
put_der_key(struct tpm_quote *q, struct bytes file)
{
	AUTO(buf_release) struct buf spki = buf_of(file.len + 64);

	TRY(tpm_file_key(file, &spki));
	return put_ak(q, AK_SPKI, buf_bytes(&spki));
}

static err_t
put_tools_pcrs(struct tpm_quote *q, struct bytes file)
{
	AUTO(buf_release) struct buf why = buf_of(256);

	if (q->pcrs.present)
		return E_CONFLICT;
	return tpm_pcrs_of_tools(file, &why, &q->pcrs);
}

static err_t
put_json_pcrs(struct tpm_quote *q, struct bytes file)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(json_decref)
	json_t *json = json_loadb((const char *)file.data, file.len,
	                          JSON_REJECT_DUPLICATES, NULL);

	if (q->pcrs.present)
		return E_CONFLICT;
	return tpm_pcrs_of_json(json, &why, &q->pcrs);
}

static err_t
put_file(struct tpm_quote *q, struct bytes file)
{
	switch (tpm_file_kind(file)) {
	case TPM_FILE_JSON:
		return put_json_pcrs(q, file);
	case TPM_FILE_PCRS:
		return put_tools_pcrs(q, file);
	case TPM_FILE_ATTEST:
		return put_part_once(&q->attest_bytes, file);
	case TPM_FILE_ATTEST_SIZED:
		return put_part_once(&q->attest_bytes,
		                     bytes_of(file.data + 2, file.len - 2));
	case TPM_FILE_SIGNATURE:
		return put_part_once(&q->signature_bytes, file);
	case TPM_FILE_PUBLIC:
		return put_ak(q, AK_TPMT, file);
	case TPM_FILE_PUBLIC_SIZED:
		return put_ak(q, AK_TPM2B, file);
	case TPM_FILE_PEM:
		return pem_each(file, put_pem_block, q);
	case TPM_FILE_DER_KEY:
		return put_der_key(q, file);
	case TPM_FILE_DER_CERT:
		return put_certificate(q, tpm_file_certificate(file));
	case TPM_FILE_EVENT_LOG:
		return put_part_once(&q->event_log, file);
	case TPM_FILE_IMA:
		return put_part_once(&q->ima_log, file);
	case TPM_FILE_UNKNOWN:
	default:
		return E_NOT_FOUND;
	}
}

/* True if the bare key is that of the public area which was given.  It then
 * adds no information and is ignored, so that a directory with both can be
 * given. */
static bool
same_key(const struct tpm_quote *q, struct bytes spki)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(tpm_key_free) struct tpm_key *a = NULL;
	AUTO(tpm_key_free) struct tpm_key *b = NULL;
	struct tpm_public public;

	return tpm_quote_parse_ak(q, &why, &public) == OK &&
	       tpm_key_of_public(&public, &a) == OK &&
	       tpm_key_of_spki(spki, &b) == OK && tpm_key_equal(a, b);
}

static bool
is_bare_key(struct bytes file)
{
	enum tpm_file_kind kind = tpm_file_kind(file);

	return kind == TPM_FILE_DER_KEY || kind == TPM_FILE_PEM;
}

static err_t
drop_block(void *arg, const char *label, struct bytes der)
{
	if (strcmp(label, "PUBLIC KEY") != 0)
		return E_CONFLICT;
	return same_key(arg, der) ? OK : E_CONFLICT;
}

/* After E_CONFLICT from put_file(): OK if the file has only the same key as the
 * public area, E_CONFLICT otherwise. */
static err_t
put_again(struct tpm_quote *q, struct bytes file)
{
	if (!is_bare_key(file) || q->ak_form == AK_SPKI)
		return E_CONFLICT;
	if (tpm_file_kind(file) == TPM_FILE_PEM)
		return pem_each(file, drop_block, q);
	AUTO(buf_release) struct buf spki = buf_of(file.len + 64);
	TRY(tpm_file_key(file, &spki));
	return same_key(q, buf_bytes(&spki)) ? OK : E_CONFLICT;
}

static void
say_why(struct buf *why, size_t number, struct bytes file, err_t err)
{
	const char *hint = err == E_CONFLICT ? NULL : tpm_file_hint(file);

	buf_printf(why, "file %zu: %s", number,
	           err == E_CONFLICT    ? "a part given twice"
	           : err == E_LIMIT     ? "too many certificates"
	           : err == E_NOT_FOUND ? "of no kind that evidence can have"
	                                : "malformed");
	if (hint)
		buf_printf(why, "; it seems to be %s", hint);
}

static err_t
put_all(struct tpm_quote *q, const struct bytes *files, size_t n,
        struct buf *why)
{
	/* Bare keys last, so that put_again() can compare them with the public
	 * area. */
	for (size_t i = 0; i < 2 * n; i++) {
		struct bytes file = files[i % n];

		if (is_bare_key(file) != (i >= n))
			continue;
		err_t err = put_file(q, file);
		if (err == E_CONFLICT)
			err = put_again(q, file);
		if (err == E_NOMEM)
			return err;
		if (err != OK) {
			say_why(why, i % n + 1, file, err);
			return E_MALFORMED;
		}
	}
	return OK;
}

err_t
tpm_quote_read_files(const struct bytes *files, size_t n, struct buf *why,
                     void **ret_own)
{
	AUTO(json_decref) json_t *json = evidence_object(files, n);

	if (json)
		return tpm_quote_read(json, why, ret_own);

	AUTO(tpm_quote_free) struct tpm_quote *q = tpm_quote_new();
	if (!q)
		return E_NOMEM;
	TRY(put_all(q, files, n, why));
	if (q->attest_bytes.len == 0)
		return tpm_malformed(why, "no file is a TPMS_ATTEST");
	*ret_own = TAKE(q);
	return OK;
}
