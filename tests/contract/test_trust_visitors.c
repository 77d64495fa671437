/*
 * test_trust_visitors.c - the trust objects of a token that others reach, or that
 * fails: who has no PIN changes nothing that counts, what he makes is told, and a
 * read that fails loses one certificate and not the token.
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/trust_kit.h"
#include "hsm/pkcs11/trust.h"
#include "tests/common/fakes/liar.h"
#include "tests/common/fakes/trust_rig.h"

FOREIGN_LEAKS

/* Tries all certificates and genesis objects; how many are gone. */
static unsigned
visitor_destroys(struct p11 *p11)
{
	CK_OBJECT_HANDLE found[16];
	struct p11_trust_data genesis;
	unsigned gone = 0;
	size_t all = 0;
	size_t n = 0;

	CU_ASSERT_EQUAL(p11_trust_find(p11, found, ARRAY_LEN(found), &n, &all),
	                OK);
	CU_ASSERT_EQUAL(p11_trust_read_data(p11, P11_GENESIS, &genesis), OK);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(genesis.n, 1);
	for (size_t i = 0; i < genesis.n; i++)
		found[n++] = genesis.datum[i].object;
	for (size_t i = 0; i < n; i++)
		gone += liar_honest.C_DestroyObject(p11->session, found[i]) ==
		        CKR_OK;
	return gone;
}

/* It is listed, and the token says that no security officer made it. */
static void
test_without_pin(void)
{
	AUTO(buf_release) struct buf der = buf_of(4096);
	struct hsm_trust_put put;
	uint8_t ours[HASH_SIZE];
	uint8_t his[HASH_SIZE];
	struct trust_seen seen;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);

	trust_rig_certificate(&t, 1, ours);
	trust_rig_genesis(&t, 0x11, &put);
	trust_kit_certificate(2, &der, his);
	struct p11 *p11 = liar_visit(&t);
	CU_ASSERT_EQUAL(visitor_destroys(p11), 0);
	CU_ASSERT_EQUAL(trust_rig_visitor(p11, buf_bytes(&der), true),
	                CKR_ATTRIBUTE_READ_ONLY);
	CU_ASSERT_EQUAL(trust_rig_visitor(p11, buf_bytes(&der), false), CKR_OK);
	p11_unload(p11);

	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 1);
	CU_ASSERT_EQUAL_FATAL(seen.n, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(trust_kit_find(&seen, ours));
	CU_ASSERT_PTR_NOT_NULL_FATAL(trust_kit_find(&seen, his));
	CU_ASSERT_EQUAL(trust_kit_find(&seen, ours)->said.trusted, HSM_YES);
	CU_ASSERT_EQUAL(trust_kit_find(&seen, his)->said.trusted, HSM_NO);
	CU_ASSERT_EQUAL(trust_kit_find(&seen, his)->said.destroyable, HSM_YES);
	/* and an officer takes it away, and none of ours */
	const struct hsm_trust_officer user = { NULL, t.pin };
	trust_kit_good(trust_kit_remove(&name, &user, his));
	CU_ASSERT_EQUAL(trust_kit_remove(&name, &user, ours), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "the token keeps 1 of 1"));
}

/* Public ones never count, however high. */
static void
test_public_numbers(void)
{
	static const uint8_t high[40] = { 0x7f, [39] = 1 };
	struct trust_seen seen;
	uint64_t now = 0;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	const struct hsm_trust_officer user = { NULL, t.pin };

	struct p11 *p11 = liar_visit(&t);
	trust_rig_visitor_data(p11, "anchord-trust-head", bytes_of(high, 40),
	                       false);
	trust_rig_visitor_data(p11, "anchord-trust-counter", bytes_of(high, 8),
	                       false);
	trust_rig_visitor_data(p11, "anchord-trust-genesis", bytes_of(high, 31),
	                       false);
	p11_unload(p11);
	trust_kit_good(trust_kit_move(&name, &user, 5));
	trust_kit_good(trust_kit_raise(&name, &user, 6, &now));
	trust_kit_good(trust_kit_read(&name, t.pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_heads, 1);
	CU_ASSERT_EQUAL(seen.trust.head.version, 5);
	CU_ASSERT_EQUAL(seen.trust.n_counters, 1);
	CU_ASSERT_EQUAL(seen.trust.counter, 6);
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 0);
	CU_ASSERT_EQUAL(seen.trust.n_odd, 3);
}

