/*
 * bindings.h - what a challenge is bound to.
 *
 * A challenge is bound to one transaction.  All its bindings are in one struct,
 * which is passed from the request to the claims, the verdict and the result,
 * so that no step can omit one.
 */
#ifndef WIRE_BINDINGS_H
#define WIRE_BINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "anchord/limits.h"
#include "base/bytes.h"

/* Limits of the textual bindings, in bytes of UTF-8. */
#define DEVICE_HANDLE_MAX ANCHORD_DEVICE_HANDLE_MAX
#define CHANNEL_MAX ANCHORD_CHANNEL_MAX
#define TRANSACTION_MAX ANCHORD_TRANSACTION_MAX
#define RELEASE_MAX ANCHORD_RELEASE_MAX

/*
 * The table of all bindings:
 *
 *	B(NAME, word, kind, member, most)
 *
 * `word` is the name in a policy.  `kind` is text or hash (SHA-256), `member` the
 * one of struct bindings and of the API: texts are members of a request, hashes
 * of its object "bindings".  A value has at most `most` bytes.  New rows go to
 * the end, because the index of a row is its bit in messages and in the ledger.
 */
#define BINDINGS(B)                                                       \
	B(DEVICE, "device", text, device_handle, DEVICE_HANDLE_MAX)       \
	B(TRANSPORT, "transport", hash, transport, HASH_SIZE)             \
	B(REQUEST, "request", hash, request, HASH_SIZE)                   \
	B(CHANNEL, "channel", text, channel, CHANNEL_MAX)                 \
	B(TRANSACTION, "transaction", text, transaction, TRANSACTION_MAX) \
	B(RELEASE, "release", text, release, RELEASE_MAX)                 \
	B(ACCOUNT, "account", hash, account, HASH_SIZE)

/* The numbers are the bits of struct bindings.present. */
enum binding {
#define BINDING_ENUM(name, word, kind, member, most) BINDING_##name,
	BINDINGS(BINDING_ENUM)
#undef BINDING_ENUM
	        BINDING_COUNT
};

#define BINDING_BIT(name) ((uint16_t)(1u << BINDING_##name))
#define BINDING_ALL ((uint16_t)((1u << BINDING_COUNT) - 1))

const char *binding_name(enum binding b);     /* the word; "?" out of range */
enum binding binding_find(struct bytes name); /* or BINDING_COUNT */
const char *binding_member(enum binding b);   /* of the API; "?" */

typedef struct bytes binding_text;
typedef uint8_t binding_hash[HASH_SIZE];

/* A member whose bit is not in `present` is empty or zero. */
struct bindings {
	uint16_t present;
#define BINDING_MEMBER(name, word, kind, member, most) binding_##kind member;
	BINDINGS(BINDING_MEMBER)
#undef BINDING_MEMBER
};

bool bindings_have(const struct bindings *b, enum binding which);

/* Where the value of a binding is: binding_text_of() is NULL for a hash,
 * binding_hash_of() for a text. */
binding_text *binding_text_of(struct bindings *b, enum binding which);
uint8_t *binding_hash_of(struct bindings *b, enum binding which);

bool binding_is_text(enum binding which);
struct bytes binding_value(const struct bindings *b, enum binding which);

/* True if no unknown bit is set, texts are within their limits and have no
 * control bytes (below 0x20, 0x7f), and absent members are empty or zero. */
bool bindings_valid(const struct bindings *b);

/*
 * The BINDING_ bits of the bindings in `claimed` (the challenge's) that are not
 * the same in `shown` (the client's); 0: all are the same.  A binding that only
 * the challenge has is a mismatch; one that only the client shows is not.
 */
uint16_t bindings_mismatch(const struct bindings *claimed,
                           const struct bindings *shown);

#endif
