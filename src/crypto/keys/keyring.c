/*
 * keyring.c - see keyring.h.  A ring is small, so look-ups are linear.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/auto.h"
#include "crypto/ecdsa.h"
#include "crypto/keys/keyring_int.h"

DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free);

/* The verified batches; a new one overwrites the oldest. */
struct batches {
	size_t next;
	size_t n;
	uint8_t ids[KEYRING_BATCHES][HASH_SIZE];
};

struct keyring {
	size_t n;
	struct key keys[KEYRING_MAX];
	struct batches *batches;
};

err_t
keyring_new(struct keyring **ret_ring)
{
	AUTO(keyring_free) struct keyring *ring = calloc(1, sizeof(*ring));
	if (!ring)
		return E_NOMEM;

	ring->batches = calloc(1, sizeof(*ring->batches));
	if (!ring->batches)
		return E_NOMEM;
	*ret_ring = TAKE(ring);
	return OK;
}

static void
key_release(struct key *key)
{
	EVP_PKEY_free(key->pkey);
	EVP_MD_CTX_free(key->begun);
}

void
keyring_free(struct keyring *ring)
{
	if (!ring)
		return;
	for (size_t i = 0; i < ring->n; i++)
		key_release(&ring->keys[i]);
	free(ring->batches);
	free(ring);
}

size_t
keyring_count(const struct keyring *ring)
{
	return ring->n;
}

const struct key *
keyring_at(const struct keyring *ring, size_t i)
{
	return &ring->keys[i];
}

/* The index of a key; ring->n: not found. */
static size_t
find_at(const struct keyring *ring, struct bytes kid)
{
	size_t i = 0;

	while (i < ring->n && !bytes_equal_str(kid, ring->keys[i].kid))
		i++;
	return i;
}

static const struct key *
find_key_by_kid(const struct keyring *ring, struct bytes kid)
{
	size_t i = find_at(ring, kid);

	return i < ring->n ? &ring->keys[i] : NULL;
}

/* RFC 7518 section 3.5, RFC 8230 section 2: the salt is as long as the hash.
 * libcrypto uses the same hash for MGF1 by default. */
static bool
set_alg_padding(EVP_PKEY_CTX *ctx, enum alg alg)
{
	if (alg_form(alg) != ALG_FORM_PSS)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) >
	               0;
}

/* Initialises the verification once for each key; doing it for each signature
 * took a sixth of the time of verifying with P-256. */
static err_t
begin_verification(struct key *key)
{
	EVP_PKEY_CTX *pctx = NULL; /* belongs to ctx */
	AUTO(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx ||
	    EVP_DigestVerifyInit_ex(ctx, &pctx, alg_digest_name(key->alg), NULL,
	                            NULL, key->pkey, NULL) != 1 ||
	    !set_alg_padding(pctx, key->alg))
		return E_NOMEM;
	key->begun = TAKE(ctx);
	return OK;
}

err_t
keyring_add(struct keyring *ring, struct bytes kid, struct bytes spki,
            enum alg alg)
{
	struct key key = { .alg = alg };

	EVP_PKEY *pkey = NULL;
	TRY(key_of_spki(spki, &key.numbers, &pkey));
	AUTO(EVP_PKEY_free) EVP_PKEY *guarded = pkey;
	TRY(key_thumbprint(&key.numbers, key.kid));
	if (!bytes_equal_str(kid, key.kid) ||
	    !key_alg_fits(key.numbers.kind, alg))
		return E_DENIED;

	const struct key *known = find_key_by_kid(ring, kid);
	if (known)
		return known->alg == alg ? OK : E_CONFLICT;
	if (ring->n == KEYRING_MAX)
		return E_LIMIT;
	key.pkey = guarded;
	TRY(begin_verification(&key));
	(void)TAKE(guarded);
	ring->keys[ring->n++] = key;
	return OK;
}

err_t
keyring_set_terms(struct keyring *ring, struct bytes kid,
                  const struct key_terms *terms)
{
	size_t i = find_at(ring, kid);

	if (i == ring->n)
		return E_NOT_FOUND;
	ring->keys[i].terms = *terms;
	return OK;
}

err_t
keyring_terms(const struct keyring *ring, struct bytes kid,
              struct key_terms *ret_terms)
{
	const struct key *key = find_key_by_kid(ring, kid);

	if (!key)
		return E_NOT_FOUND;
	*ret_terms = key->terms;
	return OK;
}

void
keyring_drop(struct keyring *ring, struct bytes kid)
{
	size_t i = find_at(ring, kid);
	struct key *key = &ring->keys[i];

	if (i == ring->n)
		return;
	key_release(key);
	ring->n--;
	memmove(key, key + 1, (ring->n - i) * sizeof(*key));
	/* batches of this key may be in the cache */
	ring->batches->n = ring->batches->next = 0;
}

/* --- verifying ------------------------------------------------------------ */

static size_t
signature_size(const struct key *key)
{
	size_t fixed = alg_signature_size(key->alg);

	return fixed ? fixed : (size_t)EVP_PKEY_get_size(key->pkey);
}

static err_t
verify_with_begun(const struct key *key, struct bytes msg,
                  struct bytes signature)
{
	AUTO(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || EVP_MD_CTX_copy_ex(ctx, key->begun) != 1)
		return E_NOMEM;
	int good = EVP_DigestVerify(ctx, signature.data, signature.len,
	                            msg.data, msg.len);
	return good == 1 ? OK : E_DENIED;
}

static err_t
verify_ecdsa(const struct key *key, struct bytes msg, struct bytes signature)
{
	AUTO(buf_release) struct buf der = buf_of(ECDSA_DER_MAX);

	TRY(ecdsa_to_der(signature, &der));
	return verify_with_begun(key, msg, buf_bytes(&der));
}

err_t
keyring_verify(const struct keyring *ring, struct bytes kid, enum alg alg,
               struct bytes msg, struct bytes signature)
{
	const struct key *key = find_key_by_kid(ring, kid);

	if (!key)
		return E_NOT_FOUND;
	if (alg != key->alg || signature.len != signature_size(key))
		return E_DENIED;

	err_t err = alg_form(alg) == ALG_FORM_ECDSA
	                    ? verify_ecdsa(key, msg, signature)
	                    : verify_with_begun(key, msg, signature);
	ERR_clear_error(); /* TLS functions read the thread's error queue */
	return err;
}

/* --- batches -------------------------------------------------------------- */

bool
keyring_batch_known(const struct keyring *ring,
                    const uint8_t id[static HASH_SIZE])
{
	const struct batches *b = ring->batches;

	for (size_t i = 0; i < b->n; i++)
		if (memcmp(b->ids[i], id, HASH_SIZE) == 0)
			return true;
	return false;
}

void
keyring_batch_note(const struct keyring *ring,
                   const uint8_t id[static HASH_SIZE])
{
	struct batches *b = ring->batches;

	memcpy(b->ids[b->next], id, HASH_SIZE);
	b->next = (b->next + 1) % KEYRING_BATCHES;
	if (b->n < KEYRING_BATCHES)
		b->n++;
}

size_t
keyring_batch_count(const struct keyring *ring)
{
	return ring->batches->n;
}
