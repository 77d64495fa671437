/*
 * verb_trust_common.c - see verb_trust.h.
 */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "crypto/codec/conf.h"
#include "hsm/admin/sign.h"
#include "provisioning/anchorctl/verb_pins.h"
#include "provisioning/anchorctl/verb_token.h"
#include "provisioning/anchorctl/verb_trust.h"
#include "trust/digest_words.h"
#include "trust/ssh_sig.h"

#define SIGNED_MAX 1024 /* bytes that an SSH key signs */
#define WORDS_A_LINE 8  /* even, so that the next line begins as the first */
#define WORDS_MAX 256   /* bytes of a line */

/* --- values of the command line ------------------------------------------- */

int
trust_time_option(const struct cli *cli, const char *name, uint64_t *ret_at_s)
{
	const char *text = cli_option(cli, name, 0);
	uint64_t at_ms = 0;

	if (!text)
		return VERB_GOOD;
	if (clock_parse(bytes_of_str(text), &at_ms) != OK || at_ms < 1000)
		return cli_fail(cli, VERB_USAGE,
		                "--%s is a time such as 2026-11-29T12:00:00Z",
		                name);
	*ret_at_s = at_ms / 1000;
	return VERB_GOOD;
}

int
trust_number_option(const struct cli *cli, const char *name, uint32_t most,
                    uint32_t *ret_number)
{
	const char *text = cli_option(cli, name, 0);
	uint64_t n;

	if (!text)
		return VERB_GOOD;
	if (!cli_number(text, most, &n) || n < 1)
		return cli_fail(cli, VERB_USAGE, "--%s is 1 to %u", name, most);
	*ret_number = (uint32_t)n;
	return VERB_GOOD;
}

int
trust_hash_option(const struct cli *cli, const char *name,
                  uint8_t ret_hash[static HASH_SIZE], bool *ret_given)
{
	const char *text = cli_option(cli, name, 0);

	*ret_given = text != NULL;
	if (text &&
	    decode_hex_exact(bytes_of_str(text), ret_hash, HASH_SIZE) != OK)
		return cli_fail(cli, VERB_USAGE,
		                "--%s is a SHA-256 in 64 hex digits", name);
	return VERB_GOOD;
}

int
trust_check_name(const struct cli *cli, const char *name)
{
	static const char new[] = PROPOSAL_NEW_SUFFIX;
	const size_t most = TRUST_NAME_SIZE - sizeof(new);
	size_t len = 0;

	while (conf_in_name(name[len]))
		len++;
	bool good = !name[len] && len > 0 && len <= most && name[0] != '.';
	if (good && (len < sizeof(new) ||
	             strcmp(name + len - (sizeof(new) - 1), new) != 0))
		return VERB_GOOD;
	return cli_fail(cli, VERB_USAGE,
	                "a name has 1 to %zu of the characters a-z 0-9 . _ -, "
	                "does not begin with a dot and does not end with %s",
	                most, new);
}

bool
trust_word_of(const char *(*word)(unsigned i), const char *text,
              unsigned *ret_i)
{
	for (unsigned i = 0; word(i); i++)
		if (strcmp(word(i), text) == 0) {
			*ret_i = i;
			return true;
		}
	return false;
}

int
trust_token_key(const struct cli *cli, struct ssh_key *ret_key)
{
	const struct hsm_key_name name = { cli_option(cli, "module", 0),
		                           cli_option(cli, "uri", 0) };
	const char *pin_file = cli_option(cli, "pin-file", 0);
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_public public;

	if (!name.module || !hsm_by_module(name.uri))
		return cli_fail(cli, VERB_USAGE,
		                "--uri is a pkcs11: URI, and --module goes "
		                "with it");
	err_t err = hsm_token_public(&name, NULL, &why, &public);
	if (err == E_NOT_FOUND && pin_file) { /* it shows after a login only */
		buf_reset(&why);
		if (token_pin(cli, pin_file, "user PIN", false, &pin) != OK)
			return VERB_PART;
		err = hsm_token_public(&name, pin, &why, &public);
	}
	if (err != OK)
		return token_fail(cli, err, &why);
	if (ssh_key_of_spki(bytes_of(public.spki, public.spki_len), ret_key) !=
	    OK)
		return cli_fail(cli, VERB_REFUSED,
		                "SSH knows no key of this kind");
	return VERB_GOOD;
}

