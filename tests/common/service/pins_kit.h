/*
 * pins_kit.h - pins files for tests: rows of keys that the test has.
 *
 * Whatever fails here ends the program.
 */
#ifndef COMMON_SERVICE_PINS_KIT_H
#define COMMON_SERVICE_PINS_KIT_H

#include <stdint.h>

#include "base/buf.h"
#include "crypto/pins/pins.h"

/* Version 1, and no key yet. */
struct pins *pins_kit_new(void);

/* Appends a row that always signs; the caller may set its times.  alg says how
 * an RSA key signs; ALG_COUNT: as the key says. */
struct pin *pins_kit_add(struct pins *pins, const char *token, uint32_t node,
                         struct bytes spki, enum alg alg);

/* A file of one row, of the token "token" with node 1, as text; its uri is
 * where the key is. */
struct buf pins_kit_one(struct bytes spki, enum alg alg, const char *uri);

/* The file as bytes. */
struct buf pins_kit_text(const struct pins *pins);

/* It is written to that path, mode 0644, in the place of what is there. */
void pins_kit_write(const struct pins *pins, const char *path);

/* The next version of the file there, with `to` in the place of `from` in the
 * uri of each key; as an officer may: a key's place is no part of what it is. */
void pins_kit_move(const char *path, const char *from, const char *to);

/* Likewise for a token that has another name from now on. */
void pins_kit_rename(const char *path, const char *from, const char *to);

#endif
