/*
 * rotate.c - implements hsm/admin/rotate.h for a TPM.
 *
 * The successor has the parent, the PIN and the handle key of the key in use.
 * It is always persistent in the TPM and never a file, because a running key
 * holder's sandbox does not let it open a file that did not exist at its start.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hsm/tpm2/admin/admin.h"

err_t
t2_key_place(const char *text, struct buf *why, struct hsm_key_place *ret_place)
{
	struct hsm_key_place out = { .scheme = hsm_tpm2.scheme,
		                     .by_handle = true,
		                     .by_owner = true,
		                     .token = "TPM" };
	struct t2_uri uri;

	TRY(t2_uri_parse(text, why, &uri));
	out.in_file = uri.key.path[0];
	if (out.in_file)
		snprintf(out.label, sizeof(out.label), "%.*s",
		         (int)sizeof(out.label) - 1, uri.key.path);
	else
		snprintf(out.label, sizeof(out.label), "0x%08x",
		         uri.key.handle);
	*ret_place = out;
	return OK;
}

/* Connects to the key's TPM.  The URI must pin the TPM by its parent's name. */
static err_t
open_tpm(const struct hsm_key_pinned *key, struct buf *why,
         struct t2_uri *ret_uri, struct tpm2 **ret_t)
{
	const struct hsm_options options = { .uri = key->uri,
		                             .lockout_off = key->lockout_off };

	TRY(t2_uri_parse_named(key->uri, why, ret_uri));
	TRY(t2_connect(ret_uri->tcti, &options, why, ret_t));
	return t2_tell(*ret_t, why, t2_tell_owner(*ret_t, key->owner));
}

/* Finds the key and checks that it satisfies the key holder's rules and is the
 * pinned one; `other` is the error for another key. */
static err_t
find_pinned(struct tpm2 *t, const struct t2_uri *uri,
            const uint8_t *spki_sha256, err_t other,
            struct hsm_found *ret_found)
{
	TRY(t2_find_signing(t, &uri->key, &t->keys[0], ret_found));
	if (!hsm_found_pinned(ret_found, spki_sha256))
		return t2_fail(t, other,
		               "the key is not the one that public_sha256 "
		               "names");
	return OK;
}

static err_t
free_handle(struct tpm2 *t, struct t2_place *ret_place)
{
	struct t2_place out = { .handle = T2_NEXT_FIRST };

	for (; out.handle <= T2_NEXT_LAST; out.handle++) {
		err_t err = t2_look(t, &out);

		if (err == E_CONFLICT)
			continue;
		TRY(err);
		*ret_place = out;
		return OK;
	}
	return t2_fail(t, E_LIMIT,
	               "no handle is free from 0x%08x to 0x%08x; remove "
	               "unused objects by tpm2_evictcontrol",
	               T2_NEXT_FIRST, T2_NEXT_LAST);
}

/* Checks the key in use, and that it has this PIN.  The key holder has only one
 * PIN, so a successor with another one would be unusable. */
static err_t
check_old(struct tpm2 *t, const struct t2_uri *uri,
          const struct hsm_key_pinned *old, const struct secret *pin,
          enum alg *ret_alg)
{
	const struct hsm_options no_latch = { .uri = old->uri };
	struct hsm_found found;

	TRY(t2_open_session(t, uri));
	TRY(find_pinned(t, uri, old->spki_sha256, E_LATCHED, &found));
	TRY(t2_find_mac(t, &uri->mac));
	TRY(t2_login(t, &no_latch, pin));
	*ret_alg = found.alg;
	return OK;
}

static err_t
make_next_tpm_key(struct tpm2 *t, const struct t2_place *key,
                  const struct secret *pin, enum alg alg,
                  struct hsm_keygen_result *out)
{
	TPM2B_AUTH auth = { .size = 0 };

	TRY(t2_facts(t, &out->token));
	TRY(t2_auth_of(t, pin, &auth));
	err_t err = t2_make_signing(t, key, alg, &auth, out);
	secret_wipe(&auth, sizeof(auth));
	return err;
}

