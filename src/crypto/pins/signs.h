/*
 * signs.h - the key holder's statement of the key that it signs with now, and
 * the keys that may therefore be destroyed.
 *
 * The statement is a file in token.state.  It exists only while the key holder
 * signs, so its content is current:
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
#define PINS_SIGNS_MAX 128      /* bytes */

struct pins_signs {
	char kid[KID_SIZE]; /* "": no key signs */
	uint32_t version;
};

/* Appends the file's text. */
void pins_signs_put(struct buf *out, const struct pins_signs *signs);
/* E_MALFORMED: treat it like an absent file. */
MUST_CHECK err_t pins_signs_parse(struct bytes text,
                                  struct pins_signs *ret_signs);

/* True if that key signs under this version of the pins file. */
bool pins_signs_by(const struct pins_signs *signs, const struct pins *pins,
                   const struct pin *pin);

/* The token's first row, if its key may be destroyed: its `until` has passed,
 * and the key holder signs with the successor.  Any other key may be the last
 * one that can sign.  NULL: ret_why has the cause. */
const struct pin *pins_disposable(const struct pins *pins, const char *token,
                                  const struct pins_signs *signs,
                                  uint64_t now_s, const char **ret_why);

/* Returns NULL if the key with that public half, a successor that was
 * withdrawn, may be destroyed: no row has it, and the key holder follows this
 * very version of the file, so it neither signs with it nor announces it.
 * Otherwise returns why not. */
const char *pins_needed(const struct pins *pins, const char *token,
                        const struct pins_signs *signs,
                        const uint8_t spki_sha256[static HASH_SIZE],
                        uint64_t now_s);

#endif
