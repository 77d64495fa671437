/*
 * test_strays.c - what somebody does to a token who reaches it without the PIN:
 * public objects under the service's names.  The service goes on, an audit tells
 * of them, and the verb takes them away.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/pkcs11/epoch.h"
#include "tests/common/fakes/audit_liar.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#include "hsm/admin/rotate.h"
#include "hsm/audit/strays.h"
#include "tests/common/fakes/trust_rig.h"

/* P-256's own point: the public half of the private key 1. */
static const uint8_t other_point[67] = {
	0x04, 0x41, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8,
	0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
	0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
	0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c,
	0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb,
	0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5
};

/* Without a login. */
static void
visitor_makes(const struct softtoken *t, CK_ATTRIBUTE *object, CK_ULONG n)
{
	AUTO(p11_unload) struct p11 *p11 = liar_visit(t);
	CK_OBJECT_HANDLE handle;

	CU_ASSERT_EQUAL(
	        liar_honest.C_CreateObject(p11->session, object, n, &handle),
	        CKR_OK);
}

static void
visitor_makes_epoch(const struct softtoken *t, const char *value, bool stays)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_no, 1),
		p11_in(CKA_APPLICATION, "anchord", 7),
		p11_in(CKA_LABEL, P11_EPOCH_LABEL, strlen(P11_EPOCH_LABEL)),
		p11_in(CKA_VALUE, value, 4),
		p11_in(CKA_DESTROYABLE, stays ? &liar_no : &liar_yes, 1),
	};

	visitor_makes(t, object, ARRAY_LEN(object));
}

static void
visitor_makes_data(const struct softtoken *t, const char *label,
                   struct bytes value)
{
	AUTO(p11_unload) struct p11 *p11 = liar_visit(t);

	trust_rig_visitor_data(p11, label, value, false);
}

static void
visitor_makes_public(const struct softtoken *t, const char *label,
                     const uint8_t point[static sizeof(other_point)])
{
	const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	const CK_KEY_TYPE type = CKK_EC;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_KEY_TYPE, &type, sizeof(type)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_no, 1),
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_ID, liar_id_1, 1),
		p11_in(CKA_EC_PARAMS, liar_p256, sizeof(liar_p256)),
		p11_in(CKA_EC_POINT, point, sizeof(other_point)),
	};

	visitor_makes(t, object, ARRAY_LEN(object));
}

static void
visitor_makes_half(const struct softtoken *t, const char *label)
{
	visitor_makes_public(t, label, other_point);
}

/* Our own public half once more. */
static void
visitor_copies_half(const struct softtoken *t, const char *label)
{
	uint8_t point[sizeof(other_point)] = { 0x04, 0x41 };

	memcpy(point + 2, t->spki + t->spki_len - 65, 65);
	visitor_makes_public(t, label, point);
}

/* A key of his own in place of ours: it needs no PIN. */
static void
visitor_makes_key(const struct softtoken *t, CK_OBJECT_CLASS class,
                  const char *label)
{
	const CK_KEY_TYPE type =
	        class == CKO_SECRET_KEY ? CKK_GENERIC_SECRET : CKK_EC;
	uint8_t value[32] = { 0, 1, 2, 3 };
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_KEY_TYPE, &type, sizeof(type)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_no, 1),
		p11_in(CKA_SIGN, &liar_yes, 1),
		p11_in(CKA_LABEL, label, strlen(label)),
		p11_in(CKA_ID, liar_id_1, 1),
		p11_in(CKA_VALUE, value, sizeof(value)),
		p11_in(CKA_EC_PARAMS, liar_p256, sizeof(liar_p256)),
	};

	visitor_makes(t, object, ARRAY_LEN(object) - (class == CKO_SECRET_KEY));
}

/* A life: the pinned key signs, and the epoch is the next. */
static void
lives(const struct softtoken *t, uint32_t epoch)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint32_t taken = 0;

	err_t err = liar_open(t, &hsm);
	if (err == OK)
		err = hsm_epoch_next(hsm, &taken);
	if (err != OK)
		printf("  %s: %s\n", err_name(err),
		       hsm ? hsm_why(hsm) : liar_why);
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL(taken, epoch);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
}

