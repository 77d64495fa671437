/*
 * api.h - the handlers of the endpoints, and of the answers for them.
 *
 * A handler runs when its request is complete, routed and authorised.  It
 * either responds, or asks another process (front_ask()) and continues in its
 * api_*_on_* function.
 */
#ifndef FRONT_API_API_H
#define FRONT_API_API_H

#include "front/pending.h"
#include "front/http/query.h"
#include "front/http/request.h"
#include "wire/wire.h"

/* front_ask() of the ledger, for a question that needs nobody else. */
bool api_ask_ledger(struct request *r, enum question_kind kind,
                    uint64_t *ret_id);

/* Answers by a composed document; 503 if there was no memory for all of it. */
void api_respond_text(struct request *r, unsigned status,
                      const struct buf *text);

void api_challenge_post(struct request *r);
bool api_challenge_again(struct request *r);
void api_challenge_on_made(struct question *q,
                           const struct wire_challenge_made *m);

void api_attestation_post(struct request *r);
void api_attestation_on_judge_again(struct front *f, struct request *r,
                                    uint64_t id);
void api_attestations_sweep(struct front *f, uint64_t now);
void api_attestation_on_result(struct question *q, const struct wire_result *m);

/* Enrol by a statement, and by evidence.  r->route->form has the format. */
void api_enrollment_post(struct request *r);
void api_enrollment_evidence_post(struct request *r);
void api_enrollment_key_post(struct request *r);
void api_enrollment_get(struct request *r);
void api_enrollment_delete(struct request *r);
void api_enrollment_suspend(struct request *r);
void api_enrollment_retire(struct request *r);
void api_enrollment_resume(struct request *r);
void api_enrollment_approve(struct request *r);
void api_enrollment_on_answer(struct question *q,
                              const struct wire_enrollment *m);

/* GET /v1/enrollments; and the answer, E_MALFORMED: no ledger of ours sends it. */
void api_enrollments_get(struct request *r);
MUST_CHECK err_t api_enrollments_on_page(struct question *q,
                                         const struct wire_enrollment_page *m);
extern const struct query_param api_enrollments_query[];

/* What every request about enrolments needs: the service is ready, and the
 * client has a tenant, and for changes the right to them.  False: answered. */
bool api_enrollment_may(struct request *r, bool changes);

/* Appends an enrolment as a document. */
void api_enrollment_put(struct buf *out, const struct wire_enrollment *m);

/* /v1/preregistrations; and the answers, E_MALFORMED: no ledger of ours sends it. */
void api_preregistrations_post(struct request *r);
void api_preregistrations_get(struct request *r);
void api_preregistration_delete(struct request *r);
MUST_CHECK err_t api_preregistrations_on_added(
        struct question *q, const struct wire_preregistered *m);
MUST_CHECK err_t api_preregistrations_on_page(
        struct question *q, const struct wire_preregistration_page *m);
MUST_CHECK err_t api_preregistration_on_deleted(
        struct question *q, const struct wire_preregistration_deleted *m);
extern const struct query_param api_preregistrations_query[];

/* POST /v1/releases/{release}/stop. */
void api_release_stop(struct request *r);
MUST_CHECK err_t api_release_on_stopped(struct question *q,
                                        const struct wire_release_stopped *m);

/* The parameters of the query, for the table of routes. */
extern const struct query_param api_outcomes_params[];
void api_outcomes_get(struct request *r);
/* E_MALFORMED: no ledger of ours says that. */
MUST_CHECK err_t api_outcomes_on_page(struct question *q,
                                      const struct wire_outcomes *m);

/* GET /v1/permits; as for outcomes. */
extern const struct query_param api_permits_query[];
void api_permits_get(struct request *r);
MUST_CHECK err_t api_permits_on_page(struct question *q,
                                     const struct wire_permits *m);

void api_keys_get(struct request *r);
void api_trust_bundle_get(struct request *r);
void api_openapi_get(struct request *r);
void api_healthz_get(struct request *r);
void api_readyz_get(struct request *r);
void api_metrics_get(struct request *r);

#endif
