/*
 * test_reason.c - the table of reasons: codes are a contract.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "base/auto.h"
#include "wire/reason.h"

/* A number, once given, is for ever: it is a bit in the ledger and in messages.
 * Whoever appends a reason writes its number down here. */
static const struct {
	unsigned number;
	const char *code;
} codes[] = {
	{ 0, "challenge-malformed" },   { 1, "challenge-forged" },
	{ 2, "challenge-expired" },     { 3, "challenge-replayed" },
	{ 4, "challenge-epoch-lost" },  { 5, "challenge-audience" },
	{ 6, "nonce-mismatch" },        { 7, "binding-device" },
	{ 8, "binding-transport" },     { 9, "binding-request" },
	{ 10, "binding-channel" },      { 11, "evidence-malformed" },
	{ 12, "evidence-unsupported" }, { 13, "evidence-signature" },
	{ 14, "chain-untrusted" },      { 15, "chain-revoked" },
	{ 16, "chain-expired" },        { 17, "chain-malformed" },
	{ 18, "revocation-stale" },     { 19, "security-level" },
	{ 20, "boot-state" },           { 21, "device-unlocked" },
	{ 22, "build-ineligible" },     { 23, "patch-level" },
	{ 24, "device-unsupported" },   { 25, "key-origin" },
	{ 26, "app-identity" },         { 27, "pcr-mismatch" },
	{ 28, "event-log-mismatch" },   { 29, "firmware-rollback" },
	{ 30, "device-not-enrolled" },  { 31, "device-suspended" },
	{ 32, "device-key-mismatch" },  { 33, "workflow-denied" },
	{ 34, "channel-denied" },       { 35, "rollout-not-reached" },
	{ 36, "binding-transaction" },  { 37, "challenge-time" },
	{ 38, "key-unsupported" },      { 39, "rollout-held" },
	{ 40, "rollout-stopped" },      { 41, "rollout-window" },
	{ 42, "rollout-limit" },        { 43, "build-step" },
	{ 44, "release-withdrawn" },    { 45, "binding-release" },
	{ 46, "binding-account" },      { 47, "binding-enrolment" },
	{ 48, "device-pending" },       { 49, "device-not-listed" },
	{ 50, "group-denied" },         { 51, "key-change-denied" },
};

static void
test_order(void)
{
	CU_ASSERT_EQUAL(REASON_COUNT, ARRAY_LEN(codes));
	for (unsigned i = 0; i < ARRAY_LEN(codes); i++) {
		CU_ASSERT_EQUAL(codes[i].number, i);
		CU_ASSERT_STRING_EQUAL(reason_code(codes[i].number),
		                       codes[i].code);
		CU_ASSERT_EQUAL(reason_find(bytes_of_str(codes[i].code)),
		                codes[i].number);
	}
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

/* The mapping of docs/formats-tpm2.md and docs/formats-android-verdicts.md. */
static void
test_reasons_claim(void)
{
	static const struct {
		enum reason reason;
		enum vector_claim claim;
		int8_t number;
	} rows[] = {
		{ REASON_EVIDENCE_SIGNATURE, VECTOR_INSTANCE_IDENTITY, 99 },
		{ REASON_CHAIN_REVOKED, VECTOR_INSTANCE_IDENTITY, 96 },
		{ REASON_CHAIN_MALFORMED, VECTOR_INSTANCE_IDENTITY, 97 },
		{ REASON_REVOCATION_STALE, VECTOR_INSTANCE_IDENTITY, 32 },
		{ REASON_SECURITY_LEVEL, VECTOR_HARDWARE, 96 },
		{ REASON_BOOT_STATE, VECTOR_EXECUTABLES, 96 },
		{ REASON_DEVICE_UNLOCKED, VECTOR_CONFIGURATION, 96 },
		{ REASON_BUILD_INELIGIBLE, VECTOR_EXECUTABLES, 96 },
		{ REASON_PATCH_LEVEL, VECTOR_EXECUTABLES, 32 },
		{ REASON_DEVICE_UNSUPPORTED, VECTOR_HARDWARE, 97 },
		{ REASON_KEY_ORIGIN, VECTOR_INSTANCE_IDENTITY, 96 },
		{ REASON_APP_IDENTITY, VECTOR_EXECUTABLES, 96 },
		{ REASON_PCR_MISMATCH, VECTOR_EXECUTABLES, 96 },
		{ REASON_DEVICE_SUSPENDED, VECTOR_INSTANCE_IDENTITY, 96 },
	};
	unsigned n = 0;

	for (unsigned r = 0; r < REASON_COUNT; r++)
		n += reason_claim(r).claim != VECTOR_COUNT;
	CU_ASSERT_EQUAL(n, ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct reason_claim c = reason_claim(rows[i].reason);

		CU_ASSERT_EQUAL(c.claim, rows[i].claim);
		CU_ASSERT_EQUAL(c.number, rows[i].number);
	}
	CU_ASSERT_EQUAL(reason_claim(REASON_COUNT).claim, VECTOR_COUNT);
}

/* Over what is there: the worse tier counts, and of one tier the first. */
static void
test_claims_of_sets(void)
{
	int8_t v[VECTOR_COUNT] = {
		[VECTOR_EXECUTABLES] = 3, [VECTOR_HARDWARE] = 2
	};

	reason_set_claims(0, v);
	CU_ASSERT_EQUAL(v[VECTOR_EXECUTABLES], 3);
	reason_set_claims(reason_bit(REASON_PATCH_LEVEL), v);
	CU_ASSERT_EQUAL(v[VECTOR_EXECUTABLES], 32);
	reason_set_claims(reason_bit(REASON_PATCH_LEVEL) |
	                          reason_bit(REASON_BOOT_STATE),
	                  v);
	CU_ASSERT_EQUAL(v[VECTOR_EXECUTABLES], 96);
	reason_set_claims(reason_bit(REASON_PATCH_LEVEL), v);
	CU_ASSERT_EQUAL(v[VECTOR_EXECUTABLES], 96);
	reason_set_claims(reason_bit(REASON_SECURITY_LEVEL) |
	                          reason_bit(REASON_DEVICE_UNSUPPORTED) |
	                          reason_bit(REASON_CHALLENGE_REPLAYED),
	                  v);
	CU_ASSERT_EQUAL(v[VECTOR_HARDWARE], 96);
	CU_ASSERT_EQUAL(v[VECTOR_INSTANCE_IDENTITY], 0);
}

static const struct harness_test tests[] = {
	{ "codes and their places", test_order },
	{ "every row is whole and found again", test_rows },
	{ "sets", test_sets },
	{ "the worst tier counts, no reason affirms", test_tiers },
	{ "what a claim of the vector says", test_claims },
	{ "what each reason claims", test_reasons_claim },
	{ "what the reasons of a set claim together", test_claims_of_sets },
	{ NULL, NULL },
};

HARNESS_MAIN("reason", tests)
