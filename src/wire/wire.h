/*
 * wire.h - the messages between the processes of the service: structs, codec
 * and permissions.
 *
 * wire.def is the table of messages.  struct wire_x has the fields of message
 * X; views in it point into the packet that was decoded.  A message that is
 * malformed or not permitted shows that the peer is faulty or was taken over,
 * so the receiver ends (proc/role.h).
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

/* Bytes of one packet.  It must fit into the kernel's default socket buffer
 * (212,992 bytes), which an unprivileged process cannot enlarge. */
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

/* A verifier's finding alone.  Its encoding is that of its fields, in order. */
struct wire_finding {
	WIRE_FINDING(WIRE_MEMBER)
};

/* A stored outcome, one of those in OUTCOMES. */
struct wire_outcome {
	WIRE_OUTCOME(WIRE_MEMBER)
};

/* A stored permit, one of those in PERMITS. */
struct wire_permit {
	WIRE_PERMIT(WIRE_MEMBER)
};

/* A known device, one of those in PREREGISTER and PREREGISTRATION_PAGE. */
struct wire_known {
	WIRE_KNOWN(WIRE_MEMBER)
};
#undef WIRE_MEMBER

void wire_put_permit(struct buf *out, const struct wire_permit *m);
MUST_CHECK err_t wire_get_permit(struct bytes in, struct wire_permit *ret_m);

void wire_put_known(struct buf *out, const struct wire_known *m);
MUST_CHECK err_t wire_get_known(struct bytes in, struct wire_known *ret_m);

void wire_put_outcome(struct buf *out, const struct wire_outcome *m);
MUST_CHECK err_t wire_get_outcome(struct bytes in, struct wire_outcome *ret_m);

struct wire_finding wire_finding_of(const struct wire_verdict *v);
void wire_put_finding(struct buf *out, const struct wire_finding *m);
MUST_CHECK err_t wire_get_finding(struct bytes in, struct wire_finding *ret_m);

/* Appends one packet to out; buf_status() returns a failure. */
#define MESSAGE(id, NAME, name, from, to) \
	void wire_put_##name(struct buf *out, const struct wire_##name *m);
#include "wire/wire.def"
#undef MESSAGE

/* Decodes a whole packet.  E_MALFORMED: another message, a field that is not
 * valid, or bytes after the last field. */
#define MESSAGE(id, NAME, name, from, to)                     \
	MUST_CHECK err_t wire_get_##name(struct bytes packet, \
	                                 struct wire_##name *ret_m);
#include "wire/wire.def"
#undef MESSAGE

/* The packet's message id; 0: the packet is too short. */
uint16_t wire_packet_id(struct bytes packet);

/* True if `from` may send this message to `to`.  False for an unknown id. */
bool wire_allowed(uint16_t id, enum wire_role from, enum wire_role to);

const char *wire_name(uint16_t id); /* "?": unknown id */

#endif
