/*
 * follow.h - one pins file after another, and what key holders say of it.
 */
#ifndef CRYPTO_PINS_FOLLOW_H
#define CRYPTO_PINS_FOLLOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/pins/pins.h"

/* What the configuration has to say. */
struct pins_token {
	const char *name;
	uint32_t node; /* in the ids of what it signs */
};

struct pins_rules {
	uint64_t now_s;
	uint64_t longest_s; /* the longest life of anything that is signed */
	size_t n;
	const struct pins_token *tokens;
};

/*
 * May `next` follow `last` (NULL: nothing went before)?  Its version is greater.
 * The key that signs signs on, one that nobody has heard of does not sign at
 * once, a retired one never again; what is alive stays, with its token and its
 * times but for its end; what a key signs at its last moment is over before its
 * `until`; a successor may be taken
 * back until the key before it is over; a configured token has its configured
 * node.  A token that is not
 * configured may go, and one that `last` does not have may begin with any key.
 * E_CONFLICT: why says what is against it.
 */
MUST_CHECK err_t pins_follow(const struct pins *last, const struct pins *next,
                             const struct pins_rules *rules, struct buf *why);

/*
 * What a role does with a file that it was handed: in the place of *pins (NULL:
 * the first), if its version is greater.  Who opened the file has judged it.
 * E_MALFORMED, E_NOMEM; E_CONFLICT: an older file, or the same version with
 * other bytes.  *pins stays as it was then.
 */
MUST_CHECK err_t pins_update(struct bytes text, struct buf *why,
                             struct pins **pins);

/*
 * A key holder says that it holds that key: why nobody may believe it, or NULL.
 * token is the one that this key holder was started for, by its socket and the
 * configuration; node is what it says.  pins may be NULL: nothing is pinned.
 */
const char *pins_against(const struct pins *pins, struct bytes kid,
                         const struct pins_token *token, uint64_t now_s);

#endif
