/*
 * test_ledger_shadow.c - what the ledger tells fronts of a shadow policy: once for
 * each challenge that was spent.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/ledger_rig.h"
#include "wire/reason.h"

static struct wire_verdict
judged(uint64_t serial)
{
	struct wire_verdict v = kit_verdict(serial);

	v.shadow_id = bytes_of_str("next");
	v.shadow_version = 4;
	v.shadow_reasons = reason_bit(REASON_BOOT_STATE);
	return v;
}

static void
expect_result(struct rig *g, const char *id, reason_set reasons)
{
	struct wire_result m = { 0 };
	struct bytes packet = rig_hear(g, RIG_FRONT);

	CU_ASSERT_EQUAL_FATAL(wire_get_result(packet, &m), OK);
	CU_ASSERT_EQUAL(m.reasons, 0);
	CU_ASSERT_TRUE(bytes_equal_str(m.shadow_id, id));
	CU_ASSERT_EQUAL(m.shadow_reasons, reasons);
}

static void
test_once(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = judged(1);

	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	v.request = 2; /* the client asks again before the answer */
	rig_verdict(g, &v);
	rig_round(g);
	rig_signed(g, m.request, "a.b.c");
	expect_result(g, "next", reason_bit(REASON_BOOT_STATE));
	expect_result(g, "", 0);
	CU_ASSERT_TRUE(rig_silent(g, RIG_FRONT));
	rig_round(g);
	v.request = 3; /* and after it */
	rig_verdict(g, &v);
	rig_round(g);
	expect_result(g, "", 0);
	rig_free(g);
}

/* It judged, and says the same: that is counted, too. */
static void
test_same(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = judged(1);

	v.shadow_reasons = 0;
	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	rig_signed(g, m.request, "a.b.c");
	expect_result(g, "next", 0);
	rig_free(g);
}

/* A refusal that no shadow policy judged has no word of one. */
static void
test_none(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);
	struct wire_result out = { 0 };

	v.reasons = reason_bit(REASON_PCR_MISMATCH);
	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	rig_signed(g, m.request, "a.b.c");
	CU_ASSERT_EQUAL_FATAL(wire_get_result(rig_hear(g, RIG_FRONT), &out),
	                      OK);
	CU_ASSERT_NOT_EQUAL(out.reasons, 0);
	CU_ASSERT_EQUAL(out.shadow_id.len, 0);
	CU_ASSERT_EQUAL(out.shadow_reasons, 0);
	rig_free(g);
}

/* A challenge that is not spent was refused by no policy. */
static void
test_unspent(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = judged(1);
	struct wire_result out = { 0 };

	v.redeemable = 0;
	v.challenge = bytes_of(NULL, 0);
	v.reasons = v.shadow_reasons = reason_bit(REASON_CHALLENGE_FORGED);
	rig_verdict(g, &v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	rig_signed(g, m.request, "a.b.c");
	CU_ASSERT_EQUAL_FATAL(wire_get_result(rig_hear(g, RIG_FRONT), &out),
	                      OK);
	CU_ASSERT_EQUAL(out.shadow_id.len, 0);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "once, and not for a retry", test_once },
	{ "a policy that says the same", test_same },
	{ "no word of none", test_none },
	{ "not of a challenge that is not spent", test_unspent },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_shadow", tests)
