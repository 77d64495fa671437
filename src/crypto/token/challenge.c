/*
 * challenge.c - composes and parses challenges; challenge.h has the format.
 *
 * The functions that compose and those that parse define the same set of byte
 * strings: challenge_put() of the parts that challenge_open() returns gives the
 * same token again, bit for bit.
 */
#include <string.h>

#include "base/auto.h"
#include "crypto/codec/cbor.h"
#include "crypto/token/challenge.h"
#include "crypto/codec/utf8.h"

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

/* RFC 9052, RFC 9596, RFC 9597, RFC 9942 */
enum cose {
	HEADER_ALG = 1,
	HEADER_KID = 4,
	HEADER_CWT_CLAIMS = 15,
	HEADER_TYP = 16,
	HEADER_VDS = 395,
	HEADER_VDP = 396,
	VDS_RFC9162_SHA256 = 1,
	VDP_INCLUSION = -1,
	TAG_SIGN1 = 18,
};

/* Sizes of RSA-2048 and RSA-4096 signatures in bytes. */
#define RSA_SIGNATURE_MIN 256
#define RSA_SIGNATURE_MAX 512

/* --- composing ------------------------------------------------------------ */

static void
put_text_claim(struct buf *out, int64_t label, struct bytes text)
{
	cbor_put_int(out, label);
	cbor_put_text(out, text);
}

static void
put_uint_claim(struct buf *out, int64_t label, uint64_t v)
{
	cbor_put_int(out, label);
	cbor_put_uint(out, v);
}

static void
put_bytes_claim(struct buf *out, int64_t label, const uint8_t *data, size_t n)
{
	cbor_put_int(out, label);
	cbor_put_bytes(out, bytes_of(data, n));
}

static void
put_binding(struct buf *out, const struct bindings *b, enum binding which)
{
	struct bytes value = binding_value(b, which);

	if (!bindings_have(b, which))
		return;
	if (binding_is_text(which))
		put_text_claim(out, binding_labels[which], value);
	else
		put_bytes_claim(out, binding_labels[which], value.data,
		                value.len);
}

static size_t
count_bindings(uint16_t present)
{
	return (size_t)__builtin_popcount(present & BINDING_ALL);
}

void
challenge_put_claims(struct buf *out, const struct challenge_claims *c)
{
	uint8_t cti[CTI_SIZE];

	cti_encode(&c->cti, cti);
	cbor_put_map(out, 8 + count_bindings(c->bindings.present));
	put_text_claim(out, ANCHORD_LABEL_ISS, c->iss);
	put_text_claim(out, ANCHORD_LABEL_AUD, c->aud);
	put_uint_claim(out, ANCHORD_LABEL_EXP, c->exp_s);
	put_uint_claim(out, ANCHORD_LABEL_IAT, c->iat_s);
	put_bytes_claim(out, ANCHORD_LABEL_CTI, cti, sizeof(cti));
	put_bytes_claim(out, ANCHORD_LABEL_EAT_NONCE, c->salt, HASH_SIZE);
	put_text_claim(out, ANCHORD_LABEL_EAT_PROFILE,
	               bytes_of_str(CHALLENGE_PROFILE));
	put_text_claim(out, ANCHORD_LABEL_WORKFLOW,
	               bytes_of_str(workflow_name(c->workflow)));
	for (enum binding b = 0; b < BINDING_COUNT; b++)
		put_binding(out, &c->bindings, b);
}

void
receipt_put_head(struct buf *out, const struct receipt_head *h)
{
	cbor_put_map(out, 5);
	cbor_put_int(out, HEADER_ALG);
	cbor_put_int(out, alg_cose_id(h->alg));
	put_bytes_claim(out, HEADER_KID, h->kid.data, h->kid.len);
	cbor_put_int(out, HEADER_CWT_CLAIMS);
	cbor_put_map(out, 5);
	put_text_claim(out, ANCHORD_LABEL_ISS, h->iss);
	put_uint_claim(out, ANCHORD_LABEL_EXP, h->exp_s);
	put_uint_claim(out, ANCHORD_LABEL_IAT, h->iat_s);
	put_uint_claim(out, ANCHORD_LABEL_EPOCH, h->epoch);
	put_uint_claim(out, ANCHORD_LABEL_BATCH_SIZE, h->batch_size);
	put_text_claim(out, HEADER_TYP, bytes_of_str(CHALLENGE_TYP));
	put_uint_claim(out, HEADER_VDS, VDS_RFC9162_SHA256);
}

void
receipt_put_tbs(struct buf *out, struct bytes head,
                const uint8_t root[static HASH_SIZE])
{
	cbor_put_array(out, 4);
	cbor_put_text(out, bytes_of_str("Signature1"));
	cbor_put_bytes(out, head);
	cbor_put_bytes(out, bytes_of(NULL, 0)); /* external_aad: empty */
	cbor_put_bytes(out, bytes_of(root, HASH_SIZE));
}

