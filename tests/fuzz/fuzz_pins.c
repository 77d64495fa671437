/*
 * fuzz_pins.c - pins files: what parses is written again with the same bytes,
 * and the rules for a next version hold for it.
 */
#include <stdlib.h>

#include "crypto/pins/follow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file may not follow itself, but its next version may, at any time after its
 * last event. */
static void
follow(struct pins *pins)
{
	AUTO(pins_free) struct pins *next = malloc(sizeof(*next));
	AUTO(buf_release) struct buf why = buf_of(1024);
	const struct pins_rules rules = { .now_s = UINT64_MAX };

	if (!next)
		abort();
	*next = *pins;
	if (pins_follow(pins, next, &rules, &why) == OK || why.len == 0)
		abort();
	if (pins->version == PINS_VERSION_MAX)
		return;
	next->version++;
	if (pins_follow(pins, next, &rules, &why) != OK)
		abort();
}

static void
sign(const struct pins *pins)
{
	for (size_t i = 0; i < pins->n; i++) {
		const char *token = pins->keys[i].token;
		const struct pin *first = pins_signer(pins, token, 0);
		const struct pin *last = pins_signer(pins, token, UINT64_MAX);

		if (!first || !last || first > last || pins_next(pins, last) ||
		    pin_over(last, UINT64_MAX))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(buf_release) struct buf text = buf_of(2 * PINS_FILE_MAX);
	AUTO(pins_free) struct pins *pins = NULL;

	if (pins_parse(bytes_of(data, size), &why, &pins) != OK) {
		if (why.len == 0)
			abort(); /* a refusal must have a cause */
		return 0;
	}
	pins_put(&text, pins);
	if (!bytes_equal(buf_bytes(&text), bytes_of(data, size)))
		abort();
	if (pins_check(pins, &why) != OK && why.len == 0)
		abort();
	sign(pins);
	follow(pins);
	return 0;
}