struct told {
	unsigned n, kinds[HSM_STRAY_KINDS], outcomes[3];
};

static void
on_token(void *arg, const struct hsm_token *token)
{
	(void)arg;
	CU_ASSERT_STRING_EQUAL(token->label, SOFTTOKEN_LABEL);
}

static void
on_stray(void *arg, const struct hsm_stray *stray,
         enum hsm_stray_outcome outcome)
{
	struct told *told = arg;

	told->n++;
	told->kinds[stray->kind]++;
	told->outcomes[outcome]++;
}

static struct told
strays(const struct softtoken *t, bool remove)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "",
		                             NULL };
	struct told told = { .n = 0 };
	const struct hsm_strays_ops ops = { on_token, on_stray, &told };
	err_t err = hsm_token_strays(&name, t->pin, remove, &ops, &why);

	if (err != OK)
		printf("  %s: %s\n", err_name(err), buf_str(&why));
	CU_ASSERT_EQUAL(err, OK);
	return told;
}

/* It is told, taken away, and gone. */
static void
is_cured(const struct softtoken *t, enum hsm_stray_kind kind, unsigned n)
{
	struct told told = strays(t, false);

	CU_ASSERT_EQUAL(told.n, n);
	CU_ASSERT_EQUAL(told.kinds[kind], n);
	CU_ASSERT_EQUAL(told.outcomes[HSM_STRAY_THERE], n);
	CU_ASSERT_EQUAL(audit_liar_run(t, "", true).found[AUDIT_STRAY],
	                kind == HSM_STRAY_EPOCH_OLD ? 0 : n);
	told = strays(t, true);
	CU_ASSERT_EQUAL(told.outcomes[HSM_STRAY_GONE], n);
	CU_ASSERT_EQUAL(strays(t, false).n, 0);
	CU_ASSERT_EQUAL(audit_liar_run(t, "", true).found[AUDIT_STRAY], 0);
}

static void
test_none(void)
{
	RIG(t);
	lives(&t, 1);
	CU_ASSERT_EQUAL(strays(&t, true).n, 0);
	lives(&t, 2);
}

static void
test_epoch(void)
{
	RIG(t);
	lives(&t, 1);
	visitor_makes_epoch(&t, "\xff\xff\xff\xff", false);
	visitor_makes_epoch(&t, "\0\0\0\1", false);
	lives(&t, 2);
	is_cured(&t, HSM_STRAY_EPOCH_OPEN, 2);
	lives(&t, 3);
}

static void
test_half(void)
{
	RIG(t);
	visitor_makes_half(&t, "anchord-sign"); /* the same id, too */
	visitor_makes_half(&t, "another");      /* the id alone */
	lives(&t, 1);
	/* The audit is not led astray, either. */
	const struct audit_seen seen = audit_liar_run(&t, "", true);
	CU_ASSERT_EQUAL(seen.found[AUDIT_SIGN_FAILED], 0);
	CU_ASSERT_EQUAL(seen.found[AUDIT_TWIN_LABEL], 0);
	is_cured(&t, HSM_STRAY_HALF, 2);
	lives(&t, 2);
}

/* Some modules give the halves different labels.  Then another key with label and id of
 * the private half does not hide the pinned one. */
static void
test_half_hidden(void)
{
	RIG(t);
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	visitor_copies_half(&t, "another label");
	lives(&t, 1);
	visitor_makes_half(&t, "anchord-sign");
	lives(&t, 2);
}

