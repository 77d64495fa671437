/*
 * pins_kit.c - see pins_kit.h.
 */
#include "tests/common/service/pins_kit.h"

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

struct buf
pins_kit_one(struct bytes spki, enum alg alg, const char *uri)
{
	AUTO(pins_free) struct pins *pins = pins_kit_new();
	struct pin *pin = pins_kit_add(pins, "token", 1, spki, alg);

	must(strlen(uri) < sizeof(pin->uri), "a uri that is too long");
	(void)snprintf(pin->uri, sizeof(pin->uri), "%s", uri);
	return pins_kit_text(pins);
}

static struct pins *
read_file(const char *path)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	static char text[PINS_FILE_MAX];
	struct pins *pins = NULL;
	FILE *file = fopen(path, "r");

	must(file != NULL, path);
	size_t n = fread(text, 1, sizeof(text), file);
	fclose(file);
	must(pins_parse(bytes_of(text, n), &why, &pins) == OK, path);
	return pins;
}

void
pins_kit_move(const char *path, const char *from, const char *to)
{
	AUTO(pins_free) struct pins *pins = read_file(path);

	pins->version++;
	for (size_t i = 0; i < pins->n; i++) {
		char *uri = pins->keys[i].uri;
		char was[PINS_URI_SIZE];

		memcpy(was, uri, sizeof(was));
		const char *at = strstr(was, from);
		must(at != NULL, from);
		int n = snprintf(uri, PINS_URI_SIZE, "%.*s%s%s",
		                 (int)(at - was), was, to, at + strlen(from));
		must(n < PINS_URI_SIZE, "a uri that is too long");
	}
	pins_kit_write(pins, path);
}

void
pins_kit_rename(const char *path, const char *from, const char *to)
{
	AUTO(pins_free) struct pins *pins = read_file(path);

	pins->version++;
	for (size_t i = 0; i < pins->n; i++) {
		char *token = pins->keys[i].token;

		if (strcmp(token, from) == 0)
			(void)snprintf(token, PINS_TOKEN_SIZE, "%s", to);
	}
	pins_kit_write(pins, path);
}
