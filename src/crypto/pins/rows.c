/*
 * rows.c - what a row of a pins file may say.
 */
#include "crypto/pins/rows.h"

#include "crypto/pins/pins.h"

static const char *
word_of_alg(unsigned i)
{
	return i < ALG_COUNT ? alg_jose_name(i) : NULL;
}

static const struct conf_field of_a_row[] = {
	{ .name = "kid",
	  .kind = CONF_KID,
	  .at = offsetof(struct pin, kid),
	  .most = KID_SIZE },
	{ .name = "token",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct pin, token),
	  .most = PINS_TOKEN_SIZE,
	  .in = conf_in_name },
	{ .name = "uri",
	  .kind = CONF_TEXT,
	  .at = offsetof(struct pin, uri),
	  .most = PINS_URI_SIZE,
	  .in = conf_in_uri },
	{ .name = "node",
	  .kind = CONF_NUMBER,
	  .at = offsetof(struct pin, node),
	  .least = 1 },
	{ .name = "alg",
	  .kind = CONF_WORD,
	  .at = offsetof(struct pin, alg),
	  .word = word_of_alg },
	{ .name = "public",
	  .kind = CONF_BASE64,
	  .at = offsetof(struct pin, spki),
	  .n = offsetof(struct pin, spki_len),
	  .most = PINS_SPKI_MAX },
	{ .name = "publish",
	  .kind = CONF_TIME,
	  .missing = "always",
	  .at = offsetof(struct pin, publish_s) },
	{ .name = "from",
	  .kind = CONF_TIME,
	  .missing = "always",
	  .at = offsetof(struct pin, from_s) },
	{ .name = "until",
	  .kind = CONF_TIME,
	  .missing = "no successor",
	  .at = offsetof(struct pin, until_s) },
};

const struct conf_form pins_row = CONF_FORM(of_a_row);