/* Whatever comes first: here the others are older than ours. */
static void
test_half_last(void)
{
	RIG(t);
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	visitor_makes_half(&t, "anchord-sign");
	visitor_makes_half(&t, "anchord-sign");
	liar_refused(&t, E_LATCHED, "two halves, and none is ours");
	CU_ASSERT_PTR_NOT_NULL(strstr(liar_why, "none of the public keys"));
	visitor_copies_half(&t, "anchord-sign");
	lives(&t, 1);
	visitor_copies_half(&t, "anchord-sign"); /* twice is no harm */
	visitor_makes_half(&t, "anchord-sign");
	lives(&t, 2);
	CU_ASSERT_EQUAL(audit_liar_run(&t, "", true).found[AUDIT_SIGN_FAILED],
	                0);
	is_cured(&t, HSM_STRAY_HALF, 3);
	lives(&t, 3);
}

static void
test_open_keys(void)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint8_t before[HASH_SIZE];
	uint8_t after[HASH_SIZE];
	RIG(t);

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("x"), before), OK);
	hsm_close(TAKE(hsm));
	visitor_makes_key(&t, CKO_SECRET_KEY, "anchord-handle");
	visitor_makes_key(&t, CKO_PRIVATE_KEY, "anchord-sign");
	lives(&t, 1);
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("x"), after), OK);
	CU_ASSERT_EQUAL(memcmp(before, after, sizeof(after)), 0);
	hsm_close(TAKE(hsm));
	is_cured(&t, HSM_STRAY_KEY_OPEN, 2);
	lives(&t, 2);
}

/* One that nobody can destroy harms nobody. */
static void
test_undestroyable(void)
{
	RIG(t);
	visitor_makes_epoch(&t, "\0\0\0\7", true);
	lives(&t, 1);
	struct told told = strays(&t, true);
	CU_ASSERT_EQUAL(told.outcomes[HSM_STRAY_KEPT], 1);
	lives(&t, 2);
}

/* keygen neither takes a visitor's key for the handle key nor makes a pair that
 * has three halves. */
static void
test_keygen(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct hsm_keygen wanted = { .alg = ALG_ES256,
		                           .label = "anchord-next",
		                           .id = bytes_of(liar_id_2, 1),
		                           .handle_label = "anchord-handles" };
	struct hsm_keygen_result r;
	RIG(t);
	const struct hsm_token_name name = { t.module, SOFTTOKEN_LABEL, "",
		                             NULL };

	visitor_makes_key(&t, CKO_SECRET_KEY, "anchord-handles");
	visitor_makes_half(&t, "anchord-next");
	CU_ASSERT_EQUAL(hsm_token_keygen(&name, t.pin, &wanted, &why, &r),
	                E_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "strays"));
	struct told told = strays(&t, true);
	CU_ASSERT_EQUAL(told.kinds[HSM_STRAY_KEY_OPEN], 1);
	CU_ASSERT_EQUAL(told.kinds[HSM_STRAY_HALF], 1); /* by its id */
	visitor_makes_key(&t, CKO_SECRET_KEY, "anchord-handles");
	CU_ASSERT_EQUAL(hsm_token_keygen(&name, t.pin, &wanted, &why, &r), OK);
	CU_ASSERT_TRUE(r.handle_made);
}

/* The retired key goes, whatever else has its names. */
static void
test_destroy(void)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	RIG(t);
	const struct hsm_key_pinned key = { t.module, t.uri, t.public_sha256,
		                            false, NULL };

	visitor_makes_half(&t, "anchord-sign");
	visitor_makes_key(&t, CKO_PRIVATE_KEY, "anchord-sign");
	CU_ASSERT_EQUAL(hsm_key_destroy(&key, t.pin, &why), OK);
	CU_ASSERT_EQUAL(buf_status(&why), OK);
	liar_refused(&t, E_LATCHED, "the key is gone");
	CU_ASSERT_EQUAL(strays(&t, true).n, 2);
	CU_ASSERT_EQUAL(hsm_key_destroy(&key, t.pin, &why), E_NOT_FOUND);
}

/* Heads and counters that needed no PIN, and what has the name of a genesis; what
 * may be ours stays. */
