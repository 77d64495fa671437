/*
 * rotation_load.c - see rotation_load.h.
 */
#include "tests/common/service/rotation_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "crypto/token/challenge.h"
#include "base/clock.h"
#include "crypto/token/ear.h"
#include "base/encode.h"
#include "tests/common/base/h2_client.h"
#include "tests/common/base/harness.h"

#define TOKEN_MAX 2900 /* bytes of a challenge: the answer is 4,096 at most */
#define HELD_MAX 8     /* challenges that a client keeps for later */
#define EVIDENCE_MAX 1600

struct held {
	uint64_t at; /* monotonic; 0: free */
	bool by_old;
	struct asked_challenge asked;
};

struct worker {
	const struct service *service;
	const struct soft_tpm *tpm;
	struct rotation_board *board;
	struct h2 *h2;
	unsigned asked; /* on this connection */
	struct keyring *ring;
	uint64_t ring_at;
	struct held held[HELD_MAX];
};

/* An answer as promised, or NULL; a connection has room for so many. */
static const struct h2_answer *
ask(struct worker *w, const char *method, const char *path, const char *body,
    int wanted)
{
	const struct h2_request r = { .method = method,
		                      .path = path,
		                      .body = body };

	if (w->asked++ >= H2_REQUESTS_MAX / 2) {
		h2_free(w->h2);
		w->h2 = NULL;
		w->asked = 1;
	}
	if (!w->h2)
		w->h2 = h2_open(w->service->backend, w->service->port);
	const struct h2_answer *a = w->h2 ? h2_ask(w->h2, &r) : NULL;
	if (a && a->status == wanted && a->ended) {
		atomic_fetch_add(&w->board->answered, 1);
		return a;
	}
	if (atomic_fetch_add(&w->board->failed, 1) < 5) {
		printf("  %s %s: HTTP %d %s\n", method, path, a ? a->status : 0,
		       a ? a->problem : "");
		fflush(stdout);
	}
	h2_free(w->h2);
	w->h2 = NULL;
	w->asked = 0;
	return NULL;
}

static void
fetch_keys(struct worker *w)
{
	struct keyring *ring = NULL;
	uint64_t now = service_now_ms();

	if (w->ring && now - w->ring_at < ROTATION_LOAD_CACHE_MS)
		return;
	const struct h2_answer *a = ask(w, "GET", "/v1/keys", NULL, 200);
	if (!a || a->body_len >= sizeof(a->body) ||
	    keyring_of_jwks(bytes_of(a->body, a->body_len), &ring) != OK)
		return;
	keyring_free(w->ring);
	w->ring = ring;
	w->ring_at = now;
}

static void
note(atomic_uint *old, atomic_uint *new, bool by_old)
{
	atomic_fetch_add(by_old ? old : new, 1);
}

/* True: by the old key or the new one, and it verifies. */
static bool
check_challenge(struct worker *w, const struct asked_challenge *asked,
                bool *ret_by_old)
{
	struct rotation_board *b = w->board;
	AUTO(buf_release) struct buf bytes = buf_of(CHALLENGE_MAX);
	struct challenge c;

	if (decode_base64url(&bytes, bytes_of_str(asked->token)) != OK ||
	    challenge_open(buf_bytes(&bytes), &c) != OK ||
	    memcmp(c.nonce, asked->nonce, HASH_SIZE) != 0) {
		atomic_fetch_add(&b->wrong, 1);
		return false;
	}
	err_t err = challenge_verify(&c, w->ring);
	if (err != OK) {
		atomic_fetch_add(err == E_NOT_FOUND ? &b->unknown : &b->wrong,
		                 1);
		return false;
	}
	*ret_by_old = bytes_equal_str(c.head.kid, b->old_kid);
	unsigned long long never = 0;
	if (*ret_by_old)
		atomic_store(&b->old_signed_at, clock_wall_ms());
	else
		(void)atomic_compare_exchange_strong(&b->new_signed_at, &never,
		                                     clock_wall_ms());
	note(&b->old, &b->new, *ret_by_old);
	return true;
}

static const struct ask *
what(const struct worker *w)
{
	static struct ask ask;

	ask = (struct ask){ .workflow = "metadata",
		            .handle = w->board->handle,
		            .bound = true,
		            .transport = 1,
		            .request = 2 };
	return &ask;
}

static bool
get(struct worker *w, struct held *ret)
{
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	ask_challenge_body(what(w), &body);
	const struct h2_answer *a =
	        ask(w, "POST", "/v1/challenges", buf_str(&body), 201);
	if (!a)
		return false;
	buf_append(&answer, bytes_of(a->body, a->body_len));
	if (!ask_challenge_read(&answer, &ret->asked)) {
		atomic_fetch_add(&w->board->wrong, 1);
		return false;
	}
	ret->at = service_now_ms();
	return check_challenge(w, &ret->asked, &ret->by_old);
}

