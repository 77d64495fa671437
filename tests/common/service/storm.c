/*
 * storm.c - see storm.h.
 *
 * A client never gives up before the board's end: a lost connection or a 503
 * means the same request again.  When an answer was lost, every other client
 * tries the other evidence first: whichever was redeemed must win for ever.
 */
#include "tests/common/service/storm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RETRY_MS 10

struct worker {
	const struct service *service;
	struct storm_board *board;
	struct client *client;
	unsigned losses; /* of the record at hand */
};

static bool
time_is_over(const struct worker *w)
{
	return service_now_ms() > w->board->end_at;
}

/* A living connection; false: time is over. */
static bool
connected(struct worker *w)
{
	while (!w->client && !time_is_over(w))
		if (client_open(w->service->backend, w->service->port,
		                &w->client) != OK)
			service_sleep_ms(RETRY_MS);
	return w->client != NULL;
}

/* What a status means: true, the request is over. */
static bool
settled(struct worker *w, int status)
{
	if (status / 100 == 2)
		return true;
	if (status == CLIENT_LOST) {
		client_free(TAKE(w->client));
		atomic_fetch_add(&w->board->lost, 1);
		w->losses++;
	} else if (status == 503) {
		atomic_fetch_add(&w->board->busy, 1);
		service_sleep_ms(RETRY_MS);
	} else if (atomic_fetch_add(&w->board->unusual, 1) < 5) {
		printf("  unusual answer: HTTP %d\n", status);
		fflush(stdout);
	}
	return false;
}

static struct ask
metadata_ask(const struct worker *w)
{
	return (struct ask){ .workflow = "metadata",
		             .handle = w->board->handle,
		             .ttl = 1800,
		             .bound = true,
		             .transport = 1,
		             .request = 2 };
}

static bool
get_challenge(struct worker *w, struct asked_challenge *ret)
{
	const struct ask ask = metadata_ask(w);

	while (connected(w))
		if (settled(w, ask_challenge(w->client, &ask, ret)))
			return true;
	return false;
}

/* One try; true: answered. */
static bool
post(struct worker *w, const struct storm_record *r, unsigned which,
     struct storm_answer *ret)
{
	static struct asked_result result;
	const struct ask ask = metadata_ask(w);
	struct bytes evidence = bytes_of_str(r->evidence[which]);

	if (!connected(w) || !settled(w, ask_attest(w->client, r->token,
	                                            evidence, &ask, &result)))
		return false;
	ret->answered = true;
	ret->eligible = result.eligible;
	snprintf(ret->jti, sizeof(ret->jti), "%s", result.jti);
	snprintf(ret->reasons, sizeof(ret->reasons), "%.*s",
	         STORM_REASONS_MAX - 1, result.reasons);
	return true;
}

static bool
make_evidence(const struct soft_tpm *tpm, const struct asked_challenge *c,
              struct storm_record *r)
{
	struct soft_quote q = soft_quote_of(bytes_of(c->nonce, HASH_SIZE));

	snprintf(r->token, sizeof(r->token), "%.*s", STORM_TOKEN_MAX - 1,
	         c->token);
	for (unsigned i = 0; i < 2; i++) {
		AUTO(buf_release)
		struct buf text = buf_of(STORM_EVIDENCE_MAX - 1);
		q.clock = 1000 + i;
		if (soft_tpm_evidence(tpm, &q, &text) != OK)
			return false;
		memcpy(r->evidence[i], buf_str(&text), text.len + 1);
	}
	return true;
}

/* Bursts begin shortly before a role is killed. */
static void
wait_for_burst(const struct worker *w, unsigned record)
{
	while (record >= w->board->released && !time_is_over(w))
		service_sleep_ms(1);
}

static void
redeem(struct worker *w, struct storm_record *r, bool fickle)
{
	unsigned which = 0;

	w->losses = 0;
	while (!post(w, r, which, &r->first[which]) && !time_is_over(w))
		which = fickle ? w->losses & 1 : 0;
}

_Noreturn void
storm_redeem(const struct service *s, const struct soft_tpm *tpm,
             struct storm_board *board, unsigned number)
{
	static struct asked_challenge challenge;
	struct worker w = { .service = s, .board = board };
	unsigned i = 0;

	while ((i = atomic_fetch_add(&board->next, 1)) < board->total &&
	       !time_is_over(&w)) {
		struct storm_record *r = &board->records[i];
		wait_for_burst(&w, i);
		if (!get_challenge(&w, &challenge) ||
		    !make_evidence(tpm, &challenge, r))
			break;
		redeem(&w, r, number & 1);
	}
	client_free(w.client);
	atomic_fetch_add(&board->finished, 1);
	_exit(0);
}

_Noreturn void
storm_audit(const struct service *s, struct storm_board *board)
{
	struct worker w = { .service = s, .board = board };
	unsigned i = 0;

	while ((i = atomic_fetch_add(&board->next, 1)) < board->total) {
		struct storm_record *r = &board->records[i];
		/* The one that was not answered comes last, so that it
		 * cannot redeem what the other had redeemed already. */
		unsigned first = r->first[1].answered ? 1 : 0;
		for (unsigned n = 0; n < 2 && r->token[0]; n++)
			while (!post(&w, r, first ^ n, &r->again[first ^ n]) &&
			       !time_is_over(&w))
				;
	}
	client_free(w.client);
	atomic_fetch_add(&board->finished, 1);
	_exit(0);
}
