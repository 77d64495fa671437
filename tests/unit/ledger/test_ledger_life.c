/*
 * test_ledger_life.c - ENROLLMENT_CHANGE and ENROLLMENT_DELETE: the life of an
 * enrolled device, as the ledger keeps it.
 */
#include <string.h>

#include "wire/reason.h"
#include "tests/common/fakes/facts_kit.h"
#include "tests/common/roles/ledger_rig.h"

#define TENANT "backend-a"
#define HANDLE "dh1_a"

static void
enrol_by(struct rig *g, enum wire_flag approval)
{
	struct wire_enroll m = { .request = 1,
		                 .approval = approval,
		                 .tenant = bytes_of_str(TENANT),
		                 .format = bytes_of_str("tpm2-quote") };
	struct wire_handle_derive asked = { 0 };

	memset(m.identity, 0x22, sizeof(m.identity));
	wire_put_enroll(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_VERIFIER));
	rig_round(g);
	CU_ASSERT_EQUAL(
	        wire_get_handle_derive(rig_hear(g, RIG_KEYHOLDER), &asked), OK);
	const struct wire_handle_made made = { .request = asked.request,
		                               .handle = bytes_of_str(HANDLE) };
	wire_put_handle_made(&g->packet, &made);
	KIT_OK(rig_say(g, RIG_KEYHOLDER));
	rig_round(g);
	(void)rig_hear(g, RIG_FRONT);
}

static void
enrol(struct rig *g)
{
	enrol_by(g, WIRE_FLAG_NO);
}

static struct wire_enrollment
heard(struct rig *g)
{
	struct wire_enrollment m = { 0 };

	rig_round(g);
	CU_ASSERT_EQUAL(wire_get_enrollment(rig_hear(g, RIG_FRONT), &m), OK);
	return m;
}

static struct wire_enrollment
order_for(struct rig *g, const char *tenant, enum wire_device_order order,
          const char *note)
{
	const struct wire_enrollment_change m = {
		.request = 7,
		.tenant = bytes_of_str(tenant),
		.handle = bytes_of_str(HANDLE),
		.order = order,
		.note = bytes_of_str(note),
		.client = bytes_of_str("URI:x"),
	};

	wire_put_enrollment_change(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_FRONT));
	return heard(g);
}

static struct wire_enrollment
order(struct rig *g, enum wire_device_order what)
{
	return order_for(g, TENANT, what, "");
}

static struct wire_enrollment
shown(struct rig *g)
{
	const struct wire_enrollment_get m = { .request = 8,
		                               .tenant = bytes_of_str(TENANT),
		                               .handle = bytes_of_str(HANDLE) };

	wire_put_enrollment_get(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_FRONT));
	return heard(g);
}

static enum wire_enrolment_answer
delete_by(struct rig *g, bool officer)
{
	const struct wire_enrollment_delete m = {
		.request = 9,
		.tenant = bytes_of_str(TENANT),
		.handle = bytes_of_str(HANDLE),
		.officer = officer ? WIRE_FLAG_YES : WIRE_FLAG_NO,
		.client = bytes_of_str("URI:x"),
	};

	wire_put_enrollment_delete(&g->packet, &m);
	KIT_OK(rig_say(g, RIG_FRONT));
	return heard(g).state;
}

static void
test_change(void)
{
	struct rig *g = rig_ready();

	enrol(g);
	CU_ASSERT_EQUAL(shown(g).device, WIRE_DEVICE_ACTIVE);
	CU_ASSERT_EQUAL(shown(g).changed_ms, 0);
	clock_set_wall(KIT_NOW_MS + 5);
	struct wire_enrollment m =
	        order_for(g, TENANT, WIRE_ORDER_SUSPEND, "lost");
	CU_ASSERT_EQUAL(m.request, 7);
	CU_ASSERT_EQUAL(m.state, WIRE_ENROLMENT_EXISTING);
	CU_ASSERT_EQUAL(m.device, WIRE_DEVICE_SUSPENDED);
	CU_ASSERT_EQUAL(m.changed_ms, KIT_NOW_MS + 5);

	/* Once more: nothing changes, not even the reason. */
	clock_set_wall(KIT_NOW_MS + 9);
	m = order_for(g, TENANT, WIRE_ORDER_SUSPEND, "again");
	CU_ASSERT_EQUAL(m.state, WIRE_ENROLMENT_EXISTING);
	CU_ASSERT_EQUAL(m.changed_ms, KIT_NOW_MS + 5);
	CU_ASSERT(bytes_equal_str(m.note, "lost"));

	/* It is on the disk. */
	rig_stop(g);
	rig_start(g);
	rig_key_held(g, 7);
	m = shown(g);
	CU_ASSERT_EQUAL(m.device, WIRE_DEVICE_SUSPENDED);
	CU_ASSERT_EQUAL(m.changed_ms, KIT_NOW_MS + 5);
	CU_ASSERT(bytes_equal_str(m.note, "lost"));
	CU_ASSERT_EQUAL(order(g, WIRE_ORDER_RESUME).device, WIRE_DEVICE_ACTIVE);
	CU_ASSERT_EQUAL(shown(g).note.len, 0);
	rig_free(g);
}

