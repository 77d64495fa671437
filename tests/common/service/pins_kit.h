/*
 * pins_kit.h - creates pins files with the keys of a test.
 *
 * A failure ends the program.
 */
#ifndef COMMON_SERVICE_PINS_KIT_H
#define COMMON_SERVICE_PINS_KIT_H

#include <stdint.h>

#include "base/buf.h"
#include "crypto/pins/pins.h"

/* A file with version 1 and no key. */
struct pins *pins_kit_new(void);

/* Appends a row without times, which the caller may set.  alg is the algorithm
 * of an RSA key; ALG_COUNT: it follows from the key. */
struct pin *pins_kit_add(struct pins *pins, const char *token, uint32_t node,
                         struct bytes spki, enum alg alg);

/* The text of a file with one row, for the token "token" with node 1. */
struct buf pins_kit_one(struct bytes spki, enum alg alg, const char *uri);

/* The text of the file. */
struct buf pins_kit_text(const struct pins *pins);

/* Replaces the file with that path, mode 0644. */
void pins_kit_write(const struct pins *pins, const char *path);

/* Writes the next version of that file, with `from` replaced by `to` in the uri
 * of each key.  An officer may do that, too, because the rules for a new
 * version do not depend on the location of a key. */
void pins_kit_move(const char *path, const char *from, const char *to);

/* The same for the name of a token. */
void pins_kit_rename(const char *path, const char *from, const char *to);

#endif