static void
test_trust(void)
{
	static const uint8_t value[40] = { 9 };
	const struct hsm_trust_head head = { .version = 5 };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_trust_put put;
	uint64_t now = 0;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	const struct hsm_trust_officer user = { NULL, t.pin };

	CU_ASSERT_EQUAL(hsm_trust_move_head(&name, &user, &head, &why), OK);
	CU_ASSERT_EQUAL(hsm_trust_raise_counter(&name, &user, 5, &why, &now),
	                OK);
	trust_rig_genesis(&t, 0x11, &put);
	visitor_makes_data(&t, "anchord-trust-genesis", bytes_of(value, 32));
	CU_ASSERT_EQUAL(strays(&t, true).n, 0);
	visitor_makes_data(&t, "anchord-trust-head", bytes_of(value, 40));
	visitor_makes_data(&t, "anchord-trust-head", bytes_of(value, 1));
	visitor_makes_data(&t, "anchord-trust-counter", bytes_of(value, 8));
	visitor_makes_data(&t, "anchord-trust-genesis", bytes_of(value, 31));
	is_cured(&t, HSM_STRAY_TRUST_OPEN, 4);
	trust_rig_genesis(&t, 0x11, &put);
	CU_ASSERT_TRUE(put.there);
	CU_ASSERT_EQUAL(put.others, 1);
	CU_ASSERT_EQUAL(hsm_trust_raise_counter(&name, &user, 0, &why, &now),
	                OK);
	CU_ASSERT_EQUAL(now, 5);
}

/* A public key under our name that belongs to nothing. */
static void
test_alone(void)
{
	RIG(t);
	liar_drop_objects(&t, CKO_PRIVATE_KEY, "anchord-sign");
	liar_drop_objects(&t, CKO_PUBLIC_KEY, "anchord-sign");
	visitor_makes_half(&t, "somebody's"); /* not ours to judge */
	CU_ASSERT_EQUAL(strays(&t, false).n, 0);
	visitor_makes_half(&t, "anchord-sign");
	is_cured(&t, HSM_STRAY_ALONE, 1);
}

/* A token that cannot prove a key has no strays among the halves: one of them
 * is the only one. */
static void
test_unproved(void)
{
	RIG(t);
	visitor_makes_half(&t, "anchord-sign");
	lie.sign = CKR_DEVICE_ERROR;
	CU_ASSERT_EQUAL(strays(&t, true).n, 0);
	lie.sign = CKR_OK;
	lives(&t, 1);
}

/* Counters of two tokens in one: a person looks, and the verb mends it. */
static void
test_far_apart(void)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_yes, 1),
		p11_in(CKA_LABEL, P11_EPOCH_LABEL, strlen(P11_EPOCH_LABEL)),
		p11_in(CKA_VALUE, "\0\0\1\1", 4), /* 257 and 0 */
	};
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint32_t epoch = 0;
	RIG(t);

	liar_add_object(&t, object, ARRAY_LEN(object));
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &epoch), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(hsm_why(hsm), "strays"));
	hsm_close(TAKE(hsm));
	is_cured(&t, HSM_STRAY_EPOCH_OLD, 1);
	lives(&t, 258); /* the highest stays */
}

static const struct harness_test tests[] = {
	{ "finds none where there is none", test_none },
	{ "a public counter counts nothing", test_epoch },
	{ "no stray hides the pinned half of another label", test_half_hidden },
	{ "the pinned half is chosen among many", test_half },
	{ "the pinned half is chosen, if it is the last", test_half_last },
	{ "a key that needs no PIN is none of ours", test_open_keys },
	{ "one that cannot be destroyed harms nobody", test_undestroyable },
	{ "keygen takes no visitor's key for its own", test_keygen },
	{ "a retired key goes, and no other", test_destroy },
	{ "what is under our name alone is a stray", test_alone },
	{ "trust objects that needed no PIN are strays", test_trust },
	{ "takes no half away that nothing proves", test_unproved },
	{ "mends counters that are far apart", test_far_apart },
	{ NULL, NULL },
};

HARNESS_MAIN("strays", tests)
