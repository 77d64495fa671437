/*
 * answer.c - sends answers to the fronts.
 */
#include "base/log.h"

#include "ledger/ledger.h"
#include "ledger/lifecycle.h"

void
answer_packet(struct ledger *l, uint16_t front)
{
	err_t err = buf_status(&l->packet);

	if (err == OK && front != WORK_NO_FRONT)
		err = edge_send(role_edge(l->role, WIRE_ROLE_FRONT, front),
		                &l->packet);
	buf_reset(&l->packet);
	if (err != OK && err != E_CLOSED)
		log_event(LOG_WARN, "answer-dropped", LOG_U64("front", front),
		          LOG_ERR(err));
}

void
answer_unavailable(struct ledger *l, uint16_t front, uint64_t request,
                   const char *why)
{
	const struct wire_unavailable m = { .request = request,
		                            .why = bytes_of_str(why) };

	wire_put_unavailable(&l->packet, &m);
	answer_packet(l, front);
}

void
answer_judge_again(struct ledger *l, uint16_t front, uint64_t request)
{
	const struct wire_judge_again m = { .request = request };

	wire_put_judge_again(&l->packet, &m);
	answer_packet(l, front);
}

void
answer_result(struct ledger *l, uint16_t front, const struct wire_result *m)
{
	wire_put_result(&l->packet, m);
	answer_packet(l, front);
}

void
answer_stopped(struct ledger *l, uint16_t front,
               const struct wire_release_stopped *m)
{
	wire_put_release_stopped(&l->packet, m);
	answer_packet(l, front);
}

void
answer_outcomes(struct ledger *l, uint16_t front, const struct wire_outcomes *m)
{
	wire_put_outcomes(&l->packet, m);
	answer_packet(l, front);
}

struct wire_enrollment
enrolment_answer(const struct enrolment *e)
{
	return (struct wire_enrollment){
		.state = WIRE_ENROLMENT_EXISTING,
		.device = e->state,
		.handle = store_small_bytes(&e->handle),
		.format = store_small_bytes(&e->format),
		.facts = e->facts,
		.enrolled_s = e->enrolled_s,
		.changed_ms = e->changed_ms,
		.keyed_s = e->keyed_s,
		.note = store_small_bytes(&e->note),
		.attested_day = e->attested_day,
	};
}

void
answer_enrolment(struct ledger *l, const struct work *w)
{
	struct wire_enrollment m = enrolment_answer(&w->enrolment);

	m.request = w->request;
	m.state = w->state;
	wire_put_enrollment(&l->packet, &m);
	answer_packet(l, w->front);
}

void
answer_enrollments(struct ledger *l, uint16_t front,
                   const struct wire_enrollment_page *m)
{
	wire_put_enrollment_page(&l->packet, m);
	answer_packet(l, front);
}

void
answer_permits(struct ledger *l, uint16_t front, const struct wire_permits *m)
{
	wire_put_permits(&l->packet, m);
	answer_packet(l, front);
}

void
answer_preregistrations(struct ledger *l, uint16_t front,
                        const struct wire_preregistration_page *m)
{
	wire_put_preregistration_page(&l->packet, m);
	answer_packet(l, front);
}

void
answer_pending_lost(struct ledger *l, struct pending *p, const char *why)
{
	for (const struct waiter *w = p->waiters; w; w = w->next)
		answer_unavailable(l, w->front, w->request, why);
	pending_drop(&l->pendings, p);
}
