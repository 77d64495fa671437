/*
 * test_hsm.c - what hsm.h promises of a device that is open, and of one that
 * goes bad: on a real SoftHSM, and on one that lies (liar.h).
 *
 * Each check in hsm/ has a test here or in test_hsm_open.c that fails without
 * it: tests/mutations says which.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"
#include "crypto/digest.h"
#include "hsm/admin/list.h"
#include "crypto/keys/keyring.h"

/* --- the good path -------------------------------------------------------- */

static void
test_good(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	AUTO(keyring_free) struct keyring *ring = NULL;
	char kid[KID_SIZE];
	enum alg alg;

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL(lie.logins, 1);
	CU_ASSERT_EQUAL(lie.guards, 1);
	CU_ASSERT_EQUAL(hsm_alg(hsm), ALG_ES256);
	CU_ASSERT_EQUAL_FATAL(key_identify(hsm_public(hsm), &alg, kid), OK);
	CU_ASSERT_EQUAL_FATAL(keyring_new(&ring), OK);
	CU_ASSERT_EQUAL_FATAL(
	        keyring_add(ring, bytes_of_str(kid), hsm_public(hsm), alg), OK);
	for (uint32_t i = 0; i < 1000; i++) {
		struct bytes msg = bytes_of(&i, sizeof(i));
		struct hsm_signature s;

		CU_ASSERT_EQUAL_FATAL(hsm_sign(hsm, msg, &s), OK);
		CU_ASSERT_EQUAL_FATAL(keyring_verify(ring, bytes_of_str(kid),
		                                     alg, msg,
		                                     bytes_of(s.bytes, s.len)),
		                      OK);
	}
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	CU_ASSERT_EQUAL(lie.logins, 1);
}

static void
test_p384(void)
{
	AUTO(softtoken_close) struct softtoken t;
	AUTO(secret_free) struct secret *so_pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	const struct hsm_keygen wanted = { .alg = ALG_ES384,
		                           .label = "wide",
		                           .id = bytes_of(liar_id_2, 1),
		                           .handle_label = "handles" };
	struct hsm_token token;
	struct hsm_keygen_result r;
	struct hsm_signature s;

	if (!softtoken_open_empty(&t))
		return;
	liar_honest_again(t.module);
	const struct hsm_token_name name = { t.module, "wide token", "", NULL };
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &so_pin), OK);
	CU_ASSERT_EQUAL_FATAL(
	        hsm_token_init(&name, so_pin, t.pin, &why, &token), OK);
	CU_ASSERT_TRUE(token.software);
	CU_ASSERT_EQUAL(hsm_token_init(&name, so_pin, t.pin, &why, &token),
	                E_CONFLICT);
	CU_ASSERT_EQUAL_FATAL(hsm_token_keygen(&name, t.pin, &wanted, &why, &r),
	                      OK);
	CU_ASSERT_TRUE(r.handle_made);
	CU_ASSERT_EQUAL(hsm_token_keygen(&name, t.pin, &wanted, &why, &r),
	                E_CONFLICT);

	uint8_t pinned[HASH_SIZE];
	digest_sha256(bytes_of(r.spki, r.spki_len), pinned);
	struct hsm_options options = { .module = t.module,
		                       .uri = r.uri,
		                       .handle_label = "handles",
		                       .spki_sha256 = pinned };
	CU_ASSERT_EQUAL_FATAL(liar_open_with(&options, t.pin, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_alg(hsm), ALG_ES384);
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), OK);
	CU_ASSERT_EQUAL(s.len, 96);
}

static void
test_mac(void)
{
	RIG(t);
	uint8_t one[HASH_SIZE];
	uint8_t two[HASH_SIZE];
	uint8_t other[HASH_SIZE];
	struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), one), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("b"), other), OK);
	hsm_close(TAKE(hsm));
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), two), OK);
	CU_ASSERT_EQUAL(memcmp(one, two, HASH_SIZE), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(one, other, HASH_SIZE), 0);
	lie.signs = 0;
	lie.sign_good = 1; /* the second of the two is another */
	lie.sign_flip = true;
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), two), E_DEVICE);
	CU_ASSERT_EQUAL(lie.signs, 2);
	lie.sign_flip = false;
	lie.sign_good = 0;
	lie.sign_cut = 1;
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), two), E_DEVICE);
	hsm_close(hsm);
}

