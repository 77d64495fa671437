/*
 * test_ledger_outcomes.c - fronts read outcomes: what they get, and that no
 * reader holds up what the ledger decides.
 */
#include <string.h>
#include <unistd.h>

#include "tests/common/roles/ledger_rig.h"
#include "base/clock.h"

#include "ledger/store/sqlite.h"

#define N 24u /* outcomes that decide_some() makes; every third is of b */

static void
decide(struct rig *g, uint64_t serial)
{
	struct wire_verdict v = kit_verdict(serial);

	if (serial % 3 == 0)
		v.tenant = bytes_of_str("backend-b");
	if (serial % 2 == 0)
		v.reasons = reason_bit(REASON_PCR_MISMATCH);
	rig_verdict(g, &v);
	rig_round(g);
	(void)rig_hear_sign(g);
}

static void
decide_some(struct rig *g)
{
	for (uint64_t i = 1; i <= N; i++)
		decide(g, i);
}

static struct wire_outcomes_ask
question(uint64_t request)
{
	return (struct wire_outcomes_ask){
		.request = request,
		.tenant = bytes_of_str("backend-a"),
		.limit = 100,
	};
}

static err_t
say_ask(struct rig *g, enum rig_peer from, const struct wire_outcomes_ask *m)
{
	wire_put_outcomes_ask(&g->packet, m);
	return rig_say(g, from);
}

/* The next answer at a front; waits for the pause between pages. */
static struct bytes
hear_late(struct rig *g, enum rig_peer at)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;
	struct bytes packet = rig_hear(g, at);

	while (packet.len == 0 && clock_mono_ms() < until) {
		usleep(1000);
		rig_round(g);
		packet = rig_hear(g, at);
	}
	return packet;
}

struct answer {
	uint64_t next, n, sum, foreign; /* sum of the sequences */
};

