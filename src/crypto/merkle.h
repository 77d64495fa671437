/*
 * merkle.h - RFC 9162 section 2.1 trees over a batch of leaf hashes.
 *
 * leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left || right), split
 * at the largest power of two below n.  An inclusion proof does not
 * authenticate its index and size (several can fit one path), so neither may
 * serve as a key or an order.
 */
#ifndef CRYPTO_MERKLE_H
#define CRYPTO_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define MERKLE_LEAVES_MAX 65536
#define MERKLE_PATH_MAX 16 /* hashes: log2 of the above */

void merkle_leaf(struct bytes entry, uint8_t ret_leaf[static HASH_SIZE]);

struct merkle;

/* Builds the whole tree over n leaves (2 <= n <= MERKLE_LEAVES_MAX, else
 * E_LIMIT) in O(n) hashes.  A tree may be built again: memory is reused. */
MUST_CHECK err_t merkle_new(struct merkle **ret_tree);
MUST_CHECK err_t merkle_build(struct merkle *tree,
                              const uint8_t (*leaves)[HASH_SIZE], size_t n);
const uint8_t *merkle_root(const struct merkle *tree);

/* Writes leaf i's inclusion path, from the leaf upwards; returns its length. */
size_t merkle_path(const struct merkle *tree, size_t i,
                   uint8_t path[static MERKLE_PATH_MAX][HASH_SIZE]);
void merkle_free(struct merkle *tree); /* accepts NULL */

/* The claimed position of a leaf, and the hashes from there to the root. */
struct merkle_proof {
	uint64_t size, index;
	size_t path_len;
	const uint8_t (*path)[HASH_SIZE];
};

/* Computes the root from a path (RFC 9162 section 2.1.3.2).  E_MALFORMED: no
 * tree of that size has such a path. */
MUST_CHECK err_t merkle_root_of_path(const uint8_t leaf[static HASH_SIZE],
                                     const struct merkle_proof *proof,
                                     uint8_t ret_root[static HASH_SIZE]);

#endif
