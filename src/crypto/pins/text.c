/*
 * text.c - parses and writes a pins file, strictly.
 *
 * libconfig parses it and reports the line of an error.  What libconfig
 * silently accepts (comments, joined strings, numbers that it truncates,
 * settings that are ignored) is found by writing the result again and
 * comparing: who reviews the file reads its bytes, and the program must have
 * read all of them, too.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "base/clock.h"
#include "base/encode.h"
#include "crypto/pins/pins.h"

DEFINE_AUTO_REF(struct config_t, config_destroy);

#define FORMAT 1

/* --- writing -------------------------------------------------------------- */

static void
put_pins_text(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "    %s = \"%s\";\n", name, value);
}

/* libconfig reads a number without L as a signed 32-bit integer. */
static void
put_pins_number(struct buf *out, const char *name, uint32_t n)
{
	buf_printf(out, "%s = %" PRIu32 "%s;\n", name, n,
	           n > INT32_MAX ? "L" : "");
}

static void
put_pins_time(struct buf *out, const char *name, uint64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	if (!at_s)
		return;
	clock_format(at_s * 1000, text);
	put_pins_text(out, name, text);
}

static void
put_pin(struct buf *out, const struct pin *pin)
{
	buf_append_str(out, "  {\n");
	put_pins_text(out, "kid", pin->kid);
	put_pins_text(out, "token", pin->token);
	put_pins_text(out, "uri", pin->uri);
	put_pins_number(out, "    node", pin->node);
	put_pins_text(out, "alg", alg_jose_name(pin->alg));
	buf_append_str(out, "    public = \"");
	encode_base64(out, pin_spki(pin));
	buf_append_str(out, "\";\n");
	put_pins_time(out, "publish", pin->publish_s);
	put_pins_time(out, "from", pin->from_s);
	put_pins_time(out, "until", pin->until_s);
	buf_append_str(out, "  }");
}

void
pins_put(struct buf *out, const struct pins *pins)
{
	put_pins_number(out, "format", FORMAT);
	put_pins_number(out, "version", pins->version);
	buf_append_str(out, "keys = (\n");
	for (size_t i = 0; i < pins->n; i++) {
		put_pin(out, &pins->keys[i]);
		buf_append_str(out, i + 1 < pins->n ? ",\n" : "\n");
	}
	buf_append_str(out, ");\n");
}

/* --- reading: one function a name ----------------------------------------- */

struct reading {
	struct pins *pins;
	struct pin *pin; /* the row being read */
	struct buf *why;
};

typedef err_t take_fn(struct reading *r, const config_setting_t *s);

struct name {
	const char *name;
	bool required;
	take_fn *take;
};

static err_t
refuse_pins_setting(struct reading *r, const config_setting_t *s,
                    const char *what)
{
	const char *name = config_setting_name(s);

	buf_printf(r->why, "line %u: %s%s%s", config_setting_source_line(s),
	           name ? name : "", name ? ": " : "", what);
	return E_MALFORMED;
}

static struct bytes
pins_setting_text(const config_setting_t *s)
{
	return bytes_of_str(config_setting_type(s) == CONFIG_TYPE_STRING
	                            ? config_setting_get_string(s)
	                            : NULL);
}

static bool
in_uri(char c)
{
	return c > ' ' && c <= '~' && c != '"' && c != '\\';
}

static bool
in_name(char c)
{
	return strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", c) != NULL;
}

/* Reads characters that need no escaping, so that a string has one spelling. */
static err_t
take_text(struct reading *r, const config_setting_t *s, bool (*in)(char),
          char *out, size_t room)
{
	struct bytes text = pins_setting_text(s);

	if (text.len == 0 || text.len >= room)
		return refuse_pins_setting(r, s, "no text, or too long");
	for (size_t i = 0; i < text.len; i++)
		if (!in((char)text.data[i]))
			return refuse_pins_setting(
			        r, s, "a character that it cannot have");
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return OK;
}

