/*
 * signature.c - TPMT_SIGNATURE (TPM 2.0 Library, Part 2).
 *
 *	sigAlg u16 | hash u16 | sig 2B             RSASSA, RSAPSS
 *	sigAlg u16 | hash u16 | r 2B | s 2B        ECDSA, ECDAA, SM2, ECSCHNORR
 *
 * ECDAA, SM2 and ECSCHNORR are parsed although quote.c supports none of them,
 * so that the reason is evidence-unsupported and `anchorctl inspect` can show
 * the scheme.  HMAC is not parsed, because it proves nothing to a third party.
 */
#include "evidence/tpm/signature.h"

#include "evidence/tpm/parse.h"

static bool
is_rsa(uint16_t scheme)
{
	return scheme == TPM_ALG_RSASSA || scheme == TPM_ALG_RSAPSS;
}

static bool
is_ecc(uint16_t scheme)
{
	return scheme == TPM_ALG_ECDSA || scheme == TPM_ALG_ECDAA ||
	       scheme == TPM_ALG_SM2 || scheme == TPM_ALG_ECSCHNORR;
}

static bool
size_ok(struct bytes number, size_t most)
{
	return number.len >= 1 && number.len <= most;
}

static bool
parse_numbers(struct reader *r, struct tpm_signature *s)
{
	if (is_rsa(s->scheme)) {
		s->rsa = tpm_read_2b(r);
		return size_ok(s->rsa, TPM_RSA_MAX);
	}
	s->r = tpm_read_2b(r);
	s->s = tpm_read_2b(r);
	return size_ok(s->r, TPM_COORD_MAX) && size_ok(s->s, TPM_COORD_MAX);
}

err_t
tpm_signature_parse(struct bytes in, struct buf *why,
                    struct tpm_signature *ret_signature)
{
	struct reader r = reader_of(in);
	struct tpm_signature s = { .scheme = reader_u16(&r) };

	if (!is_rsa(s.scheme) && !is_ecc(s.scheme))
		return tpm_malformed(why, "signature: unknown scheme");
	s.hash = reader_u16(&r);
	if (tpm_hash_size(s.hash) == 0)
		return tpm_malformed(why, "signature: unknown hash");
	if (!parse_numbers(&r, &s))
		return tpm_malformed(
		        why, "signature: a number is empty or too long");
	if (!reader_done(&r))
		return tpm_malformed(why, "signature: trailing bytes");
	*ret_signature = s;
	return OK;
}