/* A private object under the name, of another size. */
static void
test_odd_numbers(void)
{
	const CK_OBJECT_CLASS class = CKO_DATA;
	static const uint8_t value[41] = { 1 };
	struct trust_seen seen;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	CK_ATTRIBUTE object[] = {
		p11_in(CKA_CLASS, &class, sizeof(class)),
		p11_in(CKA_TOKEN, &liar_yes, 1),
		p11_in(CKA_PRIVATE, &liar_yes, 1),
		p11_in(CKA_APPLICATION, "anchord", 7),
		p11_in(CKA_LABEL, "anchord-trust-head", 18),
		p11_in(CKA_VALUE, value, sizeof(value)),
	};

	liar_add_object(&t, object, ARRAY_LEN(object));
	object[5].ulValueLen = 39;
	liar_add_object(&t, object, ARRAY_LEN(object));
	trust_kit_good(trust_kit_read(&name, t.pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_heads, 0);
	CU_ASSERT_EQUAL(seen.trust.n_odd, 2);
}

/* Several genesis objects: all are told, none is chosen. */
static void
test_several_genesis(void)
{
	struct trust_seen seen;
	uint8_t digest[HASH_SIZE] = { 0 };
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	struct p11 *p11 = liar_visit(&t);

	for (uint8_t i = 1; i <= HSM_TRUST_GENESIS_MAX + 1; i++) {
		digest[0] = i;
		trust_rig_visitor_data(p11, "anchord-trust-genesis",
		                       bytes_of(digest, sizeof(digest)), false);
	}
	p11_unload(p11);
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_genesis, HSM_TRUST_GENESIS_MAX + 1);
	CU_ASSERT_EQUAL(seen.trust.genesis[0].said.destroyable, HSM_YES);
	CU_ASSERT_NOT_EQUAL(seen.trust.genesis[0].digest[0],
	                    seen.trust.genesis[1].digest[0]);
}

/* Sizes are judged before memory is taken. */
static void
test_sizes(void)
{
	static uint8_t large[33 * 1024];
	uint8_t ours[HASH_SIZE];
	struct trust_seen seen;
	unsigned too_long = 0;
	unsigned empty = 0;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);

	trust_rig_certificate(&t, 1, ours);
	struct p11 *p11 = liar_visit(&t);
	memset(large, 0x30, sizeof(large));
	CU_ASSERT_EQUAL(
	        trust_rig_visitor(p11, bytes_of(large, sizeof(large)), false),
	        CKR_OK);
	CU_ASSERT_EQUAL(
	        trust_rig_visitor(
	                p11, bytes_of(large, HSM_TRUST_CERTIFICATE_MAX), false),
	        CKR_OK);
	CU_ASSERT_EQUAL(trust_rig_visitor(p11, bytes_of(large, 0), false),
	                CKR_OK);
	p11_unload(p11);
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.n, 4);
	for (size_t i = 0; i < seen.n; i++) {
		too_long += seen.certificate[i].err == E_LIMIT;
		empty += seen.certificate[i].err == E_MALFORMED;
	}
	CU_ASSERT_EQUAL(too_long, 1);
	CU_ASSERT_EQUAL(empty, 1);
	CU_ASSERT_PTR_NOT_NULL(trust_kit_find(&seen, ours));
}

/* Links the file of the youngest object: SoftHSM's own call would take seconds for
 * so many. */
