/*
 * keyring_int.h - a public key as numbers, for the files of this directory.
 *
 *	spki.c     DER SubjectPublicKeyInfo <-> numbers
 *	ed25519.c  which points are a key
 *	key.c      thumbprint, and the algorithms that fit a key
 *	jwk.c      JSON Web Key <-> numbers
 *	jwk_confirm.c  the key that a result names
 *	keyset.c   COSE_Key
 */
#ifndef CRYPTO_KEYS_KEYRING_INT_H
#define CRYPTO_KEYS_KEYRING_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "crypto/keys/keyring.h"

#define KEY_RSA_BITS_MIN 2048
#define KEY_RSA_BITS_MAX 4096
#define KEY_SPKI_MAX 1024 /* bytes: RSA-4096 needs 550 */

/* The identifiers of a kind of key in DER, JOSE and COSE, from alg.def. */
struct key_kind {
	enum alg_key key;
	const char *kty, *crv; /* RFC 7518, RFC 8037; crv NULL: RSA */
	int64_t cose_kty, cose_crv;
	size_t coordinate; /* bytes of x and of y; 0: RSA */
	bool has_y;
	struct bytes prefix; /* of the SubjectPublicKeyInfo, up to x */
};

/* The key type of that name, or NULL.  crv is ignored for RSA. */
const struct key_kind *key_kind_find(const char *kty, const char *crv);

/* The same by COSE's numbers. */
const struct key_kind *key_kind_of_cose(int64_t kty, int64_t crv);

/* Room for a coordinate of any curve. */
union key_coordinate {
#define ALG_KEY(name, kty, crv, cose_kty, cose_crv, bits, ...) \
	uint8_t name[(bits) > 0 ? ((bits) + 7) / 8 : 1];
#include "crypto/alg.def"
};

/* x and y, or n and e; both big-endian, n and e without leading zeros. */
struct key_numbers {
	const struct key_kind *kind;
	size_t a_len, b_len;
	uint8_t a[KEY_RSA_BITS_MAX / 8];
	uint8_t b[sizeof(union key_coordinate)];
};

struct key {
	char kid[KID_SIZE];
	enum alg alg;
	EVP_PKEY *pkey;
	EVP_MD_CTX *begun; /* context, initialised except for the message */
	struct key_terms terms;
	struct key_numbers numbers;
};

/* E_MALFORMED: not a supported key, or not its one accepted DER encoding.  The
 * caller frees ret_pkey. */
MUST_CHECK err_t key_of_spki(struct bytes spki, struct key_numbers *ret_numbers,
                             EVP_PKEY **ret_pkey);

/* False: by this point anybody could sign, or it is another encoding of a
 * point. */
bool key_ed25519_usable(const uint8_t point[static 32]);

/* Appends the SubjectPublicKeyInfo.  Does not check that a point lies on its
 * curve; key_of_spki() does, except for Ed25519.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t key_to_spki(const struct key_numbers *numbers,
                             struct buf *out);

MUST_CHECK err_t key_thumbprint(const struct key_numbers *numbers,
                                char ret_kid[static KID_SIZE]);

/* True if a key of this kind can sign by alg; two algorithms fit RSA. */
bool key_alg_fits(const struct key_kind *kind, enum alg alg);

/* The members that RFC 7638 requires and no others; NULL: no memory. */
struct json_t *key_to_json(const struct key_numbers *numbers);

/* Fills in the key without pkey.  E_DENIED: alg does not fit it. */
MUST_CHECK err_t key_describe(struct bytes spki, enum alg alg,
                              struct key *ret_key);

/* A JWK's numbers; its other members are not looked at.  E_MALFORMED: it is not
 * such a key. */
MUST_CHECK err_t jwk_numbers(const struct json_t *jwk,
                             const struct key_kind *kind,
                             struct key_numbers *ret_numbers);

/* True if the JWK has a member that only private and symmetric keys have. */
bool jwk_is_secret(const struct json_t *jwk);

/* Seeds jansson, so that it opens no file later: see crypto_prepare(). */
void jwk_prepare(void);

size_t keyring_count(const struct keyring *ring);
const struct key *keyring_at(const struct keyring *ring, size_t i);

/* The cache of KEYRING_BATCHES.  A const ring caches, too, because the cache
 * changes no result. */
bool keyring_batch_known(const struct keyring *ring,
                         const uint8_t id[static HASH_SIZE]);
void keyring_batch_note(const struct keyring *ring,
                        const uint8_t id[static HASH_SIZE]);
size_t keyring_batch_count(const struct keyring *ring);

#endif
