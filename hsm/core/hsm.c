/*
 * hsm.c - opens and closes a device; see hsm.h.
 *
 * The URI's scheme selects the backend. If there is a companion TPM, open_all()
 * decides which of the two devices computes HMACs and counts epochs.  The keys
 * of an opened device are tested before hsm_open() returns it.
 */
#include <stdlib.h>
#include <string.h>

#include "hsm/core/int.h"

static err_t
prove_opened_keys(struct hsm *hsm, const struct hsm_options *options,
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
wants_companion(const struct hsm_options *options)
{
	return options->companion_tpm && *options->companion_tpm;
}

/* A companion must be a TPM, and the token itself must not be one. */
static err_t
check_beside(const struct hsm_backend *backend,
             const struct hsm_options *options, struct buf *why)
{
	const struct hsm_backend *companion =
	        wants_companion(options)
	                ? hsm_backend_find(options->companion_tpm)
	                : NULL;

	if (!wants_companion(options) ||
	    (companion && companion->open_companion &&
	     !backend->open_companion))
		return OK;
	buf_append_str(why, "token.companion_tpm must be the URI of a TPM, and "
	                    "the token itself must not be a TPM");
	return E_CONFIG;
}

/* Connects to the device and its companion, up to where a sandbox is locked. */
static err_t
reach_all(struct hsm *hsm, const struct hsm_options *options, struct buf *why)
{
	TRY(hsm->backend->reach(options->uri, options, why, &hsm->own));
	if (!wants_companion(options))
		return OK;
	hsm->companion.backend = hsm_backend_find(options->companion_tpm);
	return hsm->companion.backend->reach(options->companion_tpm, options,
	                                     why, &hsm->companion.own);
}

static err_t
tell_reached(const struct hsm_options *options, struct buf *why)
{
	err_t err =
	        options->reached ? options->reached(options->login_arg) : OK;

	if (err != OK)
		buf_append_str(why, "the sandbox could not be locked");
	return err;
}

/* Opens both and determines which one has the counter and the HMAC key. */
static err_t
open_all(struct hsm *hsm, const struct hsm_options *options,
         const struct secret *pin, struct buf *why, struct hsm_found *ret_found)
{
	const struct hsm_part *companion = &hsm->companion;
	err_t err = hsm->backend->open(hsm->own, options, pin, ret_found);

	if (err != OK)
		buf_append_str(why, hsm->backend->why(hsm->own));
	TRY(err);
	hsm->macs = hsm->counts = (struct hsm_part){ hsm->backend, hsm->own };
	if (!companion->own)
		return OK;
	err = companion->backend->open_companion(
	        companion->own, options,
	        options->companion_pin ? options->companion_pin : pin);
	if (err != OK)
		buf_printf(why, "token.companion_tpm: %s",
		           companion->backend->why(companion->own));
	TRY(err);
	hsm->counts = *companion;
	if (options->handle_label && !*options->handle_label)
		hsm->macs = *companion;
	return OK;
}

/* Logs in to the token and its companion TPM as one login. */
static err_t
log_in(struct hsm *hsm, const struct hsm_options *options,
       const struct secret *pin, struct buf *why, struct hsm_found *ret_found)
{
	const struct hsm_options both = hsm_login_both(&hsm->login, options);
	const struct hsm_options *given =
	        wants_companion(options) ? &both : options;
	err_t err = open_all(hsm, given, pin, why, ret_found);

	hsm_login_over(&hsm->login, err);
	return err;
}

err_t
hsm_open(const struct hsm_options *options, const struct secret *pin,
         struct buf *why, struct hsm **ret_hsm)
{
	const struct hsm_backend *backend = hsm_backend_find(options->uri);

	return backend ? hsm_open_on(backend, options, pin, why, ret_hsm)
	               : hsm_backend_none(why);
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
	if (err != OK) /* hsm.h has no E_DENIED: an officer must act */
		return err == E_DENIED ? E_LATCHED : err;
	err = prove_opened_keys(hsm, options, &found);
	if (err != OK) {
		buf_append_str(why, hsm->why);
		return err;
	}
	hsm->proved = true;
	*ret_hsm = TAKE(hsm);
	return OK;
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
	if (hsm->companion.own)
		hsm->companion.backend->close(hsm->companion.own);
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		hsm_forget(hsm, i);
	free(hsm);
}
