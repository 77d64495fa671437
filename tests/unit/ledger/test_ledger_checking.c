/*
 * test_ledger_checking.c - a database that takes longer to check than a role may
 * be silent: the ledger says that it works, and starts.
 */
#include <string.h>
#include <sys/socket.h>

#include "supervisor/limits.h"
#include "tests/common/roles/ledger_rig.h"
#include "base/clock.h"
#include "tests/unit/ledger/test_ledger_reads.h"

#define ROWS 2000

/* What the supervisor hears, and the longest that it heard nothing. */
static struct {
	int end;
	uint64_t from, heard_at, longest;
	unsigned words;
} supervisor;

static void
listen_now(void)
{
	uint8_t packet[512];
	uint64_t now = clock_mono_ms();
	ssize_t n = recv(supervisor.end, packet, sizeof(packet), MSG_DONTWAIT);

	if (now - supervisor.heard_at > supervisor.longest)
		supervisor.longest = now - supervisor.heard_at;
	if (n <= 0)
		return;
	supervisor.heard_at = now;
	supervisor.words++;
	CU_ASSERT_PTR_NOT_NULL(memmem(packet, (size_t)n, "being checked", 13));
}

static struct rig *slow_rig;

static void
begin_slow(struct rig *g)
{
	slow_rig = g;
	memset(&supervisor, 0, sizeof(supervisor));
	supervisor.from = supervisor.heard_at = clock_mono_ms();
	kit_reads.slow = true;
}

static void
each_read(void)
{
	supervisor.end = slow_rig->ends[ROLE_EDGES_MAX];
	listen_now();
}

static void
end_slow(void)
{
	kit_reads.slow = false;
	CU_ASSERT_TRUE(clock_mono_ms() - supervisor.from >
	               2 * (SILENCE_MS + START_MS));
	CU_ASSERT_TRUE(supervisor.words > 10);
	CU_ASSERT_TRUE(supervisor.longest < ANSWER_MS);
}

/* One whose last ledger was killed, with many results. */
static struct rig *
large_rig(void)
{
	struct rig *g = rig_new();
	struct store_marks m;

	rig_stop(g);
	struct store *s = kit_open(&g->dir);
	KIT_OK(store_begin(s));
	for (uint64_t i = 1; i <= ROWS; i++) {
		struct outcome o = kit_outcome(i);
		o.redeemed = 0;
		KIT_OK(store_outcome_add(s, &o));
	}
	KIT_OK(store_marks_get(s, &m));
	m.sequence = ROWS;
	KIT_OK(store_marks_set(s, &m));
	KIT_OK(store_commit(s));
	store_close(s);
	kit_reads.each = each_read;
	return g;
}

static void
test_start(void)
{
	struct rig *g = large_rig();

	begin_slow(g);
	rig_start(g);
	end_slow();
	rig_key_held(g, 7);
	rig_tick(g);
	CU_ASSERT_TRUE(rig_serves(g));
	rig_free(g);
}

static void
test_reopening(void)
{
	struct rig *g = large_rig();

	rig_start(g);
	rig_key_held(g, 7);
	rig_tick(g);
	while (recv(g->ends[ROLE_EDGES_MAX], (uint8_t[512]){ 0 }, 512,
	            MSG_DONTWAIT) > 0)
		; /* what was said until now */
	store_manager_fail(&g->ledger.store_manager, "a test");
	begin_slow(g);
	rig_tick(g);
	end_slow();
	CU_ASSERT_TRUE(rig_serves(g));
	rig_free(g);
}

/* A database that is refused after a long check is not checked all the time. */
static void
test_pause(void)
{
	struct rig *g = large_rig();
	struct store *s = kit_open(&g->dir);
	struct store_marks m = { .sequence = ROWS + 1, .time_ms = KIT_NOW_MS };

	KIT_OK(store_marks_set(s, &m));
	store_close(s);
	begin_slow(g);
	rig_start(g);
	end_slow();
	CU_ASSERT_PTR_NULL(g->ledger.store_manager.store);
	CU_ASSERT_TRUE(g->ledger.store_manager.retry_at >
	               clock_mono_ms() + SILENCE_MS + START_MS);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "starts on a database that takes long", test_start },
	{ "opens it anew", test_reopening },
	{ "pauses between two long checks", test_pause },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_checking", tests)
