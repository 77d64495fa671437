/*
 * tpm2.c - the TPM 2.0 backend: the order in which a TPM is opened.
 */
#include "tpm2_key.h"
#include "tpm2_told.h"

static err_t
open_tpm(struct tpm2 *t, const struct t2_uri *uri,
         const struct hsm_options *options, const struct secret *pin,
         struct hsm_found *ret_found)
{
	TRY(t2_open_session(t, uri));
	if (options->spki_sha256)
		TRY(t2_find_signing(t, &uri->key, &t->keys[0], ret_found));
	TRY(t2_find_mac(t, &uri->mac));
	TRY(t2_find_epoch(t, uri->epoch));
	return t2_login(t, options, pin);
}

/* Without a signing key; the PIN is proved here, too. */
static err_t
open_counter(struct tpm2 *t, const struct t2_uri *uri,
             const struct hsm_options *options, const struct secret *pin)
{
	struct hsm_options own = *options;

	TRY(t2_open_session(t, uri));
	if (!*options->handle_label)
		TRY(t2_find_mac(t, &uri->mac));
	TRY(t2_find_epoch(t, uri->epoch));
	/* The token has told; what is noDA here tells nothing. */
	own.login_doubtful = options->login_doubtful && t2_login_counts(t);
	return t2_login(t, &own, pin);
}

/* Connects to the TPM that the URI names by its parent. */
static err_t
reach(const char *text, const struct hsm_options *options, struct buf *why,
      struct t2_uri *ret_uri, struct tpm2 **ret_t)
{
	TRY(t2_uri_parse_named(text, why, ret_uri));
	return t2_connect(ret_uri->way, options, why, ret_t);
}

static err_t
tpm2_open(const struct hsm_options *options, const struct secret *pin,
          struct buf *why, struct hsm_found *ret_found, void **ret_own)
{
	struct t2_uri uri;
	AUTO(t2_close) struct tpm2 *t = NULL;

	TRY(reach(options->uri, options, why, &uri, &t));
	err_t err = open_tpm(t, &uri, options, pin, ret_found);
	if (err != OK) {
		buf_append_str(why, t->why);
		return err;
	}
	*ret_own = TAKE(t);
	return OK;
}

static err_t
tpm2_open_beside(const struct hsm_options *options, const struct secret *pin,
                 struct buf *why, void **ret_own)
{
	struct t2_uri uri;
	AUTO(t2_close) struct tpm2 *t = NULL;

	TRY(reach(options->beside, options, why, &uri, &t));
	err_t err = open_counter(t, &uri, options, pin);
	if (err != OK) {
		buf_printf(why, "beside: %s", t->why);
		return err;
	}
	*ret_own = TAKE(t);
	return OK;
}

static const char *
tpm2_why(const void *own)
{
	const struct tpm2 *t = own;

	return t->why;
}

static void
tpm2_close(void *own)
{
	t2_close(own);
}

const struct hsm_backend hsm_tpm2 = {
	.scheme = "tpm2:",
	.open = tpm2_open,
	.open_beside = tpm2_open_beside,
	.add = t2_add,
	.use = t2_use,
	.drop = t2_drop,
	.sign = t2_sign,
	.mac = t2_mac,
	.random = t2_random,
	.epoch = t2_epoch,
	.why = tpm2_why,
	.close = tpm2_close,
};
