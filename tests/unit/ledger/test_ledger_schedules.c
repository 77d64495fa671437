/*
 * test_ledger_schedules.c - 1,000 seeded schedules of clocks that are wrong:
 * steps of seconds to years both ways, sweeps, restarts of ledger and key
 * holder, repairs, older copies put back by the documented way, challenges
 * dated ahead.  No challenge is accepted twice.
 *
 * The ledger is the real one; the disk does not sync, since nothing is killed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/roles/ledger_rig.h"
#include "base/clock.h"
#include "ledger/store/backup.h"

#ifdef ANCHORD_SAN /* SQLite's syncs and ten times the work */
#define SCHEDULES 100
#else
#define SCHEDULES 1000
#endif
#define STEPS 60
#define ISSUED_MAX 64

/* In place of libc's for this whole program, SQLite included. */
__attribute__((visibility("default"))) int
fsync(int fd)
{
	(void)fd;
	return 0;
}

__attribute__((visibility("default"))) int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

struct issued {
	struct wire_verdict v;
	unsigned accepted;
};

static struct world {
	struct rig *rig;
	uint64_t seed, random, now_ms;
	struct store_life life; /* of the key holder */
	struct issued issued[ISSUED_MAX];
	size_t n;
	bool has_copy, is_backup; /* by store_backup() */
} w;

/* Over all schedules: what happened at all. */
static struct {
	unsigned accepted, refused, unavailable, repairs, restored, backups;
} told;

/* xorshift64* */
static uint64_t
draw(uint64_t below)
{
	w.random ^= w.random >> 12;
	w.random ^= w.random << 25;
	w.random ^= w.random >> 27;
	return (w.random * 0x2545f4914f6cdd1dull >> 16) % below;
}

static void
set_clock(uint64_t at_ms)
{
	const uint64_t earliest = KIT_NOW_MS - 630720000000ull; /* 20 years */
	const uint64_t latest = KIT_NOW_MS + 3153600000000ull;

	w.now_ms = at_ms < earliest ? earliest
	           : at_ms > latest ? latest
	                            : at_ms;
	clock_set_wall(w.now_ms);
}

static void
announce(void)
{
	struct wire_key_held m = { .kid = bytes_of_str("kid-1"),
		                   .node = w.life.node,
		                   .epoch = w.life.epoch };

	memcpy(m.life, w.life.life, sizeof(m.life));
	wire_put_key_held(&w.rig->packet, &m);
	KIT_OK(rig_say(w.rig, RIG_KEYHOLDER));
	rig_tick(w.rig);
}

/* The token counts on, whatever becomes of the ledger. */
static void
new_life(void)
{
	w.life.node = 1;
	w.life.epoch++;
	for (size_t i = 0; i < sizeof(w.life.life); i++)
		w.life.life[i] = (uint8_t)draw(256);
}

/* All that peers were told, so that nothing of it is taken for an answer. */
static void
drain(void)
{
	for (enum rig_peer p = RIG_FRONT; p <= RIG_KEYHOLDER; p++)
		while (rig_hear_any(w.rig, p).len > 0)
			;
}

/* --- what may happen ------------------------------------------------------ */

static void
issue_dated(uint64_t at_s)
{
	struct issued *i = &w.issued[w.n % ISSUED_MAX];
	const struct cti cti = { 1, w.life.epoch, ++w.n };

	*i = (struct issued){ .v = kit_verdict(w.n) };
	cti_encode(&cti, i->v.cti);
	memcpy(i->v.life, w.life.life, sizeof(i->v.life));
	i->v.issued_s = at_s;
	i->v.expires_s = at_s + 1 + draw(120);
}

static void
issue(void)
{
	issue_dated(w.now_ms / 1000);
}

/* The key holder is not itself: it signs for a time to come. */
static void
issue_ahead(void)
{
	issue_dated(w.now_ms / 1000 + draw(7200));
}

/* Another evidence each time, so that none is an honest retry. */
static void
redeem_one(void)
{
	struct issued *i = &w.issued[draw(w.n < ISSUED_MAX ? w.n : ISSUED_MAX)];
	struct wire_result_sign m;
	static uint64_t count;

	count++;
	memcpy(i->v.evidence, &count, sizeof(count));
	rig_verdict(w.rig, &i->v);
	rig_round(w.rig);
	struct bytes p = rig_hear(w.rig, RIG_KEYHOLDER);
	if (wire_get_result_sign(p, &m) != OK) {
		told.unavailable++;
		drain();
		return;
	}
	if (m.redeemed)
		told.accepted++;
	else
		told.refused++;
	i->accepted += m.redeemed;
	if (i->accepted > 1)
		printf("seed %llu: accepted twice\n",
		       (unsigned long long)w.seed);
	CU_ASSERT(i->accepted <= 1);
	rig_signed(w.rig, m.request, "a.b.c");
	drain();
}

/* Of each step's sign and size; most are what a day brings. */
static void
step(void)
{
	static const uint64_t sizes_s[] = { 1,       4,       6,     60,
		                            200,     3600,    86400, 604800,
		                            2592000, 31536000 };
	uint64_t by_ms = 1000 * (1 + draw(sizes_s[draw(ARRAY_LEN(sizes_s))]));

	set_clock(draw(2) ? w.now_ms + by_ms : w.now_ms - by_ms);
}

static void
pass(void)
{
	set_clock(w.now_ms + draw(90000));
	rig_tick(w.rig);
}

