/*
 * test_tpm_ownership.c - a TPM gets its owner: what it takes to change it is set
 * afterwards, no value is guessed or crosses the way to the TPM, and a TPM that
 * says yes and does nothing is found out.
 *
 * The last needs a TPM that lies in its own session, so ClearControl is played
 * here, in front of ESYS's.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"
#include "hsm/admin/rotate.h"
#include "hsm/tpm2/admin/admin.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/tpm_look.h"

#define OWNER "owner-271828182845"
#define LOCKOUT "lockout-1414213562"
#define OTHER "another-1732050807"

static char said[512]; /* by the last verb */

#define RIG(t)                                           \
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 }; \
	if (!swtpm_open(&(t)))                           \
	return

/* --- a TPM that says yes and does nothing --------------------------------- */

static bool idle; /* ClearControl is answered, and not done */

TSS2_RC
Esys_ClearControl_Async(ESYS_CONTEXT *esys, ESYS_TR auth, ESYS_TR session1,
                        ESYS_TR session2, ESYS_TR session3, TPMI_YES_NO disable)
{
	typedef TSS2_RC real(ESYS_CONTEXT *, ESYS_TR, ESYS_TR, ESYS_TR, ESYS_TR,
	                     TPMI_YES_NO);
	real *next = NULL;

	if (idle) /* something that is answered */
		return Esys_GetRandom_Async(esys, session1, session2, session3,
		                            1);
	*(void **)&next = dlsym(RTLD_NEXT, "Esys_ClearControl_Async");
	return next(esys, auth, session1, session2, session3, disable);
}

TSS2_RC
Esys_ClearControl_Finish(ESYS_CONTEXT *esys)
{
	typedef TSS2_RC real(ESYS_CONTEXT *);
	TPM2B_DIGEST *draw = NULL;
	real *next = NULL;

	if (!idle) {
		*(void **)&next = dlsym(RTLD_NEXT, "Esys_ClearControl_Finish");
		return next(esys);
	}
	TSS2_RC rc = Esys_GetRandom_Finish(esys, &draw);
	Esys_Free(draw);
	return rc;
}

/* --- verbs ---------------------------------------------------------------- */

/* NULL: no such value. */
struct words {
	const char *owner, *lockout, *new_owner, *new_lockout;
};

static struct secret *
secret_of(const char *text)
{
	struct secret *out = NULL;

	if (text)
		CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str(text), &out),
		                      OK);
	return out;
}

static err_t
own_by(const char *uri, const struct words *w, struct hsm_ownership *ret_is)
{
	AUTO(secret_free) struct secret *owner = secret_of(w->owner);
	AUTO(secret_free) struct secret *lockout = secret_of(w->lockout);
	AUTO(secret_free) struct secret *new_owner = secret_of(w->new_owner);
	AUTO(secret_free)
	struct secret *new_lockout = secret_of(w->new_lockout);
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct hsm_token_name name = { .uri = uri };
	const struct hsm_ownership_wanted wanted = {
		.owner = owner,
		.lockout = lockout,
		.new_owner = new_owner,
		.new_lockout = new_lockout,
		.max_tries = 21,
		.recovery_s = 321,
		.lockout_recovery_s = 4321,
	};
	struct hsm_token token = { .label = "" };

	err_t err = hsm_token_own(&name, &wanted, &why, &token);
	snprintf(said, sizeof(said), "%s", buf_str(&why));
	*ret_is = token.ownership;
	return err;
}

static err_t
own(const char *uri, const struct words *w)
{
	struct hsm_ownership is;

	return own_by(uri, w, &is);
}

static const struct words first = { NULL, NULL, OWNER, LOCKOUT };

static err_t
keygen(struct swtpm *t, const char *uri, const char *owner_text)
{
	AUTO(secret_free) struct secret *owner = secret_of(owner_text);
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct hsm_token_name name = { .uri = uri };
	const struct hsm_keygen wanted = { .alg = ALG_ES256, .owner = owner };
	struct hsm_keygen_result r = { .spki_len = 0 };

	err_t err = hsm_token_keygen(&name, t->pin, &wanted, &why, &r);
	snprintf(said, sizeof(said), "%s", buf_str(&why));
	if (err == OK)
		snprintf(t->uri, sizeof(t->uri), "%s", r.uri);
	if (err == OK)
		digest_sha256(bytes_of(r.spki, r.spki_len), t->public_sha256);
	return err;
}

static void
see_token(void *arg, const struct hsm_token *token)
{
	*(struct hsm_ownership *)arg = token->ownership;
}

static void
see_object(void *arg, const struct hsm_object *object)
{
	(void)arg;
	(void)object;
}

