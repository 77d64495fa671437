/*
 * trio.h - three real roles with real edges between them, and the test in place
 * of the fourth, like an attacker who has taken that process over.
 *
 *	TRIO(t, WIRE_ROLE_LEDGER);               front, verifier, key holder run
 *	peer_send(trio_to(&t, WIRE_ROLE_KEYHOLDER), &t.packet);
 *	trio_restore(&t);                        an honest ledger replaces us
 *	trio_whole(&t);                          and the service works
 *
 * The test also acts as the supervisor.  The played role may use only what the
 * supervisor would give it: the key of verdict tags (VERDICT_KIT_KEY) belongs
 * to verifiers and key holders, the token (SoftHSM) to the key holder,
 * t.directory to the ledger.  Clients of the real front are backend-a and
 * backend-b.
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
#define TRIO_NONE_MS 100 /* time in which no answer must come */
#define TRIO_TTL_MAX 300 /* challenge.ttl_max */
#define TRIO_RESULT_TTL 300

struct trio {
	enum wire_role played;   /* 0: none, after trio_restore() */
	const char *tag_key;     /* for verifiers and key holders */
	unsigned policy_version; /* for verifiers */
	struct softtoken token;
	char directory[192]; /* the ledger's */
	struct lifeline *roles[TRIO_ROLES];
	struct lifeline *second;        /* second verifier */
	struct peer *peers[TRIO_ROLES]; /* of the played role, by peer */
	struct client_identity *backend, *backend_b;
	struct client *client;    /* waits for an answer */
	uint8_t nonce[HASH_SIZE]; /* of the challenge of that request */
	int listening, quotas;
	uint16_t port;
	struct keyring *ring; /* the key pinned by relying parties */
	char kid[KID_SIZE];
	struct soft_tpm *tpm;
	char handle[ASK_HANDLE_MAX]; /* of that TPM after its enrolment */
	struct buf packet, evidence;
};

/* False: SoftHSM is not available, and the test was marked as skipped. */
bool trio_open(struct trio *t, enum wire_role played);
void trio_close(struct trio *t);
DEFINE_AUTO_REF(struct trio, trio_close);

#define TRIO(t, played)                 \
	AUTO(trio_close) struct trio t; \
	if (!trio_open(&(t), (played))) \
	return

/* The edge from the played role to that role. */
struct peer *trio_to(const struct trio *t, enum wire_role role);

/* Fails the test and returns false unless that role has ended with this status;
 * restarts it with new edges. */
bool trio_ended(struct trio *t, enum wire_role role, int status);

/* Ends a role; starts it with the current settings of t. */
void trio_end(struct trio *t, enum wire_role role);
void trio_begin(struct trio *t, enum wire_role role);

/* Starts a second verifier, while the test plays the front; returns the edge to
 * it. */
struct peer *trio_second(struct trio *t);

/* Ends the played role and starts an honest process in its place. */
void trio_restore(struct trio *t);

/* Sends to each of the other roles every message that it may get from some
 * role, but not from the played one.  Each must end the receiver.  (Without
 * ANCHORD_TEST_ALL=1 only the supervisor's FILE.) */
void trio_may_not_say(struct trio *t);

/* --- clients and relying parties ------------------------------------------ */

/* How a relying party that has pinned the key judges a result. */
enum trio_word {
	TRIO_NOTHING,  /* no result: 503, or a time-out */
	TRIO_FALSE,    /* not signed by the pinned key */
	TRIO_OTHER,    /* signed and eligible, for another challenge */
	TRIO_REFUSED,  /* signed, and not eligible */
	TRIO_ELIGIBLE, /* signed and eligible */
};
enum trio_word trio_word_of(const struct trio *t, struct bytes jwt);

/* The same for a result that must be about the challenge with this nonce. */
enum trio_word trio_word_for(const struct trio *t,
                             const uint8_t nonce[static HASH_SIZE],
                             struct bytes jwt);

/* Waits until the front's /readyz reports ready. */
void trio_ready(struct trio *t);

/* A request for metadata for t->handle, with bindings; ttl 0: the default. */
struct ask trio_ask(const struct trio *t, unsigned ttl);
void trio_challenge(struct trio *t, unsigned ttl, struct asked_challenge *ret);

/* Enrols t->tpm for backend-a and sets t->handle. */
void trio_enroll(struct trio *t);

/* Makes the TPM's evidence for that nonce, in t->evidence. */
struct bytes trio_quote(struct trio *t, const uint8_t nonce[static HASH_SIZE]);

/* Sends a request of backend-a; receives its answer later. */
void trio_send(struct trio *t, const char *path, const struct buf *body);
int trio_receive(struct trio *t, struct buf *answer);

/* Submits evidence; receives the answer.  ret may be NULL. */
void trio_attest(struct trio *t, const struct asked_challenge *c,
                 struct bytes evidence);
enum trio_word trio_answer(struct trio *t, struct asked_result *ret);

/* Does both with a good quote. */
enum trio_word trio_attested(struct trio *t, const struct asked_challenge *c,
                             struct asked_result *ret);

/* Fails the test unless enrolment, challenge, good evidence and bad evidence
 * work, and /v1/keys has only the pinned key. */
void trio_whole(struct trio *t);

#endif
