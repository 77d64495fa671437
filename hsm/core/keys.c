/*
 * keys.c - the signing keys of an open device: one, or more during a key
 * rotation; see hsm.h.
 */
#include "hsm/core/int.h"

err_t
hsm_hold(struct hsm *hsm, unsigned key, const struct hsm_found *found,
         const uint8_t *spki_sha256)
{
	struct hsm_held held = { .found = *found };
	struct bytes spki = bytes_of(found->spki, found->spki_len);

	if (!hsm_found_pinned(found, spki_sha256))
		return hsm_fail(hsm, E_LATCHED,
		                "the token's key is not the pinned one");
	if (key_identify(spki, &held.alg, held.kid) != OK)
		return hsm_fail(hsm, E_LATCHED, "unusable public key");
	held.alg = found->alg; /* keyring_add() checks that it fits */
	AUTO(keyring_free) struct keyring *ring = NULL;
	TRY(keyring_new(&ring));
	TRY(keyring_add(ring, bytes_of_str(held.kid), spki, held.alg));
	held.ring = TAKE(ring);
	hsm->keys[key] = held;
	return OK;
}

void
hsm_forget(struct hsm *hsm, unsigned key)
{
	keyring_free(hsm->keys[key].ring);
	hsm->keys[key].ring = NULL;
}

/* Finds a free index.  E_CONFLICT: a key with that pin is already held. */
static err_t
find_place(const struct hsm *hsm, const uint8_t *spki_sha256, unsigned *ret_key)
{
	unsigned place = HSM_KEYS_MAX;

	for (unsigned i = HSM_KEYS_MAX; i-- > 0;) {
		const struct hsm_held *held = &hsm->keys[i];

		if (!held->ring) {
			place = i;
			continue;
		}
		if (hsm_found_pinned(&held->found, spki_sha256))
			return E_CONFLICT;
	}
	if (place == HSM_KEYS_MAX)
		return E_LIMIT;
	*ret_key = place;
	return OK;
}

/* A refusal of this key does not mean that the device is lost, so it is treated
 * as during an opening (proved is false). */
static err_t
prove_added_key(struct hsm *hsm, unsigned key)
{
	unsigned before = hsm->key;
	bool proved = hsm->proved;

	hsm->proved = false;
	hsm_use(hsm, key);
	err_t err = hsm_canary(hsm);
	hsm_use(hsm, before);
	hsm->proved = proved;
	return err;
}

static err_t
add_and_prove_key(struct hsm *hsm, const char *uri, const uint8_t *spki_sha256,
                  unsigned key)
{
	const struct hsm_backend *backend = hsm->backend;
	struct hsm_found found = { .spki_len = 0 };
	err_t err = backend->add(hsm->own, uri, spki_sha256, key, &found);

	if (err != OK)
		return hsm_fail(hsm, err == E_DENIED ? E_LATCHED : err,
		                backend->why(hsm->own));
	err = hsm_hold(hsm, key, &found, spki_sha256);
	if (err == OK)
		err = prove_added_key(hsm, key);
	if (err != OK)
		hsm_drop_key(hsm, key);
	return err;
}

err_t
hsm_add_key(struct hsm *hsm, const char *uri,
            const uint8_t spki_sha256[static HASH_SIZE], struct buf *why,
            unsigned *ret_key)
{
	unsigned key = 0;
	err_t err = hsm->backend->add ? find_place(hsm, spki_sha256, &key)
	                              : E_CONFIG;

	if (err != OK)
		hsm_fail(hsm, err,
		         err == E_CONFIG     ? "this kind of device holds one "
		                               "signing key only"
		         : err == E_CONFLICT ? "the key is held already"
		                             : "too many signing keys");
	else
		err = add_and_prove_key(hsm, uri, spki_sha256, key);
	if (err != OK) {
		buf_append_str(why, hsm->why);
		return err;
	}
	*ret_key = key;
	return OK;
}

void
hsm_use(struct hsm *hsm, unsigned key)
{
	hsm->key = key;
	if (hsm->backend->use) /* NULL: there is only one */
		hsm->backend->use(hsm->own, key);
}

void
hsm_drop_key(struct hsm *hsm, unsigned key)
{
	hsm_forget(hsm, key);
	hsm->backend->drop(hsm->own, key);
}

struct bytes
hsm_public(const struct hsm *hsm)
{
	const struct hsm_found *found = &hsm->keys[hsm->key].found;

	return bytes_of(found->spki, found->spki_len);
}

enum alg
hsm_alg(const struct hsm *hsm)
{
	return hsm->keys[hsm->key].alg;
}