static struct answer
hear_page(struct rig *g, enum rig_peer at, uint64_t request, const char *tenant)
{
	struct wire_outcomes m = { 0 };
	struct wire_outcome o;
	struct answer a = { 0 };

	CU_ASSERT_EQUAL_FATAL(wire_get_outcomes(hear_late(g, at), &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	struct reader r = reader_of(m.outcomes);
	while (r.left > 0 && !r.failed) {
		KIT_OK(wire_get_outcome(reader_take(&r, reader_u32(&r)), &o));
		a.n++;
		a.sum += o.sequence;
		a.foreign += !bytes_equal_str(o.tenant, tenant);
	}
	CU_ASSERT_TRUE(reader_done(&r));
	a.next = m.next;
	return a;
}

static struct answer
ask(struct rig *g, const struct wire_outcomes_ask *m)
{
	KIT_OK(say_ask(g, RIG_FRONT, m));
	return hear_page(g, RIG_FRONT, m->request, "backend-a");
}

/* --- what a front gets ---------------------------------------------------- */

static void
test_read(void)
{
	struct rig *g = rig_ready();
	struct wire_outcomes_ask m = question(1);
	struct answer a;

	decide_some(g);
	a = ask(g, &m);
	CU_ASSERT(a.n == N - N / 3 && a.foreign == 0 && a.next == 0);
	m.tenant = bytes_of(NULL, 0);
	m.all_tenants = 1;
	a = ask(g, &m);
	CU_ASSERT(a.n == N && a.foreign == N / 3);
	CU_ASSERT_EQUAL(a.sum, N * (N + 1) / 2);
	m.limit = 5;
	a = ask(g, &m);
	CU_ASSERT(a.n == 5 && a.next == 5 && a.sum == 15);
	m.after = 5;
	a = ask(g, &m);
	CU_ASSERT(a.n == 5 && a.next == 10 && a.sum == 40);
	m.after = N;
	a = ask(g, &m);
	CU_ASSERT(a.n == 0 && a.next == 0);
	rig_free(g);
}

static void
test_filters(void)
{
	struct rig *g = rig_ready();
	struct wire_outcomes_ask m = question(1);

	decide_some(g);
	m.tenant = bytes_of(NULL, 0);
	m.all_tenants = 1;
	m.eligible = WIRE_ELIGIBILITY_FALSE;
	CU_ASSERT(ask(g, &m).n >= N / 2);
	m.eligible = WIRE_ELIGIBILITY_ANY;
	m.reasons = reason_bit(REASON_PCR_MISMATCH);
	CU_ASSERT_EQUAL(ask(g, &m).n, N / 2);
	m.reasons = reason_bit(REASON_CHALLENGE_FORGED);
	CU_ASSERT_EQUAL(ask(g, &m).n, 0);
	m.reasons = 0;
	m.workflows = 1u << WORKFLOW_ENROLL;
	CU_ASSERT_EQUAL(ask(g, &m).n, N);
	m.workflows = 1u << WORKFLOW_CHANNEL;
	CU_ASSERT_EQUAL(ask(g, &m).n, 0);
	m.workflows = 0;
	m.channel = bytes_of_str("beta");
	CU_ASSERT_EQUAL(ask(g, &m).n, 0);
	m.channel = bytes_of(NULL, 0);
	m.since_ms = KIT_NOW_MS;
	CU_ASSERT_EQUAL(ask(g, &m).n, N);
	m.since_ms = KIT_NOW_MS + 1;
	CU_ASSERT_EQUAL(ask(g, &m).n, 0);
	m.since_ms = 0;
	m.until_ms = KIT_NOW_MS + 1;
	CU_ASSERT_EQUAL(ask(g, &m).n, N);
	m.until_ms = KIT_NOW_MS;
	CU_ASSERT_EQUAL(ask(g, &m).n, 0);
	rig_free(g);
}

/* --- what no honest front asks -------------------------------------------- */

#define TENANT .tenant = { (const uint8_t *)"backend-a", 9 }

static const struct wire_outcomes_ask nonsense[] = {
	{ TENANT, .limit = 0 },
	{ TENANT, .limit = READINGS_ROWS + 1 },
	{ .limit = 1 }, /* of nobody */
	{ .tenant = { (const uint8_t *)"A B", 3 }, .limit = 1 },
	{ TENANT, .limit = 1, .all_tenants = 1 },
	{ TENANT, .limit = 1, .after = UINT64_MAX },
	{ TENANT, .limit = 1, .since_ms = UINT64_C(1) << 63 },
	{ TENANT, .limit = 1, .until_ms = UINT64_C(1) << 63 },
	{ TENANT, .limit = 1, .reasons = UINT64_C(1) << 63 },
	{ TENANT, .limit = 1, .workflows = 1u << WORKFLOW_COUNT },
	{ TENANT, .limit = 1,
	  .channel = { (const uint8_t *)"0123456789012345678901234567890123456"
	                                "7890123456789012345678901234",
	               CHANNEL_MAX + 1 } },
};

static void
test_nonsense(void)
{
	struct rig *g = rig_ready();

	for (size_t i = 0; i < ARRAY_LEN(nonsense); i++)
		CU_ASSERT_EQUAL(say_ask(g, RIG_FRONT, &nonsense[i]),
		                E_MALFORMED);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

/* --- no reader holds up --------------------------------------------------- */

/* A flood of one front is cut off, and another is served. */
static void
test_flood(void)
{
	struct rig *g = rig_ready();
	struct wire_outcomes_ask m = question(0);

	decide_some(g);
	for (m.request = 1; m.request <= READINGS_FRONT_MAX; m.request++)
		KIT_OK(say_ask(g, RIG_FRONT, &m));
	KIT_OK(say_ask(g, RIG_FRONT, &m));
	rig_expect_unavailable(g, RIG_FRONT, m.request, "too many readers");
	m.request = 99;
	KIT_OK(say_ask(g, RIG_FRONT_1, &m));
	CU_ASSERT_EQUAL(hear_page(g, RIG_FRONT_1, 99, "backend-a").n,
	                N - N / 3);
	for (m.request = 1; m.request <= READINGS_FRONT_MAX; m.request++)
		CU_ASSERT_EQUAL(
		        hear_page(g, RIG_FRONT, m.request, "backend-a").n,
		        N - N / 3);
	m.request = 100;
	CU_ASSERT_EQUAL(ask(g, &m).n, N - N / 3);
	rig_free(g);
}

/* All fronts together: the queue has an end. */
static void
test_full(void)
{
	struct rig *g = rig_ready();
	struct edge from = { .peer = WIRE_ROLE_FRONT };
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct wire_outcomes_ask m = question(7);

	wire_put_outcomes_ask(&packet, &m);
	for (unsigned i = 0; i < 2 * READINGS_WAITING_MAX; i++) {
		from.index = (uint16_t)(2 + i / READINGS_FRONT_MAX);
		KIT_OK(readings_ask(&g->ledger, &from, buf_bytes(&packet)));
	}
	CU_ASSERT_EQUAL(g->ledger.readings.n, READINGS_WAITING_MAX);
	rig_free(g);
}

/* A round decides all that waits, then reads one page; and the next page waits
 * for some times as long as that one took. */
static void
test_one_page_a_round(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(N + 1);
	const struct wire_outcomes_ask m = question(1);
	struct wire_outcomes got;

	decide_some(g);
	KIT_OK(say_ask(g, RIG_FRONT, &m));
	KIT_OK(say_ask(g, RIG_FRONT, &m));
	rig_verdict(g, &v);
	rig_round(g);
	(void)rig_hear_sign(g);
	CU_ASSERT_EQUAL(wire_get_outcomes(rig_hear(g, RIG_FRONT), &got), OK);
	CU_ASSERT_EQUAL(g->ledger.readings.n, 1);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	CU_ASSERT_TRUE(g->role.again_us > 0);

	g->ledger.readings.next_at = clock_mono_us() + 50000;
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	g->ledger.readings.next_at = 0;
	rig_round(g);
	CU_ASSERT_EQUAL(wire_get_outcomes(rig_hear(g, RIG_FRONT), &got), OK);
	CU_ASSERT_TRUE(g->ledger.readings.next_at > clock_mono_us() - 500000);
	CU_ASSERT_EQUAL(g->ledger.readings.n, 0);
	rig_free(g);
}

/* A page ends when it took its time, and before when it looked at all that it
 * may; the next one goes on. */
static void
test_slices(void)
{
	struct rig *g = rig_ready();
	struct wire_outcomes_ask m = question(1);
	struct answer a;

	for (uint64_t i = 1; i <= 2 * OUTCOMES_SLICE + 9; i++)
		decide(g, i);
	m.reasons = reason_bit(REASON_CHALLENGE_FORGED);
	g->ledger.readings.page_us = 0;
	a = ask(g, &m);
	CU_ASSERT(a.n == 0 && a.next == OUTCOMES_SLICE);
	m.after = a.next;
	a = ask(g, &m);
	CU_ASSERT(a.n == 0 && a.next == 2 * OUTCOMES_SLICE);
	g->ledger.readings.page_us = UINT64_C(60000000);
	m.after = 0;
	a = ask(g, &m);
	CU_ASSERT(a.n == 0 && a.next == 0);
	/* The rows of several slices are one page of no more than asked for. */
	m.reasons = reason_bit(REASON_PCR_MISMATCH);
	m.after = OUTCOMES_SLICE - 20;
	m.limit = 50;
	a = ask(g, &m);
	CU_ASSERT(a.n == 50 && a.foreign == 0 && a.next > OUTCOMES_SLICE);
	/* Nor when the first slice has most of them. */
	m.after = 0;
	m.limit = 100;
	a = ask(g, &m);
	CU_ASSERT(a.n == 100 && a.next > OUTCOMES_SLICE);
	rig_free(g);
}

/* A page looks at OUTCOMES_SCAN outcomes at most, however fast it is. */
static void
test_scan(void)
{
	struct rig *g = rig_ready();
	struct wire_outcomes_ask m = question(1);
	struct store *s = g->ledger.store_manager.store;

	KIT_OK(store_begin(s));
	for (uint64_t i = 1; i <= OUTCOMES_SCAN + 7; i++) {
		const struct outcome o = kit_outcome(i);

		KIT_OK(store_outcome_add(s, &o));
	}
	KIT_OK(store_commit(s));
	g->ledger.readings.page_us = UINT64_C(60000000);
	struct answer a = ask(g, &m);
	CU_ASSERT(a.n == 0 && a.next == OUTCOMES_SCAN);
	rig_free(g);
}

/* One row that cannot be read: its reader is told so, and all else goes on. */
static void
test_damaged(void)
{
	struct rig *g = rig_ready();
	struct wire_outcomes_ask m = question(5);
	struct answer a;

	decide_some(g);
	CU_ASSERT_EQUAL(sqlite3_exec(g->ledger.store_manager.store->db,
	                             "UPDATE outcomes SET channel ="
	                             " hex(zeroblob(100)) WHERE sequence = 7",
	                             NULL, NULL, NULL),
	                SQLITE_OK);
	KIT_OK(say_ask(g, RIG_FRONT, &m));
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 5, "cannot be read");
	CU_ASSERT_TRUE(rig_serves(g));
	decide(g, N + 1);
	m.after = 7;
	usleep(1000);
	a = ask(g, &m);
	CU_ASSERT(a.n > 0 && a.next == 0);
	rig_free(g);
}

static void
test_gone(void)
{
	struct rig *g = rig_ready();
	struct wire_outcomes_ask m = question(1);

	decide_some(g);
	KIT_OK(say_ask(g, RIG_FRONT, &m));
	m.request = 2;
	KIT_OK(say_ask(g, RIG_FRONT_1, &m));
	rig_down(g, RIG_FRONT);
	rig_up(g, RIG_FRONT);
	CU_ASSERT_EQUAL(g->ledger.readings.n, 1);
	CU_ASSERT_EQUAL(hear_page(g, RIG_FRONT_1, 2, "backend-a").n, N - N / 3);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_free(g);
}

/* Without a database, and with one but without a key holder. */
static void
test_without(void)
{
	struct rig *g = rig_ready();
	struct wire_outcomes_ask m = question(1);

	decide_some(g);
	rig_down(g, RIG_KEYHOLDER);
	while (!rig_silent(g, RIG_FRONT)) /* the results that were not signed */
		continue;
	CU_ASSERT_EQUAL(ask(g, &m).n, N - N / 3);
	store_manager_fail(&g->ledger.store_manager, "a test");
	m.request = 2;
	KIT_OK(say_ask(g, RIG_FRONT, &m));
	struct bytes packet = hear_late(g, RIG_FRONT);
	struct wire_unavailable no = { 0 };
	CU_ASSERT_EQUAL(wire_get_unavailable(packet, &no), OK);
	CU_ASSERT_EQUAL(no.request, 2);
	rig_up(g, RIG_KEYHOLDER);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "a page of a tenant, and of all", test_read },
	{ "every filter gets to the store", test_filters },
	{ "refuses nonsense about outcomes", test_nonsense },
	{ "cuts a flood off", test_flood },
	{ "a queue with an end", test_full },
	{ "decides first, and reads one page", test_one_page_a_round },
	{ "slices, and the time of a page", test_slices },
	{ "looks at so many in a page", test_scan },
	{ "one damaged outcome", test_damaged },
	{ "forgets a front that is gone", test_gone },
	{ "without a key holder, without a database", test_without },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_outcomes", tests)
