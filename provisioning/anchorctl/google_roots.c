/*
 * google_roots.c - see google_roots.h.
 *
 * The digests were computed from the certificates that GrapheneOS's verifier and
 * Google's own library pin; Google publishes them at
 * https://android.googleapis.com/attestation/root.
 */
#include "provisioning/anchorctl/google_roots.h"

#include <string.h>

#include "base/auto.h"
#include "crypto/digest.h"
#include "crypto/x509/chain.h"

static const struct {
	uint8_t spki[HASH_SIZE]; /* SHA-256 of the SubjectPublicKeyInfo */
	const char *why;
} roots[] = {
	{ { 0xfe, 0xb2, 0xea, 0x75, 0x51, 0xee, 0x31, 0x6e, 0xd4, 0xbb, 0x44,
	    0x3c, 0x82, 0x93, 0xb8, 0x84, 0xdb, 0xfd, 0xea, 0x40, 0xb6, 0x03,
	    0xee, 0x3e, 0x4f, 0x4a, 0x89, 0x7e, 0x45, 0x80, 0xfb, 0xae },
	  "Google's attestation root of 2016, RSA 4096, for keys that the "
	  "factory provisioned" },
	{ { 0x3e, 0xe4, 0x45, 0x12, 0xa1, 0xaf, 0x2b, 0xeb, 0x39, 0xc8, 0x89,
	    0x49, 0x0c, 0x60, 0xea, 0x3f, 0x82, 0xe4, 0x3f, 0x5d, 0x5a, 0x55,
	    0x32, 0xf5, 0xab, 0x94, 0x19, 0xf6, 0x76, 0xcd, 0x07, 0xec },
	  "Google's attestation root of 2025, ECDSA P-384, for remotely "
	  "provisioned keys" },
};

const char *
google_root_why(const struct x509_cert *cert)
{
	uint8_t hash[HASH_SIZE];

	digest_sha256(x509_cert_spki(cert), hash);
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (memcmp(hash, roots[i].spki, HASH_SIZE) == 0 &&
		    x509_cert_signed_by(cert, cert) == X509_FAULT_NONE)
			return roots[i].why;
	return NULL;
}
