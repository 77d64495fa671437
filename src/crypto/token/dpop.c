/*
 * dpop.c - see dpop.h.
 *
 * The order is that of dpop.def: what the header says, whose signature it is, and
 * only then what was signed.
 */
#include <string.h>

#include "base/clock.h"
#include "crypto/codec/json_auto.h"
#include "crypto/digest.h"
#include "crypto/keys/confirmation.h"
#include "crypto/token/dpop.h"
#include "crypto/token/htu.h"
#include "crypto/token/jws.h"

static const struct dpop_row {
	const char *word, *text;
} rows[DPOP_FAULTS] = {
#define FAULT(NAME, word, text) { word, text },
#include "crypto/token/dpop.def"
};

const char *
dpop_fault_word(enum dpop_fault fault)
{
	return rows[fault].word;
}

const char *
dpop_fault_text(enum dpop_fault fault)
{
	return rows[fault].text;
}

/* One proof while it is checked. */
struct dpop {
	const struct dpop_terms *terms;
	struct jws jws;
	json_t *header, *claims;
	enum dpop_fault fault;
};

static void
dpop_release(struct dpop *d)
{
	json_decref(d->header);
	json_decref(d->claims);
}
DEFINE_AUTO_REF(struct dpop, dpop_release);

static err_t
refuse_proof(struct dpop *d, enum dpop_fault fault)
{
	d->fault = fault;
	return E_DENIED;
}

/* --- the form ------------------------------------------------------------- */

static err_t
read_part(struct dpop *d, struct bytes part, json_t **ret_object)
{
	AUTO(buf_release) struct buf text = buf_of(DPOP_MAX);

	err_t err = decode_base64url(&text, part);
	if (err == OK)
		err = jws_object(buf_bytes(&text), ret_object);
	return err == E_NOMEM ? err
	       : err != OK    ? refuse_proof(d, DPOP_MALFORMED)
	                      : OK;
}

/* Point 2.  An extension that must be understood is not (RFC 7515 section
 * 4.1.11). */
static err_t
check_form(struct dpop *d, struct bytes proof)
{
	if (!jws_split(proof, DPOP_MAX, &d->jws))
		return refuse_proof(d, DPOP_MALFORMED);
	TRY(read_part(d, d->jws.header, &d->header));
	TRY(read_part(d, d->jws.payload, &d->claims));
	return json_object_get(d->header, "crit")
	               ? refuse_proof(d, DPOP_MALFORMED)
	               : OK;
}

/* --- the header and the signature ----------------------------------------- */

/* Points 4 and 5: the table has asymmetric algorithms alone. */
static err_t
check_header_words(struct dpop *d, enum alg *ret_alg)
{
	const char *typ = json_text(d->header, "typ");
	const char *alg = json_text(d->header, "alg");

	if (!typ || strcmp(typ, DPOP_TYP) != 0)
		return refuse_proof(d, DPOP_TYPE);
	*ret_alg = alg ? alg_of_jose(bytes_of_str(alg)) : ALG_COUNT;
	return *ret_alg == ALG_COUNT ? refuse_proof(d, DPOP_ALG) : OK;
}

/* Points 7 and 12b: the thumbprint of RFC 7638 compares the keys, whatever else
 * a JWK has. */
static err_t
check_proof_key(struct dpop *d, struct buf *spki)
{
	char jkt[KID_SIZE];
	err_t err = confirmation_of_jwk(json_object_get(d->header, "jwk"), spki,
	                                jkt);

	if (err == E_DENIED)
		return refuse_proof(d, DPOP_PRIVATE);
	if (err == E_MALFORMED)
		return refuse_proof(d, DPOP_KEY);
	if (err != OK)
		return err;
	return strcmp(jkt, d->terms->jkt) == 0
	               ? OK
	               : refuse_proof(d, DPOP_OTHER_KEY);
}

