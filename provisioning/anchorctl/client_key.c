/*
 * client_key.c - see client_key.h.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "hsm/admin/sign.h"
#include "provisioning/anchorctl/client_key.h"
#include "provisioning/anchorctl/client_signer.h"
#include "provisioning/anchorctl/verb_token.h"

#define WHY_MAX 1024 /* bytes of a message */

struct client_key {
	const struct cli *cli;
	struct client_key_place place;
	struct secret *pin;
	struct client_signer *signer;
	err_t err; /* of the first failure */
	struct buf why;
};

static struct hsm_key_name
name_of_key(const struct client_key *key)
{
	return (struct hsm_key_name){ key->place.module, key->place.uri };
}

/* --- signatures ------------------------------------------------------------ */

/* A login that failed is not tried again: a token counts wrong PINs. */
static err_t
sign_in_token(void *user, struct bytes message, struct buf *out)
{
	struct client_key *key = user;
	const struct hsm_key_name name = name_of_key(key);
	struct hsm_signed made;

	TRY(key->err);
	key->err = hsm_token_sign(&name, key->pin, message, &key->why, &made);
	TRY(key->err);
	buf_append(out, bytes_of(made.bytes, made.len));
	return buf_status(out);
}

/* --- opening --------------------------------------------------------------- */

bool
client_key_in_token(const char *key)
{
	return strncmp(key, "pkcs11:", 7) == 0;
}

static int
check_token_place(const struct cli *cli, const struct client_key_place *place)
{
	/* The command line and the environment are no place for a PIN, and a
	 * URI has one way less to name its file. */
	if (strstr(place->uri, "pin-value=") ||
	    strstr(place->uri, "pin-source="))
		return cli_fail(cli, VERB_USAGE,
		                "--key: no PIN (pin-value, pin-source) may "
		                "stand in the URI; --pin-file names its file");
	if (!place->module)
		return cli_fail(cli, VERB_USAGE,
		                "--key is in a token: --module or the variable "
		                "ANCHORCTL_MODULE is missing");
	return VERB_GOOD;
}

static int
read_pin(struct client_key *key)
{
	return token_pin(key->cli, key->place.pin_file, "user PIN", false,
	                 &key->pin) == OK
	               ? VERB_GOOD
	               : VERB_PART;
}

/* Most tokens show the public half without a login. */
static int
find_public(struct client_key *key)
{
	const struct hsm_key_name name = name_of_key(key);
	AUTO(buf_release) struct buf why = buf_of(WHY_MAX);
	struct hsm_public public;
	err_t err = hsm_token_public(&name, NULL, &why, &public);

	if (err == E_NOT_FOUND && key->place.pin_file) {
		buf_reset(&why);
		if (read_pin(key) != VERB_GOOD)
			return VERB_PART;
		err = hsm_token_public(&name, key->pin, &why, &public);
	}
	if (err != OK)
		return token_fail(key->cli, err, &why);
	const struct client_signer_key made = {
		.spki = bytes_of(public.spki, public.spki_len),
		.alg = public.alg,
		.sign = sign_in_token,
		.user = key,
	};
	err = client_signer_make(&made, &key->signer);
	if (err == E_DENIED)
		return cli_fail(key->cli, VERB_REFUSED,
		                "--key: an RSA key in a token cannot sign for "
		                "TLS 1.3 here: use one of P-256, P-384 or "
		                "Ed25519");
	if (err != OK)
		return cli_fail(key->cli, VERB_PART,
		                "libcrypto does not take the token's key");
	return VERB_GOOD;
}

int
client_key_open(const struct cli *cli, const struct client_key_place *place,
                struct client_key **ret_key)
{
	int code = check_token_place(cli, place);
	AUTO(client_key_close) struct client_key *key = NULL;

	if (code != VERB_GOOD)
		return code;
	key = calloc(1, sizeof(*key));
	if (!key)
		return cli_fail(cli, VERB_PART, "out of memory");
	key->cli = cli;
	key->place = *place;
	key->why = buf_of(WHY_MAX);
	code = find_public(key);
	if (code == VERB_GOOD && !key->pin)
		code = read_pin(key);
	if (code == VERB_GOOD)
		*ret_key = TAKE(key);
	return code;
}

void
client_key_close(struct client_key *key)
{
	if (!key)
		return;
	client_signer_free(key->signer);
	secret_free(key->pin);
	buf_release(&key->why);
	free(key);
}

/* --- use ------------------------------------------------------------------- */

static bool
refuse_use(struct client_key *key, const char *why)
{
	key->err = E_CONFIG;
	buf_reset(&key->why);
	buf_append_str(&key->why, why);
	return false;
}

bool
client_key_use(struct client_key *key, void *ssl_ctx)
{
	if (SSL_CTX_use_certificate_chain_file(ssl_ctx, key->place.cert) != 1)
		return refuse_use(key, "--cert cannot be used: it is no "
		                       "certificate in PEM, or cannot be read");
	/* Compares the public halves as well. */
	if (SSL_CTX_use_PrivateKey(ssl_ctx, client_signer_pkey(key->signer)) !=
	    1)
		return refuse_use(key, "--cert cannot be used: it is of "
		                       "another key than --key");
	return true;
}

bool
client_key_failed(const struct client_key *key)
{
	return key && key->err != OK;
}

int
client_key_fail(struct client_key *key)
{
	return token_fail(key->cli, key->err, &key->why);
}
