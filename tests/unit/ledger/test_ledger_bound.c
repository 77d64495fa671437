/*
 * test_ledger_bound.c - release and account of a challenge in the ledger: in the
 * outcome, in a database that is made anew, and in one of before them.
 */
#include "tests/unit/ledger/test_ledger_versions.h"
#include "tests/unit/ledger/test_redeem_kit.h"

#define ACCOUNT_BYTE 0xac

static struct wire_verdict
bound_verdict(uint64_t serial)
{
	struct wire_verdict v = kit_verdict(serial);

	v.bindings.present |= BINDING_BIT(RELEASE) | BINDING_BIT(ACCOUNT);
	v.bindings.release = bytes_of_str("sha256:00ff");
	memset(v.bindings.account, ACCOUNT_BYTE, HASH_SIZE);
	return v;
}

static void
check_bound(const struct outcome *o)
{
	uint8_t account[HASH_SIZE];

	memset(account, ACCOUNT_BYTE, HASH_SIZE);
	CU_ASSERT_EQUAL(o->present & BINDING_BIT(RELEASE),
	                BINDING_BIT(RELEASE));
	CU_ASSERT_EQUAL(o->present & BINDING_BIT(ACCOUNT),
	                BINDING_BIT(ACCOUNT));
	CU_ASSERT_TRUE(
	        bytes_equal_str(store_small_bytes(&o->release), "sha256:00ff"));
	CU_ASSERT_EQUAL(memcmp(o->account, account, HASH_SIZE), 0);
}

static void
test_recorded(void)
{
	AUTO(redemption_release) struct redemption r = { 0 };
	struct bench b = bench_of();
	struct wire_verdict v = bound_verdict(1);
	struct outcome stored;

	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	check_bound(&b.outcome);
	KIT_OK(store_redemption(b.t.store, v.cti, &r, &stored));
	check_bound(&stored);
	bench_end(&b);
}

/* Beside the bindings: the trust bundle that judged, and the challenge's key. */
static void
test_keys_recorded(void)
{
	static const struct {
		const char *kid;
		uint8_t redeemable;
		bool valid;
	} kids[] = {
		{ "", 1, true },
		{ "AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZa", 1, true },
		{ "AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz", 1, false },
		{ "a\"b", 1, false },
		{ "a b", 1, false },
		{ "a", 0, false },
	};
	AUTO(redemption_release) struct redemption r = { 0 };
	struct bench b = bench_of();
	struct wire_verdict v = bound_verdict(1);
	struct outcome stored;

	v.trust_version = 7;
	memset(v.trust_digest, 0x7d, HASH_SIZE);
	for (size_t i = 0; i < ARRAY_LEN(kids); i++) {
		struct wire_verdict w = v;

		w.challenge_kid = bytes_of_str(kids[i].kid);
		if (!kids[i].redeemable) {
			w.redeemable = 0;
			w.challenge = bytes_of(NULL, 0);
			w.reasons = reason_bit(REASON_CHALLENGE_FORGED);
		}
		CU_ASSERT_EQUAL(redeem_verdict_valid(&w), kids[i].valid);
	}
	v.challenge_kid = bytes_of_str(kids[1].kid);
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	KIT_OK(store_redemption(b.t.store, v.cti, &r, &stored));
	CU_ASSERT_EQUAL(stored.trust_version, 7);
	CU_ASSERT_EQUAL(memcmp(stored.trust_digest, v.trust_digest, HASH_SIZE),
	                0);
	CU_ASSERT_TRUE(bytes_equal_str(store_small_bytes(&stored.challenge_kid),
	                               kids[1].kid));
	bench_end(&b);
}

/* The longest that the codec lets in; a byte more is this program's bug. */
static void
test_longest(void)
{
	struct bench b = bench_of();
	struct wire_verdict v = bound_verdict(1);
	uint8_t text[RELEASE_MAX];

	memset(text, 'x', sizeof(text));
	v.bindings.release = bytes_of(text, sizeof(text));
	CU_ASSERT_EQUAL(decide(&b, &v), 0);
	CU_ASSERT_EQUAL(b.outcome.release.len, RELEASE_MAX);
	bench_end(&b);
}

/* A result of version 5 that was signed: it is read, and repeated. */
#define SIGNED_5                                                              \
	"INSERT INTO outcomes VALUES (1, 1794000003000, zeroblob(16),"        \
	" 1794000003, 1794000303, 't', 1,"                                    \
	" x'00000001000000070000000000000001', zeroblob(32), 2, 31, 'dh1_x'," \
	" zeroblob(32), zeroblob(32), 'beta', 'order 66', 0, zeroblob(8),"    \
	" 'tpm2-quote', zeroblob(32), 'demo', 3, zeroblob(32), 0);"           \
	"INSERT INTO redemptions VALUES"                                      \
	" (x'00000001000000070000000000000001', 1, 1795000100,"               \
	" zeroblob(32), x'6a7774', x'00017400', zeroblob(32));"               \
	"UPDATE meta SET sequence = 1"

static void
check_row_of_5(struct store *s)
{
	const struct cti cti = { .node = 1, .epoch = 7, .serial = 1 };
	AUTO(redemption_release) struct redemption r = { 0 };
	struct outcome o;
	uint8_t id[CTI_SIZE];

	cti_encode(&cti, id);
	KIT_OK(store_redemption(s, id, &r, &o));
	CU_ASSERT_TRUE(bytes_equal_str(buf_bytes(&r.jwt), "jwt"));
	CU_ASSERT_EQUAL(r.finding.len, 0);
	CU_ASSERT_EQUAL(o.present, 31);
	CU_ASSERT_TRUE(
	        bytes_equal_str(store_small_bytes(&o.purpose), "order 66"));
	CU_ASSERT_EQUAL(o.release.len, 0);
	CU_ASSERT_TRUE(bytes_all_zero(o.account, HASH_SIZE));
}

static void
test_version_5(void)
{
	struct kit_dir d = kit_dir();

	run(&d, version_4);
	run(&d, steps[3]);
	run(&d, SIGNED_5);
	for (int i = 0; i < 2; i++) { /* and once more, as it is now */
		struct store *s = kit_open(&d);

		check_row_of_5(s);
		if (i == 1)
			CU_ASSERT_TRUE(kit_redeem(s, 2));
		store_close(s);
	}
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "are recorded with the outcome", test_recorded },
	{ "so are the trust bundle and the challenge's key",
	  test_keys_recorded },
	{ "a release as long as it may be", test_longest },
	{ "a database of version 5 keeps its rows", test_version_5 },
	{ NULL, NULL },
};
HARNESS_MAIN("ledger_bound", tests)
