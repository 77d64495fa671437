/*
 * ledger.h - the ledger's state and its parts.
 *
 *	main.c          the process
 *	ledger.c        handles messages, edges and ticks
 *	group_commit.c  one round's work as one transaction
 *	verdicts.c      verdicts and signed results
 *	enrolments.c    enrolments
 *	lifecycle.c     changes of their state
 *	known.c         the list of devices that may enrol
 *	outcomes.c listing.c permits.c known_list.c reading_page.c
 *	                see readings.h
 *	answer.c        answers to the fronts
 *	stops.c         emergency stops
 *	trust.c redeem.c keys.c store_manager.c pending.c keyholder_select.c
 *	eligible.c rollout_file.c work.h: see their headers
 *
 * A message that needs the store becomes a struct work and waits for the
 * round.  The round executes all of them in one transaction, and answers are
 * sent only after the commit has returned.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/auto.h"
#include "proc/failover.h"
#include "proc/role.h"

#include "ledger/store_manager.h"
#include "ledger/keys.h"
#include "ledger/pending.h"
#include "ledger/redeem.h"
#include "ledger/keyholder_select.h"
#include "ledger/readings.h"
#include "ledger/retention.h"
#include "ledger/store/store.h"
#include "ledger/rollout_file.h"
#include "ledger/silence.h"
#include "ledger/trust.h"
#include "ledger/work.h"

/* Signed results that wait to be stored; more get a transaction of their own. */
#define SIGNED_MAX 1024u

/* Old redemptions are deleted at twice the number of new ones in the same
 * transaction, so that the table shrinks, and at least this many without load. */
#define SWEEP_IDLE 256u

#define LEDGER_VERIFIERS_MAX ROLE_EDGES_MAX

struct ledger {
	struct role *role;
	uint64_t result_ttl_s;
	uint32_t ttl_max_s;  /* longest lifetime of a challenge */
	uint64_t answer_for; /* milliseconds for an answer of a key holder */
	struct store_manager store_manager;
	struct keys keys;
	struct ledger_trust trust;
	struct rollout_file rollout;
	struct failover failover;
	struct ledger_keyholder said[CONFIG_TOKENS_MAX];
	struct pendings pendings;
	struct work *works, **works_end;
	size_t n_works, n_known; /* in this round; n_known: batches */
	struct readings readings;
	struct silence silence;
	struct retention retention;
	bool tidy; /* commit even without works */
	struct buf packet;
};

/* The role's functions, see role.h; role_user() is a zeroed struct ledger. */
extern const struct role_ops ledger_ops;
void ledger_release(struct ledger *l);

/* group_commit.c */
void group_commit_run(struct ledger *l);

/* verdicts.c, enrolments.c */
MUST_CHECK err_t verdict_signed(struct ledger *l, const struct edge *from,
                                struct bytes packet);

/* Asks the key holder for the handle of w->enrolment.  When it comes, held (the
 * VERDICT or ENROLL that needs it) is taken up again. */
MUST_CHECK err_t enrolment_ask_handle(struct ledger *l, const struct work *w,
                                      struct bytes held);

/* answer.c.  A front that is gone or does not read gets no answer; its clients
 * have deadlines of their own. */
void answer_packet(struct ledger *l, uint16_t front); /* l->packet */
void answer_unavailable(struct ledger *l, uint16_t front, uint64_t request,
                        const char *why);
void answer_judge_again(struct ledger *l, uint16_t front, uint64_t request);
void answer_stopped(struct ledger *l, uint16_t front,
                    const struct wire_release_stopped *m);
void answer_result(struct ledger *l, uint16_t front,
                   const struct wire_result *m);
void answer_enrolment(struct ledger *l, const struct work *w);

/* Answers all requests that wait for p, and drops it. */
void answer_pending_lost(struct ledger *l, struct pending *p, const char *why);

#endif
