/*
 * test_ledger_admit.c - where a tenant demands its list, nobody else enrols.
 */
#include <string.h>

#include "base/clock.h"
#include "tests/common/roles/known_kit.h"

static void
test_statement(void)
{
	struct rig *g = rig_with_list();
	const struct wire_known row = kit_entry(WIRE_PREREGISTRATION_KEY, 1);

	CU_ASSERT_EQUAL(kit_refused(g, 1), WIRE_ENROLMENT_NOT_LISTED);
	kit_list_one(g, OTHER, &row, true); /* another tenant's entry */
	CU_ASSERT_EQUAL(kit_refused(g, 1), WIRE_ENROLMENT_NOT_LISTED);
	kit_list_one(g, TENANT, &row, true);
	CU_ASSERT_EQUAL(kit_refused(g, 2), WIRE_ENROLMENT_NOT_LISTED);
	CU_ASSERT_EQUAL(kit_enrol(g, TENANT, 1, HANDLE), WIRE_ENROLMENT_NEW);
	CU_ASSERT(bytes_equal_str(kit_only(g, TENANT).handle, HANDLE));
	CU_ASSERT_EQUAL(kit_only(g, TENANT).enrolled, 1);
	kit_say_enroll(g, TENANT, 1); /* again: it is enrolled */
	CU_ASSERT_EQUAL(kit_answered(g), WIRE_ENROLMENT_EXISTING);
	/* The other tenant does not demand the list, and its entry is used. */
	CU_ASSERT_EQUAL(kit_enrol(g, OTHER, 3, "dh1_b"), WIRE_ENROLMENT_NEW);
	CU_ASSERT_EQUAL(kit_only(g, OTHER).enrolled, 0);
	CU_ASSERT_EQUAL(kit_enrol(g, OTHER, 1, "dh1_c"), WIRE_ENROLMENT_NEW);
	CU_ASSERT_EQUAL(kit_only(g, OTHER).enrolled, 1);
	rig_free(g);
}

/* An entry goes with the device that it enrolled. */
static void
test_deleted(void)
{
	struct rig *g = rig_with_list();
	struct store *s = g->ledger.store_manager.store;
	const struct wire_known row = kit_entry(WIRE_PREREGISTRATION_KEY, 1);
	bool gone = false;

	kit_list_one(g, TENANT, &row, true);
	CU_ASSERT_EQUAL(kit_enrol(g, TENANT, 1, HANDLE), WIRE_ENROLMENT_NEW);
	KIT_OK(store_begin(s));
	KIT_OK(store_enrolment_delete(s, bytes_of_str(TENANT),
	                              bytes_of_str(HANDLE), &gone));
	KIT_OK(store_commit(s));
	CU_ASSERT(gone);
	CU_ASSERT_EQUAL(kit_count(g, TENANT), 0);
	CU_ASSERT_EQUAL(kit_refused(g, 1), WIRE_ENROLMENT_NOT_LISTED);

	/* And an entry that is deleted lets nobody in any more, but stays with
	 * whom it let in. */
	kit_list_one(g, TENANT, &row, true);
	CU_ASSERT_EQUAL(kit_enrol(g, TENANT, 1, HANDLE), WIRE_ENROLMENT_NEW);
	CU_ASSERT_FALSE(kit_delete_entry(g, OTHER, &row));
	CU_ASSERT(kit_delete_entry(g, TENANT, &row));
	CU_ASSERT_FALSE(kit_delete_entry(g, TENANT, &row));
	kit_say_enroll(g, TENANT, 1);
	CU_ASSERT_EQUAL(kit_answered(g), WIRE_ENROLMENT_EXISTING);
	const struct wire_known second = kit_entry(WIRE_PREREGISTRATION_KEY, 2);
	kit_list_one(g, TENANT, &second, true);
	CU_ASSERT(kit_delete_entry(g, TENANT, &second));
	CU_ASSERT_EQUAL(kit_refused(g, 2), WIRE_ENROLMENT_NOT_LISTED);
	rig_free(g);
}

/* The entry ends, or is deleted, while the handle is made. */
static void
test_meanwhile(void)
{
	struct rig *g = rig_with_list();
	struct wire_known row = kit_entry(WIRE_PREREGISTRATION_KEY, 1);

	row.expires_s = KIT_NOW_S + 10;
	kit_list_one(g, TENANT, &row, true);
	kit_say_enroll(g, TENANT, 1);
	uint64_t request = kit_handle_asked(g);
	clock_set_wall((KIT_NOW_S + 10) * 1000);
	kit_make_handle(g, request, HANDLE);
	rig_round(g);
	CU_ASSERT_EQUAL(kit_answered(g), WIRE_ENROLMENT_NOT_LISTED);
	CU_ASSERT_EQUAL(kit_refused(g, 1), WIRE_ENROLMENT_NOT_LISTED);
	/* What has ended is listed anew. */
	row.expires_s = KIT_NOW_S + 20;
	kit_list_one(g, TENANT, &row, true);
	kit_list_one(g, TENANT, &row, false);
	CU_ASSERT_EQUAL(kit_only(g, TENANT).expires_s, KIT_NOW_S + 20);
	CU_ASSERT_EQUAL(kit_only(g, TENANT).added_s, KIT_NOW_S + 10);
	CU_ASSERT_EQUAL(kit_enrol(g, TENANT, 1, HANDLE), WIRE_ENROLMENT_NEW);
	rig_free(g);
}

