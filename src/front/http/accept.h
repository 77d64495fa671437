/*
 * accept.h - which representation of a result the field Accept asks for
 * (RFC 9110 section 12.5.1).
 *
 * The greater weight decides; of equal weights the type that is named more
 * exactly; and then the order of the table, in which JSON is the first.  So a
 * client that asks for nothing, or for anything, gets JSON.
 */
#ifndef FRONT_HTTP_ACCEPT_H
#define FRONT_HTTP_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum accept_type {
	ACCEPT_JSON,    /* a document that has the JWT in it */
	ACCEPT_EAT_JWT, /* the JWT alone */
	ACCEPT_EAT_CWT, /* the result in CBOR alone */
	ACCEPT_TYPES
};

/* The media types, for people and for Content-Type. */
#define ACCEPT_JSON_MEDIA "application/json"
#define ACCEPT_EAT_JWT_MEDIA "application/eat+jwt"

/* All zero: the field was not there. */
struct accept {
	bool given;
	struct accept_wish {
		uint16_t weight; /* thousandths */
		uint8_t rank;    /* how exactly it was named; 0: not at all */
	} wishes[ACCEPT_TYPES];
};

/* Adds a field line; several make one list (section 5.3).  An element that is no
 * media range counts as one that names none of ours. */
void accept_field(struct accept *a, struct bytes value);

/* The media type; `type` is not ACCEPT_TYPES. */
const char *accept_media(enum accept_type type);

/* ACCEPT_TYPES: none is acceptable. */
enum accept_type accept_choose(const struct accept *a);

#endif
