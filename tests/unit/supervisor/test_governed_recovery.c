/*
 * test_governed_recovery.c - how long a recovery waits, and what may take its
 * place meanwhile.
 */
#include "tests/unit/supervisor/test_governed_kit.h"

#define WAIT_S (7 * CHAIN_KIT_DAY) /* of bundle_kit_whole() */

static struct bundle *
add_recovery(struct chain_kit *k, const char *name)
{
	struct bundle *b =
	        chain_kit_add(k, BUNDLE_RECOVERY, "sealed-1 sealed-3");

	b->officers.n = 0;
	bundle_kit_add_officer(&b->officers, name);
	bundle_kit_add_officer(&b->officers, "foxtrot");
	bundle_kit_add_officer(&b->officers, "golf");
	return b;
}

/* The supervisor saw the recovery so long ago. */
static void
seen_ago(struct rig *r, const struct bundle *b, uint64_t ago_s)
{
	AUTO(buf_release) struct buf line = buf_of(256);

	buf_printf(&line, "%u ", b->version);
	encode_hex(&line, bytes_of(b->digest, HASH_SIZE));
	buf_printf(&line, " %llu\n",
	           (unsigned long long)(clock_wall_ms() / 1000 - ago_s));
	put_file(r->seen, buf_bytes(&line));
}

/* The recovery with which n versions end waits behind version 1. */
static void
let_wait(struct rig *r, size_t n)
{
	put_chain(r, &r->kit, 1);
	begin(r);
	put_chain(r, &r->kit, n);
	refuses(r, "trust-waits");
}

/* A recovery that came with an ordinary version before it. */
static void
let_wait_behind(struct rig *r)
{
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha bravo");
	add_recovery(&r->kit, "echo");
	let_wait(r, 3);
}

static void
takes(struct rig *r, struct chain_kit *kit, size_t n)
{
	put_chain(r, kit, n);
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), n);
}

/* What the metrics say. */
static bool
waits(const struct rig *r)
{
	const struct governed *g = &r->s.governed;

	CU_ASSERT_TRUE(g->waits_s == 0 || g->waits_s == g->seen_s);
	return g->waits_s != 0;
}

/* --- tests ---------------------------------------------------------------- */

static void
test_recovery_waits(void)
{
	struct rig *r = rig_new();
	struct bundle *recovery = add_recovery(&r->kit, "echo");

	let_wait(r, 2);
	CU_ASSERT_TRUE(waits(r));
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_EQUAL(r->s.governed.seen.version, 2);
	CU_ASSERT_EQUAL(access(r->seen, F_OK), 0);
	begin(r); /* a restart does not begin the waiting again */
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_EQUAL(r->s.governed.seen.version, 2);
	CU_ASSERT_TRUE(waits(r));
	seen_ago(r, recovery, WAIT_S - 60);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	put_chain(r, &r->kit, 1); /* it may be put back */
	CU_ASSERT_FALSE(look(r));
	CU_ASSERT_TRUE(waits(r));
	put_chain(r, &r->kit, 2);
	seen_ago(r, recovery, WAIT_S + 60);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);
	CU_ASSERT_FALSE(waits(r));
	rig_free(r);
}

/* The text with hex in the place of its "%s". */
static void
put_spoilt(struct buf *out, const char *text, const char *hex)
{
	const char *at = strstr(text, "%s");

	if (!at) {
		buf_append_str(out, text);
		return;
	}
	buf_append(out, bytes_of(text, (size_t)(at - text)));
	buf_append_str(out, hex);
	buf_append_str(out, at + 2);
}

/* Nobody skips the waiting time by a record of another recovery, by one that is
 * damaged, or by one that cannot be written. */
static void
test_recovery_record(void)
{
	struct rig *r = rig_new();
	struct bundle *recovery = add_recovery(&r->kit, "echo");

	put_chain(r, &r->kit, 1);
	begin(r);
	put_chain(r, &r->kit, 2);
	recovery->digest[0] ^= 1;
	seen_ago(r, recovery, WAIT_S + 60);
	recovery->digest[0] ^= 1;
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.governed.why, "trust-waits"));

	static const char *const spoilt[] = {
		"2 00 1\n",
		"02 %s 1\n",
		"2 %s 1",
		"2 %s 1\n\n",
		"2 %s 1 \n",
		"2 %s 01\n",
		"2 %s  1\n",
		"2 %s 18446744073709551617\n",
		"",
		"\n",
		"2",
		"2 ",
		"2 %s",
		"2 %s ",
		"4294967298 %s 1\n",
	};
	AUTO(buf_release) struct buf hex = buf_of(256);
	encode_hex(&hex, bytes_of(recovery->digest, HASH_SIZE));
	for (size_t i = 0; i < ARRAY_LEN(spoilt); i++) {
		AUTO(buf_release) struct buf line = buf_of(256);

		put_spoilt(&line, spoilt[i], buf_str(&hex));
		put_file(r->seen, buf_bytes(&line));
		begin(r);
		CU_ASSERT_EQUAL(in_force(r), 1);
		CU_ASSERT_TRUE(r->s.governed.unknown);
		CU_ASSERT_TRUE(r->s.governed.again_ms > clock_mono_ms());
	}
	CU_ASSERT_EQUAL(unlink(r->seen), 0);
	CU_ASSERT_EQUAL(chmod(r->state, 0777), 0);
	begin(r);
	CU_ASSERT_EQUAL(r->s.governed.seen.version, 0);
	CU_ASSERT_EQUAL(chmod(r->state, 0700), 0);
	rig_free(r);
}

