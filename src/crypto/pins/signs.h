/*
 * signs.h - which pinned key signs now, by its key holder's own word, and
 * which key may be destroyed by that.
 *
 * The word is a file in token.state.  It is there while the key holder signs, and
 * at no other time, so that what it says holds now:
 *
 *	kid KID
 *	version N
 *
 * N is the version of the pins file that the key holder follows.
 */
#ifndef CRYPTO_PINS_SIGNS_H
#define CRYPTO_PINS_SIGNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/pins/pins.h"

#define PINS_SIGNS_FILE "signs" /* in token.state */
#define PINS_SIGNS_MAX 128      /* bytes of it */

struct pins_signs {
	char kid[KID_SIZE]; /* "": none does */
	uint32_t version;
};

/* Appends the file. */
void pins_signs_put(struct buf *out, const struct pins_signs *signs);
/* E_MALFORMED: it is as good as none. */
MUST_CHECK err_t pins_signs_parse(struct bytes text,
                                  struct pins_signs *ret_signs);

/* Does that key sign, under this very version? */
bool pins_signs_by(const struct pins_signs *signs, const struct pins *pins,
                   const struct pin *pin);

/* The token's first row, when its key has nothing left to do: it is over, and the
 * key that follows signs now.  The private half of a key that is not this one
 * may be the last that signs.  NULL: why says why not. */
const struct pin *pins_disposable(const struct pins *pins, const char *token,
                                  const struct pins_signs *signs,
                                  uint64_t now_s, const char **ret_why);

/* May the key of that public half, which was to follow and was taken back, be
 * destroyed?  NULL: no row has it, and the key holder signs by this very file, so
 * it neither signs nor publishes it.  Else why not. */
const char *pins_needed(const struct pins *pins, const char *token,
                        const struct pins_signs *signs,
                        const uint8_t spki_sha256[static HASH_SIZE],
                        uint64_t now_s);

#endif
