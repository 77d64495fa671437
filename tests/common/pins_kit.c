/*
 * pins_kit.c - see pins_kit.h.
 */
#include "pins_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "pins_kit: %s\n", what);
	exit(2);
}

struct pins *
pins_kit_new(void)
{
	struct pins *pins = calloc(1, sizeof(*pins));

	must(pins != NULL, "no memory");
	pins->version = 1;
	return pins;
}

struct pin *
pins_kit_add(struct pins *pins, const char *token, uint32_t node,
             struct bytes spki, enum alg alg)
{
	struct pin *pin = &pins->keys[pins->n++];
	enum alg its;

	must(spki.len <= sizeof(pin->spki), "a key that is too long");
	must(key_identify(spki, &its, pin->kid) == OK, "not a key");
	pin->alg = alg == ALG_COUNT ? its : alg;
	pin->node = node;
	(void)snprintf(pin->token, sizeof(pin->token), "%s", token);
	(void)snprintf(pin->uri, sizeof(pin->uri), "pkcs11:object=key-%zu",
	               pins->n);
	memcpy(pin->spki, spki.data, spki.len);
	pin->spki_len = spki.len;
	return pin;
}

struct buf
pins_kit_text(const struct pins *pins)
{
	struct buf text = buf_of(PINS_FILE_MAX);

	pins_put(&text, pins);
	must(buf_status(&text) == OK, "a file that is too long");
	return text;
}

void
pins_kit_write(const struct pins *pins, const char *path)
{
	AUTO(buf_release) struct buf text = pins_kit_text(pins);
	char new[4096];

	(void)snprintf(new, sizeof(new), "%.4000s.new", path);
	FILE *file = fopen(new, "w");
	must(file && fwrite(text.data, 1, text.len, file) == text.len, new);
	must(fclose(file) == 0 && rename(new, path) == 0, new);
}
