/*
 * keys.c - further signing keys of an open TPM, for a key rotation.
 *
 * A key that is added has the same parent and the same PIN, so it needs no
 * second session and no login but its first signature.  If it has another PIN,
 * that signature counts as a failed authorisation, and every restart would
 * cause one; so the TPM's failure counter is checked here, too.
 */
#include <string.h>

#include "hsm/tpm2/key.h"
#include "hsm/tpm2/told.h"

void
t2_let_go(struct tpm2 *t, struct t2_key *key)
{
	struct t2_key gone = *key;

	*key = (struct t2_key){ .object = ESYS_TR_NONE };
	if (gone.object == ESYS_TR_NONE)
		return;
	if (gone.handle == 0) {
		(void)!t2_flush(t, &gone.object);
		return;
	}
	/* ESYS frees the PIN without wiping it. */
	const TPM2B_AUTH zeros = { .size = sizeof(zeros.buffer) };
	(void)Esys_TR_SetAuth(t->esys, gone.object, &zeros);
	(void)Esys_TR_Close(t->esys, &gone.object);
}

/* The parent identifies the TPM of the URI, as in the opening. */
static err_t
read_uri(struct tpm2 *t, const char *text, struct t2_uri *ret_uri)
{
	AUTO(buf_release) struct buf why = buf_of(HSM_WHY_MAX - 1);

	if (t2_uri_parse_named(text, &why, ret_uri) != OK)
		return t2_fail(t, E_CONFIG, "%s", buf_str(&why));
	if (memcmp(ret_uri->parent_name, t->parent_name,
	           sizeof(t->parent_name)) != 0)
		return t2_fail(
		        t, E_CONFIG,
		        "token URI: the key is in another TPM than the one of "
		        "token.uri");
	return OK;
}

/* Opening a handle that we already hold would return the same ESYS object, and
 * releasing the new key after a fault would release the held one. */
static err_t
check_free(struct tpm2 *t, const struct t2_place *place)
{
	uint32_t handle = place->handle;
	bool held = handle == t->mac.handle || handle == t->parent_handle;

	if (place->path[0])
		return OK;
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		held |= handle == t->keys[i].handle;
	return held ? t2_fail(t, E_CONFLICT,
	                      "the object at 0x%08x is in use already", handle)
	            : OK;
}

static err_t
find_added_key(struct tpm2 *t, const struct t2_uri *uri, struct t2_key *key,
               struct hsm_found *ret_found)
{
	TRY(t2_find_signing(t, &uri->key, key, ret_found));
	TRY(t2_lockout_check(t));
	return t2_tell_auth_of(t, key->object);
}

/* Releases a refused key.  If the TPM refused it, the session must be set to
 * encrypt again, or the next command, about another key, is refused, too.  If
 * this fails, the next call is refused and the device is given up.  why keeps
 * the cause of the first failure. */
static void
drop_tpm_key(struct tpm2 *t, struct t2_key *key)
{
	char why[sizeof(t->why)];

	memcpy(why, t->why, sizeof(why));
	t2_let_go(t, key);
	(void)!t2_encrypt_session(t);
	memcpy(t->why, why, sizeof(why));
}

err_t
t2_add(void *own, const char *text, const uint8_t spki_sha256[static HASH_SIZE],
       unsigned key, struct hsm_found *ret_found)
{
	struct tpm2 *t = own;
	struct t2_key found = { .object = ESYS_TR_NONE };
	struct t2_uri uri;

	(void)spki_sha256; /* a handle has one key only */
	TRY(read_uri(t, text, &uri));
	TRY(check_free(t, &uri.key));
	err_t err = find_added_key(t, &uri, &found, ret_found);
	if (err == OK) {
		t->keys[key] = found;
		return OK;
	}
	drop_tpm_key(t, &found);
	return err;
}

void
t2_use(void *own, unsigned key)
{
	struct tpm2 *t = own;

	t->key = key;
}

void
t2_drop(void *own, unsigned key)
{
	struct tpm2 *t = own;

	drop_tpm_key(t, &t->keys[key]);
}
