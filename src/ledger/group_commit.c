/*
 * group_commit.c - group commit: one round's work, one transaction, one sync.
 *
 * The order within the transaction: first the epochs, because a verdict may be
 * of one that was announced a moment ago; then signed results, because a retry
 * may ask for one; then the works in the order of arrival; then housekeeping.
 * After a failure nothing of the group counts: every request is answered
 * "unavailable", and the store is opened again, since after a failed commit
 * only the disk shows what it contains.  A client whose redemption had reached
 * the disk nevertheless gets its result by an honest retry.
 */
#include <stdlib.h>
#include <sys/random.h>

#include "base/log.h"

#include "ledger/ledger.h"
#include "ledger/keyholder_select.h"

struct group_commit {
	struct ledger *ledger;
	struct redeem_terms terms;
	const char *doing; /* the current step, for the log */
	size_t swept;      /* redemptions deleted in this transaction */
	bool marked;       /* the transaction stores the time */
};

static err_t
fresh_jti(struct redeem_terms *t)
{
	return getrandom(t->jti, sizeof(t->jti), 0) == sizeof(t->jti) ? OK
	                                                              : E_IO;
}

static err_t
run_works(struct group_commit *g)
{
	struct ledger *l = g->ledger;

	for (struct work *w = l->works; w; w = w->next) {
		TRY(fresh_jti(&g->terms));
		TRY(w->kind->run(l, &g->terms, w));
	}
	return OK;
}

static err_t
save_results(struct ledger *l)
{
	for (const struct pending *p = l->pendings.first_signed; p;
	     p = p->next_signed)
		TRY(store_jwt_set(l->store_manager.store, p->cti,
		                  buf_bytes(&p->jwt)));
	return OK;
}

static err_t
sweep_store(struct group_commit *g)
{
	uint64_t now_s = g->terms.now_ms / 1000;
	uint64_t keep_s = RETRY_GRACE_S + REDEEM_KEEP_S;
	size_t most = 2 * g->ledger->n_works;

	if (g->ledger->tidy)
		most += SWEEP_IDLE;
	if (now_s <= keep_s)
		return OK;
	return store_sweep(g->terms.store, now_s - keep_s, most, &g->swept);
}

/* The time is stored with every new outcome and every deletion of redemptions,
 * because afterwards only the time shows that their challenges have expired;
 * and without either at least every STORE_MANAGER_MARK_EVERY_MS. */
static err_t
set_marks(struct group_commit *g, struct store_marks *m)
{
	const struct store_manager *sm = &g->ledger->store_manager;
	bool idle = m->sequence + 1 == g->terms.sequence;

	m->sequence = g->terms.sequence - 1;
	if (idle && g->swept == 0 &&
	    m->time_ms - sm->marked_ms < STORE_MANAGER_MARK_EVERY_MS)
		return OK;
	g->marked = true;
	return store_marks_set(sm->store, m);
}

static err_t
transact_round(struct group_commit *g, struct store_marks *m)
{
	struct ledger *l = g->ledger;
	struct store *s = l->store_manager.store;

	g->doing = "begin";
	TRY(store_begin(s));
	g->doing = "epochs";
	TRY(keys_record(&l->keys, s, m->time_ms));
	g->doing = "results";
	TRY(save_results(l));
	g->doing = "works";
	if (!*ledger_keyholders_why(l))
		TRY(run_works(g));
	g->doing = "silence";
	if (l->tidy)
		TRY(silence_count(l, s, m->time_ms));
	g->doing = "sweep";
	TRY(sweep_store(g));
	g->doing = "marks";
	TRY(set_marks(g, m));
	g->doing = "commit";
	return store_commit(s);
}

/* Empties the queue; why is NULL after a successful commit. */
static void
end_works(struct ledger *l, const char *why)
{
	while (l->works) {
		struct work *w = l->works;
		l->works = w->next;
		if (why)
			answer_unavailable(l, w->front, w->request, why);
		else
			w->kind->finish(l, w);
		ledger_work_free(w);
	}
	l->works_end = &l->works;
	l->n_works = l->n_known = 0;
}

static void
commit_round(struct ledger *l)
{
	struct store_manager *sm = &l->store_manager;
	struct store_marks marks = sm->marks;
	struct group_commit g = {
		.ledger = l,
		.terms = { .store = sm->store,
		           .keys = &l->keys,
		           .rollout = l->rollout.in_force,
		           .config = role_config(l->role),
		           .now_ms = marks.time_ms,
		           .horizon_ms = marks.horizon_ms,
		           .ttl_max_s = l->ttl_max_s,
		           .sequence = marks.sequence + 1,
		           .result_ttl_s = l->result_ttl_s },
	};

	if (transact_round(&g, &marks) != OK) {
		store_manager_fail(sm, g.doing);
		end_works(l, "the ledger's database failed");
		return;
	}
	sm->marks = marks;
	if (g.marked)
		sm->marked_ms = marks.time_ms;
	keys_set_recorded(&l->keys);
	pendings_drop_signed(&l->pendings);
	const char *why = ledger_keyholders_why(l);
	end_works(l, *why ? why : NULL);
	silence_tell(l);
	g.doing = "checkpoint";
	err_t err = store_checkpoint(sm->store);
	/* At ticks: a flood of deletions must not make each round wait for the
	 * whole log. */
	if (err == OK && l->tidy)
		err = store_scrub(sm->store);
	if (err != OK)
		store_manager_fail(sm, g.doing);
}

void
group_commit_run(struct ledger *l)
{
	if (!l->works && !l->tidy && l->pendings.n_signed < SIGNED_MAX)
		return;
	if (!store_manager_ready(&l->store_manager)) {
		end_works(l, store_manager_why(&l->store_manager));
		return;
	}
	commit_round(l);
	l->tidy = false;
}