static void
put_proof(struct buf *out, const struct receipt_proof *p)
{
	size_t size = cbor_head_size(3) + cbor_head_size(p->size) +
	              cbor_head_size(p->index) + cbor_head_size(p->path_len) +
	              p->path_len * (cbor_head_size(HASH_SIZE) + HASH_SIZE);

	cbor_put_map(out, 1);
	cbor_put_int(out, HEADER_VDP);
	cbor_put_map(out, 1);
	cbor_put_int(out, VDP_INCLUSION);
	cbor_put_array(out, 1);
	cbor_put_bytes_head(out, size);
	cbor_put_array(out, 3);
	cbor_put_uint(out, p->size);
	cbor_put_uint(out, p->index);
	cbor_put_array(out, p->path_len);
	for (size_t i = 0; i < p->path_len; i++)
		cbor_put_bytes(out, bytes_of(p->path[i], HASH_SIZE));
}

void
challenge_put(struct buf *out, struct bytes claims, struct bytes head,
              const struct receipt_proof *proof, struct bytes signature)
{
	cbor_put_array(out, 2);
	cbor_put_bytes(out, claims);
	cbor_put_tag(out, TAG_SIGN1);
	cbor_put_array(out, 4);
	cbor_put_bytes(out, head);
	put_proof(out, proof);
	cbor_put_null(out);
	cbor_put_bytes(out, signature);
}

/* --- parsing -------------------------------------------------------------- */

/* Expects this label as the next key of a map whose keys are all required. */
static void
expect_key(struct cbor_cursor *c, struct cbor_map *m, int64_t label)
{
	int64_t key = 0;

	if (!cbor_map_next(c, m, &key) || key != label)
		cbor_fail(c);
}

static void
expect_text(struct cbor_cursor *c, const char *text)
{
	if (!bytes_equal_str(cbor_take_text(c), text))
		cbor_fail(c);
}

/* Accepts only times that RFC 3339 can express, so that later code need not
 * check. */
static uint64_t
take_time(struct cbor_cursor *c)
{
	uint64_t at_s = cbor_take_uint(c);

	if (at_s > CHALLENGE_TIME_MAX)
		cbor_fail(c);
	return at_s;
}

static uint32_t
take_u32(struct cbor_cursor *c)
{
	uint64_t v = cbor_take_uint(c);

	if (v > UINT32_MAX)
		cbor_fail(c);
	return (uint32_t)v;
}

static struct bytes
take_issuer(struct cbor_cursor *c)
{
	struct bytes iss = cbor_take_text(c);

	if (iss.len == 0 || iss.len > CHALLENGE_ISS_MAX)
		cbor_fail(c);
	return iss;
}

static struct cti
take_cti(struct cbor_cursor *c)
{
	struct bytes v = cbor_take_bytes(c);

	if (v.len != CTI_SIZE) {
		cbor_fail(c);
		return (struct cti){ 0 };
	}
	return cti_decode(v.data);
}

static void
take_binding(struct cbor_cursor *c, int64_t key, struct bindings *b)
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

	expect_key(&c, &m, ANCHORD_LABEL_ISS);
	v.iss = take_issuer(&c);
	expect_key(&c, &m, ANCHORD_LABEL_AUD);
	v.aud = cbor_take_text(&c);
	expect_key(&c, &m, ANCHORD_LABEL_EXP);
	v.exp_s = take_time(&c);
	expect_key(&c, &m, ANCHORD_LABEL_IAT);
	v.iat_s = take_time(&c);
	expect_key(&c, &m, ANCHORD_LABEL_CTI);
	v.cti = take_cti(&c);
	expect_key(&c, &m, ANCHORD_LABEL_EAT_NONCE);
	cbor_take_hash(&c, v.salt);
	expect_key(&c, &m, ANCHORD_LABEL_EAT_PROFILE);
	expect_text(&c, CHALLENGE_PROFILE);
	expect_key(&c, &m, ANCHORD_LABEL_WORKFLOW);
	v.workflow = workflow_find(cbor_take_text(&c));
	for (int64_t key = 0; cbor_map_next(&c, &m, &key);)
		take_binding(&c, key, &v.bindings);

	if (!cbor_done(&c) || !tenant_name_valid(v.aud) || v.exp_s <= v.iat_s ||
	    v.workflow == WORKFLOW_COUNT || !bindings_valid(&v.bindings))
		return false;
	*ret_claims = v;
	return true;
}

/* Accepts only the id that we write: the ids of RFC 9864 for the same
 * algorithms would give one header a second encoding. */
static enum alg
take_alg(struct cbor_cursor *c)
{
	int64_t id = cbor_take_int(c);
	enum alg alg = alg_of_cose(id);

	if (alg == ALG_COUNT || alg_cose_id(alg) != id)
		cbor_fail(c);
	return alg;
}

