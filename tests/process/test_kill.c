/*
 * test_kill.c - SIGKILL for each role in turn, under load.
 *
 * 10,000 challenges are redeemed by parallel clients that repeat what was not
 * answered.  They come in bursts; into each burst falls one kill, then the
 * supervisor has its time to mend (at least a second: its back-off grows when
 * a role dies young).  Afterwards every answer is asked again, and the other evidence is
 * tried: no challenge was ever accepted twice, no answer that was given is
 * taken back, and every redemption that was committed can still be fetched.
 *
 * The storm lasts as long as answers come, however slow the machine is.
 *
 * ANCHORD_KILL_CHALLENGES in the environment sets another number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/storm.h"

#ifdef ANCHORD_SAN
#define CHALLENGES 1000
#define BURST 60
#else
#define CHALLENGES 10000
#define BURST 250
#endif
#define BACK_MS HARNESS_WAIT_MS /* longest wait until all is ready again */
#define KILL_EVERY_MS 1000
#define HEAL_AFTER_MS 8000 /* not ready for so long: look at the token */

static const char *const roles[] = { "front", "verifier", "ledger",
	                             "keyholder" };

static struct service *service;
static struct soft_tpm *tpm;
static struct storm_board *board;
static size_t board_size;
static unsigned kills[ARRAY_LEN(roles)];

static unsigned
challenges(void)
{
	const char *text = getenv("ANCHORD_KILL_CHALLENGES");
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	return n > 0 && n <= 1000000 ? (unsigned)n : CHALLENGES;
}

static bool
enroll(void)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);

	soft_tpm_public(tpm, &public);
	return client_open(service->backend, service->port, &c) == OK &&
	       ask_enroll(c, buf_bytes(&public), board->handle) / 100 == 2;
}

static void
test_set_up(void)
{
	unsigned total = challenges();

	board_size = sizeof(*board) + total * sizeof(board->records[0]);
	board = mmap(NULL, board_size, PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_FATAL(board != MAP_FAILED);
	board->total = total;
	CU_ASSERT_EQUAL_FATAL(service_start(&service), OK);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &tpm), OK);
	CU_ASSERT_TRUE_FATAL(enroll());
}

/* Answers of the storm and of the audit together. */
static unsigned
count_answers(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < board->total; i++)
		for (unsigned e = 0; e < 2; e++) {
			n += board->records[i].first[e].answered;
			n += board->records[i].again[e].answered;
		}
	return n;
}

/* The clients go on as long as answers come. */
static void
follow_progress(void)
{
	static unsigned before;
	unsigned now = count_answers();

	if (now != before)
		board->end_at = service_now_ms() + HARNESS_WAIT_MS;
	before = now;
}

/* Starts the clients; they end by themselves, at the board's end at last. */
static void
start_clients(bool audit)
{
	board->next = 0;
	board->finished = 0;
	board->released = 0;
	board->start_at = service_now_ms();
	board->end_at = board->start_at + HARNESS_WAIT_MS;
	fflush(stdout);
	for (unsigned i = 0; i < STORM_WORKERS; i++) {
		if (fork() != 0)
			continue;
		if (audit)
			storm_audit(service, board);
		storm_redeem(service, tpm, board, i);
	}
}

static void
reap_clients(void)
{
	int status = 0;

	while (board->finished < STORM_WORKERS &&
	       service_now_ms() < board->end_at + 2000) {
		follow_progress();
		service_sleep_ms(20);
	}
	/* The supervisor is our child, too: leave it alone. */
	for (unsigned i = 0; i < STORM_WORKERS; i++)
		waitpid(0, &status, 0);
}

/* Until all is ready again and not before `at`; mends what stays broken. */
static void
wait_ready(uint64_t at)
{
	uint64_t since = service_now_ms();

	while (service_now_ms() < board->end_at &&
	       board->finished < STORM_WORKERS) {
		if (service_ready(service) && service_now_ms() >= at)
			return;
		follow_progress();
		service_sleep_ms(20);
		if (service_now_ms() > since + HEAL_AFTER_MS) {
			service_heal(service);
			since = service_now_ms();
		}
	}
}

static unsigned
count_answered(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < board->total; i++)
		n += board->records[i].first[0].answered ||
		     board->records[i].first[1].answered;
	return n;
}

