/*
 * test_reason.c - the table of reasons: codes are a contract.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "base/auto.h"
#include "wire/reason.h"

/* In the order of their bits: a place, once given, is for ever. */
static const char *const codes[] = {
	"challenge-malformed",  "challenge-forged",     "challenge-expired",
	"challenge-replayed",   "challenge-epoch-lost", "challenge-audience",
	"nonce-mismatch",       "binding-device",       "binding-transport",
	"binding-request",      "binding-channel",      "evidence-malformed",
	"evidence-unsupported", "evidence-signature",   "chain-untrusted",
	"chain-revoked",        "chain-expired",        "chain-malformed",
	"revocation-stale",     "security-level",       "boot-state",
	"device-unlocked",      "build-ineligible",     "patch-level",
	"device-unsupported",   "key-origin",           "app-identity",
	"pcr-mismatch",         "event-log-mismatch",   "firmware-rollback",
	"device-not-enrolled",  "device-suspended",     "device-key-mismatch",
	"workflow-denied",      "channel-denied",       "rollout-not-reached",
	"binding-transaction",  "challenge-time",       "key-unsupported",
};

static void
test_order(void)
{
	CU_ASSERT(REASON_COUNT >= ARRAY_LEN(codes));
	for (unsigned r = 0; r < ARRAY_LEN(codes); r++)
		CU_ASSERT_STRING_EQUAL(reason_code(r), codes[r]);
}

/* Lower case words with hyphens: they become anchors and labels. */
static void
test_rows(void)
{
	for (unsigned r = 0; r < REASON_COUNT; r++) {
		const char *code = reason_code(r);

		CU_ASSERT_EQUAL(strspn(code, "abcdefghijklmnopqrstuvwxyz-"),
		                strlen(code));
		CU_ASSERT_EQUAL(reason_find(bytes_of_str(code)), r);
		CU_ASSERT(strlen(reason_text(r)) > 10);
		CU_ASSERT_EQUAL(reason_next(reason_bit(r), 0), r);
	}
	CU_ASSERT_EQUAL(reason_find(bytes_of_str("")), REASON_COUNT);
	CU_ASSERT_EQUAL(reason_find(bytes_of_str("no-such-reason")),
	                REASON_COUNT);
}

static void
test_sets(void)
{
	const reason_set all = (reason_bit(REASON_COUNT - 1) << 1) - 1;
	unsigned n = 0;

	for (enum reason r = reason_next(all, 0); r < REASON_COUNT;
	     r = reason_next(all, r + 1))
		n++;
	CU_ASSERT_EQUAL(n, REASON_COUNT);
	CU_ASSERT_EQUAL(reason_next(0, 0), REASON_COUNT);
	CU_ASSERT(reason_set_valid(all));
	CU_ASSERT(reason_set_valid(0));
	CU_ASSERT_FALSE(reason_set_valid(all + 1));
}

static void
test_tiers(void)
{
	const reason_set warning = reason_bit(REASON_PATCH_LEVEL);
	const reason_set none = reason_bit(REASON_EVIDENCE_MALFORMED);
	const reason_set worst = reason_bit(REASON_DEVICE_UNLOCKED);

	CU_ASSERT_EQUAL(reason_set_tier(0), TIER_AFFIRMING);
	CU_ASSERT_EQUAL(reason_set_tier(warning), TIER_WARNING);
	CU_ASSERT_EQUAL(reason_set_tier(none), TIER_NONE);
	CU_ASSERT_EQUAL(reason_set_tier(warning | worst | none),
	                TIER_CONTRAINDICATED);
	for (unsigned r = 0; r < REASON_COUNT; r++)
		CU_ASSERT_NOT_EQUAL(reason_set_tier(reason_bit(r)),
		                    TIER_AFFIRMING);
	CU_ASSERT_STRING_EQUAL(tier_name(TIER_AFFIRMING), "affirming");
	CU_ASSERT_STRING_EQUAL(tier_name(TIER_CONTRAINDICATED),
	                       "contraindicated");
}

/* AR4SI draft, section 2.3.2, at its edges. */
static void
test_claims(void)
{
	static const struct {
		int8_t claim;
		enum tier tier;
	} rows[] = {
		{ -1, TIER_NONE },
		{ 1, TIER_NONE },
		{ -2, TIER_AFFIRMING },
		{ -32, TIER_AFFIRMING },
		{ 31, TIER_AFFIRMING },
		{ -33, TIER_WARNING },
		{ 32, TIER_WARNING },
		{ -96, TIER_WARNING },
		{ 95, TIER_WARNING },
		{ -97, TIER_CONTRAINDICATED },
		{ 96, TIER_CONTRAINDICATED },
		{ -128, TIER_CONTRAINDICATED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CU_ASSERT_EQUAL(vector_tier(rows[i].claim), rows[i].tier);
}

static const struct harness_test tests[] = {
	{ "codes and their places", test_order },
	{ "every row is whole and found again", test_rows },
	{ "sets", test_sets },
	{ "the worst tier counts, no reason affirms", test_tiers },
	{ "what a claim of the vector says", test_claims },
	{ NULL, NULL },
};

HARNESS_MAIN("reason", tests)
