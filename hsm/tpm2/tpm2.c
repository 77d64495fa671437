/*
 * tpm2.c - the TPM 2.0 backend: the steps of opening a TPM.
 */
#include "hsm/tpm2/key.h"
#include "hsm/tpm2/told.h"
#include "hsm/tpm2/trust.h"

static err_t
tpm2_check_uri(const char *text, struct buf *why)
{
	struct t2_uri uri;

	return t2_uri_parse(text, why, &uri);
}

/* Only checks that a TPM responds: it reports the state of a PIN only in a
 * session. */
static err_t
tpm2_look(const struct hsm_options *options, struct buf *why,
          struct hsm_look *ret_look)
{
	AUTO(t2_close) struct tpm2 *t = NULL;
	struct t2_uri uri;

	TRY(t2_uri_parse(options->uri, why, &uri));
	TRY(t2_connect(uri.tcti, options, why, &t));
	*ret_look = (struct hsm_look){ .told = false };
	return OK;
}

/* Connects, and checks the TPM's identity by the parent's name. */
static err_t
tpm2_reach(const char *text, const struct hsm_options *options, struct buf *why,
           void **ret_own)
{
	struct t2_uri uri;
	struct tpm2 *t = NULL;

	TRY(t2_uri_parse_named(text, why, &uri));
	TRY(t2_connect(uri.tcti, options, why, &t));
	*ret_own = t;
	return OK;
}

/* Parses the URI again, because connecting kept only the TCTI. */
static err_t
parse_tpm_uri(struct tpm2 *t, const char *text, struct t2_uri *ret_uri)
{
	AUTO(buf_release) struct buf why = buf_of(HSM_WHY_MAX);
	err_t err = t2_uri_parse_named(text, &why, ret_uri);

	return err == OK ? OK : t2_fail(t, err, "%s", buf_str(&why));
}

static err_t
tpm2_open(void *own, const struct hsm_options *options,
          const struct secret *pin, struct hsm_found *ret_found)
{
	struct tpm2 *t = own;
	struct t2_uri uri;

	TRY(parse_tpm_uri(t, options->uri, &uri));
	TRY(t2_open_session(t, &uri));
	if (options->spki_sha256)
		TRY(t2_find_signing(t, &uri.key, &t->keys[0], ret_found));
	TRY(t2_find_mac(t, &uri.mac));
	TRY(t2_find_epoch(t, uri.epoch));
	return t2_login(t, options, pin);
}

/* Opens a companion TPM, without a signing key; the PIN is checked here,
 * too. */
static err_t
tpm2_open_companion(void *own, const struct hsm_options *options,
                    const struct secret *pin)
{
	struct tpm2 *t = own;
	struct hsm_options given = *options;
	struct t2_uri uri;

	TRY(parse_tpm_uri(t, options->companion_tpm, &uri));
	TRY(t2_open_session(t, &uri));
	if (!*options->handle_label)
		TRY(t2_find_mac(t, &uri.mac));
	TRY(t2_find_epoch(t, uri.epoch));
	/* The token has reported its PIN state; a noDA object reports none. */
	given.login_doubtful = options->login_doubtful && t2_login_counts(t);
	return t2_login(t, &given, pin);
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
	.check_uri = tpm2_check_uri,
	.look = tpm2_look,
	.reach = tpm2_reach,
	.open = tpm2_open,
	.open_companion = tpm2_open_companion,
	.add = t2_add,
	.use = t2_use,
	.drop = t2_drop,
	.sign = t2_sign,
	.mac = t2_mac,
	.random = t2_random,
	.epoch = t2_epoch,
	.trust_list = t2_trust_list, /* the certificates lie beside a TPM */
	.why = tpm2_why,
	.close = tpm2_close,
};