static void
copy_youngest_object(const struct softtoken *t, unsigned times)
{
	char path[512];
	glob_t found;
	struct stat st;
	struct stat youngest = { .st_mtim.tv_sec = 0 };
	size_t which = 0;

	snprintf(path, sizeof(path), "%s/tokens/*/*.object", t->directory);
	CU_ASSERT_EQUAL_FATAL(glob(path, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		CU_ASSERT_EQUAL(stat(found.gl_pathv[i], &st), 0);
		if (st.st_mtim.tv_sec < youngest.st_mtim.tv_sec ||
		    (st.st_mtim.tv_sec == youngest.st_mtim.tv_sec &&
		     st.st_mtim.tv_nsec < youngest.st_mtim.tv_nsec))
			continue;
		which = i;
		youngest = st;
	}
	const char *from = found.gl_pathv[which];
	for (unsigned i = 0; i < times; i++) {
		snprintf(path, sizeof(path), "%.*s/%08x-copy.object",
		         (int)(strrchr(from, '/') - from), from, i);
		CU_ASSERT_EQUAL(link(from, path), 0);
	}
	globfree(&found);
}

/* What the security officer made is not crowded out, whenever he made it. */
static void
test_crowd(void)
{
	uint8_t ours[6][HASH_SIZE];
	struct trust_seen seen;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);

	for (int i = 0; i < 3; i++)
		trust_rig_certificate(&t, i + 1, ours[i]);
	struct p11 *p11 = liar_visit(&t);
	CU_ASSERT_EQUAL(trust_rig_visitor(p11, bytes_of_str("one"), false),
	                CKR_OK);
	p11_unload(p11);
	copy_youngest_object(&t, 199);
	for (int i = 3; i < 6; i++)
		trust_rig_certificate(&t, i + 1, ours[i]);
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_found, 206);
	CU_ASSERT_EQUAL(seen.n, HSM_TRUST_CERTIFICATES_MAX);
	for (int i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(seen.certificate[i].said.trusted, HSM_YES);
		CU_ASSERT_PTR_NOT_NULL(trust_kit_find(&seen, ours[i]));
	}
}

/* --- a token that fails ---------------------------------------------------- */

struct device {
	struct hsm *hsm;
	uint8_t sha256[3][HASH_SIZE];
};

static void
open_with_three(const struct softtoken *t, struct device *d)
{
	for (int i = 0; i < 3; i++)
		trust_rig_certificate(t, i + 1, d->sha256[i]);
	CU_ASSERT_EQUAL_FATAL(liar_open(t, &d->hsm), OK);
}

/* The nth read of a value is answered so: one certificate is missing, the others
 * are there, the token is not lost, and the next reading has all. */
static void
one_read_fails(struct device *d, unsigned nth, CK_RV rv)
{
	struct trust_seen seen;
	unsigned failed = 0;

	lie.values = 0;
	lie.value_nth = nth;
	lie.value = rv;
	CU_ASSERT_EQUAL(trust_kit_read_open(d->hsm, &seen), OK);
	CU_ASSERT_EQUAL(seen.n, 3);
	for (size_t i = 0; i < seen.n; i++) {
		failed += seen.certificate[i].err == E_IO;
		CU_ASSERT_TRUE(seen.certificate[i].err == OK ||
		               *seen.certificate[i].why != '\0');
	}
	CU_ASSERT_EQUAL(failed, 1);
	CU_ASSERT_EQUAL(!trust_kit_find(&seen, d->sha256[0]) +
	                        !trust_kit_find(&seen, d->sha256[1]) +
	                        !trust_kit_find(&seen, d->sha256[2]),
	                1);
	CU_ASSERT_EQUAL(hsm_canary(d->hsm), OK);
	lie.value = CKR_OK;
	CU_ASSERT_EQUAL(trust_kit_read_open(d->hsm, &seen), OK);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_PTR_NOT_NULL(trust_kit_find(&seen, d->sha256[i]));
}

