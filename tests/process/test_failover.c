/*
 * test_failover.c - two tokens with different keys, under a steady load of
 * challenges and attestations: the first is killed, unplugged, hangs, is
 * latched; the service goes on by the second within a second and without one
 * failed request, goes back only by the rule, and keeps what was made before.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/pair.h"
#include "tests/common/service/service_int.h"
#include "hsm/core/hsm.h"

#ifdef ANCHORD_SAN
#define FAILOVER_MS 5000
#else
#define FAILOVER_MS 1000 /* what is promised */
#endif
#define BACK_MS HARNESS_WAIT_MS /* until all is as before */
#define LOADED_MS 400           /* of load before and after */
#define A 1                     /* places in the order of preference */
#define B 2

static struct pair pair;
static bool there;

static unsigned
promised(void)
{
	return harness_promised_ms(FAILOVER_MS);
}

/* Both work, the preferred one is in use. */
static void
settled(void)
{
	CU_ASSERT_TRUE_FATAL(there);
	pair_honest(&pair, 0);
	pair_honest(&pair, 1);
	CU_ASSERT_TRUE_FATAL(pair_wait_ready(&pair, 2, BACK_MS));
	CU_ASSERT_TRUE_FATAL(pair_wait_in_use(&pair, A, BACK_MS));
}

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

static void
load_begins(void)
{
	pair_load(&pair);
	CU_ASSERT_TRUE_FATAL(
	        pair_good_since(&pair, service_now_ms() + LOADED_MS, BACK_MS));
}

static void
print_sums(const char *what, const struct losses_board *b)
{
	static const char *const names[LOSSES_ANSWERS] = {
		"good", "refused at once", "lost under way", "broken", "WRONG"
	};
	unsigned failed = 0;

	printf("  %s:", what);
	for (int a = 0; a < LOSSES_ANSWERS; a++) {
		unsigned n = atomic_load(&b->n[a]);
		failed += a == LOSSES_GOOD ? 0 : n;
		if (n)
			printf(" %u %s, longest %u ms;", n, names[a],
			       atomic_load(&b->most_ms[a]));
	}
	printf(" %s\n", b->why); /* the first that was not good */
	CU_ASSERT_EQUAL(failed, 0);
	CU_ASSERT_TRUE(atomic_load(&b->n[LOSSES_GOOD]) > 0);
	CU_ASSERT_TRUE(atomic_load(&b->most_ms[LOSSES_GOOD]) <= promised());
}

/* The token was lost at at: the other takes over, and nobody notices more than
 * that one answer was slow. */
static void
goes_on(uint64_t at)
{
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, B, promised()));
	uint64_t now = service_now_ms();
	uint64_t end_at = at + promised();
	unsigned left = now < end_at ? (unsigned)(end_at - now) : 0;
	bool good = pair_good_since(&pair, now, left);
	if (!good)
		service_print_log(pair.service, 20);
	CU_ASSERT_TRUE(good);
	service_sleep_ms(LOADED_MS);
	CU_ASSERT_TRUE(pair_stop(&pair));
	print_sums("challenges", pair.challenges);
	print_sums("attestations", pair.attestations);
}

/* --- ways to lose it ------------------------------------------------------ */

static void
test_killed(void)
{
	settled();
	load_begins();
	uint64_t at = service_now_ms();
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	goes_on(at);
}

static void
test_unplugged(void)
{
	settled();
	load_begins();
	uint64_t at = service_now_ms();
	CU_ASSERT_TRUE(pair_move(&pair, 0, true));
	goes_on(at);
	CU_ASSERT_TRUE(pair_move(&pair, 0, false));
}

static void
test_failing(void)
{
	settled();
	load_begins();
	uint64_t at = service_now_ms();
	pair_obey(&pair, 0, SHIM_C_Sign, SHIM_CODE_DEVICE_REMOVED);
	goes_on(at);
}

