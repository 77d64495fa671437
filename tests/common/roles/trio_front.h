/*
 * trio_front.h - what a front asks, said by the test in its place (trio.h).
 */
#ifndef COMMON_ROLES_TRIO_FRONT_H
#define COMMON_ROLES_TRIO_FRONT_H

#include "wire/reason.h"
#include "tests/common/roles/trio.h"

/* Enrols t->tpm for a tenant; its handle. */
void trio_front_enroll(struct trio *t, const char *tenant,
                       char ret[static ASK_HANDLE_MAX]);

/* Metadata for t->handle, bound to a connection. */
struct wire_challenge_make trio_front_order(const struct trio *t,
                                            const char *tenant);
void trio_front_challenge(struct trio *t, const struct wire_challenge_make *m,
                          struct buf *ret_token);

/* A challenge of backend-a's and the TPM's answer, to be handed in. */
struct trio_question {
	struct trio *trio;
	struct buf token;
	struct wire_evidence m;
};

struct trio_question trio_front_question(struct trio *t);
void trio_question_release(struct trio_question *q);
DEFINE_AUTO_REF(struct trio_question, trio_question_release);

/* The TPM's answer to what is in q->token now. */
void trio_front_quote(struct trio_question *q);

/* Hands it to that verifier.  *ret_reasons: what the ledger says beside the
 * result; ret_jwt may be NULL. */
enum trio_word trio_front_ask(struct trio_question *q, struct peer *verifier,
                              reason_set *ret_reasons, struct buf *ret_jwt);

#endif