static void
test_random(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint8_t a[HASH_SIZE];
	uint8_t b[HASH_SIZE];

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), OK);
	CU_ASSERT_EQUAL(hsm_random(hsm, b, sizeof(b)), OK);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	lie.random_fill = 0;
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), E_DEVICE);
	lie.random_fill = 0xff;
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), E_DEVICE);
	lie.random_fill = -1;
	lie.random_again = true; /* b once more */
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), E_DEVICE);
	lie.random_again = false;
	lie.random = CKR_DEVICE_ERROR;
	CU_ASSERT_EQUAL(hsm_random(hsm, a, sizeof(a)), E_DEVICE);
}

/* --- a device that fails later -------------------------------------------- */

static void
test_bad_signatures(void)
{
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct hsm_signature s = { .len = 7 };

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	lie.sign_flip = true;
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), E_DEVICE);
	CU_ASSERT_TRUE(hsm_why(hsm)[0] != '\0');
	CU_ASSERT_EQUAL(hsm_canary(hsm), E_DEVICE);
	lie.sign_flip = false;
	for (lie.sign_cut = 1; lie.sign_cut < 64; lie.sign_cut += 31) {
		CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), E_DEVICE);
		CU_ASSERT_PTR_NOT_NULL(strstr(hsm_why(hsm), " bytes for "));
	}
	CU_ASSERT_EQUAL(s.len, 7); /* untouched */
	lie.sign_cut = 0;
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), OK);
}

/* Every code of the table, answered by a signature call. */
static void
test_codes(void)
{
	static const CK_RV codes[] = {
#define P11_RV(name, number, class, judged) number,
#include "hsm/pkcs11/rv.def"
#undef P11_RV
		0x4,
		0x6b,
		0x7fffffff,
		CKR_VENDOR_DEFINED,
		CKR_VENDOR_DEFINED | 0x1234,
	};
	RIG(t);
	AUTO(hsm_close) struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct hsm_signature s;
		err_t wanted = E_DEVICE;

		lie.sign = codes[i];
		if (p11_rv_class(codes[i]) == P11_FINE)
			wanted = OK; /* and the software check agreed */
		if (p11_rv_class(codes[i]) == P11_LATCH)
			wanted = E_LATCHED;
		CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), wanted);
	}
}

/* --- the epoch ------------------------------------------------------------ */

static void
test_epoch_grows(void)
{
	RIG(t);
	for (uint32_t want = 1; want <= 5; want++) {
		struct hsm *hsm = NULL;
		uint32_t epoch = 0;

		CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
		CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &epoch), OK);
		CU_ASSERT_EQUAL(epoch, want);
		hsm_close(hsm);
	}
}

static void
add_epoch(const struct softtoken *t, const void *value, size_t len)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_yes, 1),
		p11_in(CKA_LABEL, "anchord-epoch", 13),
		p11_in(CKA_VALUE, value, len),
	};

	liar_add_object(t, object, ARRAY_LEN(object));
}

static void
epoch_fails(const struct softtoken *t, err_t wanted)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint32_t epoch = 77;

	CU_ASSERT_EQUAL_FATAL(liar_open(t, &hsm), OK);
	err_t err = hsm_epoch_next(hsm, &epoch);
	CU_ASSERT_EQUAL(err, wanted);
	if (err != wanted)
		printf("  %s: %s\n", err_name(err), hsm_why(hsm));
	CU_ASSERT_EQUAL(epoch, 77);
}

static void
epoch_is(const struct softtoken *t, uint32_t wanted)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint32_t epoch = 0;

	CU_ASSERT_EQUAL_FATAL(liar_open(t, &hsm), OK);
	err_t err = hsm_epoch_next(hsm, &epoch);
	CU_ASSERT_EQUAL(err, OK);
	if (err != OK)
		printf("  %s: %s\n", err_name(err), hsm_why(hsm));
	CU_ASSERT_EQUAL(epoch, wanted);
}

/* Two lives of an older version that met: the next value is neither's. */
static void
test_epoch_doubled(void)
{
	RIG(t);
	epoch_is(&t, 1);
	add_epoch(&t, "\0\0\0\1", 4);
	epoch_is(&t, 2);
}

/* What a life leaves that ended between making and destroying. */
static void
test_epoch_interrupted(void)
{
	RIG(t);

	epoch_is(&t, 1);
	lie.destroy = CKR_DEVICE_ERROR;
	epoch_fails(&t, E_DEVICE);         /* 1 and 2 are there now */
	lie.destroy = CKR_FUNCTION_FAILED; /* as if another had been first */
	epoch_fails(&t, E_DEVICE);         /* but no other shows */
	lie.destroy = 0;
	epoch_is(&t, 4);
	add_epoch(&t, "\0\0\0\6", 4); /* and 5 gave up */
	epoch_is(&t, 7);
}