static err_t
take_number(struct reading *r, const config_setting_t *s, uint32_t *ret_number)
{
	int type = config_setting_type(s);
	long long n = type == CONFIG_TYPE_INT     ? config_setting_get_int(s)
	              : type == CONFIG_TYPE_INT64 ? config_setting_get_int64(s)
	                                          : 0;

	if (n < 1 || n > UINT32_MAX)
		return refuse_pins_setting(
		        r, s, "not a whole number from 1 to 4294967295");
	*ret_number = (uint32_t)n;
	return OK;
}

static err_t
take_time(struct reading *r, const config_setting_t *s, uint64_t *ret_at_s)
{
	uint64_t at_ms = 0;

	if (clock_parse(pins_setting_text(s), &at_ms) != OK || at_ms < 1000)
		return refuse_pins_setting(
		        r, s, "not a time such as 2026-11-23T12:00:00Z");
	*ret_at_s = at_ms / 1000;
	return OK;
}

static err_t
take_kid(struct reading *r, const config_setting_t *s)
{
	uint8_t digest[HASH_SIZE];

	if (decode_base64url_exact(pins_setting_text(s), digest, HASH_SIZE) !=
	    OK)
		return refuse_pins_setting(r, s, "not a key id");
	return take_text(r, s, in_uri, r->pin->kid, KID_SIZE);
}

static err_t
take_token(struct reading *r, const config_setting_t *s)
{
	return take_text(r, s, in_name, r->pin->token, PINS_TOKEN_SIZE);
}

static err_t
take_uri(struct reading *r, const config_setting_t *s)
{
	return take_text(r, s, in_uri, r->pin->uri, PINS_URI_SIZE);
}

static err_t
take_node(struct reading *r, const config_setting_t *s)
{
	return take_number(r, s, &r->pin->node);
}

static err_t
take_alg(struct reading *r, const config_setting_t *s)
{
	r->pin->alg = alg_of_jose(pins_setting_text(s));
	return r->pin->alg == ALG_COUNT
	               ? refuse_pins_setting(r, s, "no such algorithm")
	               : OK;
}

static err_t
take_public(struct reading *r, const config_setting_t *s)
{
	AUTO(buf_release) struct buf spki = buf_of(PINS_SPKI_MAX);
	err_t err = decode_base64(&spki, pins_setting_text(s));

	if (err == E_NOMEM)
		return err;
	if (err != OK || spki.len == 0)
		return refuse_pins_setting(r, s, "not a public key in base64");
	memcpy(r->pin->spki, spki.data, spki.len);
	r->pin->spki_len = spki.len;
	return OK;
}

static err_t
take_publish(struct reading *r, const config_setting_t *s)
{
	return take_time(r, s, &r->pin->publish_s);
}

static err_t
take_from(struct reading *r, const config_setting_t *s)
{
	return take_time(r, s, &r->pin->from_s);
}

static err_t
take_until(struct reading *r, const config_setting_t *s)
{
	return take_time(r, s, &r->pin->until_s);
}

static err_t
take_format(struct reading *r, const config_setting_t *s)
{
	uint32_t format = 0;

	TRY(take_number(r, s, &format));
	return format == FORMAT
	               ? OK
	               : refuse_pins_setting(r, s, "another format than 1");
}

static err_t
take_version(struct reading *r, const config_setting_t *s)
{
	return take_number(r, s, &r->pins->version);
}

/* --- groups --------------------------------------------------------------- */

static err_t
take_group(struct reading *r, const config_setting_t *group,
           const struct name *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].required &&
		    !config_setting_get_member(group, names[i].name)) {
			buf_printf(r->why, "line %u: no %s",
			           config_setting_source_line(group),
			           names[i].name);
			return E_MALFORMED;
		}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
		        config_setting_get_elem(group, (unsigned)i);
		size_t at = 0;

		while (at < n &&
		       strcmp(names[at].name, config_setting_name(s)) != 0)
			at++;
		if (at == n)
			return refuse_pins_setting(r, s, "unknown setting");
		TRY(names[at].take(r, s));
	}
	return OK;
}