static struct hsm_ownership
listed(const struct swtpm *t)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct hsm_ownership is = { .known = false };
	const struct hsm_token_name name = { .uri = t->bare };
	const struct hsm_list_ops ops = { see_token, see_object, &is };

	CU_ASSERT_EQUAL(hsm_token_list(&name, NULL, &ops, &why), OK);
	return is;
}

static void
must_own(const struct hsm_ownership *is)
{
	CU_ASSERT_TRUE(is->known);
	CU_ASSERT_TRUE(is->owner_set);
	CU_ASSERT_TRUE(is->lockout_set);
	CU_ASSERT_TRUE(is->clear_disabled);
	CU_ASSERT_EQUAL(is->max_tries, 21);
	CU_ASSERT_EQUAL(is->recovery_s, 321);
	CU_ASSERT_EQUAL(is->lockout_recovery_s, 4321);
}

/* --- tests ---------------------------------------------------------------- */

/* Before keygen, and with keys. */
static void
test_owned(void)
{
	const struct words again = { OWNER, LOCKOUT, OTHER, LOCKOUT };
	struct hsm_ownership is;
	RIG(t);

	is = listed(&t);
	CU_ASSERT_TRUE(is.known);
	CU_ASSERT_FALSE(is.owner_set || is.lockout_set || is.clear_disabled);
	CU_ASSERT_TRUE(is.platform_enabled); /* swtpm has no firmware */
	CU_ASSERT_EQUAL_FATAL(own_by(t.bare, &first, &is), OK);
	must_own(&is);
	is = listed(&t);
	must_own(&is);
	CU_ASSERT_EQUAL_FATAL(keygen(&t, t.bare, OWNER), OK);
	CU_ASSERT_EQUAL_FATAL(own_by(t.uri, &again, &is), OK);
	must_own(&is);
}

/* Also who has the lockout's value clears it no more. */
static void
test_no_clear(void)
{
	AUTO(t2_close) struct tpm2 *tpm = NULL;
	AUTO(secret_free) struct secret *lockout = secret_of(LOCKOUT);
	struct t2_uri uri;
	RIG(t);

	CU_ASSERT_EQUAL_FATAL(keygen(&t, t.bare, NULL), OK);
	CU_ASSERT_EQUAL_FATAL(own(t.uri, &first), OK);
	CU_ASSERT_EQUAL_FATAL(tpm_look(&t, &tpm, &uri), OK);
	CU_ASSERT_EQUAL(t2_tell_hierarchy(tpm, ESYS_TR_RH_LOCKOUT, lockout),
	                OK);
	CU_ASSERT_NOT_EQUAL(T2_CALL(tpm, Clear,
	                            (ESYS_TR_RH_LOCKOUT, tpm->session,
	                             ESYS_TR_NONE, ESYS_TR_NONE)),
	                    OK);
	CU_ASSERT_EQUAL(t2_rc_base(tpm->rc), TPM2_RC_DISABLED);
}

/* Keys are made and removed by the owner. */
static void
test_keys(void)
{
	AUTO(secret_free) struct secret *owner = secret_of(OWNER);
	AUTO(buf_release) struct buf why = buf_of(512);
	const struct hsm_keygen wanted = { .alg = ALG_COUNT,
		                           .handle_label = "" };
	struct hsm_keygen_result next;
	uint8_t sha256[HASH_SIZE];
	RIG(t);

	CU_ASSERT_EQUAL_FATAL(own(t.bare, &first), OK);
	CU_ASSERT_EQUAL(keygen(&t, t.bare, NULL), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "the TPM's owner"));
	CU_ASSERT_EQUAL(keygen(&t, t.bare, OTHER), E_DENIED);
	CU_ASSERT_EQUAL_FATAL(keygen(&t, t.bare, OWNER), OK);

	struct hsm_key_pinned key = { NULL, t.uri, t.public_sha256, false,
		                      NULL };
	CU_ASSERT_EQUAL(hsm_key_rotate(&key, t.pin, &wanted, &why, &next),
	                E_DENIED);
	key.owner = owner;
	CU_ASSERT_EQUAL_FATAL(hsm_key_rotate(&key, t.pin, &wanted, &why, &next),
	                      OK);
	digest_sha256(bytes_of(next.spki, next.spki_len), sha256);
	struct hsm_key_pinned goes = { NULL, next.uri, sha256, false, NULL };
	CU_ASSERT_EQUAL(hsm_key_destroy(&goes, NULL, &why), E_DENIED);
	goes.owner = owner;
	CU_ASSERT_EQUAL(hsm_key_destroy(&goes, NULL, &why), OK);
}

