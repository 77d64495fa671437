/*
 * test_losses.c - a token lost again and again under 500 requests a second.
 * In a PKCS#11 module: its process killed, its directory moved away and back,
 * its module failing, crashing and hanging.  In a TPM: swtpm killed and started
 * again, away for a while, stopped.  Every loss is over by itself; while the
 * token is away clients are refused at once and told when to come again, and
 * nobody waits longer than a hang may last.
 *
 * ANCHORD_LOSSES: how many; 20 unless said, 200 in `make faults`.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/faults/losses.h"
#include "tests/common/service/service_tpm.h"
#include "base/auto.h"
#include "hsm/core/hsm.h"

#define LOSSES 20
#define WHOLE 100   /* from here on it is no sample */
#define TPM_SHARE 5 /* two of five losses are a TPM's */
#define AWAY_MS 150 /* how long a token stays away */
#define WORK_MS 250 /* between two losses */

static struct service *service;
static struct shim_page *page;
static struct swtpm tpm;
static struct losses_board *board;
static pid_t clients[LOSSES_CLIENTS];
static unsigned slowest_ms, latches;

static void
obey(enum shim_call call, enum shim_outcome outcome)
{
	struct shim_rule *r = &page->rules[0];

	r->call = call;
	r->outcome = outcome;
	r->nth = 0;
	atomic_store(&r->on, 1);
}

/* The token is back, however it was away. */
static void
honest(void)
{
	atomic_store(&page->rules[0].on, 0);
	atomic_store(&page->forgotten, 0);
}

static void
move(const char *from, const char *to)
{
	char a[SERVICE_PATH_MAX + 16];
	char b[SERVICE_PATH_MAX + 16];

	snprintf(a, sizeof(a), "%s/%s", service->dir, from);
	snprintf(b, sizeof(b), "%s/%s", service->dir, to);
	CU_ASSERT_EQUAL(rename(a, b), 0);
}

static void
lose_killed(void)
{
	CU_ASSERT_TRUE(service_kill(service, "keyholder"));
}

static void
lose_moved(void)
{
	move("tokens", "away");
	service_sleep_ms(AWAY_MS);
	move("away", "tokens");
}

static void
lose_failing(void)
{
	obey(SHIM_C_Sign, SHIM_CODE_DEVICE_REMOVED);
	service_sleep_ms(AWAY_MS);
	honest();
}

static void
lose_absent(void)
{
	obey(SHIM_C_GetTokenInfo, SHIM_CODE_TOKEN_NOT_PRESENT);
	CU_ASSERT_TRUE(service_kill(service, "keyholder"));
	service_sleep_ms(1000); /* several lives in vain */
	honest();
}

static void
lose_crashing(void)
{
	obey(SHIM_C_SignInit, SHIM_DEED_crash);
	service_sleep_ms(AWAY_MS);
	honest();
}

static void
lose_wrong(void)
{
	obey(SHIM_C_Sign, SHIM_DEED_wrong);
	service_sleep_ms(AWAY_MS);
	honest();
}

static void
lose_hanging(void)
{
	obey(SHIM_C_Sign, SHIM_DEED_hang);
	service_sleep_ms(AWAY_MS);
	honest(); /* who hangs goes on hanging */
}

/* --- a TPM ---------------------------------------------------------------- */

static void
tpm_away(unsigned ms)
{
	swtpm_kill(&tpm);
	service_sleep_ms(ms);
	CU_ASSERT_TRUE(swtpm_start(&tpm));
}

static void
lose_restarted(void)
{
	tpm_away(0);
}

static void
lose_tpm(void)
{
	tpm_away(AWAY_MS);
}

static void
lose_tpm_long(void)
{
	tpm_away(1000); /* several lives in vain */
}

static void
lose_stopped(void)
{
	kill(tpm.pid, SIGSTOP);
	service_sleep_ms(AWAY_MS);
	kill(tpm.pid, SIGCONT);
}

static void
lose_stopped_long(void)
{
	kill(tpm.pid, SIGSTOP);
	service_sleep_ms(1800); /* beyond the deadline */
	kill(tpm.pid, SIGCONT);
}

typedef void way(void);

static way *const token_ways[] = {
	lose_killed, lose_moved,    lose_failing, lose_absent, lose_moved,
	lose_killed, lose_crashing, lose_wrong,   lose_moved,  lose_hanging,
};

static way *const tpm_ways[] = {
	lose_restarted, lose_tpm,     lose_tpm_long,     lose_killed,
	lose_restarted, lose_stopped, lose_stopped_long, lose_tpm,
};

/* --- losing it, again and again ------------------------------------------- */

static bool
good_since(uint64_t at, unsigned ms)
{
	while (service_now_ms() < at + ms) {
		if (atomic_load(&board->good_at) > at)
			return true;
		service_sleep_ms(5);
	}
	return false;
}

