/*
 * test_failover_hang.c - two tokens, and both hang at once: a client waits for
 * one's silence and the other's, and not for their deadlines.  And one of them
 * dies: what is not yet with a key holder is not lost.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/pair.h"

#ifdef ANCHORD_SAN
#define HANG_MS 8000
#else
#define HANG_MS 2000 /* what is promised */
#endif
#define BACK_MS HARNESS_WAIT_MS /* until all is as before */

static struct pair pair;
static bool there;

static void
test_start(void)
{
	err_t err = pair_start(&pair);

	if (err == E_NOT_FOUND) {
		harness_skip("no SoftHSM here");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(err, OK);
	there = true;
}

static int
ask_for_challenge(struct buf *answer)
{
	static const struct ask ask = { .workflow = "enroll", .bound = true };
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);

	ask_challenge_body(&ask, &body);
	if (client_open(pair.service->backend, pair.service->port, &c) != OK)
		return 0;
	return client_exchange(c, "POST", "/v1/challenges", buf_bytes(&body),
	                       answer);
}

/* Both work, the preferred one is in use, and it has made a challenge. */
static bool
is_settled(struct asked_challenge *ret_asked)
{
	char kid[PAIR_KID_MAX];

	if (!there) {
		harness_skip("no SoftHSM here");
		return false;
	}
	CU_ASSERT_TRUE_FATAL(pair_wait_ready(&pair, 2, BACK_MS));
	CU_ASSERT_TRUE_FATAL(pair_wait_in_use(&pair, 1, BACK_MS));
	CU_ASSERT_TRUE_FATAL(pair_challenge(&pair, ret_asked, kid));
	return true;
}

/* Ends the processes that hang, because their own deadlines would end them in the
 * middle of what follows, and waits for the next ones. */
static void
renew(void)
{
	static const char opened[] = "role=keyholder event=token-open";
	uint64_t end_at = service_now_ms() + BACK_MS;
	unsigned before = pair_logged(&pair, opened);

	for (unsigned i = 0; i < 2; i++) {
		pair_honest(&pair, i);
		(void)pair_kill(&pair, i); /* false: it has just ended */
	}
	while (pair_logged(&pair, opened) < before + 2 &&
	       service_now_ms() < end_at)
		service_sleep_ms(20);
	CU_ASSERT_TRUE(service_wait_ready(pair.service, BACK_MS));
}

/* The words say that it was given up because both are silent, and that no deadline
 * has passed. */
static void
both_hang(bool result)
{
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	struct asked_challenge asked;

	if (!is_settled(&asked))
		return;
	for (unsigned i = 0; i < 2; i++)
		pair_obey(&pair, i, SHIM_C_Sign, SHIM_DEED_hang);
	uint64_t at = service_now_ms();
	int status = result ? pair_attest_said(&pair, &asked, &answer)
	                    : ask_for_challenge(&answer);
	uint64_t took = service_now_ms() - at;
	printf("  %d after %llu ms\n", status, (unsigned long long)took);
	CU_ASSERT_EQUAL(status, 503);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&answer), "no signing key answers"));
	CU_ASSERT_TRUE(took <= harness_promised_ms(HANG_MS));
	renew();
}

static void
test_challenge(void)
{
	both_hang(false);
}

static void
test_result(void)
{
	both_hang(true);
}

/* Another process asks for a challenge; its exit status is 0 when the answer is that
 * both are silent. */
static pid_t
ask_beside(void)
{
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
		int status = ask_for_challenge(&answer);

		_exit(status == 503 && strstr(buf_str(&answer),
		                              "no signing key answers")
		              ? 0
		              : 1);
	}
	return pid;
}

static bool
has_ended_well(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

/* The first is silent, so the second was asked, which has not answered yet: the first
 * one's end is not the request's. */
static void
test_replaced_ends(void)
{
	struct asked_challenge asked;

	if (!is_settled(&asked))
		return;
	for (unsigned i = 0; i < 2; i++)
		pair_obey(&pair, i, SHIM_C_Sign, SHIM_DEED_hang);
	pid_t pid = ask_beside();
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, 2, BACK_MS));
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	CU_ASSERT_TRUE(has_ended_well(pid));
	renew();
}

static pid_t
attest_beside(const struct asked_challenge *asked)
{
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		bool eligible = false;
		int status = pair_attest(&pair, asked, &eligible);

		_exit(status == 200 && eligible ? 0 : 1);
	}
	return pid;
}

/* The verifier has the evidence when the key holder dies that made the challenge: the
 * other one signs the result. */
static void
test_verified_meanwhile(void)
{
	struct asked_challenge asked;

	if (!is_settled(&asked))
		return;
	pid_t verifier = service_pid(pair.service, "verifier");
	CU_ASSERT_FATAL(verifier > 0 && kill(verifier, SIGSTOP) == 0);
	pid_t pid = attest_beside(&asked);
	CU_ASSERT_TRUE(pair_wait_pending(&pair, 1, BACK_MS));
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, 2, BACK_MS));
	CU_ASSERT_EQUAL(kill(verifier, SIGCONT), 0);
	CU_ASSERT_TRUE(has_ended_well(pid));
}

/* The front, which noticed the silence, tells the ledger, which nobody asks: it turns
 * to the second before the first one's deadline ends it. */
static void
test_ledger_told(void)
{
	static const char turned[] = "role=ledger event=token-in-use name=b";
	static const char ended[] =
	        "role=ledger event=edge-down peer=keyholder index=0";
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	struct asked_challenge asked;

	if (!is_settled(&asked))
		return;
	uint64_t end_at = service_now_ms() + BACK_MS;
	unsigned n_turned = pair_logged(&pair, turned);
	unsigned n_ended = pair_logged(&pair, ended);
	bool told = false, over = false;

	pair_obey(&pair, 0, SHIM_C_Sign, SHIM_DEED_hang);
	CU_ASSERT_EQUAL(ask_for_challenge(&answer), 201);
	while (!told && !over && service_now_ms() < end_at) {
		told = pair_logged(&pair, turned) > n_turned;
		over = pair_logged(&pair, ended) > n_ended; /* too late */
	}
	CU_ASSERT_TRUE(told && !over);
	renew();
}

static void
test_end(void)
{
	pair_free(&pair);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "evidence that is verified while one dies gets its result",
	  test_verified_meanwhile },
	{ "a challenge: 503 within two seconds, and back", test_challenge },
	{ "a result: likewise", test_result },
	{ "a challenge is not lost with the one that was replaced",
	  test_replaced_ends },
	{ "the ledger hears of one that is silent", test_ledger_told },
	{ "(ends)", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("failover_hang", tests)