/* It answers nothing, and its key holder's deadline is longer than a second. */
static void
test_hanging(void)
{
	settled();
	load_begins();
	uint64_t at = service_now_ms();
	pair_obey(&pair, 0, SHIM_C_Sign, SHIM_DEED_hang);
	goes_on(at);
}

/* Nobody asks it for challenges: the ledger finds out by itself. */
static void
test_result_under_way(void)
{
	struct asked_challenge c;
	char kid[PAIR_KID_MAX];
	bool eligible = false;

	settled();
	CU_ASSERT_TRUE_FATAL(pair_challenge(&pair, &c, kid));
	pair_obey(&pair, 0, SHIM_C_Sign, SHIM_DEED_hang);
	uint64_t at = service_now_ms();
	CU_ASSERT_EQUAL(pair_attest(&pair, &c, &eligible), 200);
	CU_ASSERT_TRUE(eligible);
	CU_ASSERT_TRUE(service_now_ms() - at <= promised());

	/* It still hangs, and is not asked for challenges before it ended. */
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, B, promised()));
}

/* --- what stays ----------------------------------------------------------- */

static void
test_keys(void)
{
	struct asked_challenge by_a, by_b;
	char kid_a[PAIR_KID_MAX], kid_b[PAIR_KID_MAX];
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf keys = buf_of(ASK_BODY_MAX);
	bool eligible = false;

	settled();
	CU_ASSERT_TRUE_FATAL(pair_challenge(&pair, &by_a, kid_a));
	pair_obey(&pair, 0, SHIM_C_GetTokenInfo, SHIM_CODE_TOKEN_NOT_PRESENT);
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, B, promised()));
	CU_ASSERT_TRUE_FATAL(pair_challenge(&pair, &by_b, kid_b));
	CU_ASSERT_STRING_NOT_EQUAL(kid_a, kid_b);

	/* a is gone, and what it made counts; even for a ledger that never
	 * heard of it. */
	CU_ASSERT_TRUE(service_kill(pair.service, "ledger"));
	service_sleep_ms(50);
	CU_ASSERT_TRUE(service_wait_ready(pair.service, BACK_MS));
	CU_ASSERT_EQUAL(pair_ready(&pair), 1);
	CU_ASSERT_EQUAL(pair_attest(&pair, &by_a, &eligible), 200);
	CU_ASSERT_TRUE(eligible);
	CU_ASSERT_EQUAL(pair_attest(&pair, &by_b, &eligible), 200);
	CU_ASSERT_TRUE(eligible);
	CU_ASSERT_EQUAL(
	        client_open(pair.service->backend, pair.service->port, &c), OK);
	CU_ASSERT_EQUAL(
	        client_exchange(c, "GET", "/v1/keys", bytes_of(NULL, 0), &keys),
	        200);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&keys), kid_a));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&keys), kid_b));
}

/* The handle keys differ: a device keeps the handle that it has. */
static void
test_handles(void)
{
	AUTO(soft_tpm_free) struct soft_tpm *second = NULL;
	char handle[ASK_HANDLE_MAX], second_handle[ASK_HANDLE_MAX];

	settled();
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &second), OK);
	pair_obey(&pair, 0, SHIM_C_GetTokenInfo, SHIM_CODE_TOKEN_NOT_PRESENT);
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, B, promised()));
	CU_ASSERT_EQUAL(pair_enroll(&pair, pair.tpm, handle), 200);
	CU_ASSERT_STRING_EQUAL(handle, pair.handle);
	CU_ASSERT_EQUAL(pair_enroll(&pair, second, second_handle), 201);

	settled();
	CU_ASSERT_EQUAL(pair_enroll(&pair, second, handle), 200);
	CU_ASSERT_STRING_EQUAL(handle, second_handle);
}

/* --- the way back --------------------------------------------------------- */

static unsigned
changes(void)
{
	return pair_logged(&pair, "role=front event=token-in-use");
}

