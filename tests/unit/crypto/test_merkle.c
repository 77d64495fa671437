/*
 * test_merkle.c - trees and paths against RFC 9162's own definitions.
 *
 * The reference below is the RFC's recursive MTH and PATH, word for word: slow,
 * and written without a look at src/crypto.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/base/corpus.h"
#include "crypto/digest.h"
#include "base/encode.h"
#include "tests/common/base/harness.h"
#include "crypto/merkle.h"

#define LEAVES 64

static uint8_t leaves[MERKLE_LEAVES_MAX][HASH_SIZE];

static void
make_leaves(void)
{
	for (uint32_t i = 0; i < MERKLE_LEAVES_MAX; i++)
		merkle_leaf(bytes_of(&i, sizeof(i)), leaves[i]);
}

/* --- the reference -------------------------------------------------------- */

static void
node(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	uint8_t all[1 + 2 * HASH_SIZE] = { 0x01 };

	memcpy(all + 1, left, HASH_SIZE);
	memcpy(all + 1 + HASH_SIZE, right, HASH_SIZE);
	digest_sha256(bytes_of(all, sizeof(all)), out);
}

static size_t
split(size_t n)
{
	size_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

static void
mth(const uint8_t (*d)[HASH_SIZE], size_t n, uint8_t *out)
{
	uint8_t left[HASH_SIZE], right[HASH_SIZE];

	if (n == 1) {
		memcpy(out, d[0], HASH_SIZE);
		return;
	}
	mth(d, split(n), left);
	mth(d + split(n), n - split(n), right);
	node(left, right, out);
}

static size_t
path_of(size_t m, const uint8_t (*d)[HASH_SIZE], size_t n,
        uint8_t (*out)[HASH_SIZE])
{
	size_t len;

	if (n == 1)
		return 0;
	size_t k = split(n);
	if (m < k) {
		len = path_of(m, d, k, out);
		mth(d + k, n - k, out[len]);
	} else {
		len = path_of(m - k, d + k, n - k, out);
		mth(d, k, out[len]);
	}
	return len + 1;
}

#define DATA ((const uint8_t(*)[HASH_SIZE])leaves)

/* A proof as an argument. */
#define PROOF(i, n, hashes, len)                               \
	(&(const struct merkle_proof){                         \
	        .index = (i),                                  \
	        .size = (n),                                   \
	        .path = (const uint8_t(*)[HASH_SIZE])(hashes), \
	        .path_len = (len) })

/* --- tests ---------------------------------------------------------------- */

static void
check_leaf_of(struct merkle *tree, size_t n, size_t i)
{
	uint8_t path[MERKLE_PATH_MAX][HASH_SIZE];
	uint8_t wanted[MERKLE_PATH_MAX][HASH_SIZE];
	uint8_t root[HASH_SIZE];
	size_t len = merkle_path(tree, i, path);

	CU_ASSERT_EQUAL(len, path_of(i, DATA, n, wanted));
	CU_ASSERT(memcmp(path, wanted, len * HASH_SIZE) == 0);
	CU_ASSERT_EQUAL(
	        merkle_root_of_path(leaves[i], PROOF(i, n, path, len), root),
	        OK);
	CU_ASSERT(memcmp(root, merkle_root(tree), HASH_SIZE) == 0);

	/* Another length than the place's is no path of that tree. */
	memset(root, 0xaa, sizeof(root));
	CU_ASSERT_EQUAL(merkle_root_of_path(leaves[i],
	                                    PROOF(i, n, path, len - 1), root),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(merkle_root_of_path(leaves[i],
	                                    PROOF(i, n, path, len + 1), root),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(root[0], 0xaa);
}

static void
test_exhaustive(void)
{
	struct merkle *tree = NULL;
	uint8_t root[HASH_SIZE];

	make_leaves();
	CU_ASSERT_EQUAL_FATAL(merkle_new(&tree), OK);
	for (size_t n = 2; n <= LEAVES; n++) {
		CU_ASSERT_EQUAL_FATAL(merkle_build(tree, DATA, n), OK);
		mth(DATA, n, root);
		CU_ASSERT(memcmp(root, merkle_root(tree), HASH_SIZE) == 0);
		for (size_t i = 0; i < n; i++)
			check_leaf_of(tree, n, i);
	}
	merkle_free(tree);
}

/* A tree of one is legal RFC 9162, though no receipt can carry it. */
static void
test_one_leaf(void)
{
	uint8_t root[HASH_SIZE];

	make_leaves();
	CU_ASSERT_EQUAL(
	        merkle_root_of_path(leaves[0], PROOF(0, 1, NULL, 0), root), OK);
	CU_ASSERT(memcmp(root, leaves[0], HASH_SIZE) == 0);
	CU_ASSERT_EQUAL(
	        merkle_root_of_path(leaves[0], PROOF(1, 1, NULL, 0), root),
	        E_MALFORMED);
	CU_ASSERT_EQUAL(
	        merkle_root_of_path(leaves[0], PROOF(0, 0, NULL, 0), root),
	        E_MALFORMED);
	CU_ASSERT_EQUAL(merkle_root_of_path(
	                        leaves[0],
	                        PROOF(UINT64_MAX, UINT64_MAX, DATA, 3), root),
	                E_MALFORMED);
}

static void
test_prefixes(void)
{
	/* RFC 9162 section 2.1.1 over the empty entry. */
	static const char empty_leaf[] = "6e340b9cffb37a989ca544e6bb780a2c"
	                                 "78901d3fb33738768511a30617afa01d";
	uint8_t wanted[HASH_SIZE], leaf[HASH_SIZE];

	CU_ASSERT_EQUAL(
	        decode_hex_exact(bytes_of_str(empty_leaf), wanted, HASH_SIZE),
	        OK);
	merkle_leaf(bytes_of(NULL, 0), leaf);
	CU_ASSERT(memcmp(leaf, wanted, HASH_SIZE) == 0);
}

static void
test_limits(void)
{
	struct merkle *tree = NULL;
	uint8_t path[MERKLE_PATH_MAX][HASH_SIZE], root[HASH_SIZE];

	make_leaves();
	CU_ASSERT_EQUAL_FATAL(merkle_new(&tree), OK);
	CU_ASSERT_EQUAL(merkle_build(tree, DATA, 0), E_LIMIT);
	CU_ASSERT_EQUAL(merkle_build(tree, DATA, 1), E_LIMIT);
	CU_ASSERT_EQUAL(merkle_build(tree, DATA, MERKLE_LEAVES_MAX + 1),
	                E_LIMIT);

	CU_ASSERT_EQUAL(merkle_build(tree, DATA, MERKLE_LEAVES_MAX), OK);
	size_t len = merkle_path(tree, 12345, path);
	CU_ASSERT_EQUAL(len, MERKLE_PATH_MAX);
	CU_ASSERT_EQUAL(
	        merkle_root_of_path(leaves[12345],
	                            PROOF(12345, MERKLE_LEAVES_MAX, path, len),
	                            root),
	        OK);
	CU_ASSERT(memcmp(root, merkle_root(tree), HASH_SIZE) == 0);

	/* A smaller one in the same memory. */
	CU_ASSERT_EQUAL(merkle_build(tree, DATA, 5), OK);
	mth(DATA, 5, root);
	CU_ASSERT(memcmp(root, merkle_root(tree), HASH_SIZE) == 0);
	merkle_free(tree);
	merkle_free(NULL);
}

/* Every bit of leaf and path decides. */
static void
test_flipped_bits(void)
{
	struct merkle *tree = NULL;
	uint8_t path[MERKLE_PATH_MAX][HASH_SIZE], root[HASH_SIZE];

	make_leaves();
	CU_ASSERT_EQUAL_FATAL(merkle_new(&tree), OK);
	CU_ASSERT_EQUAL_FATAL(merkle_build(tree, DATA, 7), OK);
	size_t len = merkle_path(tree, 3, path);
	uint8_t *flat = path[0];
	for (size_t bit = 0; bit < len * HASH_SIZE * 8; bit++) {
		flat[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CU_ASSERT(merkle_root_of_path(leaves[3], PROOF(3, 7, path, len),
		                              root) == OK &&
		          memcmp(root, merkle_root(tree), HASH_SIZE) != 0);
		flat[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	merkle_free(tree);
}

/* --- a corpus beside the checkout ----------------------------------------- */

static bool
decode(const char *text, struct buf *out)
{
	return text && decode_base64(out, bytes_of_str(text)) == OK;
}

/* True when the probe's leaf is proved to be below its root. */
static bool
proves(const json_t *probe)
{
	AUTO(buf_release) struct buf leaf = buf_of(1024);
	AUTO(buf_release) struct buf root = buf_of(1024);
	AUTO(buf_release) struct buf path = buf_of(65536);
	uint8_t found[HASH_SIZE];
	const json_t *proof = json_object_get(probe, "proof");
	json_int_t index =
	        json_integer_value(json_object_get(probe, "leafIdx"));
	json_int_t size =
	        json_integer_value(json_object_get(probe, "treeSize"));

	for (size_t i = 0; i < json_array_size(proof); i++) {
		size_t before = path.len;
		if (!decode(json_string_value(json_array_get(proof, i)),
		            &path) ||
		    path.len != before + HASH_SIZE)
			return false;
	}
	if (!decode(json_string_value(json_object_get(probe, "leafHash")),
	            &leaf) ||
	    !decode(json_string_value(json_object_get(probe, "root")), &root) ||
	    leaf.len != HASH_SIZE)
		return false;
	return merkle_root_of_path(leaf.data,
	                           PROOF((uint64_t)index, (uint64_t)size,
	                                 path.data, json_array_size(proof)),
	                           found) == OK &&
	       bytes_equal(bytes_of(found, HASH_SIZE), buf_bytes(&root));
}

static void
check_probe(const char *name)
{
	json_t *probe = corpus_json(name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(probe);
	bool wanted = !json_is_true(json_object_get(probe, "wantErr"));
	CU_ASSERT_EQUAL(proves(probe), wanted);
	if (proves(probe) != wanted)
		printf("  %s\n", name);
	json_decref(probe);
}

static void
test_probes(void)
{
	size_t n = corpus_walk(
	        "transparency/transparency-dev+merkle/testdata/inclusion",
	        ".json", check_probe);

	if (n == 0)
		harness_skip("no corpus beside the checkout");
	else
		printf("  %zu probes\n", n);
}

static const struct harness_test tests[] = {
	{ "every leaf of every tree of 2 to 64", test_exhaustive },
	{ "a tree of one leaf", test_one_leaf },
	{ "the leaf prefix is RFC 9162's", test_prefixes },
	{ "limits, and memory used again", test_limits },
	{ "every flipped bit of a path leads elsewhere", test_flipped_bits },
	{ "inclusion probes of transparency-dev", test_probes },
	{ NULL, NULL },
};

HARNESS_MAIN("merkle", tests)
