/*
 * test_trust_objects.c - the trust objects of a PKCS#11 token: what an officer
 * writes is read back, a token that permits less gets less and says so, and
 * nothing goes back or is lost by a kill.  test_trust_visitors.c has what others
 * do to them.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/trust_kit.h"
#include "tests/common/fakes/liar.h"

FOREIGN_LEAKS

/* A token, its name, and its officers. */
struct rig {
	struct softtoken token;
	struct hsm_token_name name;
	struct secret *so_pin;
	struct hsm_trust_officer both, so, user;
};

static void
rig_release(struct rig *r)
{
	secret_free(r->so_pin);
	if (r->token.module)
		softtoken_close(&r->token);
}
DEFINE_AUTO_REF(struct rig, rig_release);

static bool
rig_open(struct rig *r)
{
	if (!softtoken_open(&r->token))
		return false;
	liar_honest_again(r->token.module);
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &r->so_pin), OK);
	r->name = (struct hsm_token_name){ r->token.module, SOFTTOKEN_LABEL, "",
		                           NULL };
	r->both = (struct hsm_trust_officer){ r->so_pin, r->token.pin };
	r->so = (struct hsm_trust_officer){ r->so_pin, NULL };
	r->user = (struct hsm_trust_officer){ NULL, r->token.pin };
	return true;
}

#define TRUST_RIG(r)                                         \
	AUTO(rig_release) struct rig r = { .so_pin = NULL }; \
	if (!rig_open(&(r)))                                 \
	return

static void
put_fresh(const struct rig *r, const struct hsm_trust_officer *who,
          err_t wanted, struct hsm_trust_put *ret_put)
{
	static long serial;
	AUTO(buf_release) struct buf der = buf_of(4096);
	uint8_t sha256[HASH_SIZE];

	*ret_put = (struct hsm_trust_put){ .there = false };
	trust_kit_certificate(++serial, &der, sha256);
	err_t err = trust_kit_put(&r->name, who, buf_bytes(&der), ret_put);
	if (err != wanted)
		printf("  %s: %s\n", err_name(err), trust_kit_why);
	CU_ASSERT_EQUAL(err, wanted);
}

static void
is_said(const struct hsm_trust_said *said, enum hsm_tristate trusted,
        enum hsm_tristate modifiable, enum hsm_tristate destroyable)
{
	CU_ASSERT_EQUAL(said->trusted, trusted);
	CU_ASSERT_EQUAL(said->modifiable, modifiable);
	CU_ASSERT_EQUAL(said->destroyable, destroyable);
	CU_ASSERT_EQUAL(said->private, HSM_NO);
}

static void
test_written(void)
{
	struct hsm_trust_put put;
	struct trust_seen seen;
	TRUST_RIG(r);

	trust_kit_stores(&r.name, &r.both);
	trust_kit_counts(&r.name, &r.both);
	put_fresh(&r, &r.both, OK, &put);
	CU_ASSERT_TRUE(put.by_so);
	is_said(&put.said, HSM_YES, HSM_NO, HSM_NO);
	trust_kit_good(trust_kit_read(&r.name, r.token.pin, &seen));
	for (size_t i = 0; i < seen.n; i++)
		is_said(&seen.certificate[i].said, HSM_YES, HSM_NO, HSM_NO);
	is_said(&seen.trust.genesis[0].said, HSM_UNSAID, HSM_NO, HSM_NO);
	AUTO(buf_release) struct buf counter = buf_of(HSM_TRUST_COUNTER_SIZE);
	buf_printf(&counter, "pkcs11:serial=%s;object=anchord-trust-counter",
	           seen.token.serial);
	CU_ASSERT_STRING_EQUAL(seen.trust.place.counter, buf_str(&counter));
	CU_ASSERT_TRUE(bytes_all_zero(seen.trust.place.tpm, HASH_SIZE));
}

/* Each protection that a token refuses is left out, and no other. */
static void
test_steps(void)
{
	static const struct {
		CK_ATTRIBUTE_TYPE refuse[3];
		enum hsm_tristate trusted, modifiable, destroyable;
	} rows[] = {
		{ { CKA_TRUSTED }, HSM_NO, HSM_NO, HSM_NO },
		{ { CKA_MODIFIABLE }, HSM_YES, HSM_YES, HSM_NO },
		{ { CKA_DESTROYABLE }, HSM_YES, HSM_NO, HSM_YES },
		{ { CKA_DESTROYABLE, CKA_MODIFIABLE },
		  HSM_YES,
		  HSM_YES,
		  HSM_YES },
		{ { CKA_TRUSTED, CKA_MODIFIABLE, CKA_DESTROYABLE },
		  HSM_NO,
		  HSM_YES,
		  HSM_YES },
	};
	struct hsm_trust_put put;
	TRUST_RIG(r);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		memcpy(lie.refuse, rows[i].refuse, sizeof(lie.refuse));
		put_fresh(&r, &r.both, OK, &put);
		CU_ASSERT_TRUE(put.by_so);
		is_said(&put.said, rows[i].trusted, rows[i].modifiable,
		        rows[i].destroyable);
	}
}

