/*
 * terms.h - the terms of the product as types: workflow, bindings, challenge
 * id, trustworthiness vector.
 *
 * A challenge is bound to one transaction.  All its bindings are in one struct,
 * which is passed from the request to the claims, the verdict and the result,
 * so that no step can omit one.
 */
#ifndef WIRE_TERMS_H
#define WIRE_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "anchord/limits.h"
#include "base/bytes.h"
#include "base/err.h"

/* What the backend will allow the device to do.  The names are part of the
 * API. */
#define WORKFLOWS(W)            \
	W(ENROLL, "enroll")     \
	W(REGISTER, "register") \
	W(METADATA, "metadata") \
	W(ARTIFACT, "artifact") \
	W(CHANNEL, "channel")

enum workflow {
#define WORKFLOW_ENUM(name, text) WORKFLOW_##name,
	WORKFLOWS(WORKFLOW_ENUM)
#undef WORKFLOW_ENUM
	        WORKFLOW_COUNT
};

const char *workflow_name(enum workflow w);     /* "?" out of range */
enum workflow workflow_find(struct bytes name); /* or WORKFLOW_COUNT */
bool tenant_name_valid(struct bytes name);      /* 1..64 of [a-z0-9._-] */

/* True for the form of handles that key holders derive: "dh1_", base64url. */
bool device_handle_ours(struct bytes handle);

/* What a challenge can be bound to.  The numbers are the bits of struct
 * bindings.present. */
#define BINDINGS(B)               \
	B(DEVICE, "device")       \
	B(TRANSPORT, "transport") \
	B(REQUEST, "request")     \
	B(CHANNEL, "channel")     \
	B(TRANSACTION, "transaction")

enum binding {
#define BINDING_ENUM(name, text) BINDING_##name,
	BINDINGS(BINDING_ENUM)
#undef BINDING_ENUM
	        BINDING_COUNT
};

#define BINDING_BIT(name) ((uint16_t)(1u << BINDING_##name))
#define BINDING_ALL ((uint16_t)((1u << BINDING_COUNT) - 1))

const char *binding_name(enum binding b);
enum binding binding_find(struct bytes name); /* or BINDING_COUNT */

/* Limits of the textual bindings, in bytes of UTF-8. */
#define DEVICE_HANDLE_MAX ANCHORD_DEVICE_HANDLE_MAX
#define CHANNEL_MAX ANCHORD_CHANNEL_MAX
#define TRANSACTION_MAX ANCHORD_TRANSACTION_MAX

/* A member whose bit is not in `present` is empty or zero. */
struct bindings {
	uint16_t present;
	struct bytes device_handle; /* text */
	uint8_t transport[HASH_SIZE];
	uint8_t request[HASH_SIZE];
	struct bytes channel;     /* text */
	struct bytes transaction; /* text */
};

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

/* The purpose of a trust anchor: the chains that may end at it. */
enum anchor_purpose {
	ANCHOR_NONE, /* no chain may end at it */
#define PURPOSE(code, word) ANCHOR_##code,
#include "wire/purposes.def"
	ANCHOR_PURPOSE_COUNT
};

#define ANCHOR_BIT(purpose) (1u << ((purpose)-1)) /* in a set of them */

/* The name of the purpose with bit n of a set, from 0; NULL: past the last. */
const char *anchor_bit_word(unsigned n);
enum anchor_purpose anchor_purpose_find(struct bytes name); /* or ANCHOR_NONE */

/* The id of a challenge, which is never used again and by which the ledger
 * redeems it.  Encoded as node u32, epoch u32, serial u64, big-endian. */
#define CTI_SIZE ANCHORD_CTI_SIZE

struct cti {
	uint32_t node;
	uint32_t epoch;
	uint64_t serial;
};

void cti_encode(const struct cti *cti, uint8_t out[static CTI_SIZE]);
struct cti cti_decode(const uint8_t in[static CTI_SIZE]);

/* Seconds after a challenge's expiry in which a retry of a request that came in
 * time still gets the first result. */
#define RETRY_GRACE_S 30

/* The claims of AR4SI's trustworthiness vector (draft-ietf-rats-ar4si), in the
 * order of their keys. */
#define VECTOR_CLAIMS(V)                          \
	V(INSTANCE_IDENTITY, "instance-identity") \
	V(CONFIGURATION, "configuration")         \
	V(EXECUTABLES, "executables")             \
	V(FILE_SYSTEM, "file-system")             \
	V(HARDWARE, "hardware")                   \
	V(RUNTIME_OPAQUE, "runtime-opaque")       \
	V(STORAGE_OPAQUE, "storage-opaque")       \
	V(SOURCED_DATA, "sourced-data")

enum vector_claim {
#define VECTOR_ENUM(name, text) VECTOR_##name,
	VECTOR_CLAIMS(VECTOR_ENUM)
#undef VECTOR_ENUM
	        VECTOR_COUNT
};

const char *vector_name(enum vector_claim c);

#endif
