/*
 * receipt.c - composes, parses and verifies receipts; see receipt.h.
 *
 * The functions that compose and those that parse define the same set of byte
 * strings: receipt_put_token() of the parts that receipt_open() returns gives the
 * same token again, bit for bit.
 */
#include "anchord/claims.h"
#include "anchord/limits.h"
#include "base/auto.h"
#include "crypto/codec/cbor.h"
#include "crypto/codec/utf8.h"
#include "crypto/digest.h"
#include "crypto/keys/keyring_int.h"
#include "crypto/token/claim.h"
#include "crypto/token/receipt.h"

#define TBS_MAX (ANCHORD_CHALLENGE_MAX + 64) /* a head, a root, and framing */

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

/* The typ of each kind (RFC 9596).  No two may be equal: it is what keeps the
 * kinds apart. */
static const char *const typs[RECEIPT_KINDS] = {
	[RECEIPT_CHALLENGE] = ANCHORD_CHALLENGE_TYP,
	[RECEIPT_RESULT] = ANCHORD_RESULT_RECEIPT_TYP,
};

/* --- composing ------------------------------------------------------------ */

void
receipt_put_head(struct buf *out, const struct receipt_head *h)
{
	cbor_put_map(out, 5);
	cbor_put_int(out, HEADER_ALG);
	cbor_put_int(out, alg_cose_id(h->alg));
	claim_put_bytes(out, HEADER_KID, h->kid);
	cbor_put_int(out, HEADER_CWT_CLAIMS);
	cbor_put_map(out, 5);
	claim_put_text(out, ANCHORD_LABEL_ISS, h->iss);
	claim_put_uint(out, ANCHORD_LABEL_EXP, h->exp_s);
	claim_put_uint(out, ANCHORD_LABEL_IAT, h->iat_s);
	claim_put_uint(out, ANCHORD_LABEL_EPOCH, h->epoch);
	claim_put_uint(out, ANCHORD_LABEL_BATCH_SIZE, h->batch_size);
	claim_put_text(out, HEADER_TYP, bytes_of_str(typs[h->kind]));
	claim_put_uint(out, HEADER_VDS, VDS_RFC9162_SHA256);
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
receipt_put_token(struct buf *out, struct bytes claims, struct bytes head,
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

	claim_expect_key(c, &m, ANCHORD_LABEL_ISS);
	h->iss = claim_take_issuer(c);
	claim_expect_key(c, &m, ANCHORD_LABEL_EXP);
	h->exp_s = claim_take_time(c);
	claim_expect_key(c, &m, ANCHORD_LABEL_IAT);
	h->iat_s = claim_take_time(c);
	claim_expect_key(c, &m, ANCHORD_LABEL_EPOCH);
	h->epoch = claim_take_u32(c);
	claim_expect_key(c, &m, ANCHORD_LABEL_BATCH_SIZE);
	h->batch_size = claim_take_u32(c);
	if (m.left != 0)
		cbor_fail(c);
}

static bool
open_head(struct bytes in, enum receipt_kind kind,
          struct receipt_head *ret_head)
{
	struct receipt_head h = { .kind = kind };
	struct cbor_cursor c = cbor_cursor_of(in);
	struct cbor_map m = cbor_take_map(&c);

	claim_expect_key(&c, &m, HEADER_ALG);
	h.alg = take_alg(&c);
	claim_expect_key(&c, &m, HEADER_KID);
	h.kid = cbor_take_bytes(&c);
	claim_expect_key(&c, &m, HEADER_CWT_CLAIMS);
	take_cwt_claims(&c, &h);
	claim_expect_key(&c, &m, HEADER_TYP);
	claim_expect_text(&c, typs[kind]);
	claim_expect_key(&c, &m, HEADER_VDS);
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
	claim_expect_key(c, &vdp, HEADER_VDP);
	struct cbor_map proofs = cbor_take_map(c);
	claim_expect_key(c, &proofs, VDP_INCLUSION);
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
receipt_open(struct bytes token, enum receipt_kind kind,
             struct receipt *ret_receipt)
{
	struct receipt v = { 0 };
	struct cbor_cursor c = cbor_cursor_of(token);

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

	if (!open_head(v.head_bytes, kind, &v.head) ||
	    !open_proof(proof, &v.proof) ||
	    !signature_size_fits(v.head.alg, v.signature.len))
		return E_MALFORMED;

	merkle_leaf(v.claims_bytes, v.leaf);
	TRY(root_of_proof(v.leaf, &v.proof, v.root));
	*ret_receipt = v;
	return OK;
}

/* --- verifying ------------------------------------------------------------ */

/* Hashes the lengths, too, so that no byte can move from one part to the
 * next. */
static void
batch_id(const struct receipt_signed *s, uint8_t id[static HASH_SIZE])
{
	const size_t lengths[] = { s->head_bytes.len, s->signature.len };
	const struct bytes parts[] = {
		bytes_of(lengths, sizeof(lengths)),
		s->head_bytes,
		bytes_of(s->root, HASH_SIZE),
		s->signature,
		s->head->kid,
	};

	digest_sha256_parts(parts, ARRAY_LEN(parts), id);
}

static err_t
verify_signature(const struct receipt_signed *s, const struct keyring *ring)
{
	AUTO(buf_release) struct buf tbs = buf_of(TBS_MAX);

	receipt_put_tbs(&tbs, s->head_bytes, s->root);
	TRY(buf_status(&tbs));
	return keyring_verify(ring, s->head->kid, s->head->alg, buf_bytes(&tbs),
	                      s->signature);
}

err_t
receipt_verify(const struct receipt_signed *s, const struct keyring *ring)
{
	uint8_t id[HASH_SIZE];

	if (s->proof->size != s->head->batch_size)
		return E_DENIED;
	batch_id(s, id);
	if (keyring_batch_known(ring, id))
		return OK;

	TRY(verify_signature(s, ring));
	keyring_batch_note(ring, id);
	return OK;
}
