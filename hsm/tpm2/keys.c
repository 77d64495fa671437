/*
 * keys.c - more than one signing key of an open TPM, while an officer's
 * order replaces one by the next.
 *
 * A key that comes later has the same parent and the same PIN: no second
 * session, and no second proof of the PIN but the key's first signature.  Should
 * it have another PIN, that counts as a wrong try, and each life would make one:
 * so the TPM's count is looked at here, too.
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

/* Which TPM the URI means is said by the parent, as at the start. */
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
		        "token URI: a key of another TPM than token.uri");
	return OK;
}

/* A second look at something that we hold would give the same object, and what
 * is wrong with it there would take it away here. */
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
	                      "what is at 0x%08x is in use already", handle)
	            : OK;
}

static err_t
find(struct tpm2 *t, const struct t2_uri *uri, struct t2_key *key,
     struct hsm_found *ret_found)
{
	TRY(t2_find_signing(t, &uri->key, key, ret_found));
	TRY(t2_lockout_check(t));
	return t2_tell_auth_of(t, key->object);
}

/* Lets a key go that was refused, perhaps by the TPM: then the session must be
 * told to encrypt again, or the next call, about another key, would be refused,
 * too.  Where that cannot be, it is, and the device given up.  What was wrong
 * stays in why. */
static void
drop(struct tpm2 *t, struct t2_key *key)
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

	(void)spki_sha256; /* one handle, one key */
	TRY(read_uri(t, text, &uri));
	TRY(check_free(t, &uri.key));
	err_t err = find(t, &uri, &found, ret_found);
	if (err == OK) {
		t->keys[key] = found;
		return OK;
	}
	drop(t, &found);
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

	drop(t, &t->keys[key]);
}
