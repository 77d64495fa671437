/*
 * verb_pins_show.c - `anchorctl pins show`: prints the keys of a pins file and
 * their times, for officers and auditors; and as a JWK Set, for relying
 * parties, which pin keys and do not fetch them from the service.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/encode.h"
#include "crypto/pins/pins.h"
#include "provisioning/anchorctl/verb_pins.h"
#include "provisioning/anchorctl/verb_token.h"
#include "provisioning/anchorctl/verbs.h"
#include "trust/ceremony_keys.h"

static const struct verb_option options[] = {
	{ "jwks", NULL, false,
	  "print the keys that are not retired as a JWK Set (RFC 7517)" },
	{ NULL, NULL, false, NULL },
};

const char *
pins_state_of(const struct pins *pins, const struct pin *pin, uint64_t now_s)
{
	const struct pin *signer = pins_signer(pins, pin->token, now_s);

	if (pin_over(pin, now_s))
		return "retired";
	if (pin == signer)
		return "signs";
	if (pin < signer)
		return "published, signs no more";
	return now_s >= pin->publish_s ? "published, signs later" : "waits";
}

static json_t *
key_json(const struct pins *pins, const struct pin *pin, uint64_t now_s)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	token_pin_of(pin_spki(pin), &hex);
	return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o}",
	                 "kid", pin->kid, "token", pin->token, "node",
	                 (json_int_t)pin->node, "alg", alg_jose_name(pin->alg),
	                 "public_sha256", buf_str(&hex), "uri", pin->uri,
	                 "state", pins_state_of(pins, pin, now_s), "publish_at",
	                 pins_time_json(pin->publish_s), "sign_from",
	                 pins_time_json(pin->from_s), "retire_at",
	                 pins_time_json(pin->until_s));
}

static void
print_time(const char *words, uint64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	if (!at_s)
		return;
	clock_format(at_s * 1000, text);
	cli_say("  %-15s %s\n", words, text);
}

static void
print_pinned_key(const struct pins *pins, const struct pin *pin, uint64_t now_s)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	token_pin_of(pin_spki(pin), &hex);
	cli_say("%s (%s): %s\n", pin->kid, alg_jose_name(pin->alg),
	        pins_state_of(pins, pin, now_s));
	cli_say("  %-15s %s, node %u\n", "token", pin->token, pin->node);
	cli_say("  %-15s %s\n", "private half", pin->uri);
	cli_say(CEREMONY_SAYS_PINNED "%s\n", buf_str(&hex));
	print_time("published from", pin->publish_s);
	print_time("signs from", pin->from_s);
	print_time("published until", pin->until_s);
}

static int
show_pins(const struct cli *cli, const struct pins *pins, uint64_t now_s)
{
	if (!cli_json(cli)) {
		cli_say("version %u, %zu key%s\n", pins->version, pins->n,
		        pins->n == 1 ? "" : "s");
		for (size_t i = 0; i < pins->n; i++)
			print_pinned_key(pins, &pins->keys[i], now_s);
		return VERB_GOOD;
	}
	json_t *keys = json_array();
	for (size_t i = 0; i < pins->n; i++)
		json_array_append_new(keys,
		                      key_json(pins, &pins->keys[i], now_s));
	return cli_print_json(cli,
	                      json_pack("{s:I, s:o}", "version",
	                                (json_int_t)pins->version, "keys",
	                                keys),
	                      VERB_GOOD);
}

/* Relying parties must not accept a retired key either, so it is omitted. */
static int
show_jwks(const struct cli *cli, const struct pins *pins, uint64_t now_s)
{
	AUTO(keyring_free) struct keyring *ring = NULL;
	AUTO(buf_release) struct buf text = buf_of(KEYRING_JSON_MAX);

	err_t err = pins_ring(pins, &ring);
	for (size_t i = 0; err == OK && i < pins->n; i++)
		if (pin_over(&pins->keys[i], now_s))
			keyring_drop(ring, bytes_of_str(pins->keys[i].kid));
	if (err == OK)
		err = keyring_to_jwks(ring, &text);
	if (err != OK)
		return cli_fail(cli, VERB_PART, "%s", err_name(err));
	cli_put(buf_bytes(&text));
	cli_say("\n");
	return VERB_GOOD;
}

static int
run_pins_show(struct cli *cli)
{
	const char *path = cli_argument(cli, 0);
	const uint64_t now_s = clock_wall_ms() / 1000;
	AUTO(pins_free) struct pins *pins = NULL;
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(256);

	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	err_t err = pins_parse(buf_bytes(&text), &why, &pins);
	if (err == OK)
		err = pins_check(pins, &why);
	if (err != OK)
		return cli_fail(cli, VERB_REFUSED, "%s: %s", path,
		                why.len ? buf_str(&why) : err_name(err));
	return cli_flag(cli, "jwks") ? show_jwks(cli, pins, now_s)
	                             : show_pins(cli, pins, now_s);
}

const struct verb verb_pins_show = {
	.words = "pins show",
	.arguments = "FILE",
	.help = "Print the keys of a pins file with their states and times.",
	.options = options,
	.run = run_pins_show,
};
