/*
 * test_race.c - one challenge, 64 clients at once, exactly one redemption.
 *
 * Each client fills its own connection with a whole request but for the last
 * byte; then all last bytes leave within microseconds.  Evidence differs in
 * the quote's clock: 64 good quotes over the same nonce.  An identical request
 * is an honest retry and must get the one result there is.
 *
 * ANCHORD_RACE_ROUNDS in the environment sets another number of rounds.  On a
 * machine that others keep busy a tenth of them is enough.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/common/base/ask.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/service.h"
#include "tests/common/devices/soft_tpm.h"

#define CLIENTS 64
#define BUDGET_MS 60000 /* after that, a tenth of the rounds is enough */
#ifdef ANCHORD_SAN
#define ROUNDS 50
#else
#define ROUNDS 1000
#endif

static struct service *service;
static struct client *clients[CLIENTS];
static struct soft_tpm *tpm;
static char handle[ASK_HANDLE_MAX];

static struct ask
metadata_ask(void)
{
	return (struct ask){ .workflow = "metadata",
		             .handle = handle,
		             .bound = true,
		             .transport = 1,
		             .request = 2 };
}

static unsigned
rounds(void)
{
	const char *text = getenv("ANCHORD_RACE_ROUNDS");
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	return n > 0 && n < 1000000 ? (unsigned)n : ROUNDS;
}

/* Sends body i on connection i, all at once.  False: an answer was no
 * result. */
static bool
post_at_once(struct buf *bodies, struct asked_result *ret_results)
{
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	bool good = true;

	for (size_t i = 0; i < CLIENTS; i++)
		client_begin(clients[i], "POST", "/v1/attestations",
		             buf_bytes(&bodies[i]));
	for (size_t i = 0; i < CLIENTS; i++)
		client_finish(clients[i]);
	for (size_t i = 0; i < CLIENTS; i++) {
		int status = client_receive(clients[i], &answer);
		if (status == 200 && ask_result_read(&answer, &ret_results[i]))
			continue;
		if (good)
			printf("  client %zu: HTTP %d %s\n", i, status,
			       buf_str(&answer));
		good = false;
	}
	return good;
}

/* A fresh challenge and CLIENTS bodies for it; the quote's clock differs
 * when the evidence shall. */
static bool
make_bodies(bool distinct, struct buf *bodies)
{
	static struct asked_challenge challenge;
	const struct ask ask = metadata_ask();

	int status = ask_challenge(clients[0], &ask, &challenge);
	if (status != 201) {
		printf("  challenge: HTTP %d\n", status);
		return false;
	}
	struct soft_quote q =
	        soft_quote_of(bytes_of(challenge.nonce, HASH_SIZE));
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (distinct || i == 0) {
			buf_reset(&evidence);
			q.clock = 1000 + i;
			if (soft_tpm_evidence(tpm, &q, &evidence) != OK)
				return false;
		}
		buf_reset(&bodies[i]);
		ask_attest_body(challenge.token, buf_bytes(&evidence), &ask,
		                &bodies[i]);
	}
	return true;
}

static void
release_bodies(struct buf *bodies)
{
	for (size_t i = 0; i < CLIENTS; i++)
		buf_release(&bodies[i]);
}

static bool
set_up(void)
{
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);

	if (service_start(&service) != OK || soft_tpm_new(SOFT_ECC, &tpm) != OK)
		return false;
	for (size_t i = 0; i < CLIENTS; i++)
		if (client_open(service->backend, service->port, &clients[i]) !=
		    OK)
			return false;
	soft_tpm_public(tpm, &public);
	int status = ask_enroll(clients[0], buf_bytes(&public), handle);
	if (status / 100 != 2)
		printf("  enrolment: HTTP %d\n", status);
	return status / 100 == 2;
}

static bool ready;

static void
test_set_up(void)
{
	ready = set_up();
	CU_ASSERT_TRUE(ready);
}

