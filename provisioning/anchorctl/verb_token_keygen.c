/*
 * verb_token_keygen.c - `anchorctl token keygen`: creates the service's keys in
 * the token, and prints the settings for them.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/keys/keyring.h"
#include "provisioning/anchorctl/verb_pins.h"
#include "provisioning/anchorctl/verb_token.h"
#include "trust/ceremony_keys.h"

#define ID_MAX 64         /* bytes of a CKA_ID */
#define SETTING_MAX 65536 /* bytes of a line of the configuration */

/* " ES256 ES384 ...": all algorithms. */
#define ALG(name, jose, ...) " " jose
static const char alg_names[] =
#include "crypto/alg.def"
        ;

static const struct verb_option options[] = {
	{ "uri", "URI", false, "of a TPM, such as tpm2:device:/dev/tpmrm0" },
	{ "module", "PATH", false, "the PKCS#11 module" },
	{ "token", "NAME", false, "the token's label" },
	{ "serial", "TEXT", false, "its serial, if two share the label" },
	{ "pin-file", "FILE", false, "with the user PIN (else it is asked)" },
	{ "alg", "NAME", false, alg_names + 1 },
	{ "label", "NAME", false, "of the signing key (anchord-sign)" },
	{ "id", "HEX", false, "CKA_ID of the signing key (01)" },
	{ "beside", NULL, false,
	  "for a companion TPM: creates no signing key" },
	{ "lockout-off", "REASON", false,
	  "why the TPM must not count wrong PINs" },
	{ "owner-file", "FILE", false,
	  "authorisation of a TPM's owner (else it is empty)" },
	{ "handle-label", "NAME", false, "of the HMAC key (anchord-handle)" },
	PINS_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static const char *
option_or(const struct cli *cli, const char *name, const char *fallback)
{
	const char *value = cli_option(cli, name, 0);

	return value ? value : fallback;
}

struct facts {
	struct pins_file pins;
	enum alg alg;
	char kid[KID_SIZE];
	struct buf sha256, public, pem, check;
};

static void
facts_release(struct facts *f)
{
	buf_release(&f->sha256);
	buf_release(&f->public);
	buf_release(&f->pem);
	buf_release(&f->check);
	pins_file_release(&f->pins);
}
DEFINE_AUTO_REF(struct facts, facts_release);

/* token.handle_check; appends nothing if no handle key was requested. */
static void
put_check(const struct hsm_keygen_result *r, struct buf *out)
{
	if (r->handle_checked)
		encode_hex(out, bytes_of(r->handle_check, HASH_SIZE));
}

static err_t
facts_of(const struct hsm_keygen_result *r, struct facts *f)
{
	struct bytes spki = bytes_of(r->spki, r->spki_len);

	TRY(key_identify(spki, &f->alg, f->kid));
	f->alg = r->alg; /* an RSA key has two possible algorithms */
	token_pin_of(spki, &f->sha256);
	encode_base64(&f->public, spki);
	put_check(r, &f->check);
	TRY(buf_status(&f->sha256));
	return token_pem(spki, &f->pem);
}

static const char *
pinned_path(const struct facts *f)
{
	return f->pins.pins ? f->pins.path : "";
}

static const char *
handle_key(const struct cli *cli, const struct hsm_keygen_result *r)
{
	if (!*option_or(cli, "handle-label", "anchord-handle"))
		return "not wanted";
	return r->handle_made ? "made" : "kept";
}

/* The officer's reason for noDA; "": the TPM counts wrong PINs. */
static const char *
lockout_off(const struct cli *cli)
{
	return option_or(cli, "lockout-off", "");
}

static json_t *
result_json(const struct cli *cli, const struct hsm_keygen_result *r,
            struct facts *f)
{
	return json_pack(
	        "{s:o, s:o, s:o, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:o, "
	        "s:o}",
	        "token", token_json(&r->token), "module",
	        cli_text(option_or(cli, "module", "")), "uri", cli_text(r->uri),
	        "public_sha256", buf_str(&f->sha256), "handle_label",
	        cli_text(option_or(cli, "handle-label", "anchord-handle")),
	        "handle_key", handle_key(cli, r), "handle_check",
	        buf_str(&f->check), "alg", alg_jose_name(f->alg), "kid", f->kid,
	        "pem", buf_str(&f->pem), "public", buf_str(&f->public), "pins",
	        cli_text(pinned_path(f)), "lockout_off",
	        cli_text(lockout_off(cli)));
}

/* Prints a setting as libconfig reads it: cli_escape() writes \\ and \xHH, and
 * \" is added here. */
static void
print_setting(const char *name, const char *value)
{
	AUTO(buf_release) struct buf escaped = buf_of(SETTING_MAX);
	AUTO(buf_release) struct buf quoted = buf_of(SETTING_MAX);

	cli_escape(&escaped, bytes_of_str(value));
	for (const char *c = buf_str(&escaped); *c; c++) {
		if (*c == '"')
			buf_u8(&quoted, '\\');
		buf_u8(&quoted, (uint8_t)*c);
	}
	cli_say("  %s = \"", name);
	cli_put(buf_bytes(&quoted));
	cli_say("\";\n");
}

/* Without this setting the key holder would refuse noDA objects. */
static void
print_lockout(const struct cli *cli)
{
	if (*lockout_off(cli))
		print_setting("lockout_off", lockout_off(cli));
}

static void
say_lockout(const struct cli *cli)
{
	if (*lockout_off(cli))
		cli_say("The TPM does NOT count wrong PINs for the new "
		        "objects (noDA): %s\n",
		        lockout_off(cli));
}

static void
print_result(const struct cli *cli, const struct hsm_keygen_result *r,
             struct facts *f)
{
	token_print(&r->token);
	cli_say("key id (kid) %s, %s; handle key %s\n\n", f->kid,
	        alg_jose_name(f->alg), handle_key(cli, r));
	cli_say("token: {\n");
	if (cli_option(cli, "module", 0))
		print_setting("module", cli_option(cli, "module", 0));
	print_setting("uri", r->uri);
	print_setting("handle_label",
	              option_or(cli, "handle-label", "anchord-handle"));
	if (f->check.len)
		print_setting("handle_check", buf_str(&f->check));
	print_lockout(cli);
	cli_say("};\n");
	say_lockout(cli);
	if (*pinned_path(f))
		cli_say("pinned in %s, version %u\n", pinned_path(f),
		        f->pins.pins->version);
	else
		cli_say("not pinned yet; pin it by anchorctl token public "
		        "--pins FILE\n");
	cli_say(CEREMONY_SAYS_MADE "%s\n\n", buf_str(&f->sha256));
	cli_put(buf_bytes(&f->pem));
}

/* A companion TPM has no signing key to print. */
static int
report_beside(struct cli *cli, const struct hsm_keygen_result *r)
{
	const char *handle = r->handle_made ? "made" : "kept";
	AUTO(buf_release) struct buf check = buf_of(2 * HASH_SIZE);

	put_check(r, &check);
	if (cli_json(cli))
		return cli_print_json(
		        cli,
		        json_pack("{s:o, s:o, s:s, s:s, s:o}", "token",
		                  token_json(&r->token), "beside",
		                  cli_text(r->uri), "handle_key", handle,
		                  "handle_check", buf_str(&check),
		                  "lockout_off", cli_text(lockout_off(cli))),
		        VERB_GOOD);
	token_print(&r->token);
	cli_say("handle key %s\n\ntoken: {\n", handle);
	print_setting("companion_tpm", r->uri);
	print_setting("handle_check", buf_str(&check));
	print_lockout(cli);
	cli_say("};\n");
	say_lockout(cli);
	return VERB_GOOD;
}

static int
generate_keys(struct cli *cli, struct hsm_keygen *wanted)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(secret_free) struct secret *owner = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(facts_release)
	struct facts f = { .pins = PINS_FILE_NONE,
		           .sha256 = buf_of(128),
		           .public = buf_of(1024),
		           .pem = buf_of(4096),
		           .check = buf_of(128) };
	struct hsm_token_name name = token_name(cli, "token");
	struct hsm_keygen_result r;

	int rc = pins_options_open(cli, &f.pins);
	if (rc != VERB_GOOD)
		return rc;
	if (token_pin(cli, cli_option(cli, "pin-file", 0), "user PIN", false,
	              &pin) != OK)
		return VERB_PART;
	if (token_owner(cli, &owner) != OK)
		return VERB_PART;
	wanted->owner = owner;
	err_t err = hsm_token_keygen(&name, pin, wanted, &why, &r);
	wanted->owner = NULL;
	if (err == OK && !wanted->companion)
		err = facts_of(&r, &f);
	if (err != OK)
		return token_fail(cli, err, &why);
	if (wanted->companion)
		return report_beside(cli, &r);
	const struct pins_row row = { .uri = r.uri,
		                      .alg = f.alg,
		                      .spki = bytes_of(r.spki, r.spki_len) };
	rc = pins_options_add(cli, &f.pins, &row);
	if (rc != VERB_GOOD)
		return rc;
	if (cli_json(cli))
		return cli_print_json(cli, result_json(cli, &r, &f), VERB_GOOD);
	print_result(cli, &r, &f);
	return VERB_GOOD;
}