/* Time comes to, or is set to, the life of a challenge that was issued. */
static void
meet(void)
{
	const struct issued *i =
	        &w.issued[draw(w.n < ISSUED_MAX ? w.n : ISSUED_MAX)];

	set_clock((i->v.issued_s + draw(2)) * 1000);
	rig_tick(w.rig);
}

static void
sweep(void)
{
	for (int i = 0; i < 3; i++)
		rig_tick(w.rig);
}

static void
start(void)
{
	rig_start(w.rig);
	memset(w.rig->heard, 0, sizeof(w.rig->heard));
	announce();
	drain();
}

static void
restart_ledger(void)
{
	rig_stop(w.rig);
	start();
}

static void
restart_keyholder(void)
{
	rig_down(w.rig, RIG_KEYHOLDER);
	rig_up(w.rig, RIG_KEYHOLDER);
	new_life();
	announce();
	drain();
}

/* As anchorctl does it; the service is stopped, so the key holder begins a new
 * life afterwards. */
static void
repair_stopped(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store_repair done;
	struct store *s = NULL;

	KIT_OK(store_open_existing(w.rig->dir.path, &why, &s));
	KIT_OK(store_begin(s));
	KIT_OK(store_repair(s, w.now_ms, &done));
	KIT_OK(store_commit(s));
	store_close(s);
	told.repairs++;
	new_life();
}

static void
repair(void)
{
	rig_stop(w.rig);
	repair_stopped();
	start();
}

static void
copy(const char *from_name, const char *to_name)
{
	static uint8_t part[65536];
	int from = open(kit_path(&w.rig->dir, from_name), O_RDONLY | O_CLOEXEC);
	int to = open(kit_path(&w.rig->dir, to_name),
	              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(from >= 0 && to >= 0);
	for (ssize_t n; (n = read(from, part, sizeof(part))) > 0;)
		CU_ASSERT_EQUAL(write(to, part, (size_t)n), n);
	close(from);
	close(to);
}

/* Every other one while the ledger works. */
static void
back_up(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store_facts facts;
	char file[256];

	w.is_backup = draw(2) == 1;
	w.has_copy = true;
	if (w.is_backup) {
		snprintf(file, sizeof(file), "%s",
		         kit_path(&w.rig->dir, "old.db"));
		(void)unlink(file);
		KIT_OK(store_backup(w.rig->dir.path, file, &why, &facts));
		return;
	}
	rig_stop(w.rig);
	copy(STORE_FILE, "old.db");
	start();
}

static void
restore(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct store_repair done;
	char file[256];

	snprintf(file, sizeof(file), "%s", kit_path(&w.rig->dir, "old.db"));
	(void)unlink(kit_path(&w.rig->dir, STORE_FILE));
	KIT_OK(store_restore(file, w.rig->dir.path, w.now_ms, &why, &done));
	told.backups++;
	new_life();
}

/* An older copy forgets redemptions: after it, always the repair. */
static void
put_back(void)
{
	if (!w.has_copy)
		return;
	rig_stop(w.rig);
	(void)unlink(kit_path(&w.rig->dir, STORE_FILE "-wal"));
	told.restored++;
	if (w.is_backup) {
		restore();
	} else {
		copy("old.db", STORE_FILE);
		repair_stopped();
	}
	start();
}

static const struct {
	unsigned weight;
	void (*act)(void);
} acts[] = {
	{ 24, issue },         { 6, issue_ahead },
	{ 40, redeem_one },    { 8, step },
	{ 10, pass },          { 10, meet },
	{ 4, sweep },          { 2, repair },
	{ 2, restart_ledger }, { 4, restart_keyholder },
	{ 1, back_up },        { 1, put_back },
};

static void
act(void)
{
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		all += acts[i].weight;
	uint64_t at = draw(all);
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		if (at < acts[i].weight) {
			acts[i].act();
			return;
		}
		at -= acts[i].weight;
	}
}

static void
run(uint64_t seed)
{
	memset(&w, 0, sizeof(w));
	w.seed = seed;
	w.random = seed * 0x9e3779b97f4a7c15ull + 1;
	w.rig = rig_new();
	set_clock(KIT_NOW_MS);
	new_life();
	announce();
	drain();
	issue();
	for (unsigned i = 0; i < STEPS; i++)
		act();
	rig_free(w.rig);
}

static void
test_schedules(void)
{
	/* "clock-went-back" and the like, thousands of times. */
	CU_ASSERT_PTR_NOT_NULL_FATAL(freopen("/dev/null", "w", stderr));
	for (uint64_t seed = 1; seed <= SCHEDULES; seed++)
		run(seed);
	printf("  %u accepted, %u refused, %u unavailable, %u repairs, %u "
	       "copies "
	       "put back, %u of them backups\n",
	       told.accepted, told.refused, told.unavailable, told.repairs,
	       told.restored, told.backups);
	/* They did happen. */
	CU_ASSERT(told.accepted > SCHEDULES);
	CU_ASSERT(told.refused > SCHEDULES);
	CU_ASSERT(told.repairs > SCHEDULES / 2);
	CU_ASSERT(told.restored > SCHEDULES / 20);
	CU_ASSERT(told.backups > SCHEDULES / 50);
}

static const struct harness_test tests[] = {
	{ "1,000 schedules: nothing is accepted twice", test_schedules },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_schedules", tests)