/* Point 6.  An algorithm that is not the key's cannot be put into a ring. */
static err_t
check_proof_signature(struct dpop *d)
{
	AUTO(keyring_free) struct keyring *ring = NULL;
	AUTO(buf_release) struct buf spki = buf_of(CONFIRMATION_MAX);
	AUTO(buf_release) struct buf signature = buf_of(DPOP_MAX);
	const struct bytes kid = bytes_of_str(d->terms->jkt);
	enum alg alg = ALG_COUNT;

	TRY(check_header_words(d, &alg));
	TRY(check_proof_key(d, &spki));
	TRY(keyring_new(&ring));
	err_t err = keyring_add(ring, kid, buf_bytes(&spki), alg);
	if (err == E_DENIED)
		return refuse_proof(d, DPOP_ALG);
	if (err == OK)
		err = decode_base64url(&signature, d->jws.signature);
	if (err == OK)
		err = keyring_verify(ring, kid, alg, d->jws.signing_input,
		                     buf_bytes(&signature));
	return err == E_DENIED || err == E_MALFORMED
	               ? refuse_proof(d, DPOP_SIGNATURE)
	               : err;
}

/* --- the claims ----------------------------------------------------------- */

static err_t
take_jti(struct dpop *d, struct buf *jti)
{
	const char *text = json_text(d->claims, "jti");

	if (!text || text[0] == '\0')
		return refuse_proof(d, DPOP_JTI);
	buf_append_str(jti, text);
	return buf_status(jti);
}

/* Point 8; methods differ by case (RFC 9110 section 9.1). */
static err_t
check_method(struct dpop *d)
{
	const char *htm = json_text(d->claims, "htm");

	return htm && bytes_equal_str(d->terms->method, htm)
	               ? OK
	               : refuse_proof(d, DPOP_METHOD);
}

/* Point 9. */
static err_t
check_url(struct dpop *d)
{
	AUTO(buf_release) struct buf asked = buf_of(2 * HTU_MAX);
	AUTO(buf_release) struct buf said = buf_of(2 * HTU_MAX);
	const char *htu = json_text(d->claims, "htu");

	TRY(htu_normalize(d->terms->url, &asked));
	err_t err = htu ? htu_normalize(bytes_of_str(htu), &said) : E_MALFORMED;
	if (err == E_NOMEM)
		return err;
	return err == OK && bytes_equal(buf_bytes(&asked), buf_bytes(&said))
	               ? OK
	               : refuse_proof(d, DPOP_URL);
}

/* Point 11.  A NumericDate could have a fraction (RFC 7519 section 2); no proof
 * needs one. */
static err_t
check_proof_time(struct dpop *d)
{
	const json_t *iat = json_object_get(d->claims, "iat");

	if (!json_is_integer(iat) || json_integer_value(iat) < 0)
		return refuse_proof(d, DPOP_TIME);
	uint64_t iat_s = (uint64_t)json_integer_value(iat);
	if (iat_s > d->terms->now_s + CLOCK_SKEW_S)
		return refuse_proof(d, DPOP_EARLY);
	return iat_s + d->terms->age_s < d->terms->now_s
	               ? refuse_proof(d, DPOP_STALE)
	               : OK;
}

/* Point 12a. */
static err_t
check_result(struct dpop *d)
{
	AUTO(buf_release) struct buf wanted = buf_of(64);
	const char *ath = json_text(d->claims, "ath");
	uint8_t digest[HASH_SIZE];

	if (!ath)
		return refuse_proof(d, DPOP_NO_ATH);
	digest_sha256(d->terms->result, digest);
	encode_base64url(&wanted, bytes_of(digest, sizeof(digest)));
	TRY(buf_status(&wanted));
	return bytes_equal_str(buf_bytes(&wanted), ath)
	               ? OK
	               : refuse_proof(d, DPOP_OTHER_RESULT);
}

static err_t
check_proof(struct dpop *d, struct bytes proof, struct buf *jti)
{
	TRY(check_form(d, proof));
	TRY(check_proof_signature(d));
	TRY(take_jti(d, jti));
	TRY(check_method(d));
	TRY(check_url(d));
	TRY(check_proof_time(d));
	return check_result(d);
}

err_t
dpop_verify(struct bytes proof, const struct dpop_terms *terms, struct buf *jti,
            enum dpop_fault *ret_fault)
{
	AUTO(dpop_release) struct dpop d = { .terms = terms };

	err_t err = check_proof(&d, proof, jti);
	*ret_fault = d.fault;
	return err;
}