static void
test_return(void)
{
	settled();
	unsigned before = changes();
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, B, promised()));
	CU_ASSERT_TRUE(pair_wait_ready(&pair, 2, BACK_MS));
	uint64_t at = service_now_ms();

	/* A break: the time begins anew. */
	service_sleep_ms(PAIR_RETURN_S * 1000 / 2);
	CU_ASSERT_EQUAL(pair_in_use(&pair), B);
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	service_sleep_ms(20);
	CU_ASSERT_TRUE(pair_wait_ready(&pair, 2, BACK_MS));
	at = service_now_ms();
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, A, BACK_MS));
	CU_ASSERT_TRUE(service_now_ms() - at >= PAIR_RETURN_S * 1000 - 300);
	service_sleep_ms(LOADED_MS);
	CU_ASSERT_EQUAL(changes(), before + 2);
}

/* It dies of each signature: it is tried again as seldom as the rule says, and
 * no request fails. */
static void
test_no_flapping(void)
{
	const unsigned turns = 3;

	settled();
	unsigned before = changes();
	load_begins();
	pair_obey(&pair, 0, SHIM_C_Sign, SHIM_CODE_DEVICE_REMOVED);
	service_sleep_ms(turns * PAIR_RETURN_S * 1000);
	CU_ASSERT_TRUE(pair_stop(&pair));
	print_sums("challenges", pair.challenges);
	print_sums("attestations", pair.attestations);
	CU_ASSERT_TRUE(changes() - before <= 2 * turns);
}

/* --- when little is left -------------------------------------------------- */

static void
test_both_lost(void)
{
	static const struct ask ask = { .workflow = "enroll", .bound = true };
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);

	settled();
	for (unsigned i = 0; i < 2; i++) {
		pair_obey(&pair, i, SHIM_C_GetTokenInfo,
		          SHIM_CODE_TOKEN_NOT_PRESENT);
		CU_ASSERT_TRUE(pair_kill(&pair, i));
	}
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, 0, promised()));
	CU_ASSERT_EQUAL_FATAL(
	        client_open(pair.service->backend, pair.service->port, &c), OK);
	ask_challenge_body(&ask, &body);
	CU_ASSERT_EQUAL(client_exchange(c, "POST", "/v1/challenges",
	                                buf_bytes(&body), NULL),
	                503);
	CU_ASSERT_TRUE(client_retry_after(c) > 0);
	CU_ASSERT_FALSE(service_ready(pair.service));

	/* Whichever is first back serves. */
	pair_honest(&pair, 1);
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, B, BACK_MS));
	CU_ASSERT_TRUE(service_wait_ready(pair.service, BACK_MS));
}

static bool
degraded(const char *text)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	return client_open(pair.service->monitor, pair.service->port, &c) ==
	               OK &&
	       client_exchange(c, "GET", "/readyz", bytes_of(NULL, 0),
	                       &answer) == 200 &&
	       strstr(buf_str(&answer), "\"degraded\":") != NULL &&
	       strstr(buf_str(&answer), text) != NULL;
}

static void
unlatch(void)
{
	AUTO(buf_release)
	struct buf program = service_path(pair.service->bin, "anchorctl");
	AUTO(buf_release)
	struct buf state = service_path(pair.service->dir, "state");
	const char *const argv[] = { buf_str(&program), "token",
		                     "unlatch",         "--state",
		                     buf_str(&state),   NULL };

	CU_ASSERT_EQUAL(service_run(argv, NULL, NULL), 0);
}

/* One PIN is refused: that token waits for a person, the other serves. */
static void
test_latched(void)
{
	settled();
	CU_ASSERT_FALSE(degraded(""));
	unsigned logins = atomic_load(&pair.pages[0]->logins);
	pair_obey(&pair, 0, SHIM_C_Login, SHIM_CODE_PIN_INCORRECT);
	load_begins();
	uint64_t at = service_now_ms();
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	goes_on(at);

	while (service_now_ms() < at + BACK_MS && !degraded("keyholder a: "))
		service_sleep_ms(50);
	CU_ASSERT_TRUE(degraded("keyholder a: "));
	CU_ASSERT_EQUAL(atomic_load(&pair.pages[0]->logins), logins + 1);
	pair_honest(&pair, 0);
	unlatch();
	settled();
	CU_ASSERT_FALSE(degraded(""));
}

