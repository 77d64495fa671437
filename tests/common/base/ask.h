/*
 * ask.h - composes request bodies for the service and parses its answers, for
 * tests.
 *
 * A test may compose a body once and send it often.  Of an answer only the
 * members that tests need are parsed.
 */
#ifndef COMMON_BASE_ASK_H
#define COMMON_BASE_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "tests/common/base/client.h"

#define ASK_TOKEN_MAX 8192  /* bytes of a challenge in base64url */
#define ASK_HANDLE_MAX 65   /* with its NUL */
#define ASK_REASONS_MAX 512 /* reason codes, joined by spaces */
#define ASK_JTI_MAX 64
#define ASK_JWT_MAX 16384
#define ASK_BODY_MAX 65536

/* The members of a request; NULL members are omitted. */
struct ask {
	const char *workflow;
	const char *handle;
	const char *channel;
	const char *transaction;
	const char *release;
	unsigned ttl;      /* 0: the service's default */
	bool bound;        /* transport and request, see ask_binding() */
	uint8_t transport; /* seeds of the two digests */
	uint8_t request;
	uint8_t account; /* seed; 0: not bound */
};

struct asked_challenge {
	char token[ASK_TOKEN_MAX];
	uint8_t nonce[HASH_SIZE];
};

struct asked_result {
	bool eligible;
	char reasons[ASK_REASONS_MAX]; /* "" when eligible */
	char jti[ASK_JTI_MAX];         /* of the JWT */
	char jwt[ASK_JWT_MAX];
};

/* The digest (32 bytes) for a seed. */
void ask_binding(uint8_t seed, uint8_t out[static HASH_SIZE]);

/* Each appends a body to out. */
void ask_challenge_body(const struct ask *ask, struct buf *out);
void ask_attest_body(const char *challenge, struct bytes evidence,
                     const struct ask *observed, struct buf *out);
void ask_enroll_body(struct bytes ak_public, struct buf *out);

/* Parse an answer.  False: it does not have the documented form. */
bool ask_challenge_read(struct buf *body, struct asked_challenge *ret);
bool ask_result_read(struct buf *body, struct asked_result *ret);

/* Send a request and parse its answer.  Return the HTTP status, CLIENT_LOST, or
 * -1 for a 2xx answer without the documented form. */
int ask_challenge(struct client *c, const struct ask *ask,
                  struct asked_challenge *ret);
int ask_attest(struct client *c, const char *challenge, struct bytes evidence,
               const struct ask *observed, struct asked_result *ret);
int ask_enroll(struct client *c, struct bytes ak_public,
               char ret_handle[static ASK_HANDLE_MAX]);

#endif