/* --- by evidence ------------------------------------------------------------- */

/* Evidence of the device, below the certificates 9 and 8. */
static struct wire_verdict
evidence(uint64_t serial, uint8_t first)
{
	static uint8_t chain[2 * HASH_SIZE];
	struct wire_verdict v = kit_verdict(serial);

	memset(chain, 0x22, sizeof(chain));
	chain[0] = 9;
	chain[HASH_SIZE] = 8;
	v.enroll = WIRE_FLAG_YES;
	v.identity[0] = first;
	v.chain = bytes_of(chain, sizeof(chain));
	return v;
}

static reason_set
decided(struct rig *g, const struct wire_verdict *v, const char *handle)
{
	rig_verdict(g, v);
	rig_round(g);
	if (handle) {
		kit_make_handle(g, kit_handle_asked(g), handle);
		rig_round(g);
	}
	return rig_hear_sign(g).reasons;
}

#define NOT_LISTED reason_bit(REASON_DEVICE_NOT_LISTED)

static void
test_evidence(void)
{
	struct rig *g = rig_with_list();
	struct wire_known batch =
	        kit_entry(WIRE_PREREGISTRATION_CERTIFICATE, 8);
	struct wire_verdict v = evidence(1, 1);

	CU_ASSERT_EQUAL(decided(g, &v, NULL), NOT_LISTED);
	/* A certificate's digest is not a key's, nor the other way round. */
	struct wire_known key = kit_entry(WIRE_PREREGISTRATION_KEY, 8);
	kit_list_one(g, TENANT, &key, true);
	v = evidence(2, 1);
	CU_ASSERT_EQUAL(decided(g, &v, NULL), NOT_LISTED);
	CU_ASSERT(kit_delete_entry(g, TENANT, &key));

	batch.devices = 2;
	kit_list_one(g, TENANT, &batch, true);
	v = evidence(3, 1);
	CU_ASSERT_EQUAL(decided(g, &v, "dh1_1"), 0);
	v = evidence(4, 2);
	CU_ASSERT_EQUAL(decided(g, &v, "dh1_2"), 0);
	CU_ASSERT_EQUAL(kit_only(g, TENANT).enrolled, 2);
	CU_ASSERT_EQUAL(kit_only(g, TENANT).handle.len, 0);
	v = evidence(5, 3);
	CU_ASSERT_EQUAL(decided(g, &v, NULL), NOT_LISTED);

	/* The first of the device's own certificates goes before the batch. */
	struct wire_known leaf = kit_entry(WIRE_PREREGISTRATION_CERTIFICATE, 9);
	kit_list_one(g, TENANT, &leaf, true);
	v = evidence(6, 3);
	CU_ASSERT_EQUAL(decided(g, &v, "dh1_3"), 0);
	v = evidence(7, 3); /* enrolled already */
	CU_ASSERT_EQUAL(decided(g, &v, NULL), 0);
	v = evidence(8, 4);
	CU_ASSERT_EQUAL(decided(g, &v, NULL), NOT_LISTED);
	rig_free(g);
}

/* Two devices of one round, and one place. */
static void
test_last_place(void)
{
	struct rig *g = rig_with_list();
	const struct wire_known batch =
	        kit_entry(WIRE_PREREGISTRATION_CERTIFICATE, 8);
	struct wire_verdict v = evidence(1, 1);

	kit_list_one(g, TENANT, &batch, true);
	rig_verdict(g, &v);
	v = evidence(2, 2);
	rig_verdict(g, &v);
	rig_round(g);
	uint64_t first = kit_handle_asked(g), second = kit_handle_asked(g);
	kit_make_handle(g, first, "dh1_1");
	kit_make_handle(g, second, "dh1_2");
	rig_round(g);
	CU_ASSERT_EQUAL(rig_hear_sign(g).reasons, 0);
	CU_ASSERT_EQUAL(rig_hear_sign(g).reasons, NOT_LISTED);
	CU_ASSERT_EQUAL(kit_only(g, TENANT).enrolled, 1);
	rig_free(g);
}

/* A verifier says nothing of a chain that it refuses, and no half digest. */
static void
test_chain(void)
{
	struct wire_verdict v = evidence(1, 1);

	CU_ASSERT(redeem_verdict_valid(&v));
	v.chain.len--;
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	v = evidence(1, 1);
	v.reasons = reason_bit(REASON_CHAIN_REVOKED);
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
	static uint8_t many[11 * HASH_SIZE];
	v = evidence(1, 1);
	v.chain = bytes_of(many, sizeof(many));
	CU_ASSERT_FALSE(redeem_verdict_valid(&v));
}

static const struct harness_test tests[] = {
	{ "by a statement: only who is listed", test_statement },
	{ "entries go with their devices", test_deleted },
	{ "an entry ends while the handle is made", test_meanwhile },
	{ "by evidence: a key, a certificate, a batch", test_evidence },
	{ "one place, two devices", test_last_place },
	{ "a chain that cannot be", test_chain },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_admit", tests)
