/*
 * trio_front.h - sends the requests of a front, for tests in place of the front
 * (trio.h).
 */
#ifndef COMMON_ROLES_TRIO_FRONT_H
#define COMMON_ROLES_TRIO_FRONT_H

#include "wire/reason.h"
#include "tests/common/roles/trio.h"

/* Enrols t->tpm for a tenant and returns the handle. */
void trio_front_enroll(struct trio *t, const char *tenant,
                       char ret[static ASK_HANDLE_MAX]);

/* A request for metadata for t->handle, bound to a connection. */
struct wire_challenge_make trio_front_order(const struct trio *t,
                                            const char *tenant);
void trio_front_challenge(struct trio *t, const struct wire_challenge_make *m,
                          struct buf *ret_token);

/* A challenge for backend-a and the TPM's evidence, before submission. */
struct trio_question {
	struct trio *trio;
	struct buf token;
	struct wire_evidence m;
};

struct trio_question trio_front_question(struct trio *t);
void trio_question_release(struct trio_question *q);
DEFINE_AUTO_REF(struct trio_question, trio_question_release);

/* Makes the TPM's evidence for the challenge in q->token. */
void trio_front_quote(struct trio_question *q);

/* Submits the evidence to that verifier.  *ret_reasons gets the reasons that
 * the ledger sends beside the result; ret_jwt may be NULL. */
enum trio_word trio_front_ask(struct trio_question *q, struct peer *verifier,
                              reason_set *ret_reasons, struct buf *ret_jwt);

#endif
