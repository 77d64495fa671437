/*
 * test_governed.c - which chain of the trust bundle the supervisor lets come into
 * force, also after a restart.
 */
#include "tests/unit/supervisor/test_governed_kit.h"

static void
test_goes_on(void)
{
	struct rig *r = rig_new();

	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 0);
	CU_ASSERT_TRUE(r->s.governed.why[0]);
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha charlie");
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "bravo charlie");
	put_chain(r, &r->kit, 1);
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_FALSE(look(r)); /* the same */
	CU_ASSERT_STRING_EQUAL(r->s.governed.why, "");
	put_chain(r, &r->kit, 3); /* two at once */
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), 3);
	CU_ASSERT_STRING_EQUAL(r->s.governed.why, "");
	CU_ASSERT_FALSE(r->s.governed.again);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 3);
	rig_free(r);
}

/* What a chain may not be: each is said, and nothing changes. */
static void
test_refuses(void)
{
	struct rig *r = rig_new();
	struct chain_kit fork;

	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha charlie");
	put_chain(r, &r->kit, 2);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);

	put_chain(r, &r->kit, 1); /* yesterday's */
	refuses(r, "trust-rollback: the chain does not have version 2");
	chain_kit_fork(&r->kit,
	               &fork); /* signed by as many, and not what is in force */
	chain_kit_add(&fork, BUNDLE_ORDINARY, "alpha bravo")->expires_s++;
	chain_kit_add(&fork, BUNDLE_ORDINARY, "alpha bravo");
	put_chain(r, &fork, 3);
	refuses(r, "trust-rollback: the chain does not have version 2");
	chain_kit_release(&fork);

	put_file(r->file, bytes_of_str("anchord-trust-pack 1\nend\n"));
	refuses(r, "version");
	put_file(r->file, bytes_of_str("format = 1;\n"));
	refuses(r, "its content is not of that kind");
	CU_ASSERT_EQUAL(unlink(r->file), 0);
	refuses(r, "No such file");

	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha"); /* one of two */
	put_chain(r, &r->kit, 3);
	refuses(r, "trust-quorum-before");
	CU_ASSERT_EQUAL(chmod(r->file, 0666), 0);
	refuses(r, "mode 0666");
	rig_free(r);
}

static void
test_refuses_first(void)
{
	struct rig *r = rig_new();

	r->genesis[0] = r->genesis[0] == '0' ? '1' : '0';
	put_chain(r, &r->kit, 1);
	begin(r);
	refuses(r, "trust-genesis");
	CU_ASSERT_EQUAL(in_force(r), 0);
	rig_free(r);
}

/* Times are judged when a version comes, by the clock and not by its text. */
static void
test_times(void)
{
	struct rig *r = rig_new();
	struct chain_kit late, expired, early;
	struct bundle *b;

	put_chain(r, &r->kit, 1);
	begin(r);
	chain_kit_fork(&r->kit, &late);
	b = chain_kit_add(&late, BUNDLE_ORDINARY, "alpha bravo");
	b->apply_before_s = b->issued_s + 1;
	put_chain(r, &late, 2);
	refuses(r, "trust-late");
	CU_ASSERT_FALSE(r->s.governed.again);

	chain_kit_fork(&r->kit, &expired);
	b = chain_kit_add(&expired, BUNDLE_ORDINARY, "alpha bravo");
	b->apply_before_s = b->issued_s + 1;
	b->expires_s = b->apply_before_s;
	put_chain(r, &expired, 2);
	refuses(r, "trust-expired");

	chain_kit_fork(&r->kit, &early);
	b = chain_kit_add(&early, BUNDLE_ORDINARY, "alpha bravo");
	b->issued_s += 2 * CHAIN_KIT_DAY;
	put_chain(r, &early, 2);
	refuses(r, "trust-early");
	CU_ASSERT_TRUE(r->s.governed.again); /* its time will come */

	/* A machine that was rebuilt gets a chain of long ago. */
	CU_ASSERT_EQUAL(unlink(r->kept), 0);
	put_chain(r, &late, 2);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);
	chain_kit_release(&late);
	chain_kit_release(&expired);
	chain_kit_release(&early);
	rig_free(r);
}