static void
test_refused(void)
{
	struct rig *g = rig_ready();

	enrol(g);
	CU_ASSERT_EQUAL(order(g, WIRE_ORDER_RETIRE).device,
	                WIRE_DEVICE_RETIRED);
	for (unsigned o = WIRE_ORDER_APPROVE; o < WIRE_ORDER_RETIRE; o++) {
		struct wire_enrollment m = order(g, (enum wire_device_order)o);

		CU_ASSERT_EQUAL(m.state, WIRE_ENROLMENT_REFUSED);
		CU_ASSERT_EQUAL(m.device, WIRE_DEVICE_RETIRED);
		CU_ASSERT_EQUAL(shown(g).device, WIRE_DEVICE_RETIRED);
	}
	rig_free(g);
}

static void
test_approve(void)
{
	struct rig *g = rig_ready();

	enrol_by(g, WIRE_FLAG_YES);
	CU_ASSERT_EQUAL(shown(g).device, WIRE_DEVICE_PENDING);
	CU_ASSERT_EQUAL(order(g, WIRE_ORDER_RESUME).state,
	                WIRE_ENROLMENT_REFUSED);
	CU_ASSERT_EQUAL(order(g, WIRE_ORDER_APPROVE).device,
	                WIRE_DEVICE_ACTIVE);
	CU_ASSERT_EQUAL(shown(g).changed_ms, KIT_NOW_MS);
	rig_free(g);
}

static void
test_other_tenant(void)
{
	struct rig *g = rig_ready();

	enrol(g);
	CU_ASSERT_EQUAL(order_for(g, "backend-b", WIRE_ORDER_RETIRE, "").state,
	                WIRE_ENROLMENT_NOT_FOUND);
	CU_ASSERT_EQUAL(shown(g).device, WIRE_DEVICE_ACTIVE);
	rig_free(g);
}

static void
test_delete(void)
{
	struct rig *g = rig_ready();

	for (unsigned o = WIRE_ORDER_SUSPEND; o <= WIRE_ORDER_RETIRE; o += 2) {
		enrol(g);
		(void)order(g, (enum wire_device_order)o);
		CU_ASSERT_EQUAL(delete_by(g, false), WIRE_ENROLMENT_REFUSED);
		CU_ASSERT_EQUAL(shown(g).state, WIRE_ENROLMENT_EXISTING);
		CU_ASSERT_EQUAL(delete_by(g, true), WIRE_ENROLMENT_DELETED);
		CU_ASSERT_EQUAL(shown(g).state, WIRE_ENROLMENT_NOT_FOUND);
	}
	enrol(g);
	CU_ASSERT_EQUAL(delete_by(g, false), WIRE_ENROLMENT_DELETED);
	rig_free(g);
}

static void
test_nonsense(void)
{
	struct rig *g = rig_ready();
	char long_note[STORE_SMALL_MAX + 2];
	struct wire_enrollment_change m = { .tenant = bytes_of_str(TENANT),
		                            .handle = bytes_of_str(HANDLE),
		                            .order = WIRE_ORDER_RETIRE };

	memset(long_note, 'x', sizeof(long_note) - 1);
	long_note[sizeof(long_note) - 1] = '\0';
	m.note = bytes_of_str(long_note);
	wire_put_enrollment_change(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_FRONT), E_MALFORMED);
	m.note = bytes_of(NULL, 0);
	m.tenant = bytes_of_str("Not A Tenant");
	wire_put_enrollment_change(&g->packet, &m);
	CU_ASSERT_EQUAL(rig_say(g, RIG_FRONT), E_MALFORMED);
	rig_free(g);
}

static const struct harness_test tests[] = {
	{ "a change is kept, and repeated without one", test_change },
	{ "what is impossible is refused", test_refused },
	{ "a device that waits is approved", test_approve },
	{ "a tenant changes its own devices alone", test_other_tenant },
	{ "only an officer deletes who is held", test_delete },
	{ "refuses nonsense", test_nonsense },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_life", tests)