static void
take_cwt_claims(struct cbor_cursor *c, struct receipt_head *h)
{
	struct cbor_map m = cbor_take_map(c);

	expect_key(c, &m, ANCHORD_LABEL_ISS);
	h->iss = take_issuer(c);
	expect_key(c, &m, ANCHORD_LABEL_EXP);
	h->exp_s = take_time(c);
	expect_key(c, &m, ANCHORD_LABEL_IAT);
	h->iat_s = take_time(c);
	expect_key(c, &m, ANCHORD_LABEL_EPOCH);
	h->epoch = take_u32(c);
	expect_key(c, &m, ANCHORD_LABEL_BATCH_SIZE);
	h->batch_size = take_u32(c);
	if (m.left != 0)
		cbor_fail(c);
}

static bool
open_head(struct bytes in, struct receipt_head *ret_head)
{
	struct receipt_head h = { 0 };
	struct cbor_cursor c = cbor_cursor_of(in);
	struct cbor_map m = cbor_take_map(&c);

	expect_key(&c, &m, HEADER_ALG);
	h.alg = take_alg(&c);
	expect_key(&c, &m, HEADER_KID);
	h.kid = cbor_take_bytes(&c);
	expect_key(&c, &m, HEADER_CWT_CLAIMS);
	take_cwt_claims(&c, &h);
	expect_key(&c, &m, HEADER_TYP);
	expect_text(&c, CHALLENGE_TYP);
	expect_key(&c, &m, HEADER_VDS);
	cbor_expect_int(&c, VDS_RFC9162_SHA256);

	if (!cbor_done(&c) || m.left != 0 || h.kid.len != KID_SIZE - 1 ||
	    !utf8_text_valid(h.kid) || h.exp_s <= h.iat_s || h.batch_size < 2 ||
	    h.batch_size > MERKLE_LEAVES_MAX)
		return false;
	*ret_head = h;
	return true;
}

static bool
open_proof(struct bytes in, struct receipt_proof *p)
{
	struct cbor_cursor c = cbor_cursor_of(in);

	cbor_expect_array(&c, 3);
	p->size = cbor_take_uint(&c);
	p->index = cbor_take_uint(&c);
	p->path_len = cbor_take_array(&c);
	if (p->path_len > MERKLE_PATH_MAX || p->size > MERKLE_LEAVES_MAX)
		return false;
	for (size_t i = 0; i < p->path_len; i++)
		cbor_take_hash(&c, p->path[i]);
	return cbor_done(&c);
}

static struct bytes
take_proof(struct cbor_cursor *c)
{
	struct cbor_map vdp = cbor_take_map(c);
	expect_key(c, &vdp, HEADER_VDP);
	struct cbor_map proofs = cbor_take_map(c);
	expect_key(c, &proofs, VDP_INCLUSION);
	cbor_expect_array(c, 1);

	struct bytes proof = cbor_take_bytes(c);
	if (vdp.left != 0 || proofs.left != 0)
		cbor_fail(c);
	return proof;
}

static bool
signature_size_fits(enum alg alg, size_t size)
{
	size_t fixed = alg_signature_size(alg);

	return fixed ? size == fixed
	             : size >= RSA_SIGNATURE_MIN && size <= RSA_SIGNATURE_MAX;
}

static err_t
root_of_proof(const uint8_t leaf[static HASH_SIZE],
              const struct receipt_proof *p, uint8_t ret_root[static HASH_SIZE])
{
	const struct merkle_proof proof = {
		.size = p->size,
		.index = p->index,
		.path_len = p->path_len,
		.path = p->path,
	};

	return merkle_root_of_path(leaf, &proof, ret_root);
}

err_t
challenge_open(struct bytes token, struct challenge *ret_challenge)
{
	struct challenge v = { 0 };
	struct cbor_cursor c = cbor_cursor_of(token);

	if (token.len > CHALLENGE_MAX)
		return E_MALFORMED;

	cbor_expect_array(&c, 2);
	v.claims_bytes = cbor_take_bytes(&c);
	cbor_expect_tag(&c, TAG_SIGN1);
	cbor_expect_array(&c, 4);
	v.head_bytes = cbor_take_bytes(&c);
	struct bytes proof = take_proof(&c);
	cbor_take_null(&c);
	v.signature = cbor_take_bytes(&c);
	if (!cbor_done(&c))
		return E_MALFORMED;

	if (!open_claims(v.claims_bytes, &v.claims) ||
	    !open_head(v.head_bytes, &v.head) || !open_proof(proof, &v.proof) ||
	    !signature_size_fits(v.head.alg, v.signature.len))
		return E_MALFORMED;

	merkle_leaf(v.claims_bytes, v.nonce);
	TRY(root_of_proof(v.nonce, &v.proof, v.root));
	*ret_challenge = v;
	return OK;
}
