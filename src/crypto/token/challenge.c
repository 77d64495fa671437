/*
 * challenge.c - composes and parses challenges; challenge.h has the format.
 *
 * The functions that compose and those that parse define the same set of byte
 * strings: receipt_put_token() of the parts that challenge_open() returns gives
 * the same token again, bit for bit.
 */
#include <string.h>

#include "base/auto.h"
#include "crypto/token/challenge.h"
#include "crypto/token/claim.h"

/* In the order of enum binding, which is that of the deterministic encoding
 * (RFC 8949, section 4.2.1): a greater label comes later. */
static const int64_t binding_labels[] = {
	ANCHORD_LABEL_DEVICE_HANDLE, ANCHORD_LABEL_TRANSPORT,
	ANCHORD_LABEL_REQUEST,       ANCHORD_LABEL_CHANNEL,
	ANCHORD_LABEL_TRANSACTION,   ANCHORD_LABEL_RELEASE,
	ANCHORD_LABEL_ACCOUNT,
};

_Static_assert(ARRAY_LEN(binding_labels) == BINDING_COUNT,
               "a label for each binding");

/* --- composing ------------------------------------------------------------ */

static void
put_binding(struct buf *out, const struct bindings *b, enum binding which)
{
	struct bytes value = binding_value(b, which);

	if (!bindings_have(b, which))
		return;
	if (binding_is_text(which))
		claim_put_text(out, binding_labels[which], value);
	else
		claim_put_bytes(out, binding_labels[which], value);
}

size_t
challenge_count_bindings(const struct bindings *b)
{
	return (size_t)__builtin_popcount(b->present & BINDING_ALL);
}

void
challenge_put_bindings(struct buf *out, const struct bindings *b)
{
	for (enum binding i = 0; i < BINDING_COUNT; i++)
		put_binding(out, b, i);
}

void
challenge_put_claims(struct buf *out, const struct challenge_claims *c)
{
	uint8_t cti[CTI_SIZE];

	cti_encode(&c->cti, cti);
	cbor_put_map(out, 8 + challenge_count_bindings(&c->bindings));
	claim_put_text(out, ANCHORD_LABEL_ISS, c->iss);
	claim_put_text(out, ANCHORD_LABEL_AUD, c->aud);
	claim_put_uint(out, ANCHORD_LABEL_EXP, c->exp_s);
	claim_put_uint(out, ANCHORD_LABEL_IAT, c->iat_s);
	claim_put_bytes(out, ANCHORD_LABEL_CTI, bytes_of(cti, sizeof(cti)));
	claim_put_bytes(out, ANCHORD_LABEL_EAT_NONCE,
	                bytes_of(c->salt, HASH_SIZE));
	claim_put_text(out, ANCHORD_LABEL_EAT_PROFILE,
	               bytes_of_str(CHALLENGE_PROFILE));
	claim_put_text(out, ANCHORD_LABEL_WORKFLOW,
	               bytes_of_str(workflow_name(c->workflow)));
	challenge_put_bindings(out, &c->bindings);
}

/* --- parsing -------------------------------------------------------------- */

static struct cti
take_cti(struct cbor_cursor *c)
{
	uint8_t cti[CTI_SIZE] = { 0 };

	claim_take_exact(c, cti, sizeof(cti));
	return cti_decode(cti);
}

void
challenge_take_binding(struct cbor_cursor *c, int64_t key, struct bindings *b)
{
	enum binding which = 0;

	while (which < BINDING_COUNT && binding_labels[which] != key)
		which++;
	if (which == BINDING_COUNT) {
		cbor_fail(c);
		return;
	}
	b->present |= (uint16_t)(1u << which);
	if (binding_is_text(which))
		*binding_text_of(b, which) = cbor_take_text(c);
	else
		cbor_take_hash(c, binding_hash_of(b, which));
}

static bool
open_claims(struct bytes in, struct challenge_claims *ret_claims)
{
	struct challenge_claims v = { 0 };
	struct cbor_cursor c = cbor_cursor_of(in);
	struct cbor_map m = cbor_take_map(&c);

	claim_expect_key(&c, &m, ANCHORD_LABEL_ISS);
	v.iss = claim_take_issuer(&c);
	claim_expect_key(&c, &m, ANCHORD_LABEL_AUD);
	v.aud = cbor_take_text(&c);
	claim_expect_key(&c, &m, ANCHORD_LABEL_EXP);
	v.exp_s = claim_take_time(&c);
	claim_expect_key(&c, &m, ANCHORD_LABEL_IAT);
	v.iat_s = claim_take_time(&c);
	claim_expect_key(&c, &m, ANCHORD_LABEL_CTI);
	v.cti = take_cti(&c);
	claim_expect_key(&c, &m, ANCHORD_LABEL_EAT_NONCE);
	cbor_take_hash(&c, v.salt);
	claim_expect_key(&c, &m, ANCHORD_LABEL_EAT_PROFILE);
	claim_expect_text(&c, CHALLENGE_PROFILE);
	claim_expect_key(&c, &m, ANCHORD_LABEL_WORKFLOW);
	v.workflow = workflow_find(cbor_take_text(&c));
	for (int64_t key = 0; cbor_map_next(&c, &m, &key);)
		challenge_take_binding(&c, key, &v.bindings);

	if (!cbor_done(&c) || !tenant_name_valid(v.aud) || v.exp_s <= v.iat_s ||
	    v.workflow == WORKFLOW_COUNT || !bindings_valid(&v.bindings))
		return false;
	*ret_claims = v;
	return true;
}

err_t
challenge_open(struct bytes token, struct challenge *ret_challenge)
{
	struct challenge v = { 0 };
	struct receipt r;

	if (token.len > CHALLENGE_MAX)
		return E_MALFORMED;
	TRY(receipt_open(token, RECEIPT_CHALLENGE, &r));
	if (!open_claims(r.claims_bytes, &v.claims))
		return E_MALFORMED;

	v.claims_bytes = r.claims_bytes;
	v.head_bytes = r.head_bytes;
	v.signature = r.signature;
	v.head = r.head;
	v.proof = r.proof;
	memcpy(v.nonce, r.leaf, HASH_SIZE);
	memcpy(v.root, r.root, HASH_SIZE);
	*ret_challenge = v;
	return OK;
}
