/*
 * read.c - reads "android-key" from the JSON object of a request.
 */
#include <stdlib.h>

#include "evidence/android/android.h"
#include "evidence/members.h"

#define MALFORMED_MAX 8192 /* bytes of text */

struct android_evidence *
android_new(void)
{
	struct android_evidence *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	for (size_t i = 0; i < ANDROID_CHAIN_MAX; i++)
		e->certs[i].der = buf_of(ANDROID_CERT_MAX);
	e->proof = buf_of(ANDROID_PROOF_MAX);
	e->proof_key = buf_of(ANDROID_PROOF_MAX);
	e->malformed = buf_of(MALFORMED_MAX);
	e->target = e->vouched = ANDROID_NO_TARGET;
	return e;
}

void
android_free(void *own)
{
	struct android_evidence *e = own;

	if (!e)
		return;
	for (size_t i = 0; i < ANDROID_CHAIN_MAX; i++) {
		free(e->certs[i].description);
		x509_cert_free(e->certs[i].x509);
		buf_release(&e->certs[i].der);
	}
	buf_release(&e->proof);
	buf_release(&e->proof_key);
	buf_release(&e->malformed);
	android_trust_free(e->trust);
	free(e);
}

err_t
android_add(struct android_evidence *e, struct bytes der)
{
	if (e->n == ANDROID_CHAIN_MAX || der.len > ANDROID_CERT_MAX)
		return E_LIMIT;
	struct buf *b = &e->certs[e->n++].der;
	buf_append(b, der);
	return buf_status(b);
}

static err_t
read_android_bytes(const json_t *json, struct buf *out)
{
	TRY(evidence_base64(json, out));
	return out->len > 0 ? OK : E_MALFORMED;
}

static err_t
read_android_chain(const json_t *json, void *own)
{
	struct android_evidence *e = own;
	size_t n = json_array_size(json); /* 0 if it is not an array */

	if (n == 0 || n > ANDROID_CHAIN_MAX)
		return E_MALFORMED;
	for (size_t i = 0; i < n; i++)
		TRY(read_android_bytes(json_array_get(json, i),
		                       &e->certs[i].der));
	e->n = n;
	return OK;
}

static err_t
read_proof(const json_t *json, void *own)
{
	struct android_evidence *e = own;

	return read_android_bytes(json, &e->proof);
}

static err_t
read_proof_key(const json_t *json, void *own)
{
	struct android_evidence *e = own;

	return read_android_bytes(json, &e->proof_key);
}

static const struct evidence_member members[] = {
	{ "format", true, evidence_any_string },
	{ "x5c", true, read_android_chain },
	{ "proof", false, read_proof },
	{ "proof_key", false, read_proof_key },
};

static err_t
read_members(const json_t *object, struct buf *why, struct android_evidence *e)
{
	TRY(evidence_members(object, members, ARRAY_LEN(members), e, why));
	if ((e->proof.len > 0) == (e->proof_key.len > 0))
		return OK;
	buf_append_str(why,
	               "evidence: proof and proof_key must be given together");
	return E_MALFORMED;
}

err_t
android_read(const json_t *object, struct buf *why, void **ret_own)
{
	AUTO(android_free) struct android_evidence *e = android_new();

	if (!e)
		return E_NOMEM;
	TRY(read_members(object, why, e));
	TRY(android_examine(e));
	*ret_own = TAKE(e);
	return OK;
}