/* A token whose security officer makes nothing. */
static void
test_no_so(void)
{
	struct hsm_trust_put put;
	TRUST_RIG(r);

	lie.so_create = CKR_USER_NOT_LOGGED_IN;
	put_fresh(&r, &r.so, E_DENIED, &put);
	put_fresh(&r, &r.both, OK, &put);
	CU_ASSERT_FALSE(put.by_so);
	is_said(&put.said, HSM_NO, HSM_NO, HSM_NO);
	trust_kit_good(trust_kit_genesis(&r.name, &r.both, 1, &put));
	CU_ASSERT_FALSE(put.by_so);
	/* One that has failed otherwise is not asked again. */
	lie.so_create = CKR_DEVICE_ERROR;
	lie.creates = 0;
	put_fresh(&r, &r.both, E_DEVICE, &put);
	CU_ASSERT_EQUAL(lie.creates, 1);
}

static void
test_user_alone(void)
{
	struct hsm_trust_put put;
	uint64_t value = 77;
	TRUST_RIG(r);

	put_fresh(&r, &r.user, OK, &put);
	CU_ASSERT_FALSE(put.by_so);
	is_said(&put.said, HSM_NO, HSM_NO, HSM_NO);
	CU_ASSERT_EQUAL(trust_kit_move(&r.name, &r.so, 1), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "no PIN"));
	CU_ASSERT_EQUAL(trust_kit_raise(&r.name, &r.so, 1, &value), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "no PIN"));
	CU_ASSERT_EQUAL(value, 77);
}

/* The security officer's last try is not taken. */
static void
test_last_try(void)
{
	struct hsm_trust_put put;
	TRUST_RIG(r);

	lie.token_flags = CKF_SO_PIN_FINAL_TRY;
	put_fresh(&r, &r.both, E_LATCHED, &put);
	CU_ASSERT_EQUAL(lie.logins, 0);
}

/* What is protected as well as can be is left; anything less is replaced. */
static void
test_again(void)
{
	AUTO(buf_release) struct buf der = buf_of(4096);
	uint8_t sha256[HASH_SIZE];
	struct hsm_trust_put put;
	struct trust_seen seen;
	TRUST_RIG(r);

	trust_kit_certificate(1, &der, sha256);
	memcpy(lie.refuse, (CK_ATTRIBUTE_TYPE[]){ CKA_DESTROYABLE },
	       sizeof(lie.refuse[0]));
	trust_kit_good(trust_kit_put(&r.name, &r.both, buf_bytes(&der), &put));
	trust_kit_good(trust_kit_genesis(&r.name, &r.both, 1, &put));
	memset(lie.refuse, 0, sizeof(lie.refuse));
	for (int i = 0; i < 2; i++) {
		trust_kit_good(
		        trust_kit_put(&r.name, &r.both, buf_bytes(&der), &put));
		CU_ASSERT_EQUAL(put.there, i == 1);
		is_said(&put.said, HSM_YES, HSM_NO, HSM_NO);
		trust_kit_good(trust_kit_genesis(&r.name, &r.both, 1, &put));
		CU_ASSERT_EQUAL(put.there, i == 1);
		is_said(&put.said, HSM_UNSAID, HSM_NO, HSM_NO);
	}
	trust_kit_good(trust_kit_read(&r.name, NULL, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_found, 1);
	CU_ASSERT_EQUAL(seen.trust.n_genesis, 1);
}

/* What is no certificate is not stored. */
static void
test_not_stored(void)
{
	static const uint8_t zeros[33 * 1024];
	AUTO(buf_release) struct buf der = buf_of(4096);
	uint8_t sha256[HASH_SIZE];
	struct hsm_trust_put put;
	struct trust_seen seen;
	TRUST_RIG(r);

	trust_kit_certificate(1, &der, sha256);
	buf_u8(&der, 0);
	CU_ASSERT_EQUAL(trust_kit_put(&r.name, &r.both, buf_bytes(&der), &put),
	                E_MALFORMED);
	CU_ASSERT_EQUAL(trust_kit_put(&r.name, &r.both,
	                              bytes_of(zeros, sizeof(zeros)), &put),
	                E_LIMIT);
	CU_ASSERT_EQUAL(
	        trust_kit_put(&r.name, &r.both, bytes_of(NULL, 0), &put),
	        E_MALFORMED);
	trust_kit_good(trust_kit_read(&r.name, r.token.pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_found, 0);
}

/* A token that says that it has made an object, and has not. */
static void
test_not_kept(void)
{
	struct hsm_trust_put put;
	uint64_t now = 0;
	TRUST_RIG(r);

	lie.keep_old = true;
	put_fresh(&r, &r.user, E_DEVICE, &put);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "gives another"));
	CU_ASSERT_EQUAL(trust_kit_genesis(&r.name, &r.both, 1, &put), E_DEVICE);
	CU_ASSERT_EQUAL(trust_kit_move(&r.name, &r.both, 1), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "keeps its old value"));
	CU_ASSERT_EQUAL(trust_kit_raise(&r.name, &r.both, 1, &now), E_DEVICE);
}

