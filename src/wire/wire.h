/*
 * wire.h - the words our processes exchange: roles, messages, codec.
 *
 * wire.def is the list.  struct wire_x holds message X; views in it point into
 * the packet it was decoded from.  A malformed or unpermitted message means
 * that the peer is not what we started: the receiver ends (role.h does that).
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/choices.h"
#include "wire/facts.h"
#include "wire/terms.h"

/* Bytes: one packet, below the kernel's default socket buffer (212,992),
 * so that an unprivileged service can send the largest. */
#define WIRE_PACKET_MAX (192 * 1024)

typedef uint16_t wire_u16;
typedef uint32_t wire_u32;
typedef uint64_t wire_u64;
typedef uint8_t wire_hash[HASH_SIZE];
typedef uint8_t wire_id16[CTI_SIZE];
typedef struct bytes wire_text;
typedef struct bytes wire_blob;
typedef struct bindings wire_bindings;
typedef struct facts wire_facts;
typedef int8_t wire_vector[VECTOR_COUNT];
typedef enum workflow wire_workflow;
#define CHOICE(type, TYPE) typedef enum wire_##type wire_##type;
#include "wire/choices.def"
#undef CHOICE

enum wire_id {
#define MESSAGE(id, NAME, name, from, to) WIRE_ID_##NAME = (id),
#include "wire/wire.def"
#undef MESSAGE
};

#define WIRE_MEMBER(type, name) wire_##type name;
#define MESSAGE(id, NAME, name, from, to) \
	struct wire_##name {              \
		WIRE_##NAME(WIRE_MEMBER)  \
	};
#include "wire/wire.def"
#undef MESSAGE

/* A verifier's finding alone; its bytes are the fields in their order. */
struct wire_finding {
	WIRE_FINDING(WIRE_MEMBER)
};
#undef WIRE_MEMBER

struct wire_finding wire_finding_of(const struct wire_verdict *v);
void wire_put_finding(struct buf *out, const struct wire_finding *m);
MUST_CHECK err_t wire_get_finding(struct bytes in, struct wire_finding *ret_m);

/* Appends one packet to out; buf_status() tells of failures. */
#define MESSAGE(id, NAME, name, from, to) \
	void wire_put_##name(struct buf *out, const struct wire_##name *m);
#include "wire/wire.def"
#undef MESSAGE

/* Decodes a whole packet of that message.  E_MALFORMED. */
#define MESSAGE(id, NAME, name, from, to)                     \
	MUST_CHECK err_t wire_get_##name(struct bytes packet, \
	                                 struct wire_##name *ret_m);
#include "wire/wire.def"
#undef MESSAGE

/* The packet's message id; 0 when it is too short to have one. */
uint16_t wire_packet_id(struct bytes packet);

/* May `from` send this message to `to`?  False for an id without a row. */
bool wire_allowed(uint16_t id, enum wire_role from, enum wire_role to);

const char *wire_name(uint16_t id); /* "?" without a row */

#endif