/* What was stored decides, whatever lies at the place of trust.bundle. */
static void
test_restart(void)
{
	struct rig *r = rig_new();

	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha charlie");
	put_chain(r, &r->kit, 2);
	begin(r);
	put_chain(r, &r->kit, 1);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.governed.why, "trust-rollback"));
	CU_ASSERT_EQUAL(unlink(r->file), 0);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 2);

	/* While it is unusable nothing is taken: it could be older. */
	put_chain(r, &r->kit, 1);
	CU_ASSERT_EQUAL(chmod(r->kept, 0666), 0);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 0);
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_EQUAL(chmod(r->kept, 0600), 0);
	CU_ASSERT_TRUE(look(r)); /* mended without a restart */
	CU_ASSERT_EQUAL(in_force(r), 2);
	rig_free(r);
}

/* A machine begins with its clock wrong: the roles refuse the stored chain, and are
 * handed it again once the clock is right. */
static void
test_clock_at_start(void)
{
	struct rig *r = rig_new();

	put_chain(r, &r->kit, 1);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	r->genesis[0] ^= 1; /* as unsound as by a wrong clock */
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.governed.why, "trust-genesis"));
	CU_ASSERT_FALSE(look(r));
	r->genesis[0] ^= 1;
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), 1);
	CU_ASSERT_FALSE(r->s.governed.again);
	CU_ASSERT_STRING_EQUAL(r->s.governed.why, "");
	CU_ASSERT_FALSE(look(r)); /* once */
	rig_free(r);
}

/* What cannot be stored does not come into force. */
static void
test_stored_first(void)
{
	struct rig *r = rig_new();

	put_chain(r, &r->kit, 1);
	begin(r);
	chain_kit_add(&r->kit, BUNDLE_ORDINARY, "alpha charlie");
	put_chain(r, &r->kit, 2);
	CU_ASSERT_EQUAL(chmod(r->state, 0777), 0);
	refuses(r, "open to others");
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_EQUAL(chmod(r->state, 0700), 0);
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_EQUAL(in_force(r), 2);
	rig_free(r);
}

/* A role that began while the clock was wrong has refused the chain: it is handed over
 * again when the clock is right. */
static void
test_clock(void)
{
	struct rig *r = rig_new();
	uint64_t now_ms = clock_wall_ms();

	put_chain(r, &r->kit, 1);
	begin(r);
	CU_ASSERT_EQUAL(in_force(r), 1);
	governed_clock(&r->s);
	governed_clock(&r->s);
	CU_ASSERT_FALSE(r->s.governed.again);
	clock_set_wall(now_ms - 30ull * CHAIN_KIT_DAY * 1000);
	governed_clock(&r->s);
	CU_ASSERT_FALSE(look(r));
	CU_ASSERT_TRUE(r->s.governed.again);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->s.governed.why, "trust-early"));
	clock_set_wall(0);
	governed_clock(&r->s);
	CU_ASSERT_TRUE(look(r));
	CU_ASSERT_FALSE(r->s.governed.again);
	CU_ASSERT_STRING_EQUAL(r->s.governed.why, "");
	rig_free(r);
}

static const struct harness_test tests[] = {
	{ "goes on from the version in force", test_goes_on },
	{ "refuses what may not be in force", test_refuses },
	{ "refuses another version 1", test_refuses_first },
	{ "judges times when a version comes", test_times },
	{ "begins with what it stored", test_restart },
	{ "hands the stored chain over when it is sound", test_clock_at_start },
	{ "stores a chain before it is in force", test_stored_first },
	{ "hands the chain over again when the clock was set", test_clock },
	{ NULL, NULL },
};

HARNESS_MAIN("governed", tests)
