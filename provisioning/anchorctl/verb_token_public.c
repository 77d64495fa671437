/*
 * verb_token_public.c - `anchorctl token public`: exports the signing key's
 * public half as JWK, JWK Set, COSE_Key, COSE_KeySet or PEM.
 *
 * The service publishes /v1/keys from the pins file.  This verb reads the
 * device itself, to compare both, or for a key that no service uses yet.  A
 * public half does not show whether its private half exists, so the state of
 * the private half is printed, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "crypto/keys/keyring.h"
#include "provisioning/anchorctl/verb_pins.h"
#include "provisioning/anchorctl/verb_token.h"

#define TEXT_MAX 8192 /* bytes of one key in any form */

static const struct verb_option options[] = {
	{ "uri", "URI", true, "of the key (token.uri)" },
	{ "module", "PATH", false, "the PKCS#11 module, for a pkcs11: URI" },
	{ "pin-file", "FILE", false, "log in, and test the private half, too" },
	{ "format", "NAME", false, "jwk (default), jwks, cose, cose-set, pem" },
	{ "encoding", "NAME", false, "of COSE: hex (default) or base64" },
	{ "out", "FILE", false, "write to this file; COSE is not encoded" },
	PINS_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static err_t
put_jwk(const struct hsm_public *key, struct buf *out)
{
	TRY(key_to_jwk(bytes_of(key->spki, key->spki_len), key->alg, out));
	buf_append_str(out, "\n");
	return buf_status(out);
}

static err_t
ring_of(const struct hsm_public *key, struct keyring **ret_ring)
{
	struct bytes spki = bytes_of(key->spki, key->spki_len);
	AUTO(keyring_free) struct keyring *ring = NULL;
	char kid[KID_SIZE];
	enum alg own;

	TRY(key_identify(spki, &own, kid));
	TRY(keyring_new(&ring));
	TRY(keyring_add(ring, bytes_of_str(kid), spki, key->alg));
	*ret_ring = TAKE(ring);
	return OK;
}

static err_t
put_jwks(const struct hsm_public *key, struct buf *out)
{
	AUTO(keyring_free) struct keyring *ring = NULL;

	TRY(ring_of(key, &ring));
	TRY(keyring_to_jwks(ring, out));
	buf_append_str(out, "\n");
	return buf_status(out);
}

static err_t
put_cose(const struct hsm_public *key, struct buf *out)
{
	return key_to_cose(bytes_of(key->spki, key->spki_len), key->alg, out);
}

static err_t
put_cose_set(const struct hsm_public *key, struct buf *out)
{
	AUTO(keyring_free) struct keyring *ring = NULL;

	TRY(ring_of(key, &ring));
	return keyring_to_cose(ring, out);
}

static err_t
put_pem(const struct hsm_public *key, struct buf *out)
{
	return token_pem(bytes_of(key->spki, key->spki_len), out);
}

static const struct format {
	const char *name;
	bool binary;
	err_t (*put)(const struct hsm_public *key, struct buf *out);
} formats[] = {
	{ "jwk", false, put_jwk },  { "jwks", false, put_jwks },
	{ "cose", true, put_cose }, { "cose-set", true, put_cose_set },
	{ "pem", false, put_pem },
};

static const struct format *
find_format(const struct cli *cli)
{
	const char *name = cli_option(cli, "format", 0);

	for (size_t i = 0; name && i < ARRAY_LEN(formats); i++)
		if (strcmp(name, formats[i].name) == 0)
			return &formats[i];
	return name ? NULL : &formats[0];
}

static int
write_out(const struct cli *cli, const char *path, struct bytes content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool good = fd >= 0 && write(fd, content.data, content.len) ==
	                               (ssize_t)content.len;

	if (fd >= 0 && close(fd) != 0)
		good = false;
	return good ? VERB_GOOD
	            : cli_fail(cli, VERB_PART, "%s: %s", path, strerror(errno));
}

static bool
in_base64(const struct cli *cli)
{
	const char *name = cli_option(cli, "encoding", 0);

	return name && strcmp(name, "base64") == 0;
}

static int
show_public_key(const struct cli *cli, const struct format *format,
                struct bytes content)
{
	AUTO(buf_release) struct buf text = buf_of(2 * TEXT_MAX + 2);

	if (!format->binary)
		buf_append(&text, content);
	else if (in_base64(cli))
		encode_base64(&text, content);
	else
		encode_hex(&text, content);
	if (buf_status(&text) != OK)
		return cli_fail(cli, VERB_PART, "the key is too long");
	cli_put(buf_bytes(&text));
	if (format->binary)
		cli_say("\n");
	return VERB_GOOD;
}

/* How the private half is reported: in JSON, and on standard error. */
static const struct half {
	const char *word;
	int code;
	const char *message;
} halves[] = {
	[HSM_HALF_UNSEEN] = { "not-looked-for", VERB_GOOD,
	                      "the private half was not searched, which needs "
	                      "the PIN (--pin-file)" },
	[HSM_HALF_MISSING] = { "missing", VERB_REFUSED,
	                       "the private half is missing, so the token "
	                       "cannot sign with this key" },
	[HSM_HALF_OTHER] = { "other", VERB_REFUSED,
	                     "the private key with this label and id does not "
	                     "sign for this public half" },
	[HSM_HALF_THERE] = { "there", VERB_GOOD, "" },
	[HSM_HALF_SIGNS] = { "signs", VERB_GOOD, "" },
};

/* --json: the key in all formats. */
static int
show_json(const struct cli *cli, const struct hsm_public *key)
{
	AUTO(buf_release) struct buf jwk = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf cose = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf hex = buf_of(2 * TEXT_MAX + 2);
	AUTO(buf_release) struct buf pem = buf_of(TEXT_MAX);
	AUTO(buf_release) struct buf sha256 = buf_of(128);

	if (put_jwk(key, &jwk) != OK || put_cose(key, &cose) != OK ||
	    put_pem(key, &pem) != OK)
		return cli_fail(cli, VERB_PART, "the key is too long");
	encode_hex(&hex, buf_bytes(&cose));
	token_pin_of(bytes_of(key->spki, key->spki_len), &sha256);
	return cli_print_json(
	        cli,
	        json_pack("{s:s, s:s, s:s, s:o, s:s, s:s}", "alg",
	                  alg_jose_name(key->alg), "public_sha256",
	                  buf_str(&sha256), "private_half",
	                  halves[key->private_half].word, "jwk",
	                  json_loads(buf_str(&jwk), 0, NULL), "cose_key",
	                  buf_str(&hex), "pem", buf_str(&pem)),
	        halves[key->private_half].code);
}

static err_t
read_public_key(struct cli *cli, struct buf *why, struct hsm_public *ret_key)
{
	const struct hsm_key_name name = { cli_option(cli, "module", 0),
		                           cli_option(cli, "uri", 0) };
	const char *pin_file = cli_option(cli, "pin-file", 0);
	AUTO(secret_free) struct secret *pin = NULL;

	if (pin_file && name.module)
		TRY(token_pin(cli, pin_file, "user PIN", false, &pin));
	return hsm_token_public(&name, pin, why, ret_key);
}

/* Pins a key that `token keygen` did not pin.  Refuses a key that is known to
 * be unable to sign. */
static int
pin_public_key(const struct cli *cli, const struct hsm_public *key)
{
	AUTO(pins_file_release) struct pins_file file = PINS_FILE_NONE;
	const struct pins_row row = { .uri = cli_option(cli, "uri", 0),
		                      .alg = key->alg,
		                      .spki = bytes_of(key->spki,
		                                       key->spki_len) };
	const struct half *half = &halves[key->private_half];

	if (half->code != VERB_GOOD && cli_option(cli, "pins", 0))
		return cli_fail(cli, half->code, "nothing was pinned: %s",
		                half->message);
	if (*half->message)
		cli_fail(cli, 0, "%s", half->message);
	int rc = pins_options_open(cli, &file);

	return rc == VERB_GOOD ? pins_options_add(cli, &file, &row) : rc;
}

static int
print_public_key(const struct cli *cli, const struct format *format,
                 const struct hsm_public *key)
{
	AUTO(buf_release) struct buf content = buf_of(TEXT_MAX);
	const char *out = cli_option(cli, "out", 0);

	if (cli_json(cli))
		return show_json(cli, key);
	if (format->put(key, &content) != OK)
		return cli_fail(cli, VERB_PART, "the key is too long");
	int rc = out ? write_out(cli, out, buf_bytes(&content))
	             : show_public_key(cli, format, buf_bytes(&content));
	return rc == VERB_GOOD ? halves[key->private_half].code : rc;
}

static int
run_token_public(struct cli *cli)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct format *format = find_format(cli);
	bool by_module = hsm_by_module(cli_option(cli, "uri", 0));
	struct hsm_public key;

	if (by_module != (cli_option(cli, "module", 0) != NULL))
		return cli_fail(cli, VERB_USAGE,
		                "--module is needed for a pkcs11: URI, and for "
		                "no other");
	if (!format)
		return cli_fail(cli, VERB_USAGE,
		                "--format must be jwk, jwks, cose, cose-set or "
		                "pem");
	const char *encoding = cli_option(cli, "encoding", 0);
	if (encoding && strcmp(encoding, "hex") != 0 && !in_base64(cli))
		return cli_fail(cli, VERB_USAGE,
		                "--encoding must be hex or base64");
	err_t err = read_public_key(cli, &why, &key);
	if (err != OK)
		return token_fail(cli, err, &why);
	int rc = pin_public_key(cli, &key);
	return rc == VERB_GOOD ? print_public_key(cli, format, &key) : rc;
}

const struct verb verb_token_public = {
	.words = "token public",
	.arguments = "",
	.help = "Print the signing key's public half from the device.",
	.options = options,
	.run = run_token_public,
};
