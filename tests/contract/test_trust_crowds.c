/*
 * test_trust_crowds.c - trust objects among some of a visitor's that come and go:
 * no list is lost.
 */
#include <string.h>

#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/trust_kit.h"
#include "hsm/pkcs11/trust.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/fakes/trust_rig.h"

FOREIGN_LEAKS

/* Objects that are there when the list is made, and gone when they are read. */
static void
test_vanishing(void)
{
	static const uint8_t digest[HASH_SIZE] = { 1 };
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct trust_seen seen;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	const struct hsm_trust_officer user = { NULL, t.pin };
	struct p11 *p11 = liar_visit(&t);

	trust_rig_visitor_data(p11, "anchord-trust-genesis",
	                       bytes_of(digest, sizeof(digest)), false);
	p11_unload(p11);
	trust_kit_good(trust_kit_move(&name, &user, 5));
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	lie.value = CKR_OBJECT_HANDLE_INVALID;
	lie.value_nth = 1; /* the genesis */
	lie.values = 0;
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), OK);
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 0);
	CU_ASSERT_EQUAL(seen.trust.n_odd, 0);
	CU_ASSERT_EQUAL(seen.trust.head.version, 5);
	lie.value_nth = 2; /* the head, which nobody without the PIN destroys */
	lie.values = 0;
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), E_IO);
	lie.value = CKR_OK;
	lie.several = CKR_OBJECT_HANDLE_INVALID;
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), OK);
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 0);
	lie.several = CKR_DEVICE_ERROR;
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), E_IO);
	lie.several = CKR_OK;
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), OK);
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 1);
}

static const struct harness_test tests[] = {
	{ "public objects that vanish lose no list", test_vanishing },
	{ NULL, NULL },
};

HARNESS_MAIN("trust objects, crowds", tests)
