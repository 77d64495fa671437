/*
 * test_ledger_stops.c - emergency stops: made once, kept, and ended by a rollout
 * file alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/common/roles/ledger_rig.h"

static void
say_stop(struct rig *g, uint64_t request, const char *release)
{
	const struct wire_release_stop m = {
		.request = request,
		.release = bytes_of_str(release),
		.note = bytes_of_str("ticket 4711"),
		.who = bytes_of_str("URI:urn:x:officer"),
	};

	wire_put_release_stop(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_FRONT), OK);
	rig_round(g);
}

static struct wire_release_stopped
hear_stopped(struct rig *g, uint64_t request)
{
	struct wire_release_stopped m = { 0 };

	CU_ASSERT_EQUAL_FATAL(
	        wire_get_release_stopped(rig_hear(g, RIG_FRONT), &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
	return m;
}

static struct wire_verdict
ask_of(uint64_t serial, const char *release)
{
	struct wire_verdict v = kit_verdict(serial);

	v.workflow = WORKFLOW_ARTIFACT;
	v.bindings.present = BINDING_BIT(DEVICE) | BINDING_BIT(RELEASE);
	v.bindings.device_handle = bytes_of_str("dh1_a");
	v.bindings.release = bytes_of_str(release);
	return v;
}

/* A ledger with the device of ask_of(). */
static struct rig *
rig_with_device(void)
{
	struct rig *g = rig_ready();
	struct store *s = g->ledger.store_manager.store;
	const struct wire_verdict v = kit_verdict(1);
	struct enrolment e = { .state = WIRE_DEVICE_ACTIVE, .enrolled_s = 1 };
	bool added = false;

	memcpy(e.identity, v.identity, sizeof(e.identity));
	CU_ASSERT(store_small_set(&e.handle, bytes_of_str("dh1_a")));
	CU_ASSERT(store_small_set(&e.tenant, v.tenant));
	CU_ASSERT(store_small_set(&e.format, v.format));
	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_add(s, &e, &added));
	KIT_OK(store_commit(s));
	CU_ASSERT(added);
	return g;
}

static reason_set
decide(struct rig *g, uint64_t serial, const char *release)
{
	const struct wire_verdict v = ask_of(serial, release);

	rig_verdict(g, &v);
	rig_round(g);
	return rig_hear_sign(g).reasons;
}

static void
test_stop(void)
{
	struct rig *g = rig_with_device();

	CU_ASSERT_EQUAL(decide(g, 1, "fw-2"), 0);
	say_stop(g, 5, "fw-2");
	const struct wire_release_stopped first = hear_stopped(g, 5);
	CU_ASSERT_EQUAL(first.fresh, WIRE_FLAG_YES);
	CU_ASSERT(bytes_equal_str(first.release, "fw-2"));
	CU_ASSERT_FALSE(bytes_all_zero(first.stop, sizeof(first.stop)));
	uint8_t id[sizeof(first.stop)];
	memcpy(id, first.stop, sizeof(id));

	/* Also a challenge that was issued before. */
	CU_ASSERT_EQUAL(decide(g, 2, "fw-2"),
	                reason_bit(REASON_ROLLOUT_STOPPED));
	CU_ASSERT_EQUAL(decide(g, 3, "fw-3"), 0);

	/* Again: the same stop. */
	say_stop(g, 6, "fw-2");
	const struct wire_release_stopped again = hear_stopped(g, 6);
	CU_ASSERT_EQUAL(again.fresh, WIRE_FLAG_NO);
	CU_ASSERT_EQUAL(memcmp(again.stop, id, sizeof(id)), 0);

	/* It outlives the process. */
	rig_stop(g);
	rig_start(g);
	rig_key_held(g, 7);
	rig_round(g);
	CU_ASSERT_EQUAL(decide(g, 4, "fw-2"),
	                reason_bit(REASON_ROLLOUT_STOPPED));
	rig_free(g);
}

