/*
 * text.c - parses and writes a pins file.
 */
#include <stdlib.h>

#include "crypto/codec/conf.h"
#include "crypto/pins/pins.h"
#include "crypto/pins/rows.h"

#define FORMAT 1

static const struct conf_field of_the_file[] = {
	{ .name = "format", .kind = CONF_FIXED, .least = FORMAT },
	{ .name = "version",
	  .kind = CONF_NUMBER,
	  .at = offsetof(struct pins, version),
	  .least = 1 },
	{ .name = "keys",
	  .kind = CONF_ROWS,
	  .at = offsetof(struct pins, keys),
	  .n = offsetof(struct pins, n),
	  .least = 1,
	  .most = PINS_MAX,
	  .size = sizeof(struct pin),
	  .form = &pins_row },
};

static const struct conf_form pins_file = CONF_FORM(of_the_file);

void
pins_put(struct buf *out, const struct pins *pins)
{
	conf_put(out, &pins_file, pins);
}

err_t
pins_parse(struct bytes text, struct buf *why, struct pins **ret_pins)
{
	AUTO(pins_free) struct pins *pins = calloc(1, sizeof(*pins));

	if (!pins)
		return E_NOMEM;
	TRY(conf_read(text, PINS_FILE_MAX, &pins_file, pins, why));
	TRY(pins_judge(pins, why));
	*ret_pins = TAKE(pins);
	return OK;
}
