/*
 * test_rollout_file.c - which rollout file is in force where officers govern.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/rollout_file.h"
#include "tests/common/roles/ledger_rig.h"
#include "trust/bundle.h"

static struct rollout *
rollout_of(const char *id)
{
	AUTO(buf_release) struct buf text = buf_of(1024);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct rollout *r = NULL;

	buf_printf(&text, "id=\"%s\"; version=1; channels:({name=\"c\";});",
	           id);
	CU_ASSERT_EQUAL_FATAL(rollout_parse(buf_bytes(&text), &why, &r), OK);
	return r;
}

/* A bundle that names this file, or with another digest. */
static struct bundle *
bundle_naming(const char *id, bool right)
{
	struct bundle *b = calloc(1, sizeof(*b));
	struct rollout *r = rollout_of(id);

	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	b->n_policies = 1;
	memcpy(b->policies[0].id, id, strlen(id) + 1);
	memcpy(b->policies[0].digest, rollout_digest(r), HASH_SIZE);
	b->policies[0].digest[0] ^= right ? 0 : 1;
	rollout_free(r);
	return b;
}

static const char *
in_force_id(const struct rollout_file *f)
{
	return f->in_force ? rollout_id(f->in_force) : "none";
}

/* A file waits for the bundle that names it; another digest is another file. */
static void
test_named(void)
{
	struct rollout_file f = { .wanted = true, .next = rollout_of("a") };
	struct in_force in_force = { .bundle = bundle_naming("a", false) };

	rollout_file_follow(&f, &in_force);
	CU_ASSERT_STRING_EQUAL(in_force_id(&f), "none");
	CU_ASSERT_FALSE(rollout_file_ready(&f));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.why, "does not name"));
	free(in_force.bundle);
	in_force.bundle = bundle_naming("a", true);
	rollout_file_follow(&f, &in_force);
	CU_ASSERT_STRING_EQUAL(in_force_id(&f), "a");
	CU_ASSERT(rollout_file_ready(&f));
	CU_ASSERT_STRING_EQUAL(f.why, "");

	/* The next one waits, and the one before stays in force meanwhile. */
	f.next = rollout_of("b");
	rollout_file_follow(&f, &in_force);
	CU_ASSERT_STRING_EQUAL(in_force_id(&f), "a");
	CU_ASSERT(rollout_file_ready(&f));
	CU_ASSERT(f.why[0] != '\0');
	free(in_force.bundle);
	in_force.bundle = bundle_naming("b", true);
	rollout_file_follow(&f, &in_force);
	CU_ASSERT_STRING_EQUAL(in_force_id(&f), "b");
	free(in_force.bundle);
	rollout_file_release(&f);
}

/* A bundle that does not name it any more ends it, until one does again. */
static void
test_dropped(void)
{
	struct rollout_file f = { .wanted = true, .in_force = rollout_of("a") };
	struct in_force in_force = { .bundle = bundle_naming("b", true) };

	rollout_file_follow(&f, &in_force);
	CU_ASSERT_FALSE(rollout_file_ready(&f));
	f.away_ms = 5; /* of a stop that came meanwhile */
	free(in_force.bundle);
	in_force.bundle = bundle_naming("a", true);
	rollout_file_follow(&f, &in_force);
	CU_ASSERT_STRING_EQUAL(in_force_id(&f), "a");
	CU_ASSERT(rollout_file_ready(&f));
	CU_ASSERT_EQUAL(f.away_ms, 0);
	free(in_force.bundle);
	rollout_file_release(&f);
}

/* Without officers every file that parses counts; without the setting none is
 * needed. */
static void
test_nobody_governs(void)
{
	struct rollout_file f = { .wanted = true, .next = rollout_of("a") };
	const struct in_force none = { 0 };
	const struct rollout_file unset = { 0 };

	rollout_file_follow(&f, &none);
	CU_ASSERT_STRING_EQUAL(in_force_id(&f), "a");
	CU_ASSERT(rollout_file_ready(&unset));
	rollout_file_release(&f);
}