/* The first life of all, on a token of an older keygen: there is nothing that
 * it could be the only one to destroy, so a new process begins. */
static void
test_epoch_first(void)
{
	RIG(t);

	liar_drop_objects(&t, CKO_DATA, "anchord-epoch");
	epoch_fails(&t, E_DEVICE);
	epoch_is(&t, 1);
	epoch_is(&t, 2);
}

/* A token that lets each of two destroy the same object: the mark of the other
 * shows, and neither takes the value. */
static void
test_epoch_rival(void)
{
	RIG(t);
	epoch_is(&t, 1);
	lie.rival = true;
	epoch_is(&t, 3);
	epoch_is(&t, 4);
}

static void
test_epoch_end(void)
{
	RIG(t);
	liar_drop_objects(&t, CKO_DATA, "anchord-epoch");
	add_epoch(&t, "\xff\xff\xff\xfe", 4);
	epoch_is(&t, 0xffffffff);
	epoch_fails(&t, E_LATCHED); /* it never wraps */
}

static void
test_epoch_malformed(void)
{
	RIG(t);
	add_epoch(&t, "\0\0\1", 3);
	epoch_fails(&t, E_LATCHED);
}

static void
test_epoch_kept(void)
{
	RIG(t);
	epoch_is(&t, 1);
	lie.keep_old = true;
	epoch_fails(&t, E_DEVICE);
	lie.keep_old = false;
	epoch_is(&t, 2); /* what was there is not lost */
}

/* --- listing -------------------------------------------------------------- */

static void
count_token(void *arg, const struct hsm_token *token)
{
	unsigned *n = arg;

	n[0] += strcmp(token->label, SOFTTOKEN_LABEL) == 0;
}

static void
count_object(void *arg, const struct hsm_object *object)
{
	unsigned *n = arg;

	n[1]++;
	if (strcmp(object->class, "private-key") == 0) {
		CU_ASSERT_EQUAL(object->attributes[HSM_ATTRIBUTE_EXTRACTABLE],
		                HSM_NO);
		CU_ASSERT_EQUAL(object->attributes[HSM_ATTRIBUTE_MODIFIABLE],
		                HSM_NO);
		CU_ASSERT_EQUAL(object->attributes[HSM_ATTRIBUTE_VERIFY],
		                HSM_UNSAID);
	}
}

static void
test_list(void)
{
	RIG(t);
	AUTO(buf_release) struct buf why = buf_of(256);
	unsigned n[2] = { 0, 0 };
	const struct hsm_list_ops ops = { count_token, count_object, n };
	struct hsm_token_name name = { t.module, "", "", NULL };

	CU_ASSERT_EQUAL(hsm_token_list(&name, NULL, &ops, &why), OK);
	CU_ASSERT_EQUAL(n[0], 1);
	CU_ASSERT_EQUAL(n[1], 0);
	name.label = SOFTTOKEN_LABEL;
	CU_ASSERT_EQUAL(hsm_token_list(&name, t.pin, &ops, &why), OK);
	CU_ASSERT_EQUAL(n[1], 4); /* two halves, handle key, counter */
	name.label = "another";
	CU_ASSERT_EQUAL(hsm_token_list(&name, t.pin, &ops, &why), E_NOT_FOUND);
}

static const struct harness_test tests[] = {
	{ "opens, signs and verifies 1000 times", test_good },
	{ "does the same with P-384, made by hsm/admin/admin.h", test_p384 },
	{ "keeps the handle MAC over lives", test_mac },
	{ "notices stuck random numbers", test_random },
	{ "hands out no bad signature", test_bad_signatures },
	{ "classes every return code", test_codes },
	{ "counts epochs over lives", test_epoch_grows },
	{ "goes past a doubled epoch", test_epoch_doubled },
	{ "begins where there is no epoch", test_epoch_first },
	{ "mends an interrupted epoch", test_epoch_interrupted },
	{ "takes no epoch that another may have", test_epoch_rival },
	{ "never wraps the epoch", test_epoch_end },
	{ "refuses a malformed epoch", test_epoch_malformed },
	{ "reads the epoch back", test_epoch_kept },
	{ "lists tokens and objects", test_list },
	{ NULL, NULL },
};

HARNESS_MAIN("hsm", tests)