static struct rollout *
rollout_lifting(const uint8_t id[static ROLLOUT_STOP_SIZE])
{
	AUTO(buf_release) struct buf text = buf_of(1024);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct rollout *r = NULL;

	buf_append_str(&text,
	               "id=\"x\"; version=1; channels:({name=\"c\";});"
	               "releases:({release=\"fw-2\"; channel=\"c\";"
	               "stages:({name=\"all\"; percent=100;}); lifts=[\"");
	for (size_t i = 0; i < ROLLOUT_STOP_SIZE; i++)
		buf_printf(&text, "%02x", id[i]);
	buf_append_str(&text, "\"];});");
	CU_ASSERT_EQUAL_FATAL(rollout_parse(buf_bytes(&text), &why, &r), OK);
	return r;
}

/* What was lifted can be stopped again, by another stop. */
static void
test_lifted(void)
{
	struct rig *g = rig_with_device();

	say_stop(g, 5, "fw-2");
	const struct wire_release_stopped first = hear_stopped(g, 5);
	uint8_t id[sizeof(first.stop)];
	memcpy(id, first.stop, sizeof(id));
	g->ledger.rollout.in_force = rollout_lifting(id);
	CU_ASSERT_EQUAL(decide(g, 1, "fw-2"), 0);
	say_stop(g, 6, "fw-2");
	const struct wire_release_stopped next = hear_stopped(g, 6);
	CU_ASSERT_EQUAL(next.fresh, WIRE_FLAG_YES);
	CU_ASSERT_NOT_EQUAL(memcmp(next.stop, id, sizeof(id)), 0);
	CU_ASSERT_EQUAL(decide(g, 2, "fw-2"),
	                reason_bit(REASON_ROLLOUT_STOPPED));
	rig_free(g);
}

/* The file that lifts a stop is away, or waits: a further stop is another one,
 * which the file does not end when it comes. */
static void
test_lifted_later(void)
{
	struct rig *g = rig_with_device();
	struct rollout_file *f = &g->ledger.rollout;
	uint8_t id[ROLLOUT_STOP_SIZE], next[ROLLOUT_STOP_SIZE];

	say_stop(g, 5, "fw-2");
	memcpy(id, hear_stopped(g, 5).stop, sizeof(id));
	f->wanted = true;
	clock_set_wall(KIT_NOW_MS + 1000);
	say_stop(g, 6, "fw-2");
	const struct wire_release_stopped m = hear_stopped(g, 6);
	CU_ASSERT_EQUAL(m.fresh, WIRE_FLAG_YES);
	memcpy(next, m.stop, sizeof(next));
	CU_ASSERT_NOT_EQUAL(memcmp(next, id, sizeof(id)), 0);
	say_stop(g, 7, "fw-2"); /* a flood adds nothing */
	CU_ASSERT_EQUAL(memcmp(hear_stopped(g, 7).stop, next, sizeof(id)), 0);
	f->in_force = rollout_lifting(id);
	CU_ASSERT_EQUAL(decide(g, 1, "fw-2"),
	                reason_bit(REASON_ROLLOUT_STOPPED));

	f->next = rollout_lifting(next);
	say_stop(g, 8, "fw-2");
	CU_ASSERT_EQUAL(hear_stopped(g, 8).fresh, WIRE_FLAG_YES);
	say_stop(g, 9, "fw-2");
	CU_ASSERT_EQUAL(hear_stopped(g, 9).fresh, WIRE_FLAG_NO);
	rig_free(g);
}

static void
test_nonsense(void)
{
	static const char *const names[] = { "", "a b", "a/b", "a\xff" };
	struct rig *g = rig_ready();
	char note[STORE_SMALL_MAX + 2] = "";
	struct wire_release_stop m = { .who = bytes_of_str("x") };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		m.release = bytes_of_str(names[i]);
		buf_reset(&g->packet);
		wire_put_release_stop(&g->packet, &m);
		CU_ASSERT_EQUAL(rig_say(g, RIG_FRONT), E_MALFORMED);
	}
	memset(note, 'x', sizeof(note) - 1);
	m.release = bytes_of_str("fw-2");
	m.note = bytes_of_str(note);
	buf_reset(&g->packet);
	wire_put_release_stop(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_FRONT), E_MALFORMED);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "a stop, and again", test_stop },
	{ "a stop that was lifted", test_lifted },
	{ "a stop that a file lifts later", test_lifted_later },
	{ "refuses nonsense", test_nonsense },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_stops", tests)