err_t
t2_key_next(const struct hsm_key_pinned *old, const struct secret *pin,
            const struct hsm_keygen *wanted, struct buf *why,
            struct hsm_keygen_result *ret_result)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	AUTO(buf_release) struct buf text = buf_of(sizeof(ret_result->uri) - 1);
	struct hsm_keygen_result out = { .spki_len = 0 };
	struct t2_uri uri;
	enum alg alg = ALG_COUNT;

	TRY(open_tpm(old, why, &uri, &t));
	TRY(t2_tell(t, why, check_old(t, &uri, old, pin, &alg)));
	if (wanted->alg != ALG_COUNT)
		alg = wanted->alg;
	uri.key.path[0] = '\0';
	TRY(t2_tell(t, why, free_handle(t, &uri.key)));
	/* Checked before the key is created, because without a URI nobody could
	 * name it. */
	if (t2_uri_format(&uri, &text) != OK) {
		buf_append_str(why, "the token's URI is too long");
		return E_CONFIG;
	}
	TRY(t2_tell(t, why, make_next_tpm_key(t, &uri.key, pin, alg, &out)));
	snprintf(out.uri, sizeof(out.uri), "%s", buf_str(&text));
	*ret_result = out;
	return OK;
}

static err_t
take_away(struct tpm2 *t, const struct t2_place *key)
{
	if (!key->path[0])
		return t2_take_away(t, t->keys[0].object, key->handle);
	t2_let_go(t, &t->keys[0]);
	if (unlink(key->path) != 0)
		return t2_fail(t, E_IO, "%s: %s", key->path, strerror(errno));
	return OK;
}

static err_t
destroy_key(struct tpm2 *t, const struct t2_uri *uri,
            const uint8_t *spki_sha256)
{
	struct hsm_found found;

	t->lockout_off = true;        /* a noDA key may be destroyed, too */
	TRY(t2_open_session(t, uri)); /* checks that it is the pinned TPM */
	err_t err = t2_look(t, &uri->key);
	if (err == OK)
		return t2_fail(t, E_NOT_FOUND, "no such key in the TPM");
	if (err != E_CONFLICT)
		return err;
	TRY(find_pinned(t, uri, spki_sha256, E_DENIED, &found));
	return take_away(t, &uri->key);
}

/* Loads and checks the key as the key holder does, but makes no signature: the
 * officer who destroys another key need not have the PIN. */
err_t
t2_key_prove(const struct hsm_key_pinned *key, const struct secret *pin,
             struct buf *why)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	struct hsm_found found;
	struct t2_uri uri;

	(void)pin;
	TRY(open_tpm(key, why, &uri, &t));
	TRY(t2_tell(t, why, t2_open_session(t, &uri)));
	return t2_tell(
	        t, why,
	        find_pinned(t, &uri, key->spki_sha256, E_LATCHED, &found));
}

/* In a TPM one object, or one file, has both halves. */
err_t
t2_key_left(const struct hsm_key_pinned *key, const struct secret *pin,
            struct buf *why, struct hsm_key_left *ret_left)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	struct t2_uri uri;

	(void)pin;
	TRY(open_tpm(key, why, &uri, &t));
	TRY(t2_tell(t, why, t2_open_session(t, &uri)));
	err_t err = t2_look(t, &uri.key);
	if (err != OK && err != E_CONFLICT)
		return t2_tell(t, why, err);
	ret_left->private_half = ret_left->public_half = err == E_CONFLICT;
	return OK;
}

/* The owner authorises the eviction, not the PIN. */
err_t
t2_key_destroy(const struct hsm_key_pinned *key, const struct secret *pin,
               struct buf *why)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	struct t2_uri uri;

	(void)pin;
	TRY(open_tpm(key, why, &uri, &t));
	return t2_tell(t, why, destroy_key(t, &uri, key->spki_sha256));
}
