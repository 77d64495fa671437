/*
 * ed25519.c - public keys of Ed25519 that somebody can sign with.
 *
 * RFC 8032 lets a verifier accept points of small order and encodings of a y
 * that is not reduced.  By a point of small order anybody can make signatures
 * that verify, so it is nobody's key; and a key that had two encodings would
 * count as two keys.  Only officers' keys are checked to lie on the curve:
 * with a point that does not, no signature verifies.
 */
#include <string.h>

#include <openssl/bn.h>

#include "base/auto.h"
#include "crypto/keys/keyring_int.h"

#define ED25519_SIZE 32

DEFINE_AUTO(BIGNUM *, BN_free);
DEFINE_AUTO(BN_CTX *, BN_CTX_free);

/* The y coordinates of the eight points whose order divides 8, little-endian;
 * points that differ in the sign of x share one. */
static const uint8_t small_orders[][ED25519_SIZE] = {
	{ 0x00 },
	{ 0x01 },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	  0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	  0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	  0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	  0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
};

/* y < 2^255 - 19, which is 0x7fff...ffed. */
static bool
ed25519_is_reduced(const uint8_t y[static ED25519_SIZE])
{
	if (y[ED25519_SIZE - 1] != 0x7f || y[0] < 0xed)
		return true;
	for (size_t i = 1; i < ED25519_SIZE - 1; i++)
		if (y[i] != 0xff)
			return true;
	return false;
}

bool
key_ed25519_usable(const uint8_t point[static ED25519_SIZE])
{
	uint8_t y[ED25519_SIZE];

	memcpy(y, point, sizeof(y));
	y[ED25519_SIZE - 1] &= 0x7f; /* without the sign of x */
	for (size_t i = 0; i < ARRAY_LEN(small_orders); i++)
		if (memcmp(y, small_orders[i], sizeof(y)) == 0)
			return false;
	return ed25519_is_reduced(y);
}

/* --- on the curve --------------------------------------------------------- */

/*
 * x^2 = (y^2 - 1) / (d y^2 + 1) with d = -121665 / 121666 (RFC 8032 section
 * 5.1).  Times squares, which change no residue, that is
 *
 *	121666 (y^2 - 1) (121666 - 121665 y^2)
 *
 * Sets *ret to that modulo p, and spoils y; false: no memory.
 */
static bool
set_square_of_x(BIGNUM *ret, BIGNUM *y, const BIGNUM *p, BN_CTX *ctx)
{
	AUTO(BN_free) BIGNUM *other = BN_new();

	return other && BN_mod_sqr(y, y, p, ctx) && BN_copy(ret, y) &&
	       BN_sub_word(ret, 1) && BN_mul_word(ret, 121666) &&
	       BN_mul_word(y, 121665) && BN_set_word(other, 121666) &&
	       BN_sub(other, other, y) && BN_mod_mul(ret, ret, other, p, ctx);
}

err_t
key_ed25519_on_curve(const uint8_t point[static ED25519_SIZE])
{
	AUTO(BN_CTX_free) BN_CTX *ctx = BN_CTX_new();
	AUTO(BN_free) BIGNUM *p = BN_new();
	uint8_t bytes[ED25519_SIZE];

	memcpy(bytes, point, sizeof(bytes));
	bytes[ED25519_SIZE - 1] &= 0x7f; /* without the sign of x */
	AUTO(BN_free) BIGNUM *y = BN_lebin2bn(bytes, sizeof(bytes), NULL);
	AUTO(BN_free) BIGNUM *square = BN_new();

	if (!ctx || !p || !y || !square || !BN_set_bit(p, 255) ||
	    !BN_sub_word(p, 19) || !set_square_of_x(square, y, p, ctx))
		return E_NOMEM;
	int symbol = BN_kronecker(square, p, ctx);
	if (symbol < -1)
		return E_NOMEM;
	return symbol == 1 ? OK : E_MALFORMED;
}