/* Killed when the new one is made and the old one is not yet destroyed. */
static _Noreturn void
move_and_die(const struct rig *r, bool head)
{
	struct secret *pin = NULL; /* a secret is not inherited */
	uint64_t now = 0;

	if (secret_copy(bytes_of_str(SOFTTOKEN_PIN), &pin) != OK)
		_exit(1);
	const struct hsm_trust_officer who = { NULL, pin };
	lie.die = true;
	if (head)
		(void)!trust_kit_move(&r->name, &who, 9);
	else
		(void)!trust_kit_raise(&r->name, &who, 9, &now);
	_exit(0);
}

static void
die_in_between(const struct rig *r, bool head)
{
	int status = 0;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		move_and_die(r, head);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFSIGNALED(status));
}

static void
test_killed(void)
{
	struct trust_seen seen;
	uint64_t now = 0;
	TRUST_RIG(r);

	trust_kit_good(trust_kit_move(&r.name, &r.both, 8));
	trust_kit_good(trust_kit_raise(&r.name, &r.both, 8, &now));
	die_in_between(&r, true);
	die_in_between(&r, false);
	trust_kit_good(trust_kit_read(&r.name, r.token.pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_heads, 2);
	CU_ASSERT_EQUAL(seen.trust.head.version, 9);
	CU_ASSERT_EQUAL(seen.trust.head.digest[0], 9);
	CU_ASSERT_EQUAL(seen.trust.n_counters, 2);
	CU_ASSERT_EQUAL(seen.trust.counter, 9);
	CU_ASSERT_EQUAL(trust_kit_move(&r.name, &r.both, 8), E_CONFLICT);
	/* The same again ends what was begun. */
	trust_kit_good(trust_kit_move(&r.name, &r.both, 9));
	trust_kit_good(trust_kit_raise(&r.name, &r.both, 9, &now));
	trust_kit_good(trust_kit_read(&r.name, r.token.pin, &seen));
	CU_ASSERT_EQUAL(seen.trust.n_heads, 1);
	CU_ASSERT_EQUAL(seen.trust.n_counters, 1);
	CU_ASSERT_EQUAL(seen.trust.head.version, 9);
}

/* The new one is there, and the old one cannot be destroyed. */
static void
test_old_one_stays(void)
{
	TRUST_RIG(r);

	trust_kit_good(trust_kit_move(&r.name, &r.both, 1));
	lie.destroy = CKR_FUNCTION_FAILED;
	CU_ASSERT_EQUAL(trust_kit_move(&r.name, &r.both, 2), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(trust_kit_why, "do the same again"));
	lie.destroy = CKR_OK;
	trust_kit_good(trust_kit_move(&r.name, &r.both, 2));
}

/* The key holder's view of the same. */
static void
test_open_device(void)
{
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct hsm_trust_put put;
	struct trust_seen seen;
	uint64_t now = 0;
	TRUST_RIG(r);

	put_fresh(&r, &r.both, OK, &put);
	trust_kit_good(trust_kit_move(&r.name, &r.both, 4));
	trust_kit_good(trust_kit_raise(&r.name, &r.both, 5, &now));
	CU_ASSERT_EQUAL_FATAL(liar_open(&r.token, &hsm), OK);
	CU_ASSERT_EQUAL(trust_kit_read_open(hsm, &seen), OK);
	CU_ASSERT_EQUAL(seen.n, 1);
	CU_ASSERT_EQUAL(seen.trust.head.version, 4);
	CU_ASSERT_EQUAL(seen.trust.counter, 5);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
}

static const struct harness_test tests[] = {
	{ "what is written is read back", test_written },
	{ "a token that refuses a protection gets the others", test_steps },
	{ "the user makes what the security officer may not", test_no_so },
	{ "the user alone trusts nothing", test_user_alone },
	{ "the security officer's last try is not taken", test_last_try },
	{ "again makes nothing twice, and protects better", test_again },
	{ "what is no certificate is not stored", test_not_stored },
	{ "what the token did not keep is noticed", test_not_kept },
	{ "a kill between two objects loses nothing", test_killed },
	{ "an old one that stays is told", test_old_one_stays },
	{ "the key holder reads the same", test_open_device },
	{ NULL, NULL },
};

HARNESS_MAIN("trust objects", tests)
