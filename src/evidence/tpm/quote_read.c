/*
 * quote_read.c - reads "tpm2-quote" from the JSON object of a request.
 *
 * A table has the members.  A member that is unknown, occurs twice, has another
 * type or is not base64 makes the request malformed.  The decoded bytes are
 * parsed later, by quote.c.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/members.h"
#include "evidence/tpm/parse.h"
#include "evidence/tpm/quote.h"

struct tpm_quote *
tpm_quote_new(void)
{
	struct tpm_quote *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->attest_bytes = buf_of(TPM_QUOTE_PART_MAX);
	q->signature_bytes = buf_of(TPM_QUOTE_PART_MAX);
	q->ak_bytes = buf_of(TPM_QUOTE_PART_MAX);
	q->event_log = buf_of(TPM_QUOTE_PART_MAX);
	q->ima_log = buf_of(TPM_QUOTE_PART_MAX);
	for (size_t i = 0; i < TPM_CHAIN_MAX; i++)
		q->certs[i] = buf_of(TPM_QUOTE_PART_MAX);
	return q;
}

void
tpm_quote_free(void *own)
{
	struct tpm_quote *q = own;

	if (!q)
		return;
	buf_release(&q->attest_bytes);
	buf_release(&q->signature_bytes);
	buf_release(&q->ak_bytes);
	buf_release(&q->event_log);
	buf_release(&q->ima_log);
	for (size_t i = 0; i < TPM_CHAIN_MAX; i++)
		buf_release(&q->certs[i]);
	tpm_trust_free(q->trust);
	free(q);
}

static err_t
read_ak_chain(const json_t *json, void *own)
{
	struct tpm_quote *q = own;

	if (!json_is_array(json) || json_array_size(json) > TPM_CHAIN_MAX)
		return E_MALFORMED;
	for (size_t i = 0; i < json_array_size(json); i++)
		TRY(evidence_base64(json_array_get(json, i), &q->certs[i]));
	q->n_certs = json_array_size(json);
	return OK;
}

static err_t
read_ak(const json_t *json, void *own)
{
	struct tpm_quote *q = own;

	q->ak_form = AK_TPM2B;
	return evidence_base64(json, &q->ak_bytes);
}

static err_t
read_pcrs(const json_t *json, void *own)
{
	struct tpm_quote *q = own;

	AUTO(buf_release) struct buf why = buf_of(256);

	return tpm_pcrs_of_json(json, &why, &q->pcrs);
}

static err_t
read_quote(const json_t *json, void *own)
{
	struct tpm_quote *q = own;

	return evidence_base64(json, &q->attest_bytes);
}

static err_t
read_signature(const json_t *json, void *own)
{
	struct tpm_quote *q = own;

	return evidence_base64(json, &q->signature_bytes);
}

static err_t
read_event_log(const json_t *json, void *own)
{
	struct tpm_quote *q = own;

	return evidence_base64(json, &q->event_log);
}

static err_t
read_ima_log(const json_t *json, void *own)
{
	struct tpm_quote *q = own;

	return evidence_base64(json, &q->ima_log);
}

static const struct evidence_member members[] = {
	{ "format", true, evidence_any_string },
	{ "quote", true, read_quote },
	{ "signature", true, read_signature },
	{ "ak_public", true, read_ak },
	{ "x5c", false, read_ak_chain },
	{ "pcrs", false, read_pcrs },
	{ "event_log", false, read_event_log },
	{ "ima_log", false, read_ima_log },
};

err_t
tpm_quote_read(const json_t *object, struct buf *why, void **ret_own)
{
	AUTO(tpm_quote_free) struct tpm_quote *q = tpm_quote_new();

	if (!q)
		return E_NOMEM;
	TRY(evidence_members(object, members, ARRAY_LEN(members), q, why));
	*ret_own = TAKE(q);
	return OK;
}