/* Its directory as it was before its first start: an old copy.  The directory in use
 * is moved away, because a key holder that starts meanwhile may write into it. */
static bool
put_old_copy(void)
{
	AUTO(buf_release)
	struct buf tokens = service_path(pair.service->dir, "tokens");
	AUTO(buf_release)
	struct buf newer = service_path(pair.service->dir, "newer");
	AUTO(buf_release)
	struct buf golden = service_path(pair.service->dir, "golden");
	const char *const cp[] = { "cp", "-a", buf_str(&golden),
		                   buf_str(&tokens), NULL };

	return rename(buf_str(&tokens), buf_str(&newer)) == 0 &&
	       service_run(cp, NULL, NULL) == 0;
}

/* Its ids would be used twice: it is not asked, the other serves. */
static void
test_old_copy(void)
{
	struct asked_challenge c;
	char kid_b[PAIR_KID_MAX], kid[PAIR_KID_MAX];
	bool eligible = false;

	settled();
	pair_obey(&pair, 0, SHIM_C_GetTokenInfo, SHIM_CODE_TOKEN_NOT_PRESENT);
	CU_ASSERT_TRUE(pair_kill(&pair, 0));
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, B, promised()));
	CU_ASSERT_TRUE_FATAL(pair_challenge(&pair, &c, kid_b));
	CU_ASSERT_TRUE_FATAL(put_old_copy());
	pair_honest(&pair, 0);

	uint64_t end_at = service_now_ms() + BACK_MS;
	while (service_now_ms() < end_at && !degraded("epoch went back"))
		service_sleep_ms(50);
	CU_ASSERT_TRUE(degraded("epoch went back"));
	service_sleep_ms(PAIR_RETURN_S * 1000 + 500);
	CU_ASSERT_EQUAL(pair_in_use(&pair), B);
	CU_ASSERT_TRUE_FATAL(pair_challenge(&pair, &c, kid));
	CU_ASSERT_STRING_EQUAL(kid, kid_b);
	CU_ASSERT_EQUAL(pair_attest(&pair, &c, &eligible), 200);
	CU_ASSERT_TRUE(eligible);

	/* Nothing else is left: nobody serves. */
	pair_obey(&pair, 1, SHIM_C_GetTokenInfo, SHIM_CODE_TOKEN_NOT_PRESENT);
	CU_ASSERT_TRUE(pair_kill(&pair, 1));
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, 0, promised()));
	CU_ASSERT_FALSE(pair_challenge(&pair, &c, kid));
	pair_honest(&pair, 1);
	CU_ASSERT_TRUE(pair_wait_in_use(&pair, B, BACK_MS));
}

/* Whatever was asked of them, each life of each token had one login. */
static void
test_end(void)
{
	for (unsigned i = 0; there && i < 2; i++)
		CU_ASSERT_EQUAL(atomic_load(&pair.pages[i]->life_most), 1);
	pair_free(&pair);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "the preferred of two tokens is in use", settled },
	{ "killed: the next within a second, no request fails", test_killed },
	{ "unplugged: likewise", test_unplugged },
	{ "failing: likewise", test_failing },
	{ "hanging: likewise", test_hanging },
	{ "a result under way at one that hangs is signed by the other",
	  test_result_under_way },
	{ "a lost token's challenges are redeemed, its key is published",
	  test_keys },
	{ "a device keeps its handle whichever token serves", test_handles },
	{ "back only after a time without a break", test_return },
	{ "a token that dies of each signature is seldom tried",
	  test_no_flapping },
	{ "both lost: 503 with Retry-After, and back", test_both_lost },
	{ "one latched: the other serves, and the service says so",
	  test_latched },
	{ "an old copy of a token is not asked, the other serves",
	  test_old_copy },
	{ "(ends)", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("failover", tests)
