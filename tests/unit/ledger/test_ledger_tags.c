/*
 * test_ledger_tags.c - what a verifier said is kept with the redemption, and by
 * whose tag a result is signed that was lost on its way.
 */
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/common/roles/ledger_rig.h"
#include "base/clock.h"

static const char no_signer[] = "the key holder cannot sign now";

/* The result is asked for, and the key holder does not sign it. */
static struct wire_result_sign
refused(struct rig *g, const struct wire_verdict *v, struct buf *finding)
{
	rig_verdict(g, v);
	rig_round(g);
	struct wire_result_sign m = rig_hear_sign(g);
	buf_reset(finding);
	buf_append(finding, m.finding);
	m.finding = buf_bytes(finding);

	const struct wire_unavailable no = { .request = m.request,
		                             .why = bytes_of_str("no") };
	wire_put_unavailable(&g->packet, &no);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
	rig_expect_unavailable(g, RIG_FRONT, v->request, no_signer);
	return m;
}

/* In the same life of the service, whatever the verifier says now. */
static void
test_stored(void)
{
	AUTO(buf_release) struct buf first = buf_of(4096);
	AUTO(buf_release) struct buf again = buf_of(4096);
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	struct wire_result_sign m = refused(g, &v, &first);
	CU_ASSERT_EQUAL(m.tag[0], 0x66);
	memset(v.tag, 0x77, sizeof(v.tag));
	v.policy_version++; /* judged anew, by another policy */
	struct wire_result_sign n = refused(g, &v, &again);
	CU_ASSERT_EQUAL(n.tag[0], 0x66);
	CU_ASSERT_TRUE(bytes_equal(m.finding, n.finding));
	CU_ASSERT_EQUAL(memcmp(m.jti, n.jti, CTI_SIZE), 0);
	CU_ASSERT_EQUAL(m.sequence, n.sequence);
	CU_ASSERT_TRUE(bytes_equal_str(n.challenge, "a challenge"));
	rig_free(g);
}

/* After a restart of the service the tag of before is nobody's any more: the
 * same word of a verifier of now is as good, and it is the first statement. */
static void
test_equal(void)
{
	AUTO(buf_release) struct buf first = buf_of(4096);
	AUTO(buf_release) struct buf again = buf_of(4096);
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	struct wire_result_sign m = refused(g, &v, &first);
	rig_stop(g);
	rig_start(g);
	rig_key_held(g, 7);
	rig_tick(g);
	clock_set_wall(KIT_NOW_MS + 5000);
	memset(v.tag, 0x77, sizeof(v.tag));
	struct wire_result_sign n = refused(g, &v, &again);
	CU_ASSERT_EQUAL(n.tag[0], 0x77);
	CU_ASSERT_TRUE(bytes_equal(m.finding, n.finding));
	CU_ASSERT_EQUAL(memcmp(m.jti, n.jti, CTI_SIZE), 0);
	CU_ASSERT_EQUAL(m.issued_s, n.issued_s);
	CU_ASSERT_EQUAL(m.expires_s, n.expires_s);
	CU_ASSERT_EQUAL(m.sequence, n.sequence);
	rig_free(g);
}

/* What a version without tags spent stays spent, and nobody signs it. */
static void
test_before_upgrade(void)
{
	AUTO(buf_release) struct buf finding = buf_of(4096);
	struct rig *g = rig_ready();
	const struct wire_verdict v = kit_verdict(1);
	sqlite3 *db = NULL;

	(void)refused(g, &v, &finding);
	rig_stop(g);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(kit_path(&g->dir, STORE_FILE), &db),
	                      SQLITE_OK);
	CU_ASSERT_EQUAL(
	        sqlite3_exec(db,
	                     "UPDATE redemptions SET finding = x'', tag = x''",
	                     NULL, NULL, NULL),
	        SQLITE_OK);
	(void)sqlite3_close(db);
	rig_start(g);
	rig_key_held(g, 7);
	rig_tick(g);
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_TRUE(rig_silent(g, RIG_KEYHOLDER));
	rig_expect_unavailable(g, RIG_FRONT, v.request, "upgrade");
	(void)unlink(kit_path(&g->dir, STORE_FILE "-shm"));
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "signs a retry by the first verdict's tag", test_stored },
	{ "or by an equal verdict's", test_equal },
	{ "asks for nothing that has no tag", test_before_upgrade },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_tags", tests)