static int
run_token_keygen(struct cli *cli)
{
	AUTO(buf_release) struct buf id = buf_of(ID_MAX);
	struct hsm_keygen wanted = {
		.alg = alg_of_jose(
		        bytes_of_str(option_or(cli, "alg", "ES256"))),
		.label = option_or(cli, "label", "anchord-sign"),
		.handle_label =
		        option_or(cli, "handle-label", "anchord-handle"),
		.companion = cli_flag(cli, "beside"),
		.lockout_off = *lockout_off(cli),
	};

	bool by_uri = cli_option(cli, "uri", 0) != NULL;
	if (by_uri == (cli_option(cli, "module", 0) != NULL) ||
	    by_uri == (cli_option(cli, "token", 0) != NULL))
		return cli_fail(cli, VERB_USAGE,
		                "give --uri for a TPM, or --module and "
		                "--token");
	if (wanted.companion && !by_uri)
		return cli_fail(cli, VERB_USAGE, "--beside needs --uri");
	const char *reason = cli_option(cli, "lockout-off", 0);
	if (reason && (!by_uri || !reason[strspn(reason, " \t")]))
		return cli_fail(cli, VERB_USAGE,
		                "--lockout-off needs a reason, and --uri");
	if (cli_option(cli, "owner-file", 0) && !by_uri)
		return cli_fail(cli, VERB_USAGE, "--owner-file needs --uri");
	if (wanted.alg == ALG_COUNT)
		return cli_fail(cli, VERB_USAGE, "--alg must be one of%s",
		                alg_names);
	if (decode_hex(&id, bytes_of_str(option_or(cli, "id", "01"))) != OK ||
	    id.len == 0)
		return cli_fail(cli, VERB_USAGE,
		                "--id must be 1 to %d bytes in hex", ID_MAX);
	wanted.id = buf_bytes(&id);
	return generate_keys(cli, &wanted);
}

const struct verb verb_token_keygen = {
	.words = "token keygen",
	.arguments = "",
	.help = "Create the service's signing key and handle key in a token.",
	.options = options,
	.run = run_token_keygen,
};