static void
add_removal(struct rig *r, struct chain_kit *kit)
{
	chain_kit_drop_anchor(chain_kit_add(kit, BUNDLE_REMOVAL, "alpha"),
	                      r->kit.bundles[0]->anchors[0].name);
}

/* The ordinary version that came with the recovery, and a removal behind it. */
static void
fork_removal_behind(struct rig *r, struct chain_kit *ret_fork)
{
	chain_kit_fork(&r->kit, ret_fork);
	chain_kit_add(ret_fork, BUNDLE_ORDINARY, "alpha bravo");
	add_removal(r, ret_fork);
}

/* An ordinary version takes the place of a recovery that waits; a removal, which
 * needs one officer, does not. */
static void
test_recovery_superseded(void)
{
	struct rig *r = rig_new();
	struct chain_kit removal, ordinary, other;

	add_recovery(&r->kit, "echo");
	let_wait(r, 2);

	chain_kit_fork(&r->kit, &removal);
	add_removal(r, &removal);
	put_chain(r, &removal, 2);
	refuses(r, "no removal takes its place");

	chain_kit_fork(&r->kit, &other); /* waits from its own beginning */
	struct bundle *b = add_recovery(&other, "hotel");
	put_chain(r, &other, 2);
	refuses(r, "the waiting time of a recovery is not over");
	CU_ASSERT_EQUAL(memcmp(r->s.governed.seen.digest, b->digest, HASH_SIZE),
	                0);

	chain_kit_fork(&r->kit, &ordinary);
	chain_kit_add(&ordinary, BUNDLE_ORDINARY, "alpha bravo");
	takes(r, &ordinary, 2);
	put_chain(r, &r->kit, 2); /* the recovery is over */
	refuses(r, "trust-rollback");
	chain_kit_release(&removal);
	chain_kit_release(&ordinary);
	chain_kit_release(&other);
	rig_free(r);
}

/* A recovery came with an ordinary version before it.  That one may come into
 * force, but no removal behind it. */
static void
test_removal_behind(void)
{
	struct rig *r = rig_new();
	struct chain_kit removal;

	let_wait_behind(r);
	fork_removal_behind(r, &removal);
	put_chain(r, &removal, 3);
	refuses(r, "no removal takes its place");
	begin(r); /* nor after a restart */
	refuses(r, "no removal takes its place");
	takes(r, &removal, 2);
	CU_ASSERT_TRUE(waits(r)); /* it has that version, too */
	put_chain(r, &removal, 3);
	refuses(r, "no removal takes its place");
	chain_kit_release(&removal);
	rig_free(r);
}

/* A recovery came with a removal before it.  Officers may put an ordinary version
 * in its place behind the same removal. */
static void
test_removal_before(void)
{
	struct rig *r = rig_new();
	struct chain_kit ordinary;

	add_removal(r, &r->kit);
	add_recovery(&r->kit, "echo");
	let_wait(r, 3);

	chain_kit_fork(&r->kit, &ordinary);
	add_removal(r, &ordinary);
	chain_kit_add(&ordinary, BUNDLE_ORDINARY, "alpha bravo");
	takes(r, &ordinary, 3);
	chain_kit_release(&ordinary);
	rig_free(r);
}

/* Another version came into force in the place of one that the recovery came
 * with: it can never follow, and hinders no removal. */
static void
test_recovery_over(void)
{
	struct rig *r = rig_new();
	struct chain_kit other;

	let_wait_behind(r);

	chain_kit_fork(&r->kit, &other);
	chain_kit_add(&other, BUNDLE_ORDINARY, "alpha bravo")->issued_s++;
	add_removal(r, &other);
	takes(r, &other, 2);
	CU_ASSERT_FALSE(waits(r));
	begin(r);
	CU_ASSERT_FALSE(waits(r));
	takes(r, &other, 3);
	chain_kit_release(&other);
	rig_free(r);
}

