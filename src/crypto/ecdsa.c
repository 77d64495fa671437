/*
 * ecdsa.c - see ecdsa.h.  libcrypto encodes and decodes the DER.
 */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "base/auto.h"
#include "crypto/ecdsa.h"

DEFINE_AUTO(ECDSA_SIG *, ECDSA_SIG_free);
DEFINE_AUTO(BIGNUM *, BN_free);

/* On success r and s belong to the signature. */
static err_t
signature_of(struct bytes raw, ECDSA_SIG **ret_sig)
{
	int half = (int)(raw.len / 2);

	AUTO(ECDSA_SIG_free) ECDSA_SIG *sig = ECDSA_SIG_new();
	AUTO(BN_free) BIGNUM *r = BN_bin2bn(raw.data, half, NULL);
	AUTO(BN_free) BIGNUM *s = BN_bin2bn(raw.data + half, half, NULL);
	if (!sig || !r || !s || !ECDSA_SIG_set0(sig, r, s))
		return E_NOMEM;
	(void)TAKE(r);
	(void)TAKE(s);
	*ret_sig = TAKE(sig);
	return OK;
}

err_t
ecdsa_to_der(struct bytes raw, struct buf *out)
{
	uint8_t der[ECDSA_DER_MAX];
	uint8_t *at = der;

	if (raw.len == 0 || raw.len % 2 != 0 || raw.len > ECDSA_RAW_MAX)
		return E_MALFORMED;
	AUTO(ECDSA_SIG_free) ECDSA_SIG *sig = NULL;
	TRY(signature_of(raw, &sig));

	int len = i2d_ECDSA_SIG(sig, NULL);
	if (len <= 0 || len > ECDSA_DER_MAX)
		return E_BUG;
	(void)i2d_ECDSA_SIG(sig, &at);
	buf_append(out, bytes_of(der, (size_t)len));
	return buf_status(out);
}

/* libcrypto refuses negative numbers but accepts BER.  Encoding again and
 * comparing leaves DER as the only encoding. */
static bool
encodes_again(const ECDSA_SIG *sig, struct bytes der)
{
	uint8_t again[ECDSA_DER_MAX];
	uint8_t *at = again;

	int len = i2d_ECDSA_SIG(sig, NULL);
	if (len <= 0 || len > ECDSA_DER_MAX)
		return false;
	(void)i2d_ECDSA_SIG(sig, &at);
	return bytes_equal(bytes_of(again, (size_t)len), der);
}

err_t
ecdsa_to_raw(struct bytes der, size_t size, struct buf *out)
{
	uint8_t raw[ECDSA_RAW_MAX];
	const unsigned char *at = der.data;
	int half = (int)(size / 2);

	if (size % 2 != 0 || size > ECDSA_RAW_MAX || der.len > ECDSA_DER_MAX)
		return E_MALFORMED;
	AUTO(ECDSA_SIG_free)
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	ERR_clear_error();
	if (!sig || !encodes_again(sig, der))
		return E_MALFORMED;

	const BIGNUM *r = ECDSA_SIG_get0_r(sig);
	const BIGNUM *s = ECDSA_SIG_get0_s(sig);
	if (BN_bn2binpad(r, raw, half) != half ||
	    BN_bn2binpad(s, raw + half, half) != half)
		return E_MALFORMED;
	buf_append(out, bytes_of(raw, size));
	return buf_status(out);
}