/* A wrong lockout value would end its use for hours, so none is tried. */
static void
test_no_guess(void)
{
	static const struct words wrong[] = {
		{ OWNER, NULL, OTHER, LOCKOUT },   /* none is set */
		{ NULL, LOCKOUT, OWNER, LOCKOUT }, /* none is set */
	};
	static const struct words missing[] = {
		{ NULL, LOCKOUT, OTHER, LOCKOUT },
		{ OWNER, NULL, OTHER, LOCKOUT },
	};
	const struct words right = { OWNER, LOCKOUT, OTHER, LOCKOUT };
	RIG(t);

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		CU_ASSERT_EQUAL(own(t.bare, &wrong[i]), E_CONFLICT);
	CU_ASSERT_EQUAL_FATAL(own(t.bare, &first), OK);
	for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
		CU_ASSERT_EQUAL(own(t.bare, &missing[i]), E_CONFLICT);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "the value in force"));
	}
	CU_ASSERT_EQUAL(own(t.bare, &right), OK);
}

/* What is given and wrong is refused by the TPM, and nothing is changed. */
static void
test_wrong(void)
{
	const struct words owner = { OTHER, LOCKOUT, OTHER, LOCKOUT };
	const struct words lockout = { OWNER, OTHER, OWNER, LOCKOUT };
	RIG(t);

	CU_ASSERT_EQUAL_FATAL(own(t.bare, &first), OK);
	CU_ASSERT_EQUAL(own(t.bare, &owner), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "the TPM's owner"));
	CU_ASSERT_EQUAL(own(t.bare, &lockout), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "lockout recovery time"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "The owner's new value is set"));
	CU_ASSERT_EQUAL_FATAL(keygen(&t, t.bare, OWNER), OK);
}

/* Both are looked at before either is set. */
static void
test_long(void)
{
	const struct words w = { NULL, NULL, OWNER,
		                 "0123456789abcdef0123456789abcdef0" };
	RIG(t);

	CU_ASSERT_NOT_EQUAL(own(t.bare, &w), OK);
	CU_ASSERT_EQUAL(own(t.bare, &first), OK);
}

static void
test_weak(void)
{
	static const struct {
		struct words words;
		err_t err;
	} bad[] = {
		{ { NULL, NULL, "short", LOCKOUT }, E_DENIED },
		{ { NULL, NULL, OWNER, "aaaaaaaaaaaaaaaaaaaa" }, E_DENIED },
		{ { NULL, NULL, OWNER, OWNER }, E_CONFLICT },
	};
	struct hsm_ownership is;
	RIG(t);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(own(t.bare, &bad[i].words), bad[i].err);
	is = listed(&t);
	CU_ASSERT_FALSE(is.owner_set || is.lockout_set || is.clear_disabled);
}

/* The proxy would see the value, if it were there. */
static void
watch(struct tpm_proxy *proxy, const char *secret)
{
	snprintf(proxy->page->secret, sizeof(proxy->page->secret), "%s",
	         secret);
}

static void
test_secret(void)
{
	AUTO(tpm_proxy_close) struct tpm_proxy proxy = { .pid = 0 };
	const struct words again = { OWNER, LOCKOUT, OWNER, LOCKOUT };
	char uri[64];
	RIG(t);

	CU_ASSERT_TRUE_FATAL(tpm_proxy_open(&proxy, t.port));
	snprintf(uri, sizeof(uri), "tpm2:swtpm:host=127.0.0.1,port=%u",
	         proxy.port);
	watch(&proxy, OWNER);
	CU_ASSERT_EQUAL_FATAL(own(uri, &first), OK);
	CU_ASSERT_EQUAL_FATAL(keygen(&t, uri, OWNER), OK);
	CU_ASSERT_EQUAL(own(uri, &again), OK);
	watch(&proxy, LOCKOUT);
	CU_ASSERT_EQUAL(own(uri, &again), OK);
	CU_ASSERT_EQUAL(atomic_load(&proxy.page->told), 0);
}

static void
test_idle(void)
{
	const struct words again = { OWNER, LOCKOUT, OWNER, LOCKOUT };
	RIG(t);

	idle = true;
	CU_ASSERT_EQUAL(own(t.bare, &first), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "reports another state"));
	idle = false;
	CU_ASSERT_EQUAL(own(t.bare, &again), OK); /* as after an interruption */
}

static const struct harness_test tests[] = {
	{ "owner and lockout are set and Clear is disabled", test_owned },
	{ "the TPM is cleared no more", test_no_clear },
	{ "only the owner makes and removes keys", test_keys },
	{ "no value is tried that may be wrong", test_no_guess },
	{ "a wrong value is refused", test_wrong },
	{ "a weak value is refused, and so is one value for both", test_weak },
	{ "a value that is too long changes nothing", test_long },
	{ "no value crosses the way to the TPM", test_secret },
	{ "finds out a TPM that says yes and does nothing", test_idle },
	{ NULL, NULL },
};

HARNESS_MAIN("ownership of a TPM", tests)
