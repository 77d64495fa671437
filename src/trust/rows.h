/*
 * rows.h - the rows of a trust bundle, and their limits.
 */
#ifndef TRUST_ROWS_H
#define TRUST_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "wire/terms.h"

#define TRUST_TEXT_MAX (512 * 1024) /* bytes of a bundle */
#define TRUST_NAME_SIZE 41  /* bytes of a name with the NUL: a-z 0-9 . _ - */
#define TRUST_NOTE_SIZE 257 /* bytes of a note with the NUL */
#define TRUST_KEY_SIZE \
	1200                  /* bytes of an OpenSSH public key with the NUL;
                                        RSA of 4096 bits has 725 */
#define TRUST_OFFICERS_MAX 16 /* in a set */
#define TRUST_DEVICES_MAX 16
#define TRUST_ANCHORS_MAX 64
#define TRUST_INTERMEDIATES_MAX 16 /* of an anchor */
#define TRUST_TENANTS_MAX 16       /* of an anchor */
#define TRUST_POLICIES_MAX 16
#define TRUST_POLICY_ID_SIZE 65 /* bytes with the NUL */
#define TRUST_TOKEN_SIZE 33     /* bytes of a token's name with the NUL */
#define TRUST_COUNTER_SIZE 129  /* bytes of a counter's name with the NUL */
#define TRUST_APPLY_DAYS 14     /* from issued to apply_before, at most */
#define TRUST_WAIT_DAYS_MAX 90
#define TRUST_RECOVERY_DAYS 366 /* from issued to expires that one may set */

/* How a version differs from the one before; chain.h has the rules. */
enum bundle_change {
#define CHANGE(code, word) BUNDLE_##code,
#define KIND(code, word)
#include "trust/words.def"
	BUNDLE_CHANGES
};

/* Where the private half of an officer's key is. */
enum officer_kind {
#define CHANGE(code, word)
#define KIND(code, word) OFFICER_##code,
#include "trust/words.def"
	OFFICER_KINDS
};

struct officer {
	char name[TRUST_NAME_SIZE];
	enum officer_kind kind;
	char key[TRUST_KEY_SIZE]; /* "TYPE BASE64", without a comment */
	uint64_t until_s;         /* 0: no end */
};

struct officer_set {
	uint32_t threshold;
	size_t n;
	struct officer rows[TRUST_OFFICERS_MAX];
};

/* counter says which head and counter the device has (hsm/core/trust.h); tpm is
 * the SHA-256 of a public key that only their TPM has; zeros: they are a token's. */
struct trust_device {
	char token[TRUST_TOKEN_SIZE];
	uint64_t base;
	char counter[TRUST_COUNTER_SIZE];
	uint8_t tpm[HASH_SIZE];
};

struct trust_policy {
	char id[TRUST_POLICY_ID_SIZE];
	uint8_t digest[HASH_SIZE];
};

/* A certificate by its two digests. */
struct trust_certificate {
	uint8_t certificate[HASH_SIZE], spki[HASH_SIZE];
};

struct trust_anchor {
	char name[TRUST_NAME_SIZE];
	unsigned purposes; /* ANCHOR_BIT()s */
	struct trust_certificate self;
	size_t n_intermediates, n_tenants; /* no tenants: all of them */
	struct trust_certificate intermediates[TRUST_INTERMEDIATES_MAX];
	uint8_t tenants[TRUST_TENANTS_MAX][HASH_SIZE];
	char note[TRUST_NOTE_SIZE];
};

#endif
