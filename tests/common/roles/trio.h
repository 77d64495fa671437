/*
 * trio.h - three real roles with real edges between them, and the test in the
 * place of the fourth: the code of whoever took that process over.
 *
 *	TRIO(t, WIRE_ROLE_LEDGER);               front, verifier, key holder run
 *	peer_send(trio_to(&t, WIRE_ROLE_KEYHOLDER), &t.packet);
 *	trio_restore(&t);                        it ends, an honest one begins
 *	trio_whole(&t);                          and the whole job works
 *
 * The test is the supervisor of the three, too, and gives the one that it plays
 * nothing that the supervisor would not: the key of tags (VERDICT_KIT_KEY) is a
 * verifier's and a key holder's, the token (SoftHSM) a key holder's, t.directory
 * a ledger's.  Clients of the real front are backend-a and backend-b.
 */
#ifndef COMMON_ROLES_TRIO_H
#define COMMON_ROLES_TRIO_H

#include "tests/common/base/ask.h"
#include "tests/common/base/client.h"
#include "crypto/keys/keyring.h"
#include "tests/common/roles/lifeline.h"
#include "tests/common/devices/soft_tpm.h"
#include "tests/common/devices/softtoken.h"
#include "wire/wire.h"

#define TRIO_ROLES 4
#define TRIO_NONE_MS 100 /* in which nothing comes that was refused */
#define TRIO_TTL_MAX 300 /* challenge.ttl_max */
#define TRIO_RESULT_TTL 300

struct trio {
	enum wire_role played;   /* 0: nobody, after trio_restore() */
	const char *tag_key;     /* given to verifiers and key holders */
	unsigned policy_version; /* to verifiers */
	struct softtoken token;
	char directory[192]; /* the ledger's */
	struct lifeline *roles[TRIO_ROLES];
	struct lifeline *second;        /* verifier */
	struct peer *peers[TRIO_ROLES]; /* the played role's, by who is there */
	struct client_identity *backend, *backend_b;
	struct client *client;    /* whose answer is awaited */
	uint8_t nonce[HASH_SIZE]; /* of the challenge that it is about */
	int listening, quotas;
	uint16_t port;
	struct keyring *ring; /* the pinned key, as a relying party has it */
	char kid[KID_SIZE];
	struct soft_tpm *tpm;
	char handle[ASK_HANDLE_MAX]; /* of that TPM, once it is enrolled */
	struct buf packet, evidence;
};

/* False: there is no SoftHSM here, the test is skipped. */
bool trio_open(struct trio *t, enum wire_role played);
void trio_close(struct trio *t);
DEFINE_AUTO_REF(struct trio, trio_close);

#define TRIO(t, played)                 \
	AUTO(trio_close) struct trio t; \
	if (!trio_open(&(t), (played))) \
	return

/* The played role's edge to that one. */
struct peer *trio_to(const struct trio *t, enum wire_role role);

/* That role must have ended with this status; and begins anew, with new
 * edges. */
void trio_ended(struct trio *t, enum wire_role role, int status);

/* One that the test ends; and that begins, with what t says now. */
void trio_end(struct trio *t, enum wire_role role);
void trio_begin(struct trio *t, enum wire_role role);

/* A verifier beside the first, when the front is played: its edge there. */
struct peer *trio_second(struct trio *t);

/* The process that the test plays ends, and an honest one begins. */
void trio_restore(struct trio *t);

/* Sends every message that some role may send to the others, and the played one
 * may not: each ends whoever got it.  (Of the supervisor's FILE alone, unless
 * ANCHORD_TEST_ALL=1.) */
void trio_may_not_say(struct trio *t);

/* --- clients and relying parties ------------------------------------------ */

/* What a relying party that pins the key makes of a result. */
enum trio_word {
	TRIO_NOTHING,  /* there is none: 503, or a time that was over */
	TRIO_FALSE,    /* no signature by the pinned key */
	TRIO_OTHER,    /* signed and eligible, for another challenge */
	TRIO_REFUSED,  /* signed, and not eligible */
	TRIO_ELIGIBLE, /* signed and eligible */
};
enum trio_word trio_word_of(const struct trio *t, struct bytes jwt);

/* Likewise of one that must be about the challenge with this nonce. */
enum trio_word trio_word_for(const struct trio *t,
                             const uint8_t nonce[static HASH_SIZE],
                             struct bytes jwt);

/* The front says at /readyz that it is ready. */
void trio_ready(struct trio *t);

/* Metadata for t->handle, with bindings; ttl 0: the service's. */
struct ask trio_ask(const struct trio *t, unsigned ttl);
void trio_challenge(struct trio *t, unsigned ttl, struct asked_challenge *ret);

/* Enrols t->tpm for backend-a: t->handle. */
void trio_enroll(struct trio *t);

/* The TPM's answer to that nonce, in t->evidence. */
struct bytes trio_quote(struct trio *t, const uint8_t nonce[static HASH_SIZE]);

/* A request whose answer is awaited later; backend-a's. */
void trio_send(struct trio *t, const char *path, const struct buf *body);
int trio_receive(struct trio *t, struct buf *answer);

/* Hands in evidence; the answer.  ret may be NULL. */
void trio_attest(struct trio *t, const struct asked_challenge *c,
                 struct bytes evidence);
enum trio_word trio_answer(struct trio *t, struct asked_result *ret);

/* Both, with a good quote. */
enum trio_word trio_attested(struct trio *t, const struct asked_challenge *c,
                             struct asked_result *ret);

/* Enrolment, challenge, good evidence, bad evidence; and /v1/keys has the pinned
 * key and no other. */
void trio_whole(struct trio *t);

#endif