/* A hold is told from its alarm on, until a file without it is in force. */
static void
test_alarm(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct rollout_file f = { .wanted = true };
	const struct in_force none = { 0 };
	const uint64_t since_s = UINT64_C(1793491200); /* 2026-11-01 */

	CU_ASSERT_EQUAL_FATAL(
	        rollout_parse(
	                bytes_of_str("id=\"a\"; version=1; channels:("
	                             "{name=\"c\"; hold={owner=\"ops\";"
	                             " reason=\"ticket 1\"; alarm=\"1d\";"
	                             " since=\"2026-11-01T00:00:00Z\";};},"
	                             "{name=\"d\"; hold={owner=\"ops\";"
	                             " reason=\"ticket 2\"; alarm=\"2d\";"
	                             " since=\"2026-11-01T00:00:00Z\";};});"),
	                &why, &f.next),
	        OK);
	rollout_file_follow(&f, &none);
	rollout_file_look(&f, since_s + DAY_S - 1);
	CU_ASSERT_STRING_EQUAL(f.alarm, "");
	CU_ASSERT_EQUAL(f.n_overdue, 0);
	rollout_file_look(&f, since_s + DAY_S);
	CU_ASSERT_STRING_EQUAL(f.alarm,
	                       "rollout: the hold of the channel c, since "
	                       "2026-11-01T00:00:00Z, is older than its alarm");
	CU_ASSERT_EQUAL(f.n_overdue, 1);
	rollout_file_look(&f, since_s + 2 * DAY_S);
	CU_ASSERT_EQUAL(f.n_overdue, 2);
	CU_ASSERT(rollout_file_ready(&f)); /* it is told, and works on */
	CU_ASSERT_STRING_EQUAL(f.why, "");
	f.next = rollout_of("a");
	rollout_file_follow(&f, &none);
	rollout_file_look(&f, since_s + 2 * DAY_S);
	CU_ASSERT_STRING_EQUAL(f.alarm, "");
	rollout_file_release(&f);
}

/* Nothing but time has to pass. */
static void
test_alarm_ticks(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct rig *g = rig_ready();
	struct rollout_file *f = &g->ledger.rollout;

	CU_ASSERT_EQUAL_FATAL(
	        rollout_parse(
	                bytes_of_str("id=\"a\"; version=1; channels:("
	                             "{name=\"c\"; hold={owner=\"ops\";"
	                             " reason=\"ticket 1\"; alarm=\"1d\";"
	                             " since=\"2020-11-01T00:00:00Z\";};});"),
	                &why, &f->in_force),
	        OK);
	rig_tick(g);
	CU_ASSERT_PTR_NOT_NULL(strstr(f->alarm, "the channel c"));
	rig_free(g);
}

/* Rules that cannot be read are not no rules; what asks for neither channel nor
 * release is decided. */
static void
test_none_in_force(void)
{
	struct rig *g = rig_ready();
	struct wire_verdict v = kit_verdict(1);

	g->ledger.rollout.wanted = true;
	v.workflow = WORKFLOW_CHANNEL;
	v.bindings.present = BINDING_BIT(CHANNEL);
	v.bindings.channel = bytes_of_str("c");
	rig_verdict(g, &v);
	rig_round(g);
	rig_expect_unavailable(g, RIG_FRONT, 1, "no rollout file is in force");
	CU_ASSERT(rig_silent(g, RIG_KEYHOLDER));
	v = kit_verdict(2);
	rig_verdict(g, &v);
	rig_round(g);
	CU_ASSERT_EQUAL(rig_hear_sign(g).sequence, 1);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "a file that the bundle names", test_named },
	{ "a file that the bundle names no more", test_dropped },
	{ "without officers", test_nobody_governs },
	{ "a hold that is older than its alarm", test_alarm },
	{ "a hold's alarm comes as time goes on", test_alarm_ticks },
	{ "none in force", test_none_in_force },
	{ NULL, NULL },
};

HARNESS_MAIN("rollout_file", tests)
