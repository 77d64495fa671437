/*
 * ear_cwt_verify.c - verifies a result in CBOR, for a relying party.
 */
#include "base/auto.h"
#include "crypto/token/ear_int.h"

/* The signed header speaks for the batch, the claims for one result of it. */
static bool
head_and_claims_agree(const struct ear_cwt *v)
{
	const struct receipt_head *head = &v->receipt.head;

	return bytes_equal(v->issuer.iss, head->iss) &&
	       v->fields.issued_s >= head->iat_s &&
	       v->fields.expires_s <= head->exp_s;
}

err_t
ear_cwt_verify(struct bytes token, const struct keyring *ring, uint64_t now_s,
               struct buf *payload)
{
	struct ear_cwt v;
	struct key_terms terms;

	TRY(ear_cwt_open(token, &v));
	const struct receipt_signed receipt = {
		.head_bytes = v.receipt.head_bytes,
		.signature = v.receipt.signature,
		.head = &v.receipt.head,
		.proof = &v.receipt.proof,
		.root = v.receipt.root,
	};
	/* Asked each time: a batch that was verified by a key which was dropped
	 * since counts no more. */
	if (keyring_terms(ring, v.receipt.head.kid, &terms) != OK ||
	    !head_and_claims_agree(&v))
		return E_DENIED;
	TRY(receipt_verify(&receipt, ring));

	TRY(ear_put_payload(payload, &v.issuer, &v.fields));
	return now_s >= v.fields.expires_s ? E_LIMIT : OK; /* RFC 8392, 3.1.4 */
}