/* The first recovery has waited, and is not in force; the second was never seen. */
static void
test_second_behind(void)
{
	struct rig *r = rig_new();
	struct bundle *first = add_recovery(&r->kit, "echo");

	let_wait(r, 2);
	put_chain(r, &r->kit, 1);
	CU_ASSERT_FALSE(look(r));
	add_recovery(&r->kit, "hotel");
	put_chain(r, &r->kit, 3);
	seen_ago(r, first, WAIT_S + 60);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.governed.why, "trust-waits"));
	CU_ASSERT_TRUE(waits(r));
	rig_free(r);
}

/* What came with the recovery cannot be read: still no removal in its place. */
static void
test_removal_unread(void)
{
	struct rig *r = rig_new();
	struct chain_kit removal;

	let_wait_behind(r);
	fork_removal_behind(r, &removal);
	CU_ASSERT_EQUAL(chmod(r->waiting, 0666), 0);
	put_chain(r, &removal, 3);
	refuses(r, "no removal takes its place");
	CU_ASSERT_EQUAL(in_force(r), 1);
	chain_kit_release(&removal);
	rig_free(r);
}

/* A recovery is over, and its chain cannot be read just then: another look tells. */
static void
test_over_unread(void)
{
	struct rig *r = rig_new();
	struct chain_kit other;

	let_wait_behind(r);
	chain_kit_fork(&r->kit, &other);
	chain_kit_add(&other, BUNDLE_ORDINARY, "alpha bravo")->issued_s++;
	CU_ASSERT_EQUAL(chmod(r->waiting, 0666), 0);
	takes(r, &other, 2);
	CU_ASSERT_EQUAL(chmod(r->waiting, 0600), 0);
	CU_ASSERT_TRUE(waits(r));
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_FALSE(look(r));
	CU_ASSERT_FALSE(waits(r));
	chain_kit_release(&other);
	rig_free(r);
}

/* What was walked is what is stored. */
static void
test_walked(void)
{
	struct rig *r = rig_new();

	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha bravo");
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha bravo");
	put_chain(r, &r->kit, 1);
	begin(r);
	CU_ASSERT_EQUAL(r->s.governed.walked.n, 1);
	takes(r, &r->kit, 2);
	CU_ASSERT_EQUAL(r->s.governed.walked.n, 2);
	CU_ASSERT_EQUAL(chmod(r->state, 0777), 0);
	put_chain(r, &r->kit, 3);
	CU_ASSERT_FALSE(look(r));
	CU_ASSERT_EQUAL(r->s.governed.walked.n, 2);
	CU_ASSERT_EQUAL(chmod(r->state, 0700), 0);
	begin(r);
	CU_ASSERT_EQUAL(r->s.governed.walked.n, 3);
	rig_free(r);
}

/* A recovery came into force; the next one waits, too. */
static void
test_second_recovery(void)
{
	struct rig *r = rig_new();
	struct bundle *first = add_recovery(&r->kit, "echo");

	let_wait(r, 2);
	seen_ago(r, first, WAIT_S + 60);
	begin(r);
	CU_ASSERT_EQUAL_FATAL(in_force(r), 2);
	add_recovery(&r->kit, "hotel");
	put_chain(r, &r->kit, 3);
	refuses(r, "trust-waits");
	CU_ASSERT_TRUE(waits(r));
	rig_free(r);
}

/* Likewise behind an ordinary version, without a restart. */
static void
test_second_later(void)
{
	struct rig *r = rig_new();
	struct bundle *first = add_recovery(&r->kit, "echo");

	let_wait(r, 2);
	seen_ago(r, first, WAIT_S + 60);
	begin(r);
	CU_ASSERT_EQUAL_FATAL(in_force(r), 2);
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "echo foxtrot");
	takes(r, &r->kit, 3);
	add_recovery(&r->kit, "hotel");
	put_chain(r, &r->kit, 4);
	refuses(r, "trust-waits");
	rig_free(r);
}

static const struct harness_test tests[] = {
	{ "lets a recovery wait", test_recovery_waits },
	{ "believes only its own record of a recovery", test_recovery_record },
	{ "lets no removal end a recovery", test_recovery_superseded },
	{ "nor one behind a version before it", test_removal_behind },
	{ "takes a version behind the same removal", test_removal_before },
	{ "lets a recovery that is over hinder nothing", test_recovery_over },
	{ "lets each recovery wait for itself", test_second_recovery },
	{ "also behind an ordinary version", test_second_later },
	{ "and behind one that has waited", test_second_behind },
	{ "lets no removal end one whose chain is not read",
	  test_removal_unread },
	{ "looks again whether a recovery is over", test_over_unread },
	{ "walks on from what it stored", test_walked },
	{ NULL, NULL },
};

HARNESS_MAIN("governed_recovery", tests)
