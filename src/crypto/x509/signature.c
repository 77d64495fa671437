/*
 * signature.c - see signature.h.
 *
 * An entry is the SHA-256 of the whole certificate and of the whole key that
 * verified it.  There are PLACES entries, and a new one replaces the old one in
 * its place.  Only good signatures are stored, so only a holder of certificates
 * that an issuer signed can evict entries.
 */
#include "crypto/x509/signature.h"

#include <string.h>

#include "crypto/digest.h"

#define PLACES 1024 /* entries of 32 bytes */

static uint8_t good[PLACES][HASH_SIZE];

static uint8_t *
signature_place_of(const uint8_t hash[static HASH_SIZE])
{
	return good[(hash[0] << 8 | hash[1]) % PLACES];
}

static bool
verify_by_issuer(const struct x509_cert *cert, const struct x509_cert *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer->x509);

	return key && X509_verify(cert->x509, key) == 1;
}

bool
x509_signature_good(const struct x509_cert *cert,
                    const struct x509_cert *issuer, bool remember)
{
	const struct bytes parts[] = { x509_cert_der(cert),
		                       x509_cert_spki(issuer) };
	uint8_t hash[HASH_SIZE];

	if (!remember)
		return verify_by_issuer(cert, issuer);
	digest_sha256_parts(parts, ARRAY_LEN(parts), hash);
	if (memcmp(signature_place_of(hash), hash, HASH_SIZE) == 0)
		return true;
	if (!verify_by_issuer(cert, issuer))
		return false;
	memcpy(signature_place_of(hash), hash, HASH_SIZE);
	return true;
}

void
x509_signatures_forget(void)
{
	memset(good, 0, sizeof(good));
}
