/*
 * hsm.c - the guarantees of hsm.h that hold for every device.
 *
 * No output of a device is passed on unchecked: a signature is verified here
 * with the pinned public key, random numbers must not be stuck, and a device
 * that was opened must first sign fresh bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "hsm/core/int.h"

/* To add a device, add a row. */
static const struct hsm_backend *const backends[] = {
	&hsm_pkcs11,
	&hsm_tpm2,
};

#define STUCK_LEAST 8 /* bytes; shorter output may repeat by chance */

static const char canary_words[] = "anchord-canary-1";

err_t
hsm_fail(struct hsm *hsm, err_t err, const char *why)
{
	snprintf(hsm->why, sizeof(hsm->why), "%s", why);
	return err;
}

/* Stores the backend's cause, and replaces E_DENIED, which hsm.h does not
 * have. */
static err_t
settle(struct hsm *hsm, const struct hsm_part *part, err_t err)
{
	if (err == OK)
		return OK;
	hsm_fail(hsm, err, part->backend->why(part->own));
	if (err != E_DENIED)
		return err;
	return hsm->proved ? E_DEVICE : E_LATCHED;
}

err_t
hsm_found_put(enum alg alg, struct bytes a, struct bytes b,
              struct hsm_found *ret_found)
{
	AUTO(buf_release) struct buf spki = buf_of(HSM_SPKI_MAX);

	if (key_encode(alg, a, b, &spki) != OK)
		return E_DENIED;
	ret_found->alg = alg;
	ret_found->spki_len = spki.len;
	memcpy(ret_found->spki, spki.data, spki.len);
	return OK;
}

static const struct hsm_backend *
find_backend(const char *uri)
{
	for (size_t i = 0; i < ARRAY_LEN(backends); i++)
		if (strncmp(uri, backends[i]->scheme,
		            strlen(backends[i]->scheme)) == 0)
			return backends[i];
	return NULL;
}

err_t
hsm_canary(struct hsm *hsm)
{
	uint8_t msg[sizeof(canary_words) + HASH_SIZE];
	struct hsm_signature signature;

	memcpy(msg, canary_words, sizeof(canary_words));
	TRY(hsm_random(hsm, msg + sizeof(canary_words), HASH_SIZE));
	return hsm_sign(hsm, bytes_of(msg, sizeof(msg)), &signature);
}

static err_t
prove(struct hsm *hsm, const struct hsm_options *options,
      const struct hsm_found *found)
{
	if (options->spki_sha256) {
		TRY(hsm_hold(hsm, 0, found, options->spki_sha256));
		TRY(hsm_canary(hsm));
	}
	TRY(hsm_mac(hsm, bytes_of_str(HSM_HANDLE_CHECK), hsm->handle_check));
	if (options->handle_check &&
	    memcmp(hsm->handle_check, options->handle_check, HASH_SIZE) != 0)
		return hsm_fail(hsm, E_LATCHED,
		                "the handle key is not the pinned one "
		                "(token.handle_check)");
	return OK;
}

static bool
wants_beside(const struct hsm_options *options)
{
	return options->beside && *options->beside;
}

/* A companion must be a TPM, and the token itself must not be one. */
static err_t
check_beside(const struct hsm_backend *backend,
             const struct hsm_options *options, struct buf *why)
{
	const struct hsm_backend *beside =
	        wants_beside(options) ? find_backend(options->beside) : NULL;

	if (!wants_beside(options) ||
	    (beside && beside->open_beside && !backend->open_beside))
		return OK;
	buf_append_str(why, "beside: a TPM's URI, for a token that is none");
	return E_CONFIG;
}

/* Connects to the device and its companion, up to where a sandbox is locked. */
static err_t
reach_all(struct hsm *hsm, const struct hsm_options *options, struct buf *why)
{
	TRY(hsm->backend->reach(options->uri, options, why, &hsm->own));
	if (!wants_beside(options))
		return OK;
	hsm->beside.backend = find_backend(options->beside);
	return hsm->beside.backend->reach(options->beside, options, why,
	                                  &hsm->beside.own);
}

static err_t
tell_reached(const struct hsm_options *options, struct buf *why)
{
	err_t err =
	        options->reached ? options->reached(options->login_arg) : OK;

	if (err != OK)
		buf_append_str(why, "the sandbox could not be closed");
	return err;
}

/* Opens both and determines which one has the counter and the HMAC key. */
static err_t
open_all(struct hsm *hsm, const struct hsm_options *options,
         const struct secret *pin, struct buf *why, struct hsm_found *ret_found)
{
	const struct hsm_part *beside = &hsm->beside;
	err_t err = hsm->backend->open(hsm->own, options, pin, ret_found);

	if (err != OK)
		buf_append_str(why, hsm->backend->why(hsm->own));
	TRY(err);
	hsm->macs = hsm->counts = (struct hsm_part){ hsm->backend, hsm->own };
	if (!beside->own)
		return OK;
	err = beside->backend->open_beside(beside->own, options, pin);
	if (err != OK)
		buf_printf(why, "beside: %s",
		           beside->backend->why(beside->own));
	TRY(err);
	hsm->counts = *beside;
	if (options->handle_label && !*options->handle_label)
		hsm->macs = *beside;
	return OK;
}

