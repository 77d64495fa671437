/*
 * terms.h - the terms of the product as types: workflow, challenge id,
 * trustworthiness vector, and what a challenge is bound to (bindings.h).
 */
#ifndef WIRE_TERMS_H
#define WIRE_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "anchord/limits.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/bindings.h"

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

/* 1..128 of [A-Za-z0-9._:+~@-]: releases that a rollout file has and that can be
 * stopped, since their names are segments of a path. */
bool release_name_valid(struct bytes name);

/* True for the form of handles that key holders derive: "dh1_", base64url. */
bool device_handle_ours(struct bytes handle);

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
