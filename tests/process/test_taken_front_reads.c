/*
 * test_taken_front_reads.c - what a front that was taken over gains by reading
 * outcomes, and by stopping releases.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "proc/role.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/trio_front.h"
#include "wire/reason.h"

static enum trio_word
hand_in(struct trio_question *a, reason_set *ret_reasons, struct buf *ret_jwt)
{
	return trio_front_ask(a, trio_to(a->trio, WIRE_ROLE_VERIFIER),
	                      ret_reasons, ret_jwt);
}

static void
other_connection(struct trio_question *a)
{
	a->m.observed.transport[0]++;
}

/* --- outcomes -------------------------------------------------------------- */

/* What it asks for; the answers are read elsewhere or never. */
static void
ask_page(struct trio *t, uint64_t request, uint64_t since_ms)
{
	const struct wire_outcomes_ask m = {
		.request = request,
		.all_tenants = WIRE_FLAG_YES,
		.limit = 100,
		.since_ms = since_ms,
	};

	wire_put_outcomes_ask(&t->packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_LEDGER), &t->packet));
}

/* All outcomes of all tenants, as they are encoded. */
static void
read_outcomes(struct trio *t, struct buf *ret_rows)
{
	struct wire_outcomes page = { 0 };
	struct bytes packet;

	ask_page(t, 1000, 0);
	CU_ASSERT_TRUE_FATAL(peer_receive_id(trio_to(t, WIRE_ROLE_LEDGER),
	                                     WIRE_ID_OUTCOMES, HARNESS_WAIT_MS,
	                                     &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_outcomes(packet, &page), OK);
	CU_ASSERT_EQUAL(page.next, 0);
	buf_reset(ret_rows);
	buf_append(ret_rows, page.outcomes);
}

/* That it reads them is its row.  It has no word that changes or removes one:
 * those that are there stay, byte by byte, behind all its other lies. */
static void
test_outcomes_stay(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	AUTO(buf_release) struct buf before = buf_of(WIRE_PACKET_MAX);
	AUTO(buf_release) struct buf after = buf_of(WIRE_PACKET_MAX);
	reason_set reasons = 0;

	trio_front_enroll(&t, "backend-a", t.handle);
	AUTO(trio_question_release)
	struct trio_question a = trio_front_question(&t);
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, NULL), TRIO_ELIGIBLE);
	read_outcomes(&t, &before);
	CU_ASSERT_TRUE(before.len > 0);
	const struct wire_enrollment_delete gone = {
		.request = 3,
		.tenant = bytes_of_str("backend-a"),
		.handle = bytes_of_str(t.handle),
	};
	wire_put_enrollment_delete(&t.packet, &gone);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_LEDGER), &t.packet));
	other_connection(&a);
	CU_ASSERT_EQUAL(hand_in(&a, &reasons, NULL), TRIO_REFUSED);
	read_outcomes(&t, &after);
	CU_ASSERT_TRUE_FATAL(after.len > before.len);
	CU_ASSERT_TRUE(bytes_equal(bytes_of(after.data, before.len),
	                           buf_bytes(&before)));
}

/* The other two kinds of pages. */
static void
ask_lists(struct trio *t, uint64_t request)
{
	const struct wire_enrollment_list list = {
		.request = request,
		.tenant = bytes_of_str("backend-a"),
		.limit = 100,
	};
	const struct wire_permits_ask permits = {
		.request = request + 1,
		.all_tenants = WIRE_FLAG_YES,
		.release = bytes_of_str("fw-2"),
		.channel = bytes_of_str("beta"),
		.limit = 100,
	};

	wire_put_enrollment_list(&t->packet, &list);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_LEDGER), &t->packet));
	wire_put_permits_ask(&t->packet, &permits);
	CU_ASSERT_TRUE(peer_send(trio_to(t, WIRE_ROLE_LEDGER), &t->packet));
}

/* As many pages as may wait, of each kind, again and again, before each
 * decision. */
static void
test_outcomes_block_nothing(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	reason_set reasons = 0;
	struct bytes packet;

	trio_front_enroll(&t, "backend-a", t.handle);
	for (unsigned round = 0; round < 5; round++) {
		AUTO(trio_question_release)
		struct trio_question a = trio_front_question(&t);

		for (unsigned i = 0; i < 8; i++)
			ask_page(&t, 2000 + i, 0);
		for (unsigned i = 0; i < 4; i++)
			ask_lists(&t, 3000 + 2 * i);
		uint64_t began = clock_mono_ms();
		CU_ASSERT_EQUAL(hand_in(&a, &reasons, NULL), TRIO_ELIGIBLE);
		CU_ASSERT_TRUE(clock_mono_ms() - began < 5000);
		while (peer_receive(trio_to(&t, WIRE_ROLE_LEDGER), TRIO_NONE_MS,
		                    &packet))
			continue;
	}
	trio_restore(&t);
	trio_whole(&t);
}

/* A question that no honest front asks ends the ledger, like any other word. */
static void
test_outcomes_nonsense(void)
{
	TRIO(t, WIRE_ROLE_FRONT);

	ask_page(&t, 1, UINT64_C(1) << 63);
	trio_ended(&t, WIRE_ROLE_LEDGER, ROLE_EXIT_WIRE);
}

/* --- its end -------------------------------------------------------------- */

/* --- emergency stops -------------------------------------------------------- */

/* It stops releases in an officer's name: that is its row.  A stop lets nobody
 * go on, and no word of its lifts one. */
static void
test_stops(void)
{
	TRIO(t, WIRE_ROLE_FRONT);
	struct wire_release_stop m = {
		.request = 7,
		.release = bytes_of_str("fw-2"),
		.who = bytes_of_str("URI:an-officer"),
	};
	struct wire_release_stopped first = { 0 }, again = { 0 };
	struct bytes packet;

	for (unsigned i = 0; i < 2; i++) {
		struct wire_release_stopped *s = i ? &again : &first;

		wire_put_release_stop(&t.packet, &m);
		CU_ASSERT_TRUE(
		        peer_send(trio_to(&t, WIRE_ROLE_LEDGER), &t.packet));
		CU_ASSERT_TRUE_FATAL(peer_receive_id(
		        trio_to(&t, WIRE_ROLE_LEDGER), WIRE_ID_RELEASE_STOPPED,
		        HARNESS_WAIT_MS, &packet));
		CU_ASSERT_EQUAL_FATAL(wire_get_release_stopped(packet, s), OK);
	}
	CU_ASSERT_EQUAL(first.fresh, WIRE_FLAG_YES);
	CU_ASSERT_EQUAL(again.fresh, WIRE_FLAG_NO);
	CU_ASSERT_EQUAL(memcmp(first.stop, again.stop, sizeof(first.stop)), 0);
	m.release = bytes_of_str("fw 2");
	wire_put_release_stop(&t.packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_LEDGER), &t.packet));
	trio_ended(&t, WIRE_ROLE_LEDGER, ROLE_EXIT_WIRE);
}

/* --- its end -------------------------------------------------------------- */

static void
test_end(void)
{
	TRIO(t, WIRE_ROLE_FRONT);

	trio_restore(&t);
	trio_whole(&t);
}

static const struct harness_test tests[] = {
	{ "changes and removes no outcome", test_outcomes_stay },
	{ "reads outcomes, and decisions do not wait",
	  test_outcomes_block_nothing },
	{ "asks for no outcomes that there are not", test_outcomes_nonsense },
	{ "stops releases, and lifts no stop", test_stops },
	{ "leaves nothing behind", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("taken_front_reads", tests)
