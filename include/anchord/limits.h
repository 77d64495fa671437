/*
 * limits.h - sizes that the formats fix.  Whoever keeps a challenge, a result or
 * a handle needs so much room and no more.
 *
 * For C and C++, by itself; nothing to link.
 */
#ifndef ANCHORD_LIMITS_H
#define ANCHORD_LIMITS_H

/* Bytes of the CBOR of a challenge, and of a result's compact JWT. */
#define ANCHORD_CHALLENGE_MAX 4096
#define ANCHORD_RESULT_MAX 16384

/* Bytes of UTF-8, without a NUL at the end. */
#define ANCHORD_ISSUER_MAX 256
#define ANCHORD_TENANT_MAX 64
#define ANCHORD_DEVICE_HANDLE_MAX 64
#define ANCHORD_CHANNEL_MAX 64
#define ANCHORD_TRANSACTION_MAX 128
#define ANCHORD_RELEASE_MAX 128

/* Bytes, always as many: digests (SHA-256), nonces, challenge and result ids. */
#define ANCHORD_HASH_SIZE 32
#define ANCHORD_CTI_SIZE 16

#endif
