/*
 * test_failover_hang.c - two tokens, and both hang at once: a client waits for
 * one's silence and the other's, and not for their deadlines.
 */
#include <stdio.h>
#include <string.h>

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

/* Refused by the front, because both are silent, before any deadline has passed. */
static int
ask_for_challenge(void)
{
	static const struct ask ask = { .workflow = "enroll", .bound = true };
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	ask_challenge_body(&ask, &body);
	if (client_open(pair.service->backend, pair.service->port, &c) != OK)
		return 0;
	int status = client_exchange(c, "POST", "/v1/challenges",
	                             buf_bytes(&body), &answer);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&answer), "no signing key answers"));
	return status;
}

static void
both_hang(bool result)
{
	struct asked_challenge asked;
	char kid[PAIR_KID_MAX];
	bool eligible = false;

	if (!there) {
		harness_skip("no SoftHSM here");
		return;
	}
	CU_ASSERT_TRUE_FATAL(pair_wait_ready(&pair, 2, BACK_MS));
	CU_ASSERT_TRUE_FATAL(pair_wait_in_use(&pair, 1, BACK_MS));
	CU_ASSERT_TRUE_FATAL(pair_challenge(&pair, &asked, kid));
	for (unsigned i = 0; i < 2; i++)
		pair_obey(&pair, i, SHIM_C_Sign, SHIM_DEED_hang);
	uint64_t at = service_now_ms();
	int status = result ? pair_attest(&pair, &asked, &eligible)
	                    : ask_for_challenge();
	uint64_t took = service_now_ms() - at;
	printf("  %d after %llu ms\n", status, (unsigned long long)took);
	CU_ASSERT_EQUAL(status, 503);
	CU_ASSERT_TRUE(took <= harness_promised_ms(HANG_MS));
	for (unsigned i = 0; i < 2; i++)
		pair_honest(&pair, i);
	CU_ASSERT_TRUE(service_wait_ready(pair.service, BACK_MS));
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

static void
test_end(void)
{
	pair_free(&pair);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "a challenge: 503 within two seconds, and back", test_challenge },
	{ "a result: likewise", test_result },
	{ "(ends)", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("failover_hang", tests)