/* Which key a result names; it verifies by what was published. */
static void
check_result(struct worker *w, const char *jwt)
{
	struct rotation_board *b = w->board;
	AUTO(buf_release) struct buf payload = buf_of(ASK_JWT_MAX);
	AUTO(buf_release) struct buf head = buf_of(ASK_JWT_MAX);
	size_t n = strcspn(jwt, ".");

	if (decode_base64url(&head, bytes_of(jwt, n)) != OK ||
	    ear_verify(bytes_of_str(jwt), w->ring, clock_wall_ms() / 1000,
	               &payload) != OK ||
	    (b->names_well && !b->names_well(b, buf_str(&payload)))) {
		if (atomic_fetch_add(&b->wrong, 1) < 5)
			printf("  wrong: %s\n", buf_str(&payload));
		return;
	}
	note(&b->old_results, &b->new_results,
	     strstr(buf_str(&head), b->old_kid) != NULL);
}

static void
redeem(struct worker *w, struct held *h)
{
	static struct asked_result result;
	struct soft_quote q =
	        soft_quote_of(bytes_of(h->asked.nonce, HASH_SIZE));
	AUTO(buf_release) struct buf evidence = buf_of(EVIDENCE_MAX);
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	bool late = h->by_old && atomic_load(&w->board->new_signed_at);

	h->at = 0;
	if (soft_tpm_evidence(w->tpm, &q, &evidence) != OK)
		abort();
	ask_attest_body(h->asked.token, buf_bytes(&evidence), what(w), &body);
	const struct h2_answer *a =
	        ask(w, "POST", "/v1/attestations", buf_str(&body), 200);
	if (!a)
		return;
	buf_append(&answer, bytes_of(a->body, a->body_len));
	if (!ask_result_read(&answer, &result) || !result.eligible) {
		if (atomic_fetch_add(&w->board->wrong, 1) < 5)
			printf("  not eligible: %s\n", result.reasons);
		return;
	}
	if (late)
		atomic_fetch_add(&w->board->old_redeemed_late, 1);
	check_result(w, result.jwt);
}

/* Every fourth challenge is kept for a while. */
static void
turn(struct worker *w, unsigned n)
{
	struct held h;

	fetch_keys(w);
	if (!w->ring || !get(w, &h))
		return;
	struct held *place = &w->held[n / 4 % HELD_MAX];
	if (n % 4 == 0 && !place->at)
		*place = h;
	else
		redeem(w, &h);
	for (unsigned i = 0; i < HELD_MAX; i++)
		if (w->held[i].at &&
		    service_now_ms() - w->held[i].at >= ROTATION_LOAD_HELD_MS)
			redeem(w, &w->held[i]);
}

static _Noreturn void
run_client(const struct service *s, const struct soft_tpm *tpm,
           struct rotation_board *board, unsigned number)
{
	static struct worker w;
	uint64_t next_at = service_now_ms();

	/* A test that is killed leaves nobody behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	w.service = s;
	w.tpm = tpm;
	w.board = board;
	for (unsigned n = number; !atomic_load(&board->stop); n++) {
		uint64_t now = service_now_ms();

		if (now < next_at)
			service_sleep_ms((unsigned)(next_at - now));
		next_at = service_now_ms() + ROTATION_LOAD_EVERY_MS;
		turn(&w, n);
	}
	h2_free(w.h2);
	keyring_free(w.ring);
	fflush(stdout);
	_exit(0);
}

struct rotation_board *
rotation_board(void)
{
	struct rotation_board *b =
	        mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CU_ASSERT_FATAL(b != MAP_FAILED);
	return b;
}

void
rotation_enroll(const struct service *s, const struct soft_tpm *tpm,
                struct rotation_board *board)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);

	CU_ASSERT_EQUAL_FATAL(client_open(s->backend, s->port, &c), OK);
	soft_tpm_public(tpm, &public);
	CU_ASSERT_EQUAL_FATAL(
	        ask_enroll(c, buf_bytes(&public), board->handle) / 100, 2);
}

void
rotation_clients(const struct service *s, const struct soft_tpm *tpm,
                 struct rotation_board *board)
{
	fflush(stdout);
	for (unsigned i = 0; i < ROTATION_LOAD_CLIENTS; i++)
		if (fork() == 0)
			run_client(s, tpm, board, i);
}

/* The supervisor is our child, too, in a group of its own. */
void
rotation_clients_stop(struct rotation_board *board)
{
	int status = 0;

	atomic_store(&board->stop, true);
	for (unsigned i = 0; i < ROTATION_LOAD_CLIENTS; i++)
		CU_ASSERT_TRUE(waitpid(0, &status, 0) > 0 && status == 0);
}