static void
test_throttled(void)
{
	static const CK_RV codes[] = { CKR_DEVICE_ERROR, CKR_FUNCTION_FAILED,
		                       CKR_OBJECT_HANDLE_INVALID,
		                       CKR_TOKEN_WRITE_PROTECTED };
	struct device d = { .hsm = NULL };
	RIG(t);

	open_with_three(&t, &d);
	/* each certificate's value is read twice: its length, and it */
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		one_read_fails(&d, 3, codes[i]);
		one_read_fails(&d, 4, codes[i]);
	}
	hsm_close(d.hsm);
}

/* The list fails: no verdict about the token in that, either. */
static void
test_list_fails(void)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct trust_seen seen;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	const struct hsm_trust_officer user = { NULL, t.pin };

	trust_kit_good(trust_kit_move(&name, &user, 5));
	CU_ASSERT_EQUAL_FATAL(liar_open(&t, &hsm), OK);
	lie.values = 0;
	lie.value_nth = 1;
	lie.value = CKR_DEVICE_ERROR;
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), E_IO);
	CU_ASSERT_PTR_NOT_NULL(strstr(hsm_why(hsm), "CKR_DEVICE_ERROR"));
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	lie.value = CKR_OK;
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), OK);
	CU_ASSERT_EQUAL(seen.trust.head.version, 5);
}

/* OK, and nothing written: a counter with which nothing loads, and no bytes. */
static void
test_mute(void)
{
	uint8_t ours[HASH_SIZE];
	struct trust_seen seen;
	uint64_t now = 0;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);
	const struct hsm_trust_officer user = { NULL, t.pin };

	trust_rig_certificate(&t, 1, ours);
	trust_kit_good(trust_kit_raise(&name, &user, 5, &now));
	lie.mute = CKA_VALUE;
	trust_kit_good(trust_kit_read(&name, t.pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.counter, UINT64_MAX);
	CU_ASSERT_EQUAL(seen.certificate[0].err, E_MALFORMED);
	lie.mute = CKA_TRUSTED;
	trust_kit_good(trust_kit_read(&name, t.pin, &seen));
	CU_ASSERT_EQUAL(seen.certificate[0].said.trusted, HSM_UNSAID);
}

/* A token that does not know CKA_TRUSTED, or CKA_DESTROYABLE. */
static void
test_unknown(void)
{
	uint8_t ours[HASH_SIZE];
	struct trust_seen seen;
	RIG(t);
	const struct hsm_token_name name = trust_rig_name(&t);

	trust_rig_certificate(&t, 1, ours);
	lie.no_such = CKA_TRUSTED;
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL_FATAL(seen.n, 1);
	CU_ASSERT_EQUAL(seen.certificate[0].said.trusted, HSM_UNSAID);
	CU_ASSERT_EQUAL(seen.certificate[0].said.destroyable, HSM_NO);
	lie.no_such = CKA_DESTROYABLE;
	trust_kit_good(trust_kit_read(&name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.certificate[0].said.trusted, HSM_YES);
	CU_ASSERT_EQUAL(seen.certificate[0].said.destroyable, HSM_UNSAID);
}

static const struct harness_test tests[] = {
	{ "one that needed no PIN is listed, and trusted by nobody",
	  test_without_pin },
	{ "public heads and counters do not count", test_public_numbers },
	{ "what has another size is no head", test_odd_numbers },
	{ "several genesis objects are told", test_several_genesis },
	{ "33 KiB, and no byte at all", test_sizes },
	{ "200 of a visitor crowd none of ours out", test_crowd },
	{ "a read that fails loses one certificate, not the token",
	  test_throttled },
	{ "a list that fails loses nothing", test_list_fails },
	{ "a token that writes nothing is not believed", test_mute },
	{ "what a token does not know is unsaid", test_unknown },
	{ NULL, NULL },
};

HARNESS_MAIN("trust objects, visitors", tests)