static void
test_storm(void)
{
	CU_ASSERT_FATAL(board && board->handle[0]);
	start_clients(false);
	uint64_t next_at = 0;
	for (unsigned n = 0; board->finished < STORM_WORKERS &&
	                     service_now_ms() < board->end_at;
	     n++) {
		wait_ready(next_at);
		next_at = service_now_ms() + KILL_EVERY_MS;
		board->released += BURST;
		service_sleep_ms(n * 37 % 200); /* another place each time */
		unsigned role = n % (unsigned)ARRAY_LEN(roles);
		kills[role] += service_kill(service, roles[role]);
	}
	unsigned took_ms = (unsigned)(service_now_ms() - board->start_at);
	reap_clients();

	unsigned answered = count_answered();
	printf("  %u of %u challenges answered in %u.%u s; kills:", answered,
	       board->total, took_ms / 1000, took_ms / 100 % 10);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		printf(" %s %u", roles[i], kills[i]);
	printf("\n  connections lost %u, 503 %u, unusual %u, "
	       "tokens lost by SoftHSM %u, latches lifted %u\n",
	       board->lost, board->busy, board->unusual, service->tokens_lost,
	       service->latches_lifted);
	CU_ASSERT_EQUAL(answered, board->total);
	CU_ASSERT_EQUAL(board->unusual, 0);
}

struct verdicts {
	unsigned double_accept, taken_back, changed, never, unanswered;
};

static bool
changed(const struct storm_answer *a, const struct storm_answer *b)
{
	if (!a->answered || !b->answered)
		return false;
	if (a->eligible)
		return b->eligible && strcmp(a->jti, b->jti) != 0;
	return !b->eligible && strcmp(a->reasons, b->reasons) != 0;
}

static void
judge(const struct storm_record *r, struct verdicts *v)
{
	bool ever[2];

	for (unsigned i = 0; i < 2; i++) {
		const struct storm_answer *a = &r->first[i], *b = &r->again[i];
		ever[i] = a->eligible || b->eligible;
		v->unanswered += !b->answered;
		v->taken_back += a->answered && b->answered &&
		                 a->eligible != b->eligible;
		v->changed += changed(a, b);
	}
	v->double_accept += ever[0] && ever[1];
	v->never += !ever[0] && !ever[1];
}

static void
print_odd(const struct storm_record *r)
{
	static unsigned printed;

	for (unsigned i = 0; i < 2 && printed < 10; i++) {
		const struct storm_answer *a = &r->first[i], *b = &r->again[i];
		if (printed++ < 10)
			printf("  evidence %u: first %d %s '%s', again %d %s "
			       "'%s'\n",
			       i, a->answered, a->jti, a->reasons, b->answered,
			       b->jti, b->reasons);
	}
}

static void
test_audit(void)
{
	struct verdicts v = { 0 };

	CU_ASSERT_FATAL(board && board->handle[0]);
	if (!service_wait_ready(service, HEAL_AFTER_MS))
		service_heal(service);
	if (!service_wait_ready(service, BACK_MS)) {
		service_print_log(service, 20);
		CU_FAIL_FATAL("not ready after the storm");
	}
	start_clients(true);
	reap_clients();
	for (unsigned i = 0; i < board->total; i++) {
		struct verdicts before = v;
		judge(&board->records[i], &v);
		if (memcmp(&before, &v, sizeof(v)) != 0)
			print_odd(&board->records[i]);
	}
	printf("  %u challenges asked again: %u accepted twice, %u taken "
	       "back, %u changed, %u redeemed for nobody, %u unanswered\n",
	       board->total, v.double_accept, v.taken_back, v.changed, v.never,
	       v.unanswered);
	CU_ASSERT_EQUAL(v.double_accept, 0);
	CU_ASSERT_EQUAL(v.taken_back, 0);
	CU_ASSERT_EQUAL(v.changed, 0);
	CU_ASSERT_EQUAL(v.never, 0);
	CU_ASSERT_EQUAL(v.unanswered, 0);
}

static const struct harness_test tests[] = {
	{ "set-up: the service runs, a device is enrolled", test_set_up },
	{ "every role is killed in turn under load", test_storm },
	{ "no answer is taken back, nothing accepted twice", test_audit },
	{ NULL, NULL },
};

int
main(void)
{
	int status = harness_run("kill", tests, 0, NULL);

	soft_tpm_free(tpm);
	service_free(service);
	if (board)
		munmap(board, board_size);
	return status;
}
