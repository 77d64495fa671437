/*
 * terms.c - checks a key's terms.  A file of its own, because the ledger uses
 * it and does not link libcrypto.
 */
#include "crypto/keys/keyring.h"

bool
key_terms_allow(const struct key_terms *terms, uint32_t node, uint64_t issued_s,
                uint64_t expires_s)
{
	return (terms->node == 0 || node == terms->node) &&
	       issued_s >= terms->from_s &&
	       (terms->until_s == 0 || expires_s <= terms->until_s);
}