/* Loses the token once and waits until the service is back, alone. */
static void
lose(unsigned i, way *one)
{
	char latch[SERVICE_PATH_MAX + 32];

	snprintf(latch, sizeof(latch), "%s/state/" HSM_LATCH_FILE,
	         service->dir);
	one();

	uint64_t over_at = service_now_ms();
	/* A good answer may still be of the life before: a hang is noticed
	 * only at its deadline, a kill when the edge ends. */
	bool back = good_since(over_at + 20, HARNESS_WAIT_MS) &&
	            service_wait_ready(service, HARNESS_WAIT_MS);
	unsigned took = (unsigned)(service_now_ms() - over_at);
	slowest_ms = took > slowest_ms ? took : slowest_ms;
	if (access(latch, F_OK) == 0 && !back)
		latches++;
	if (!back) {
		printf("  loss %u is not over after %u ms\n", i, took);
		service_print_log(service, 12);
	}
	CU_ASSERT_TRUE_FATAL(back);
	service_sleep_ms(WORK_MS);
}

static void
start_clients(void)
{
	fflush(stdout);
	for (unsigned i = 0; i < LOSSES_CLIENTS; i++) {
		clients[i] = fork();
		if (clients[i] == 0)
			losses_client(service, board);
	}
}

static void
stop_clients(void)
{
	int status = 0;

	atomic_store(&board->stop, true);
	for (unsigned i = 0; i < LOSSES_CLIENTS; i++) {
		waitpid(clients[i], &status, 0);
		CU_ASSERT_EQUAL(status, 0);
	}
}

static void
print_sums(unsigned n, uint64_t took_for)
{
	static const char *const names[LOSSES_ANSWERS] = {
		"good", "refused at once", "lost under way", "broken", "WRONG"
	};
	unsigned all = 0;

	for (int a = 0; a < LOSSES_ANSWERS; a++)
		all += atomic_load(&board->n[a]);
	printf("  %u losses in %u s, %u requests (%u a second):\n", n,
	       (unsigned)(took_for / 1000), all,
	       (unsigned)(all * 1000ull / took_for));
	for (int a = 0; a < LOSSES_ANSWERS; a++)
		printf("    %-16s %7u, longest %u ms\n", names[a],
		       atomic_load(&board->n[a]),
		       atomic_load(&board->most_ms[a]));
	printf("  %u refusals took more than %d ms, %u without Retry-After; "
	       "slowest recovery %u ms\n",
	       atomic_load(&board->open_late), LOSSES_OPEN_MS,
	       atomic_load(&board->unadvised), slowest_ms);
}

static unsigned
losses(void)
{
	const char *text = getenv("ANCHORD_LOSSES");

	return text ? (unsigned)strtoul(text, NULL, 10) : LOSSES;
}

static void
check_sums(void)
{
	unsigned refused = atomic_load(&board->n[LOSSES_OPEN]);

	CU_ASSERT_EQUAL(atomic_load(&board->n[LOSSES_WRONG]), 0);
	CU_ASSERT_TRUE(refused > 0);
	/* A sample's hundredth is a handful, which a busy machine may cost. */
	CU_ASSERT_TRUE(harness_promised_ms(LOSSES_OPEN_MS) > LOSSES_OPEN_MS ||
	               atomic_load(&board->open_late) <=
	                       refused / (losses() < WHOLE ? 20 : 100));
	CU_ASSERT_EQUAL(atomic_load(&board->unadvised), 0);
	for (int a = 0; a < LOSSES_ANSWERS; a++)
		CU_ASSERT_TRUE(atomic_load(&board->most_ms[a]) <=
		               harness_promised_ms(LOSSES_HANG_MS));
	CU_ASSERT_EQUAL(latches, 0);
}

/* n losses of the service that runs, by these ways in turn. */
static void
lose_all(unsigned n, way *const *ways, size_t n_ways)
{
	uint64_t start_at = service_now_ms();

	slowest_ms = latches = 0;
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_FATAL(board != MAP_FAILED);
	start_clients();
	CU_ASSERT_TRUE(good_since(service_now_ms(), HARNESS_WAIT_MS));
	for (unsigned i = 0; i < n; i++)
		lose(i, ways[i % n_ways]);
	stop_clients();
	print_sums(n, service_now_ms() - start_at);
	check_sums();
	munmap(board, sizeof(*board));
}

static unsigned
losses_of_tpm(void)
{
	return losses() * 2 / TPM_SHARE;
}

static void
test_token(void)
{
	err_t err = losses_service(&service, &page);

	if (err == E_NOT_FOUND) {
		harness_skip("no SoftHSM here");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(err, OK);
	lose_all(losses() - losses_of_tpm(), token_ways, ARRAY_LEN(token_ways));
	CU_ASSERT_EQUAL(atomic_load(&page->life_most), 1);
	service_free(TAKE(service));
}

static void
test_tpm(void)
{
	err_t err = service_start_on_tpm(&tpm, &service);

	if (err == E_NOT_FOUND) {
		harness_skip("no swtpm or no SoftHSM here");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(err, OK);
	lose_all(losses_of_tpm(), tpm_ways, ARRAY_LEN(tpm_ways));
	service_free(TAKE(service));
	swtpm_close(&tpm);
}

static const struct harness_test tests[] = {
	{ "is back after every loss of a PKCS#11 token", test_token },
	{ "is back after every loss of a TPM", test_tpm },
	{ NULL, NULL },
};

HARNESS_MAIN("losses", tests)
