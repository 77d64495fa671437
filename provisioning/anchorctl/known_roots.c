/*
 * known_roots.c - see known_roots.h.
 */
#include "provisioning/anchorctl/known_roots.h"

#include <string.h>

#include "base/auto.h"
#include "base/encode.h"
#include "crypto/digest.h"
#include "crypto/x509/chain.h"

#define ANY_OF_THE_KEY NULL

static const struct known_root roots[] = {
#define ROOT(set_, vendor_, name_, anchor_, purpose_, until_, spki_, \
             certificate_, published_, compared_, sources_)          \
	{ .set = KNOWN_##set_,                                       \
	  .vendor = vendor_,                                         \
	  .name = name_,                                             \
	  .anchor = anchor_,                                         \
	  .purpose = purpose_,                                       \
	  .until = until_,                                           \
	  .spki = spki_,                                             \
	  .certificate = certificate_,                               \
	  .published = published_,                                   \
	  .compared = compared_,                                     \
	  .sources = sources_ },
#include "provisioning/anchorctl/known_roots.def"
#undef ROOT
};

static bool
has_digest(struct bytes data, const char *hex)
{
	uint8_t hash[HASH_SIZE], known[HASH_SIZE];

	digest_sha256(data, hash);
	return decode_hex_exact(bytes_of_str(hex), known, sizeof(known)) ==
	               OK &&
	       memcmp(hash, known, sizeof(hash)) == 0;
}

/* A public key can be copied into a certificate of somebody else; without the
 * digest of the whole certificate only its signature says whose it is. */
static bool
is_known_root(const struct known_root *root, const struct x509_cert *cert)
{
	if (!has_digest(x509_cert_spki(cert), root->spki))
		return false;
	return root->certificate
	               ? has_digest(x509_cert_der(cert), root->certificate)
	               : x509_cert_signed_by(cert, cert) == X509_FAULT_NONE;
}

static const struct known_root *
find_among(const struct known_root *all, size_t n, const struct x509_cert *cert)
{
	for (size_t i = 0; i < n; i++)
		if (is_known_root(&all[i], cert))
			return &all[i];
	return NULL;
}

const struct known_root *
known_root_find(const struct x509_cert *cert)
{
	return find_among(roots, ARRAY_LEN(roots), cert);
}

void
known_root_put_note(const struct known_root *root, struct buf *out)
{
	buf_printf(out, "%s: its %s as in %s on %s; from %s", root->name,
	           root->certificate ? "certificate" : "public key",
	           root->sources, root->compared, root->published);
}

const char *
known_set_words(enum known_set set)
{
	switch (set) {
	case KNOWN_GOOGLE:
		return "Google's attestation roots";
	case KNOWN_TPM_MAKERS:
		return "the TPM manufacturers' roots that this program knows";
	case KNOWN_NONE:
		break;
	}
	return "no roots";
}