static const struct name of_a_key[] = {
	{ "kid", true, take_kid },          { "token", true, take_token },
	{ "uri", true, take_uri },          { "node", true, take_node },
	{ "alg", true, take_alg },          { "public", true, take_public },
	{ "publish", false, take_publish }, { "from", false, take_from },
	{ "until", false, take_until },
};

static err_t
take_keys(struct reading *r, const config_setting_t *s)
{
	int n = config_setting_length(s);

	if (!config_setting_is_list(s) || n < 1 || n > PINS_MAX)
		return refuse_pins_setting(r, s, "not a list of 1 to 64 keys");
	for (int i = 0; i < n; i++) {
		const config_setting_t *row =
		        config_setting_get_elem(s, (unsigned)i);

		if (!config_setting_is_group(row))
			return refuse_pins_setting(r, row, "not a group");
		r->pin = &r->pins->keys[r->pins->n++];
		TRY(take_group(r, row, of_a_key, ARRAY_LEN(of_a_key)));
	}
	return OK;
}

static const struct name of_the_file[] = {
	{ "format", true, take_format },
	{ "version", true, take_version },
	{ "keys", true, take_keys },
};

/* --- the whole ------------------------------------------------------------ */

static err_t
refuse_pins_text(struct buf *why, const char *what)
{
	buf_append_str(why, what);
	return E_MALFORMED;
}

/* Reports the first line in which the two texts differ. */
static err_t
refuse_spelling(struct buf *why, struct bytes text, struct bytes again)
{
	unsigned line = 1;

	for (size_t i = 0;
	     i < text.len && i < again.len && text.data[i] == again.data[i];
	     i++)
		line += text.data[i] == '\n';
	buf_printf(why, "line %u: not as this program writes it", line);
	return E_MALFORMED;
}

static err_t
check_spelling(struct bytes text, const struct pins *pins, struct buf *why)
{
	AUTO(buf_release) struct buf again = buf_of(2 * PINS_FILE_MAX);

	pins_put(&again, pins);
	TRY(buf_status(&again));
	return bytes_equal(text, buf_bytes(&again))
	               ? OK
	               : refuse_spelling(why, text, buf_bytes(&again));
}

/* Refuses @include, for which libconfig would open other files. */
static err_t
read_pins_text(struct reading *r, struct config_t *config, const char *text)
{
	if (strstr(text, "@include"))
		return refuse_pins_text(r->why, "@include is not allowed");
	if (config_read_string(config, text) != CONFIG_TRUE) {
		buf_printf(r->why, "line %d: %s", config_error_line(config),
		           config_error_text(config));
		return E_MALFORMED;
	}
	return take_group(r, config_root_setting(config), of_the_file,
	                  ARRAY_LEN(of_the_file));
}

err_t
pins_parse(struct bytes text, struct buf *why, struct pins **ret_pins)
{
	AUTO(pins_free) struct pins *pins = calloc(1, sizeof(*pins));
	AUTO(buf_release) struct buf copy = buf_of(PINS_FILE_MAX);
	AUTO(config_destroy) struct config_t config;
	struct reading r = { .pins = pins, .why = why };

	config_init(&config);
	buf_append(&copy, text);
	if (!pins || buf_status(&copy) == E_NOMEM)
		return E_NOMEM;
	if (buf_status(&copy) != OK || strlen(buf_str(&copy)) != text.len)
		return refuse_pins_text(why, "too long, or not text");
	TRY(read_pins_text(&r, &config, buf_str(&copy)));
	TRY(pins_judge(pins, why));
	TRY(check_spelling(text, pins, why));
	*ret_pins = TAKE(pins);
	return OK;
}
