/*
 * api.h - the service's requests and answers, for tests: JSON in and out.
 *
 * Bodies are texts that a test may make once and send often; answers are
 * looked at only as far as tests ask.
 */
#ifndef API_H
#define API_H

#include <stdbool.h>
#include <stdint.h>

#include "auto.h"
#include "buf.h"
#include "bytes.h"
#include "client.h"

#define API_TOKEN_MAX 8192  /* bytes of a challenge in base64url */
#define API_HANDLE_MAX 65   /* with its NUL */
#define API_REASONS_MAX 512 /* reason codes, joined by spaces */
#define API_JTI_MAX 64
#define API_JWT_MAX 16384
#define API_BODY_MAX 65536

/* What is asked for; NULL members are left out. */
struct api_ask {
	const char *workflow;
	const char *handle;
	const char *channel;
	const char *transaction;
	unsigned ttl;      /* 0: the service's default */
	bool bound;        /* transport and request, see api_binding() */
	uint8_t transport; /* seeds of the two digests */
	uint8_t request;
};

struct api_challenge {
	char token[API_TOKEN_MAX];
	uint8_t nonce[HASH_SIZE];
};

struct api_result {
	bool eligible;
	char reasons[API_REASONS_MAX]; /* "" when eligible */
	char jti[API_JTI_MAX];         /* of the JWT */
	char jwt[API_JWT_MAX];
};

/* The 32 bytes that a seed stands for. */
void api_binding(uint8_t seed, uint8_t out[static HASH_SIZE]);

/* Bodies; appended. */
void api_challenge_body(const struct api_ask *ask, struct buf *out);
void api_attest_body(const char *challenge, struct bytes evidence,
                     const struct api_ask *observed, struct buf *out);
void api_enroll_body(struct bytes ak_public, struct buf *out);

/* Answers.  False: not what the service promises. */
bool api_challenge_read(struct buf *body, struct api_challenge *ret);
bool api_result_read(struct buf *body, struct api_result *ret);

/* A request and its answer: the HTTP status, CLIENT_LOST, or -1 for a 2xx
 * answer that is not what the service promises. */
int api_challenge(struct client *c, const struct api_ask *ask,
                  struct api_challenge *ret);
int api_attest(struct client *c, const char *challenge, struct bytes evidence,
               const struct api_ask *observed, struct api_result *ret);
int api_enroll(struct client *c, struct bytes ak_public,
               char ret_handle[static API_HANDLE_MAX]);

#endif
