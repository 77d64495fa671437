/*
 * test_trust_crowds.c - trust objects among many of a visitor's, or among some that
 * come and go: an officer stores and removes his, and no list is lost.
 */
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/devices/trust_kit.h"
#include "hsm/pkcs11/trust.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/fakes/trust_rig.h"

static size_t
count_data(const struct softtoken *t, const char *label)
{
	AUTO(p11_unload) struct p11 *p11 = liar_visit(t);
	CK_ATTRIBUTE wanted = p11_in(CKA_LABEL, label, strlen(label));
	CK_OBJECT_HANDLE found[256];
	CK_ULONG n = ARRAY_LEN(found);

	CU_ASSERT_EQUAL(p11_find(p11, &wanted, 1, found, &n), OK);
	return n;
}

/* One of a visitor, which nobody can destroy, or more than are read: the officer's
 * is stored beside them, once, and says how many others there are. */
static void
test_genesis_of_others(void)
{
	struct hsm_trust_put put;
	struct trust_seen seen;
	uint8_t digest[HASH_SIZE] = { 0 };
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	struct p11 *p11 = liar_visit(&t);

	trust_rig_visitor_data(p11, "anchord-trust-genesis",
	                       bytes_of(digest, sizeof(digest)), true);
	p11_unload(p11);
	trust_rig_genesis(&t, 0x11, &put);
	CU_ASSERT_FALSE(put.there);
	CU_ASSERT_EQUAL(put.others, 1);
	p11 = liar_visit(&t);
	for (uint8_t i = 1; i <= P11_TRUST_DATA_MAX; i++) {
		digest[0] = i;
		trust_rig_visitor_data(p11, "anchord-trust-genesis",
		                       bytes_of(digest, sizeof(digest)), false);
	}
	p11_unload(p11);
	for (int i = 0; i < 3; i++) {
		trust_rig_genesis(&t, 0x22, &put);
		CU_ASSERT_EQUAL(put.there, i > 0);
		CU_ASSERT_TRUE(put.others >= P11_TRUST_DATA_MAX - 1);
	}
	/* Again takes away none of the others, and makes none. */
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_genesis, P11_TRUST_DATA_MAX);
	CU_ASSERT_EQUAL(count_data(&t, "anchord-trust-genesis"),
	                P11_TRUST_DATA_MAX + 3);
}

/* Who wants another one away names it; what is ours stays. */
static void
test_genesis_removed(void)
{
	static const uint8_t his[HASH_SIZE] = { 7 };
	static const uint8_t kept[HASH_SIZE] = { 8 };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_trust_put put;
	struct trust_seen seen;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	const struct hsm_trust_officer user = { NULL, t.pin };
	struct p11 *p11 = liar_visit(&t);

	for (int i = 0; i < 2; i++)
		trust_rig_visitor_data(p11, "anchord-trust-genesis",
		                       bytes_of(his, sizeof(his)), false);
	trust_rig_visitor_data(p11, "another", bytes_of(his, sizeof(his)),
	                       false);
	trust_rig_visitor_data(p11, "anchord-trust-genesis",
	                       bytes_of(kept, sizeof(kept)), true);
	p11_unload(p11);
	trust_rig_genesis(&t, 0x11, &put);
	CU_ASSERT_EQUAL(put.others, 3);
	CU_ASSERT_EQUAL(hsm_trust_remove_genesis(&name, &user, his, &why), OK);
	CU_ASSERT_EQUAL(hsm_trust_remove_genesis(&name, &user, his, &why),
	                E_NOT_FOUND);
	buf_reset(&why);
	CU_ASSERT_EQUAL(hsm_trust_remove_genesis(&name, &user, kept, &why),
	                E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "keeps 1 of 1"));
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 2);
	CU_ASSERT_EQUAL(count_data(&t, "another"), 1);
	trust_rig_genesis(&t, 0x11, &put);
	CU_ASSERT_TRUE(put.there);
	CU_ASSERT_EQUAL(put.others, 1);
}

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

/* A certificate is found by its digest among more than a list has; and what a list
 * does not end with is not called missing. */
static void
test_removed_from_crowd(void)
{
	AUTO(buf_release) struct buf der = buf_of(4096);
	struct hsm_trust_put put;
	uint8_t ours[HASH_SIZE];
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	const struct hsm_trust_officer user = { NULL, t.pin };

	struct p11 *p11 = liar_visit(&t);
	CU_ASSERT_EQUAL(trust_rig_visitor(p11, bytes_of_str("one"), false),
	                CKR_OK);
	p11_unload(p11);
	trust_kit_certificate(1, &der, ours);
	memcpy(lie.refuse,
	       (CK_ATTRIBUTE_TYPE[]){ CKA_TRUSTED, CKA_DESTROYABLE },
	       2 * sizeof(lie.refuse[0]));
	trust_kit_good(trust_kit_put(&name, &user, buf_bytes(&der), &put));
	lie.crowd = p11_in(CKA_SUBJECT, "x", 1); /* the visitor's */
	trust_kit_good(trust_kit_remove(&name, &user, ours));
	CU_ASSERT_EQUAL(trust_kit_remove(&name, &user, ours), E_LIMIT);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "among the first 4096"));
}

static const struct harness_test tests[] = {
	{ "a genesis of others keeps ours from nothing",
	  test_genesis_of_others },
	{ "another genesis goes when somebody names it", test_genesis_removed },
	{ "public objects that vanish lose no list", test_vanishing },
	{ "one is removed from a crowd", test_removed_from_crowd },
	{ NULL, NULL },
};

HARNESS_MAIN("trust objects, crowds", tests)
