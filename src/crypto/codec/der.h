/*
 * der.h - a DER reader with sticky failure and named leniencies.
 *
 * A leniency accepts an encoding that X.690 forbids in DER and devices in the
 * field write, and that does not change the value.  A reader without a struct
 * der_lenient is strict.
 *
 * After the first failure every take returns zero or an empty view, so a parser
 * reads all its fields and asks der_done() once.  Only definite lengths are
 * accepted; nesting is as deep as the caller's code.
 */
#ifndef CRYPTO_CODEC_DER_H
#define CRYPTO_CODEC_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define DER_LENIENCIES(L)                                     \
	L(BOOLEAN_NOT_DER, "boolean-not-der",                 \
	  "a true BOOLEAN that is not 0xff")                  \
	L(INTEGER_NOT_MINIMAL, "integer-not-minimal",         \
	  "an INTEGER with more leading zeros than it needs") \
	L(LENGTH_NOT_MINIMAL, "length-not-minimal",           \
	  "a length in more bytes than it needs")             \
	L(SET_NOT_SORTED, "set-not-sorted",                   \
	  "a SET OF whose elements do not ascend")            \
	L(TAGS_NOT_ASCENDING, "tags-not-ascending",           \
	  "an AuthorizationList whose tags do not ascend")

enum der_leniency {
#define LENIENCY(name, text, what) LENIENT_##name,
	DER_LENIENCIES(LENIENCY)
#undef LENIENCY
	        LENIENT_COUNT,
};

/* How often each leniency was used; bit i of seen: at least once. */
struct der_lenient {
	uint32_t seen;
	uint32_t count[LENIENT_COUNT];
};

const char *der_leniency_name(enum der_leniency leniency);

struct der {
	struct bytes in; /* what is left */
	struct der_lenient *lenient;
	bool failed;
};

/* First identifier bytes.  DER_CONTEXT is context-specific and constructed. */
#define DER_BOOLEAN 0x01
#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_OCTETS 0x04
#define DER_NULL 0x05
#define DER_ENUMERATED 0x0a
#define DER_SEQUENCE 0x30
#define DER_SET 0x31
#define DER_CONTEXT 0xa0

/* lenient NULL: strict. */
struct der der_of(struct bytes in, struct der_lenient *lenient);
void der_fail(struct der *d);

/* True when nothing failed and nothing is left. */
bool der_done(const struct der *d);
bool der_at_end(const struct der *d); /* nothing is left, or it failed */

/* Counts a leniency; a strict reader fails instead. */
void der_forgive(struct der *d, enum der_leniency leniency);

/* The content of the next element, which must have this one-byte identifier, as
 * bytes or as a reader of its content. */
struct bytes der_take(struct der *d, uint8_t identifier);
struct der der_enter(struct der *d, uint8_t identifier);

/* Ends an inner reader: if it failed, or has bytes left, outer fails. */
void der_leave(struct der *outer, const struct der *inner);

/* True if the next element has this identifier.  Takes nothing. */
bool der_next_is(const struct der *d, uint8_t identifier);

/* The next element as a whole, with identifier and length. */
struct bytes der_take_any(struct der *d);

/* Enters a constructed element of class context; returns its tag number. */
struct der der_enter_context(struct der *d, uint32_t *ret_number);

/* der_take_uint() fails for a negative value and for one above 64 bits. */
uint64_t der_take_uint(struct der *d, uint8_t identifier);
int64_t der_take_int(struct der *d);
bool der_take_boolean(struct der *d);
void der_take_null(struct der *d);

/*
 * Iterates over the elements of a SET OF, with the leniency about their order:
 *
 *	struct der set = der_enter(d, DER_SET);
 *	struct bytes last = { 0 };
 *	while (der_set_next(&set, &last))
 *		take one element of set
 */
bool der_set_next(struct der *set, struct bytes *last);

#endif
