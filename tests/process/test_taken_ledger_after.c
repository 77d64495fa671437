/*
 * test_taken_ledger_after.c - what a ledger that was taken over tells fronts, and
 * what it writes, convinces nobody after it.
 */
#include "ledger/store/store.h"
#include "tests/process/test_taken_ledger_kit.h"

/* --- what clients hear of it ---------------------------------------------- */

/* The front believes it; who pins the key and reads the result does not. */
static void
test_own_result(void)
{
	TAKEN(t);
	AUTO(attempt_release) struct attempt a = attempt_of(&t, false);
	struct asked_result r;
	const struct wire_result m = {
		.request = a.v.request,
		.jwt = bytes_of_str("eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIxIn0.AA"),
	};

	wire_put_result(&t.packet, &m);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_FRONT), &t.packet));
	CU_ASSERT_EQUAL(trio_answer(&t, &r), TRIO_FALSE);
}

/* --- its end -------------------------------------------------------------- */

/* A redemption that found the device good, by a tag of its own; and the result
 * with it, if it is told. */
static void
plant(const struct attempt *a, const char *jwt)
{
	AUTO(redemption_release)
	struct redemption spent = {
		.expires_s = a->v.expires_s,
		.finding = buf_of(WIRE_PACKET_MAX),
	};
	struct wire_finding f = wire_finding_of(&a->v);
	struct outcome o = { .sequence = 1,
		             .recorded_ms = clock_wall_ms(),
		             .issued_s = clock_wall_ms() / 1000,
		             .redeemed = 1,
		             .workflow = a->v.workflow };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct store *s = NULL;
	bool won = false;

	f.reasons = 0;
	wire_put_finding(&spent.finding, &f);
	memcpy(spent.observed, a->v.observed, HASH_SIZE);
	memset(spent.tag, 0x5a, HASH_SIZE);
	o.expires_s = o.issued_s + TRIO_RESULT_TTL;
	memcpy(o.cti, a->v.cti, sizeof(o.cti));
	memcpy(o.nonce, a->v.nonce, HASH_SIZE);
	memcpy(o.evidence, a->v.evidence, HASH_SIZE);
	o.jti[0] = o.sequence & 0xff;
	CU_ASSERT_TRUE(store_small_set(&o.tenant, a->v.tenant) &&
	               store_small_set(&o.format, a->v.format) &&
	               store_small_set(&o.policy_id, a->v.policy_id));
	CU_ASSERT_EQUAL_FATAL(
	        store_open(a->trio->directory, clock_wall_ms(), &why, &s), OK);
	CU_ASSERT_EQUAL(store_begin(s), OK);
	CU_ASSERT_EQUAL(store_redeem(s, &o, &spent, &won), OK);
	CU_ASSERT_TRUE(won);
	CU_ASSERT_EQUAL(store_outcome_add(s, &o), OK);
	if (jwt)
		CU_ASSERT_EQUAL(store_jwt_set(s, o.cti, bytes_of_str(jwt)), OK);
	const struct store_marks marks = { .sequence = o.sequence,
		                           .time_ms = clock_wall_ms() };
	CU_ASSERT_EQUAL(store_marks_set(s, &marks), OK);
	CU_ASSERT_EQUAL(store_commit(s), OK);
	store_close(s);
}

static enum trio_word
retried(const struct attempt *a)
{
	trio_attest(a->trio, &a->asked, trio_quote(a->trio, another));
	return trio_answer(a->trio, NULL);
}

static void
test_end(void)
{
	TAKEN(t);
	const struct wire_key_vetoed veto = { .index = 0 };
	AUTO(attempt_release) struct attempt a = attempt_of(&t, false);
	AUTO(buf_release) struct buf evidence = buf_of(65536);

	/* the same evidence again: an honest retry, as far as it looks */
	plant(&a, NULL);
	buf_append(&evidence, buf_bytes(&t.evidence));
	wire_put_key_vetoed(&t.packet, &veto);
	CU_ASSERT_TRUE(peer_send(trio_to(&t, WIRE_ROLE_FRONT), &t.packet));
	trio_restore(&t); /* no longer vetoed, or it would not be ready */
	trio_attest(&t, &a.asked, buf_bytes(&evidence));
	CU_ASSERT_EQUAL(trio_answer(&t, NULL), TRIO_NOTHING);
	CU_ASSERT_EQUAL(retried(&a), TRIO_REFUSED); /* replayed */
	trio_whole(&t);
}

/* A result that it wrote is shown, and is nobody's. */
static void
test_written(void)
{
	TAKEN(t);
	AUTO(attempt_release) struct attempt a = attempt_of(&t, false);
	AUTO(buf_release) struct buf evidence = buf_of(65536);

	plant(&a, "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIxIn0.AA");
	buf_append(&evidence, buf_bytes(&t.evidence));
	trio_restore(&t);
	trio_attest(&t, &a.asked, buf_bytes(&evidence));
	CU_ASSERT_EQUAL(trio_answer(&t, NULL), TRIO_FALSE);
	trio_whole(&t);
}

static const struct harness_test tests[] = {
	{ "makes no result of its own", test_own_result },
	{ "leaves no verdict and no veto behind", test_end },
	{ "leaves no result behind", test_written },
	{ NULL, NULL },
};

HARNESS_MAIN("taken_ledger_after", tests)
