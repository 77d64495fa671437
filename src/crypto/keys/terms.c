/*
 * terms.c - what a key may say.  Apart from the ring, which needs libcrypto:
 * the ledger asks, too, and has no keys.
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