/* Logs in to the token and its companion TPM as one login. */
static err_t
log_in(struct hsm *hsm, const struct hsm_options *options,
       const struct secret *pin, struct buf *why, struct hsm_found *ret_found)
{
	const struct hsm_options both = hsm_login_both(&hsm->login, options);
	const struct hsm_options *given =
	        wants_beside(options) ? &both : options;
	err_t err = open_all(hsm, given, pin, why, ret_found);

	hsm_login_over(&hsm->login, err);
	return err;
}

err_t
hsm_open(const struct hsm_options *options, const struct secret *pin,
         struct buf *why, struct hsm **ret_hsm)
{
	const struct hsm_backend *backend = find_backend(options->uri);

	if (backend)
		return hsm_open_on(backend, options, pin, why, ret_hsm);
	buf_append_str(why, "token URI: no backend for its scheme");
	return E_CONFIG;
}

err_t
hsm_open_on(const struct hsm_backend *backend,
            const struct hsm_options *options, const struct secret *pin,
            struct buf *why, struct hsm **ret_hsm)
{
	struct hsm_found found = { .spki_len = 0 };
	AUTO(hsm_close) struct hsm *hsm = calloc(1, sizeof(*hsm));
	if (!hsm)
		return E_NOMEM;
	hsm->backend = backend;

	TRY(check_beside(backend, options, why));
	err_t err = reach_all(hsm, options, why);
	if (err == OK) {
		TRY(tell_reached(options, why));
		err = log_in(hsm, options, pin, why, &found);
	}
	if (err != OK) /* after a refused call an officer must act */
		return err == E_DENIED ? E_LATCHED : err;
	err = prove(hsm, options, &found);
	if (err != OK) {
		buf_append_str(why, hsm->why);
		return err;
	}
	hsm->proved = true;
	*ret_hsm = TAKE(hsm);
	return OK;
}

err_t
hsm_sign(struct hsm *hsm, struct bytes msg, struct hsm_signature *ret_signature)
{
	const struct hsm_held *key = &hsm->keys[hsm->key];
	struct hsm_signature out = { .len = 0 };
	uint8_t digest[DIGEST_MAX];

	if (!key->ring)
		return hsm_fail(hsm, E_LATCHED, "no signing key is held");
	size_t len = digest_of_alg(key->alg, msg, digest);
	struct bytes in = len ? bytes_of(digest, len) : msg;
	const struct hsm_part self = { hsm->backend, hsm->own };
	TRY(settle(hsm, &self,
	           self.backend->sign(self.own, key->alg, in, &out)));
	if (keyring_verify(key->ring, bytes_of_str(key->kid), key->alg, msg,
	                   bytes_of(out.bytes, out.len)) != OK)
		return hsm_fail(hsm, E_DEVICE,
		                "the device's signature does not verify");
	*ret_signature = out;
	return OK;
}

static bool
all_alike(const uint8_t *bytes, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (bytes[i] != bytes[0])
			return false;
	return true;
}

/* Computes the MAC twice, because only the device can verify it: a wrong
 * answer, or one that was never written, would hardly repeat. */
err_t
hsm_mac(struct hsm *hsm, struct bytes msg, uint8_t ret_mac[static HASH_SIZE])
{
	uint8_t first[HASH_SIZE] = { 0 };
	uint8_t again[HASH_SIZE] = { 0 };

	const struct hsm_part *part = &hsm->macs;
	TRY(settle(hsm, part, part->backend->mac(part->own, msg, first)));
	TRY(settle(hsm, part, part->backend->mac(part->own, msg, again)));
	if (all_alike(first, sizeof(first)) ||
	    memcmp(first, again, sizeof(first)) != 0)
		return hsm_fail(hsm, E_DEVICE,
		                "the device's HMAC is not stable");
	memcpy(ret_mac, first, sizeof(first));
	return OK;
}

err_t
hsm_random(struct hsm *hsm, uint8_t *out, size_t n)
{
	size_t seen = n < HASH_SIZE ? n : HASH_SIZE;

	/* Detects a call that returns OK without writing. */
	memset(out, 0, n);
	const struct hsm_part self = { hsm->backend, hsm->own };
	TRY(settle(hsm, &self, self.backend->random(self.own, out, n)));
	if (n < STUCK_LEAST)
		return OK;
	if (all_alike(out, n) ||
	    (seen == hsm->last_len && memcmp(out, hsm->last_draw, seen) == 0))
		return hsm_fail(hsm, E_DEVICE,
		                "the device's random numbers are stuck");
	memcpy(hsm->last_draw, out, seen);
	hsm->last_len = seen;
	return OK;
}

err_t
hsm_epoch_next(struct hsm *hsm, uint32_t *ret_epoch)
{
	const struct hsm_part *part = &hsm->counts;

	return settle(hsm, part, part->backend->epoch(part->own, ret_epoch));
}

const uint8_t *
hsm_handle_check(const struct hsm *hsm)
{
	return hsm->handle_check;
}

const char *
hsm_why(const struct hsm *hsm)
{
	return hsm->why;
}

void
hsm_close(struct hsm *hsm)
{
	if (!hsm)
		return;
	if (hsm->own)
		hsm->backend->close(hsm->own);
	if (hsm->beside.own)
		hsm->beside.backend->close(hsm->beside.own);
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		hsm_forget(hsm, i);
	free(hsm);
}
