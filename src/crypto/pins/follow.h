/*
 * follow.h - the rules by which one version of the pins file follows another.
 */
#ifndef CRYPTO_PINS_FOLLOW_H
#define CRYPTO_PINS_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/pins/pins.h"

/* A configured token. */
struct pins_token {
	const char *name;
	uint32_t node; /* part of the ids of its challenges */
};

struct pins_rules {
	uint64_t now_s;
	uint64_t longest_s; /* longest lifetime of what is signed */
	size_t n;
	const struct pins_token *tokens;
};

/*
 * Checks that `next` may follow `last` (NULL: there was none before):
 *
 *   - its version is greater;
 *   - the key that signs now goes on signing;
 *   - a key that was not published before does not sign at once;
 *   - a retired key never returns;
 *   - a key whose `until` has not passed stays, with the same token and the
 *     same times; only its end may change;
 *   - what a key signs last expires before its `until`;
 *   - a successor may be withdrawn until the key before it has ended;
 *   - a configured token has the node number of the configuration.
 *
 * A token that is not configured may be removed, and one that `last` does not
 * have may begin with any key.  E_CONFLICT: why has the violated rule.
 */
MUST_CHECK err_t pins_follow(const struct pins *last, const struct pins *next,
                             const struct pins_rules *rules, struct buf *why);

/*
 * Replaces *pins (NULL: there is none yet) by the file, if its version is
 * greater; for a role, after the supervisor has checked the file by
 * pins_follow().  E_MALFORMED, E_NOMEM; E_CONFLICT: an older version, or the
 * same version with other content.  On failure *pins is unchanged.
 */
MUST_CHECK err_t pins_update(struct bytes text, struct buf *why,
                             struct pins **pins);

/*
 * Why a key that a key holder announced must not be accepted; NULL: it may be.
 * token is the token for which this key holder was started, known by its socket
 * and the configuration; token->node is the node that it announced.  pins NULL:
 * no key is pinned.
 */
const char *pins_against(const struct pins *pins, struct bytes kid,
                         const struct pins_token *token, uint64_t now_s);

/* Is there a key that this key holder may announce? */
bool pins_any(const struct pins *pins, const struct pins_token *token,
              uint64_t now_s);

#endif
