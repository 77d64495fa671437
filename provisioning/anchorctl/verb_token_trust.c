/*
 * verb_token_trust.c - `anchorctl token trust`: shows the trust objects of a
 * device, as the key holder reads them.
 *
 * It judges nothing: which certificates count is said by the trust bundle.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/encode.h"
#include "hsm/admin/trust.h"
#include "provisioning/anchorctl/verb_token.h"

static const struct verb_option options[] = {
	{ "uri", "URI", false, "a TPM: the service's URI of it" },
	{ "module", "PATH", false, "the PKCS#11 module" },
	{ "token", "NAME", false, "the token's label" },
	{ "serial", "TEXT", false, "its serial, when two share the label" },
	{ "pin-file", "FILE", false, "log in, so that head and counter show" },
	{ NULL, NULL, false, NULL },
};

struct shown {
	const struct cli *cli;
	bool logged_in;
	size_t failed; /* certificates that the device did not give */
	json_t *json, *certificates;
	struct buf hex;
};

static void
shown_release(struct shown *s)
{
	json_decref(s->json);
	json_decref(s->certificates);
	buf_release(&s->hex);
}
DEFINE_AUTO_REF(struct shown, shown_release);

static const char *
hex_of(struct shown *s, const uint8_t digest[static HASH_SIZE])
{
	buf_reset(&s->hex);
	encode_hex(&s->hex, bytes_of(digest, HASH_SIZE));
	return buf_str(&s->hex);
}

/* What a device does not say is left out, as in `anchorctl token list`. */
struct said_row {
	const char *name;
	enum hsm_tristate said;
};
#define SAID_ROWS(s)                                         \
	{                                                    \
		{ "trusted", (s)->trusted },                 \
		        { "modifiable", (s)->modifiable },   \
		        { "destroyable", (s)->destroyable }, \
		        { "private", (s)->private },         \
	}

static json_t *
said_json(const struct hsm_trust_said *said)
{
	const struct said_row rows[] = SAID_ROWS(said);
	json_t *j = json_object();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].said != HSM_UNSAID)
			json_object_set_new(
			        j, rows[i].name,
			        json_boolean(rows[i].said == HSM_YES));
	return j;
}

static void
said_print(const struct hsm_trust_said *said)
{
	const struct said_row rows[] = SAID_ROWS(said);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].said != HSM_UNSAID)
			cli_say(" %s%s", rows[i].said == HSM_YES ? "" : "!",
			        rows[i].name);
	cli_say("\n");
}

static void
on_trust_token(void *arg, const struct hsm_token *token)
{
	struct shown *s = arg;

	json_object_set_new(s->json, "token", token_json(token));
	if (!cli_json(s->cli))
		token_print(token);
}

/* As text beyond what an integer of JSON holds here. */
static json_t *
number_json(uint64_t value)
{
	return value <= INT64_MAX ? json_integer((json_int_t)value)
	                          : json_sprintf("%" PRIu64, value);
}

static void
numbers_json(struct shown *s, const struct hsm_trust *t)
{
	json_t *genesis = json_array();

	for (size_t i = 0; i < t->n_genesis && i < HSM_TRUST_GENESIS_MAX; i++)
		json_array_append_new(
		        genesis,
		        json_pack("{s:s, s:o}", "sha256",
		                  hex_of(s, t->genesis[i].digest), "attributes",
		                  said_json(&t->genesis[i].said)));
	json_object_set_new(s->json, "genesis", genesis);
	json_object_set_new(s->json, "head",
	                    t->n_heads ? json_pack("{s:o, s:s}", "version",
	                                           number_json(t->head.version),
	                                           "sha256",
	                                           hex_of(s, t->head.digest))
	                               : json_null());
	json_object_set_new(s->json, "counter",
	                    t->n_counters ? number_json(t->counter)
	                                  : json_null());
	const struct {
		const char *name;
		size_t n;
	} counts[] = {
		{ "certificates_found", t->n_found },
		{ "genesis_found", t->n_genesis },
		{ "heads_found", t->n_heads },
		{ "counters_found", t->n_counters },
		{ "odd_found", t->n_odd },
	};
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		json_object_set_new(s->json, counts[i].name,
		                    json_integer((json_int_t)counts[i].n));
}

