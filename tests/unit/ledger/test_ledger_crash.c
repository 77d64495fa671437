/*
 * test_ledger_crash.c - kill -9 at any moment: what was acknowledged stays
 * spent, and nothing is spent twice.
 *
 * A child redeems in groups of many sizes and reports each challenge through a
 * pipe once its commit returned.  The test kills it, opens the database, and
 * looks for every challenge that was ever acknowledged; then a new child goes
 * on from there, trying some of the spent ones again.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "base/clock.h"
#include "base/log.h"

#include "tests/common/roles/ledger_kit.h"

#define KILLS_NEEDED 100 /* that hit a child which had just committed */
#define KILLS_MAX 400
#define GROUP_LARGEST 16
#define KILL_WITHIN_US 12000
#define SERIALS_MAX 400000u

/* What a child reports for each challenge of a committed group. */
struct report {
	uint64_t serial;
	uint64_t sequence;
	bool won;
};

struct crash {
	struct kit_dir dir;
	uint64_t random;
	uint64_t next; /* the first serial that no child has tried */
	uint64_t acknowledged;
	uint64_t sequence_of[SERIALS_MAX]; /* 0: nobody was told */
};

static uint32_t
draw(uint64_t *random, uint32_t below)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*random >> 33) % below;
}

/* --- the child ------------------------------------------------------------ */

struct child {
	struct store *store;
	struct store_marks marks;
	uint64_t random;
	uint64_t next;
	int out;
	struct report reports[GROUP_LARGEST];
};

static void
or_die(err_t err)
{
	if (err != OK)
		_exit(10 + (int)err);
}

static void
child_redeem(struct child *c, struct redeem_terms *t, struct report *r)
{
	AUTO(redemption_release) struct redemption spent = { 0 };
	struct wire_verdict v;
	struct outcome o;
	bool fresh = false;

	/* One in four is an old one, with other evidence. */
	bool again = c->next > 1 && draw(&c->random, 4) == 0;
	r->serial =
	        again ? 1 + draw(&c->random, (uint32_t)c->next - 1) : c->next++;
	v = kit_verdict(r->serial);
	v.evidence[0] = (uint8_t)draw(&c->random, 256);
	v.evidence[1] = (uint8_t)draw(&c->random, 256);
	t->sequence = c->marks.sequence + 1;
	or_die(redeem(t, &v, &spent, &o, &fresh));
	if (fresh)
		c->marks.sequence++;
	r->sequence = o.sequence;
	r->won = fresh && o.redeemed;
}

static void
child_group(struct child *c)
{
	struct redeem_terms t = { .store = c->store,
		                  .now_ms = KIT_NOW_MS,
		                  .horizon_ms = KIT_NOW_MS - 1000,
		                  .ttl_max_s = 120,
		                  .result_ttl_s = 300 };
	size_t n = 1 + draw(&c->random, GROUP_LARGEST);
	size_t size = n * sizeof(c->reports[0]);

	or_die(store_begin(c->store));
	for (size_t i = 0; i < n; i++)
		child_redeem(c, &t, &c->reports[i]);
	or_die(store_marks_set(c->store, &c->marks));
	or_die(store_commit(c->store));
	/* Smaller than PIPE_BUF: whole or not at all. */
	if (write(c->out, c->reports, size) != (ssize_t)size)
		_exit(2);
	or_die(store_checkpoint(c->store));
}

static void
child_run(const struct crash *crash, uint64_t seed, int out)
{
	struct child c = { .store = kit_open(&crash->dir),
		           .random = seed,
		           .next = crash->next,
		           .out = out };

	or_die(store_begin(c.store));
	or_die(store_epoch_live(c.store, &kit_life, KIT_NOW_MS));
	or_die(store_marks_get(c.store, &c.marks));
	or_die(store_commit(c.store));
	for (;;)
		child_group(&c);
}

/* --- the test ------------------------------------------------------------- */

static void
take_report(struct crash *c, const struct report *r)
{
	CU_ASSERT_FATAL(r->serial < SERIALS_MAX);
	if (r->serial >= c->next)
		c->next = r->serial + 1;
	if (!r->won)
		return;
	CU_ASSERT_EQUAL(c->sequence_of[r->serial], 0); /* spent twice */
	c->sequence_of[r->serial] = r->sequence;
	c->acknowledged++;
}

static void
read_reports(struct crash *c, int fd)
{
	struct report r;

	while (read(fd, &r, sizeof(r)) == (ssize_t)sizeof(r))
		take_report(c, &r);
}

/* Runs one child for a random time, reading what it acknowledges. */
static void
run_and_kill(struct crash *c)
{
	int fds[2];
	int status = 0;
	uint32_t delay = draw(&c->random, KILL_WITHIN_US);
	struct pollfd first = { .events = POLLIN };

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0)
		child_run(c, c->random, fds[1]);
	close(fds[1]);
	/* Half of them are let get to work, half die in their start, too. */
	first.fd = fds[0];
	if (delay % 2)
		(void)poll(&first, 1, HARNESS_WAIT_MS);
	usleep(1000 + delay);
	CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
	read_reports(c, fds[0]);
	close(fds[0]);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFSIGNALED(status)); /* it had not failed before */
	/* Serials of a group that was not acknowledged may be spent, too. */
	c->next += GROUP_LARGEST;
}

static void
check_all(struct crash *c)
{
	struct store *s = kit_open(&c->dir);

	for (uint64_t i = 1; i < c->next && i < SERIALS_MAX; i++) {
		AUTO(redemption_release) struct redemption r = { 0 };
		const struct wire_verdict v = kit_verdict(i);
		struct outcome o;

		if (c->sequence_of[i] == 0)
			continue;
		CU_ASSERT_EQUAL(store_redemption(s, v.cti, &r, &o), OK);
		CU_ASSERT_EQUAL(o.sequence, c->sequence_of[i]);
	}
	store_close(s);
}

static void
test_kill(void)
{
	struct crash *c = calloc(1, sizeof(*c));
	uint64_t last = 0;
	unsigned productive = 0;
	unsigned kills = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	c->dir = kit_dir();
	c->random = clock_mono_ms(); /* another schedule each time */
	c->next = 1;
	store_close(kit_open(&c->dir));
	printf("  seed %llu\n", (unsigned long long)c->random);
	for (; productive < KILLS_NEEDED && kills < KILLS_MAX; kills++) {
		run_and_kill(c);
		productive += c->acknowledged > last;
		last = c->acknowledged;
		if (kills % 10 == 9)
			check_all(c);
		else
			store_close(kit_open(&c->dir)); /* recovers */
	}
	check_all(c);
	printf("  %u kills, %u amid commits, %llu redemptions kept\n", kills,
	       productive, (unsigned long long)c->acknowledged);
	CU_ASSERT_EQUAL(productive, KILLS_NEEDED);
	kit_remove(&c->dir);
	free(c);
}

static const struct harness_test tests[] = {
	{ "loses no acknowledged redemption to kill -9", test_kill },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_crash", tests)