static bool
wants_more(unsigned done, unsigned n, uint64_t began_ms)
{
	return done < n &&
	       (done < n / 10 + 1 || clock_mono_ms() - began_ms < BUDGET_MS);
}

struct tally {
	unsigned rounds, accepted, replayed, other, wrong;
};

/* One round's results: exactly one accepted, the others replays of it. */
static void
count_round(const struct asked_result *results, struct tally *t)
{
	unsigned accepted = 0, replayed = 0;

	for (size_t i = 0; i < CLIENTS; i++) {
		accepted += results[i].eligible;
		replayed +=
		        strcmp(results[i].reasons, "challenge-replayed") == 0;
	}
	t->accepted += accepted;
	t->replayed += replayed;
	t->other += CLIENTS - accepted - replayed;
	t->wrong += accepted != 1 || replayed != CLIENTS - 1;
	t->rounds++;
}

static void
test_distinct(void)
{
	static struct asked_result results[CLIENTS];
	struct buf bodies[CLIENTS];
	struct tally t = { 0 };
	uint64_t began_ms = clock_mono_ms();
	unsigned n = rounds();
	bool good = true;

	CU_ASSERT_TRUE_FATAL(ready);
	for (size_t i = 0; i < CLIENTS; i++)
		bodies[i] = buf_of(ASK_BODY_MAX);
	while (good && wants_more(t.rounds, n, began_ms)) {
		good = make_bodies(true, bodies) &&
		       post_at_once(bodies, results);
		if (good)
			count_round(results, &t);
	}
	release_bodies(bodies);
	printf("  %u rounds of %u evidences: %u accepted, %u replayed, "
	       "%u other\n",
	       t.rounds, CLIENTS, t.accepted, t.replayed, t.other);
	CU_ASSERT_TRUE(good);
	CU_ASSERT_TRUE(t.rounds > n / 10);
	CU_ASSERT_EQUAL(t.wrong, 0);
	CU_ASSERT_EQUAL(t.accepted, t.rounds);
}

/* The claims of a JWT: ES256 never signs the same bytes twice alike. */
static bool
same_claims(const struct asked_result *a, const struct asked_result *b)
{
	size_t n = (size_t)(strrchr(a->jwt, '.') - a->jwt);

	return strncmp(a->jwt, b->jwt, n + 1) == 0;
}

static void
test_identical(void)
{
	static struct asked_result results[CLIENTS];
	struct buf bodies[CLIENTS];
	unsigned n = rounds() / 10 + 1, round = 0, differ = 0, refused = 0;

	CU_ASSERT_TRUE_FATAL(ready);
	for (size_t i = 0; i < CLIENTS; i++)
		bodies[i] = buf_of(ASK_BODY_MAX);
	while (round < n) {
		if (!make_bodies(false, bodies) ||
		    !post_at_once(bodies, results))
			break;
		for (size_t i = 0; i < CLIENTS; i++) {
			refused += !results[i].eligible;
			differ += !same_claims(&results[0], &results[i]);
		}
		round++;
	}
	release_bodies(bodies);
	printf("  %u rounds of %u identical posts: %u refused, "
	       "%u other claims\n",
	       round, CLIENTS, refused, differ);
	CU_ASSERT_EQUAL(round, n);
	CU_ASSERT_EQUAL(refused, 0);
	CU_ASSERT_EQUAL(differ, 0);
}

static const struct harness_test tests[] = {
	{ "set-up: the service runs, 64 clients are connected", test_set_up },
	{ "64 evidences for one challenge: one is accepted", test_distinct },
	{ "64 identical posts: all get the one result", test_identical },
	{ NULL, NULL },
};

int
main(void)
{
	int status = harness_run("race", tests, 0, NULL);

	for (size_t i = 0; i < CLIENTS; i++)
		client_free(clients[i]);
	soft_tpm_free(tpm);
	service_free(service);
	return status;
}