static void
numbers_print(struct shown *s, const struct hsm_trust *t)
{
	for (size_t i = 0; i < t->n_genesis && i < HSM_TRUST_GENESIS_MAX; i++) {
		cli_say("  genesis %s:", hex_of(s, t->genesis[i].digest));
		said_print(&t->genesis[i].said);
	}
	if (t->n_heads)
		cli_say("  head version %" PRIu64 " %s\n", t->head.version,
		        hex_of(s, t->head.digest));
	if (t->n_counters)
		cli_say("  counter %" PRIu64 "\n", t->counter);
	if (t->n_genesis > 1)
		cli_say("  genesis: %zu objects\n", t->n_genesis);
	if (t->n_heads > 1 || t->n_counters > 1)
		cli_say("  a change was interrupted: %zu heads, %zu counters; "
		        "the highest count\n",
		        t->n_heads, t->n_counters);
	if (t->n_odd)
		cli_say("  %zu objects have such a name and do not count\n",
		        t->n_odd);
	if (t->n_found > t->n_certificates)
		cli_say("  %zu certificates, of which %zu are read\n",
		        t->n_found, t->n_certificates);
	if (!s->logged_in)
		cli_say("  not logged in: head and counter of a token do not "
		        "show\n");
}

static void
on_trust(void *arg, const struct hsm_trust *trust)
{
	struct shown *s = arg;

	numbers_json(s, trust);
	if (!cli_json(s->cli))
		numbers_print(s, trust);
}

static void
on_trust_certificate(void *arg, const struct hsm_trust_certificate *c,
                     err_t err, const char *why)
{
	struct shown *s = arg;

	s->failed += err == E_IO;
	if (!c) {
		json_array_append_new(
		        s->certificates,
		        json_pack("{s:o}", "error", cli_text(why)));
		if (!cli_json(s->cli))
			cli_say("  certificate not read: %s\n", why);
		return;
	}
	json_array_append_new(s->certificates,
	                      json_pack("{s:s, s:o, s:I, s:o}", "sha256",
	                                hex_of(s, c->sha256), "label",
	                                cli_text(c->label), "bytes",
	                                (json_int_t)c->der.len, "attributes",
	                                said_json(&c->said)));
	if (cli_json(s->cli))
		return;
	cli_say("  certificate %s '%s' %zu bytes:", hex_of(s, c->sha256),
	        c->label, c->der.len);
	said_print(&c->said);
}

static int
run_token_trust(struct cli *cli)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(shown_release)
	struct shown s = { .cli = cli,
		           .json = json_object(),
		           .certificates = json_array(),
		           .hex = buf_of(2 * HASH_SIZE) };
	const struct hsm_token_trust_ops ops = {
		on_trust_token,
		{ on_trust, on_trust_certificate, &s, HSM_TRUST_PACE_MS },
	};
	const struct hsm_token_name name = token_name(cli, "token");
	const char *pin_file = cli_option(cli, "pin-file", 0);

	if ((name.uri != NULL) == (name.module != NULL))
		return cli_fail(cli, VERB_USAGE,
		                "--uri for a TPM, or --module");
	if (name.module && !*name.label)
		return cli_fail(cli, VERB_USAGE, "--module needs --token");
	if (pin_file && name.uri)
		return cli_fail(cli, VERB_USAGE, "a TPM needs no --pin-file");
	if (pin_file && token_pin(cli, pin_file, "user PIN", false, &pin) != OK)
		return VERB_PART;

	s.logged_in = pin || name.uri;
	err_t err = hsm_token_trust(&name, pin, &ops, &why);
	if (err != OK)
		return token_fail(cli, err, &why);
	int code = s.failed ? VERB_PART : VERB_GOOD;
	if (!cli_json(cli))
		return code;
	json_object_set(s.json, "certificates", s.certificates);
	return cli_print_json(cli, json_incref(s.json), code);
}

const struct verb verb_token_trust = {
	.words = "token trust",
	.arguments = "",
	.help = "Show the trust objects of a token or TPM.",
	.options = options,
	.run = run_token_trust,
};
