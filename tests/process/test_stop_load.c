/*
 * test_stop_load.c - an emergency stop under load: no result of a request that
 * began after the stop was acknowledged is eligible for its release.
 *
 * Clients are processes that ask for challenges and hand evidence in as fast as
 * they can, half of them for another release, which goes on.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/ask.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/soft_tpm.h"
#include "tests/common/service/service.h"

#define CLIENTS 6
#define ENOUGH 100u /* results of each kind before the stop, and after it */

#define STOPPED "fw-2"
#define OTHER "fw-3"

/* Shared by the test and its clients. */
struct board {
	atomic_ullong acked_ms; /* when the stop was answered; 0: not yet */
	atomic_bool over;
	atomic_uint before; /* eligible for STOPPED, begun before the answer */
	atomic_uint after;  /* the same, begun later: there must be none */
	atomic_uint held;   /* rollout-stopped */
	atomic_uint others; /* eligible for OTHER, begun after the answer */
	atomic_uint odd;    /* anything else */
	char handle[ASK_HANDLE_MAX];
};

/* One challenge, one answer. */
static void
ask_once(struct board *b, struct client *c, const struct soft_tpm *tpm,
         const char *release)
{
	static struct asked_challenge challenge;
	static struct asked_result result;
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	const struct ask ask = { .workflow = "metadata",
		                 .handle = b->handle,
		                 .release = release,
		                 .bound = true,
		                 .transport = 1,
		                 .request = 2 };

	if (ask_challenge(c, &ask, &challenge) != 201) {
		atomic_fetch_add(&b->odd, 1);
		return;
	}
	struct soft_quote q =
	        soft_quote_of(bytes_of(challenge.nonce, HASH_SIZE));
	if (soft_tpm_evidence(tpm, &q, &evidence) != OK)
		_exit(1);
	uint64_t acked_ms = atomic_load(&b->acked_ms); /* before it is sent */
	if (ask_attest(c, challenge.token, buf_bytes(&evidence), &ask,
	               &result) != 200)
		atomic_fetch_add(&b->odd, 1);
	else if (strcmp(release, OTHER) == 0 && result.eligible)
		atomic_fetch_add(&b->others, acked_ms != 0);
	else if (result.eligible)
		atomic_fetch_add(acked_ms ? &b->after : &b->before, 1);
	else if (strcmp(result.reasons, "rollout-stopped") == 0)
		atomic_fetch_add(&b->held, 1);
	else
		atomic_fetch_add(&b->odd, 1);
}

static _Noreturn void
run_client(const struct service *s, const struct soft_tpm *tpm, struct board *b,
           unsigned number)
{
	struct client *c = NULL;

	if (client_open(s->backend, s->port, &c) != OK)
		_exit(1);
	while (!atomic_load(&b->over))
		ask_once(b, c, tpm, number % 2 ? OTHER : STOPPED);
	client_free(c);
	_exit(0);
}

static bool
wait_until(const atomic_uint *count, unsigned least)
{
	uint64_t until = service_now_ms() + HARNESS_WAIT_MS;

	while (atomic_load(count) < least && service_now_ms() < until)
		service_sleep_ms(5);
	return atomic_load(count) >= least;
}

static void
stop_release(const struct service *s, struct board *b)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf answer = buf_of(CLIENT_ANSWER_MAX);

	CU_ASSERT_EQUAL_FATAL(client_open(s->auditor, s->port, &c), OK);
	CU_ASSERT_EQUAL(client_exchange(c, "POST",
	                                "/v1/releases/" STOPPED "/stop",
	                                bytes_of_str("{}"), &answer),
	                201);
	atomic_store(&b->acked_ms, service_now_ms());
}

static void
test_stop_under_load(void)
{
	AUTO(service_free) struct service *s = NULL;
	AUTO(soft_tpm_free) struct soft_tpm *tpm = NULL;
	AUTO(buf_release) struct buf public = buf_of(4096);
	struct board *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
	                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t clients[CLIENTS];

	CU_ASSERT_PTR_NOT_EQUAL_FATAL(b, MAP_FAILED);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &tpm), OK);
	CU_ASSERT_EQUAL_FATAL(service_prepare(&s), OK);
	CU_ASSERT_EQUAL(service_edit(s, "[ \"auditor\" ]",
	                             "[ \"auditor\", \"officer\" ]"),
	                OK);
	CU_ASSERT_EQUAL_FATAL(service_launch(s), OK);
	CU_ASSERT_FATAL(service_wait_ready(s, HARNESS_WAIT_MS));
	soft_tpm_public(tpm, &public);
	struct client *c = NULL;
	CU_ASSERT_EQUAL_FATAL(client_open(s->backend, s->port, &c), OK);
	CU_ASSERT_EQUAL_FATAL(ask_enroll(c, buf_bytes(&public), b->handle),
	                      201);
	client_free(c);

	fflush(NULL);
	for (unsigned i = 0; i < CLIENTS; i++) {
		clients[i] = fork();
		if (clients[i] == 0)
			run_client(s, tpm, b, i);
	}
	CU_ASSERT(wait_until(&b->before, ENOUGH));
	stop_release(s, b);
	CU_ASSERT(wait_until(&b->held, ENOUGH));
	CU_ASSERT(wait_until(&b->others, ENOUGH));
	atomic_store(&b->over, true);
	for (unsigned i = 0; i < CLIENTS; i++) {
		int status = -1;

		CU_ASSERT_EQUAL(waitpid(clients[i], &status, 0), clients[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
	printf("  %u eligible before, %u stopped after, %u of another "
	       "release go on\n",
	       b->before, b->held, b->others);
	CU_ASSERT_EQUAL(b->after, 0);
	CU_ASSERT_EQUAL(b->odd, 0);
	(void)munmap(b, sizeof(*b));
}

static const struct harness_test tests[] = {
	{ "no result is eligible after the answer", test_stop_under_load },
	{ NULL, NULL },
};

HARNESS_MAIN("stop_load", tests)