int
trust_token_sign(const struct cli *cli, const struct ssh_key *key,
                 const char *name_space, struct bytes text,
                 struct buf *signature)
{
	const struct hsm_key_name name = { cli_option(cli, "module", 0),
		                           cli_option(cli, "uri", 0) };
	AUTO(buf_release) struct buf to_sign = buf_of(SIGNED_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(secret_free) struct secret *pin = NULL;
	struct hsm_signed made;

	if (token_pin(cli, cli_option(cli, "pin-file", 0), "user PIN", false,
	              &pin) != OK)
		return VERB_PART;
	ssh_sig_signed(bytes_of_str(name_space), text, &to_sign);
	err_t err = buf_status(&to_sign);
	if (err == OK)
		err = hsm_token_sign(&name, pin, buf_bytes(&to_sign), &why,
		                     &made);
	if (err != OK)
		return token_fail(cli, err, &why);
	err = ssh_sig_put(key, bytes_of_str(name_space),
	                  bytes_of(made.bytes, made.len), signature);
	return err == OK ? VERB_GOOD
	                 : cli_fail(cli, VERB_PART, "the token's signature: %s",
	                            err_name(err));
}

/* --- how it is said ------------------------------------------------------- */

static void
say_value(const char *name, const char *value)
{
	cli_say("  %-14s %s\n", name, value);
}

void
trust_say_digest(const char *name, const uint8_t digest[static HASH_SIZE])
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	encode_hex(&hex, bytes_of(digest, HASH_SIZE));
	say_value(name, buf_str(&hex));
	for (size_t at = 0; at < HASH_SIZE; at += WORDS_A_LINE) {
		AUTO(buf_release) struct buf words = buf_of(WORDS_MAX);

		digest_put_words(&words, bytes_of(digest + at, WORDS_A_LINE));
		say_value(at ? "" : "in words", buf_str(&words));
	}
}

void
trust_say_time(const char *name, uint64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(at_s * 1000, text);
	say_value(name, text);
}

void
trust_say_head(const struct bundle *b)
{
	cli_say("version %u, a%s change\n", b->version,
	        b->change == BUNDLE_ORDINARY  ? "n ordinary"
	        : b->change == BUNDLE_REMOVAL ? " removal, the smaller"
	                                      : " recovery");
	trust_say_time("issued", b->issued_s);
	trust_say_time("apply before", b->apply_before_s);
	trust_say_time("expires", b->expires_s);
	trust_say_digest("digest", b->digest);
}

json_t *
trust_hash_json(const uint8_t hash[static HASH_SIZE])
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);

	encode_hex(&hex, bytes_of(hash, HASH_SIZE));
	return json_string(buf_str(&hex));
}

json_t *
trust_head_json(const struct bundle *b)
{
	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I}",
	                 "version", (json_int_t)b->version, "change",
	                 bundle_change_word(b->change), "issued",
	                 pins_time_json(b->issued_s), "apply_before",
	                 pins_time_json(b->apply_before_s), "expires",
	                 pins_time_json(b->expires_s), "digest",
	                 trust_hash_json(b->digest), "officers",
	                 (json_int_t)b->officers.n, "threshold",
	                 (json_int_t)b->officers.threshold, "removal_threshold",
	                 (json_int_t)b->removal_threshold);
}

void
trust_put_fingerprint(const struct officer *o, struct buf *out)
{
	struct ssh_key key;

	if (ssh_key_parse(bytes_of_str(o->key), &key) == OK)
		ssh_key_fingerprint(out, &key);
	else
		buf_append_str(out, "(no key)");
}
