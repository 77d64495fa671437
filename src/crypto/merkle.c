/*
 * merkle.c - see merkle.h.
 *
 * The levels of the tree lie in one block of memory, the leaves first.  A node
 * without a right neighbour becomes its own parent: pairing from the left and
 * moving an odd last node up unchanged gives the same tree as RFC 9162's split
 * at the largest power of two below n.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/merkle.h"

/* RFC 9162 section 2.1.1: domain separation of leaves and nodes. */
static const uint8_t LEAF_PREFIX[1] = { 0x00 };
static const uint8_t NODE_PREFIX[1] = { 0x01 };

struct merkle {
	uint8_t (*nodes)[HASH_SIZE];
	size_t room; /* nodes allocated */
	size_t n_levels;
	size_t start[MERKLE_PATH_MAX + 1]; /* a level's first node */
	size_t width[MERKLE_PATH_MAX + 1]; /* its number of nodes */
};

void
merkle_leaf(struct bytes entry, uint8_t ret_leaf[static HASH_SIZE])
{
	const struct bytes parts[] = { { LEAF_PREFIX, 1 }, entry };

	digest_sha256_parts(parts, 2, ret_leaf);
}

static void
hash_node(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	const struct bytes parts[] = {
		{ NODE_PREFIX, 1 },
		{ left, HASH_SIZE },
		{ right, HASH_SIZE },
	};

	digest_sha256_parts(parts, 3, out);
}

err_t
merkle_new(struct merkle **ret_tree)
{
	struct merkle *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return E_NOMEM;
	*ret_tree = tree;
	return OK;
}

/* Computes the levels for n leaves; returns the number of nodes. */
static size_t
lay_out(struct merkle *tree, size_t n)
{
	size_t total = 0;
	size_t level = 0;

	for (size_t width = n;; width = (width + 1) / 2) {
		tree->start[level] = total;
		tree->width[level] = width;
		total += width;
		level++;
		if (width == 1)
			break;
	}
	tree->n_levels = level;
	return total;
}

static void
hash_level(struct merkle *tree, size_t level)
{
	const uint8_t(*below)[HASH_SIZE] = (const uint8_t(*)[HASH_SIZE])(
	        tree->nodes + tree->start[level - 1]);
	uint8_t(*here)[HASH_SIZE] = tree->nodes + tree->start[level];
	size_t width = tree->width[level - 1];

	for (size_t i = 0; i + 1 < width; i += 2)
		hash_node(below[i], below[i + 1], here[i / 2]);
	if (width % 2 == 1)
		memcpy(here[width / 2], below[width - 1], HASH_SIZE);
}

/* Allocates for n leaves.  Doubles the size, so that a steady load allocates
 * nothing; a tree of n leaves has fewer than 2n + MERKLE_PATH_MAX + 1 nodes. */
static err_t
reserve_leaves(struct merkle *tree, size_t n)
{
	size_t room = 64;
	while (room < 2 * n + MERKLE_PATH_MAX + 1)
		room *= 2;
	if (room <= tree->room)
		return OK;

	uint8_t(*nodes)[HASH_SIZE] = malloc(room * HASH_SIZE);
	if (!nodes)
		return E_NOMEM;
	free(tree->nodes); /* its content is not needed */
	tree->nodes = nodes;
	tree->room = room;
	return OK;
}

err_t
merkle_build(struct merkle *tree, const uint8_t (*leaves)[HASH_SIZE], size_t n)
{
	if (n < 2 || n > MERKLE_LEAVES_MAX)
		return E_LIMIT;
	TRY(reserve_leaves(tree, n));

	if (lay_out(tree, n) > tree->room)
		return E_BUG;
	memcpy(tree->nodes, leaves, n * HASH_SIZE);
	for (size_t level = 1; level < tree->n_levels; level++)
		hash_level(tree, level);
	return OK;
}

const uint8_t *
merkle_root(const struct merkle *tree)
{
	return tree->nodes[tree->start[tree->n_levels - 1]];
}

size_t
merkle_path(const struct merkle *tree, size_t i,
            uint8_t path[static MERKLE_PATH_MAX][HASH_SIZE])
{
	size_t len = 0;

	for (size_t level = 0; level + 1 < tree->n_levels; level++, i /= 2) {
		size_t sibling = i ^ 1;
		if (sibling >= tree->width[level])
			continue; /* moved up unchanged */
		memcpy(path[len++], tree->nodes[tree->start[level] + sibling],
		       HASH_SIZE);
	}
	return len;
}

void
merkle_free(struct merkle *tree)
{
	if (!tree)
		return;
	free(tree->nodes);
	free(tree);
}

/* Skips the levels where the node had no right neighbour and moved up. */
static void
skip_lonely(uint64_t *at, uint64_t *last)
{
	while (*at % 2 == 0 && *at != 0) {
		*at /= 2;
		*last /= 2;
	}
}

err_t
merkle_root_of_path(const uint8_t leaf[static HASH_SIZE],
                    const struct merkle_proof *proof,
                    uint8_t ret_root[static HASH_SIZE])
{
	uint8_t hash[HASH_SIZE];
	uint64_t at = proof->index;

	if (proof->index >= proof->size)
		return E_MALFORMED;
	uint64_t last = proof->size - 1; /* the last node of at's level */

	memcpy(hash, leaf, HASH_SIZE);
	for (size_t i = 0; i < proof->path_len; i++) {
		if (last == 0)
			return E_MALFORMED; /* the path is too long */
		if (at % 2 == 0 && at != last) {
			hash_node(hash, proof->path[i], hash);
		} else {
			hash_node(proof->path[i], hash, hash);
			skip_lonely(&at, &last);
		}
		at /= 2;
		last /= 2;
	}
	if (last != 0)
		return E_MALFORMED; /* the path is too short */

	memcpy(ret_root, hash, HASH_SIZE);
	return OK;
}
