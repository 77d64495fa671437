/*
 * test_tpm_officer.c - what officers do to a TPM: no verb tries a PIN where the
 * TPM's count forbids it; a key is proved or told to be gone by what the TPM
 * itself says; and a TPM that says yes and does nothing is found out.
 *
 * The last needs a TPM that lies in its own session, so EvictControl is played
 * here, in front of ESYS's.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/harness.h"
#include "tests/common/devices/audit_count.h"
#include "tests/common/devices/tpm_look.h"
#include "crypto/digest.h"
#include "hsm/core/hsm.h"
#include "hsm/audit/audit.h"
#include "hsm/admin/rotate.h"

#define MOST 5

static char why_text[512];
static struct audit_count seen; /* by the last audit_of() */

/* --- a TPM that says yes and does nothing ---------------------------------- */

static bool idle; /* EvictControl is answered, and not done */

TSS2_RC
Esys_EvictControl_Async(ESYS_CONTEXT *esys, ESYS_TR auth, ESYS_TR object,
                        ESYS_TR session1, ESYS_TR session2, ESYS_TR session3,
                        TPMI_DH_PERSISTENT handle)
{
	typedef TSS2_RC real(ESYS_CONTEXT *, ESYS_TR, ESYS_TR, ESYS_TR, ESYS_TR,
	                     ESYS_TR, TPMI_DH_PERSISTENT);
	real *next = NULL;

	if (idle) /* something that is answered */
		return Esys_GetRandom_Async(esys, session1, session2, session3,
		                            1);
	*(void **)&next = dlsym(RTLD_NEXT, "Esys_EvictControl_Async");
	return next(esys, auth, object, session1, session2, session3, handle);
}

TSS2_RC
Esys_EvictControl_Finish(ESYS_CONTEXT *esys, ESYS_TR *ret_kept)
{
	typedef TSS2_RC real(ESYS_CONTEXT *, ESYS_TR *);
	TPM2B_DIGEST *draw = NULL;
	real *next = NULL;

	if (!idle) {
		*(void **)&next = dlsym(RTLD_NEXT, "Esys_EvictControl_Finish");
		return next(esys, ret_kept);
	}
	*ret_kept = ESYS_TR_NONE;
	TSS2_RC rc = Esys_GetRandom_Finish(esys, &draw);
	Esys_Free(draw);
	return rc;
}

/* --- verbs ----------------------------------------------------------------- */

struct made {
	char uri[512];
	uint8_t sha256[HASH_SIZE];
};

static void
take_why(struct buf *why)
{
	snprintf(why_text, sizeof(why_text), "%s", buf_str(why));
}

static err_t
next_key(const struct swtpm *t, const char *pin_text, struct made *ret_made)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(why_text) - 1);
	AUTO(secret_free) struct secret *pin = NULL;
	const struct hsm_key_pinned old = { NULL, t->uri, t->public_sha256,
		                            t->lockout_off, NULL };
	const struct hsm_keygen next = { .alg = ALG_COUNT, .handle_label = "" };
	struct hsm_keygen_result r;

	CU_ASSERT_EQUAL(secret_copy(bytes_of_str(pin_text), &pin), OK);
	err_t err = hsm_key_rotate(&old, pin, &next, &why, &r);
	take_why(&why);
	if (err != OK)
		return err;
	snprintf(ret_made->uri, sizeof(ret_made->uri), "%s", r.uri);
	digest_sha256(bytes_of(r.spki, r.spki_len), ret_made->sha256);
	return OK;
}

/* Another signing key beside what is there. */
static err_t
keygen(const struct swtpm *t, const char *pin_text)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(why_text) - 1);
	AUTO(secret_free) struct secret *pin = NULL;
	struct hsm_keygen_result made;
	char uri[512];

	snprintf(uri, sizeof(uri), "%s?key=0x81018005", t->bare);
	CU_ASSERT_EQUAL(secret_copy(bytes_of_str(pin_text), &pin), OK);
	const struct hsm_token_name name = { .uri = uri };
	const struct hsm_keygen es256 = { .lockout_off = t->lockout_off };
	err_t err = hsm_token_keygen(&name, pin, &es256, &why, &made);
	take_why(&why);
	return err;
}

/* pin_text NULL: without a PIN; pinned NULL: no key is pinned.  What it found
 * is in `seen`. */
static void
audit_of(const struct swtpm *t, const char *pin_text, const char *pinned)
{
	const struct audit_ops ops = audit_count_ops(&seen);
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(secret_free) struct secret *pin = NULL;
	const struct hsm_audited audited = { .name.uri = t->uri,
		                             .pinned = &pinned,
		                             .n_pinned = pinned != NULL };

	seen = (struct audit_count){ .key = "" };
	if (pin_text)
		CU_ASSERT_EQUAL(secret_copy(bytes_of_str(pin_text), &pin), OK);
	CU_ASSERT_EQUAL(hsm_token_audit(&audited, pin, &ops, &why), OK);
}

static void
audit(const struct swtpm *t, const char *pin_text)
{
	audit_of(t, pin_text, NULL);
}

static bool
rig(struct swtpm *t)
{
	return swtpm_open(t) && swtpm_keys(t, "", ALG_ES256) &&
	       swtpm_lockout(t, MOST, 1000);
}

#define RIG(t)                                           \
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 }; \
	if (!rig(&(t)))                                  \
	return

/* Each verb that proves a PIN makes a wrong try count, and none makes the last
 * one; nothing is made then, either. */
static void
test_count(void)
{
	RIG(t);
	struct made m;

	CU_ASSERT_EQUAL(next_key(&t, "not-the-PIN-1", &m), E_LATCHED);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
	audit(&t, "not-the-PIN-1");
	CU_ASSERT_EQUAL(seen.found[AUDIT_PIN_REFUSED], 1);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 2);
	CU_ASSERT_EQUAL(keygen(&t, "not-the-PIN-1"), E_LATCHED);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 3);
	audit(&t, SWTPM_PIN);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PRIVATE_UNSEEN], 0);
	audit(&t, NULL); /* asks nothing that would count */
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 3);
	audit(&t, "not-the-PIN-1");
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, MOST - 1);

	CU_ASSERT_EQUAL(next_key(&t, SWTPM_PIN, &m), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "one more wrong try"));
	audit(&t, SWTPM_PIN);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PIN_FINAL_TRY], 1);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PRIVATE_UNSEEN], 1);
	CU_ASSERT_EQUAL(seen.found[AUDIT_PIN_REFUSED], 0);
	CU_ASSERT_EQUAL(keygen(&t, SWTPM_PIN), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "one more wrong try"));
	audit(&t, "not-the-PIN-1");
	/* what is kept is counted, whatever comes */
	t.lockout_off = true;
	CU_ASSERT_EQUAL(keygen(&t, SWTPM_PIN), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "one more wrong try"));
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, MOST - 1);
	CU_ASSERT_FALSE(tpm_look_lockout(&t).locked);
}

/* After a rotation the key that signs is at another handle than token.uri says,
 * and in the end nothing is there. */
static void
test_rotated(void)
{
	RIG(t);
	struct made m;

	CU_ASSERT_EQUAL(next_key(&t, SWTPM_PIN, &m), OK);
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_evictcontrol -C o -c 0x81018001"));
	audit(&t, SWTPM_PIN);
	CU_ASSERT_EQUAL(seen.found[AUDIT_NO_SIGNING_KEY], 1);
	audit_of(&t, SWTPM_PIN, m.uri);
	CU_ASSERT_EQUAL(seen.found[AUDIT_NO_SIGNING_KEY], 0);
	CU_ASSERT_STRING_EQUAL(seen.key, "0x81018010");
	audit_of(&t, SWTPM_PIN, "tpm2:nonsense");
	CU_ASSERT_EQUAL(seen.found[AUDIT_NO_SIGNING_KEY], 1);
}

/* keygen makes nothing in a TPM in which it could not prove it; with a reason
 * the lock is none of its business. */
static void
test_keygen_locked(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };

	if (!swtpm_open(&t) || !swtpm_lockout(&t, 1, 1000))
		return;
	CU_ASSERT_EQUAL(keygen(&t, SWTPM_PIN), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "one more wrong try"));
	t.lockout_off = true;
	CU_ASSERT_EQUAL(keygen(&t, SWTPM_PIN), OK);
}

/* Made by the owner, with an authorisation of its own. */
static void
make_foreign(const struct swtpm *t, struct made *ret_made)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct hsm_public public;

	CU_ASSERT_TRUE(swtpm_tool(
	        t, "tpm2_create -C 0x81018000 -G ecc:ecdsa-sha256 -p other -a "
	           "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign "
	           "-u f.pub -r f.priv"));
	CU_ASSERT_TRUE(swtpm_tool(
	        t, "tpm2_load -C 0x81018000 -u f.pub -r f.priv -c f.ctx"));
	CU_ASSERT_TRUE(
	        swtpm_tool(t, "tpm2_evictcontrol -C o -c f.ctx 0x81018010"));
	CU_ASSERT_TRUE(swtpm_tool(t, "tpm2_flushcontext -t"));
	snprintf(ret_made->uri, sizeof(ret_made->uri), "%s", t->uri);
	memcpy(strstr(ret_made->uri, "key=0x81018001"), "key=0x81018010", 14);
	const struct hsm_key_name name = { NULL, ret_made->uri };
	CU_ASSERT_EQUAL_FATAL(hsm_token_public(&name, NULL, &why, &public), OK);
	digest_sha256(bytes_of(public.spki, public.spki_len), ret_made->sha256);
}

/* A key that was pinned and has another PIN: each life would try it, and lock
 * the TPM in the end. */
static void
test_added_key(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	RIG(t);
	const struct hsm_options o = { .uri = t.uri,
		                       .spki_sha256 = t.public_sha256 };
	struct made m;
	unsigned key = 0;

	if (access("/usr/bin/tpm2_create", X_OK) != 0) {
		harness_skip("no tpm2-tools here");
		return;
	}
	make_foreign(&t, &m);
	CU_ASSERT_EQUAL_FATAL(hsm_open(&o, t.pin, &why, &hsm), OK);
	for (int i = 0; i < 3 * MOST; i++) {
		buf_reset(&why);
		CU_ASSERT_EQUAL(hsm_add_key(hsm, m.uri, m.sha256, &why, &key),
		                E_LATCHED);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "one more wrong try"));
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK); /* it works on */
	hsm_close(TAKE(hsm));
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, MOST - 1);
}

/* --- is it there, is it gone ------------------------------------------------ */

static err_t
prove(const char *uri, const uint8_t *sha256, bool noda)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(why_text) - 1);
	const struct hsm_key_pinned key = { NULL, uri, sha256, noda, NULL };
	err_t err = hsm_key_prove(&key, NULL, &why);

	take_why(&why);
	CU_ASSERT_EQUAL(err == OK, why.len == 0);
	return err;
}

static err_t
destroy(const char *uri, const uint8_t *sha256)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(why_text) - 1);
	const struct hsm_key_pinned key = { NULL, uri, sha256, false, NULL };
	err_t err = hsm_key_destroy(&key, NULL, &why);

	take_why(&why);
	return err;
}

/* Both halves, or neither. */
static bool
is_left(const char *uri, const uint8_t *sha256)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(why_text) - 1);
	const struct hsm_key_pinned key = { NULL, uri, sha256, false, NULL };
	struct hsm_key_left left = { false, true };

	CU_ASSERT_EQUAL_FATAL(hsm_key_left(&key, NULL, &why, &left), OK);
	CU_ASSERT_EQUAL(left.private_half, left.public_half);
	return left.private_half;
}

static void
test_prove(void)
{
	RIG(t);
	uint8_t other[HASH_SIZE];
	struct made m;

	CU_ASSERT_EQUAL_FATAL(next_key(&t, SWTPM_PIN, &m), OK);
	CU_ASSERT_EQUAL(prove(m.uri, m.sha256, false), OK);
	memcpy(other, m.sha256, sizeof(other));
	other[0] ^= 1;
	CU_ASSERT_EQUAL(prove(m.uri, other, false), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "not the one that"));
	CU_ASSERT_EQUAL(destroy(m.uri, m.sha256), OK);
	CU_ASSERT_EQUAL(prove(m.uri, m.sha256, false), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "no signing key"));
	swtpm_kill(&t);
	CU_ASSERT_EQUAL(prove(t.uri, t.public_sha256, false), E_DEVICE);
}

/* A successor that the key holder would refuse is none. */
static void
test_prove_exempt(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };

	if (!swtpm_open(&t))
		return;
	t.lockout_off = true;
	if (!swtpm_keys(&t, "", ALG_ES256))
		return;
	CU_ASSERT_EQUAL(prove(t.uri, t.public_sha256, true), OK);
	CU_ASSERT_EQUAL(prove(t.uri, t.public_sha256, false), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "exempt"));
	/* and goes by itself, whatever it is */
	CU_ASSERT_EQUAL(destroy(t.uri, t.public_sha256), OK);
}

static void
test_left(void)
{
	static const enum tpm_outcome outcomes[] = {
		TPM_CODE_HANDLE_1, TPM_DEED_silent, TPM_DEED_zero,
		TPM_DEED_wrong, /* its count of handles */
	};
	RIG(t);
	AUTO(tpm_between_close) struct tpm_between b = { .uri = "" };
	AUTO(buf_release) struct buf why = buf_of(512);
	struct hsm_key_left left = { true, true };
	struct made m;

	CU_ASSERT_EQUAL_FATAL(next_key(&t, SWTPM_PIN, &m), OK);
	CU_ASSERT_TRUE(is_left(m.uri, m.sha256));
	CU_ASSERT_EQUAL(destroy(m.uri, m.sha256), OK);
	CU_ASSERT_FALSE(is_left(m.uri, m.sha256));
	CU_ASSERT_TRUE(is_left(t.uri, t.public_sha256));

	/* nobody in between can say that it is gone */
	CU_ASSERT_TRUE_FATAL(tpm_between(&b, &t));
	const struct hsm_key_pinned key = { NULL, b.uri, t.public_sha256, false,
		                            NULL };
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		tpm_proxy_reset(&b.proxy);
		tpm_between_order(&b, TPM_CMD_GetCapability, outcomes[i]);
		b.proxy.page->rules[0].nth = 3; /* two flush what is left */
		CU_ASSERT_EQUAL(hsm_key_left(&key, NULL, &why, &left),
		                E_DEVICE);
		CU_ASSERT_EQUAL(atomic_load(&b.proxy.page->rules[0].fired), 1);
		buf_reset(&why);
	}
	tpm_proxy_reset(&b.proxy);
	CU_ASSERT_EQUAL(hsm_key_left(&key, NULL, &why, &left), OK);
	CU_ASSERT_TRUE(left.private_half);
}

/* The TPM's yes is not enough. */
static void
test_idle(void)
{
	RIG(t);
	struct made m;

	idle = true;
	CU_ASSERT_EQUAL(next_key(&t, SWTPM_PIN, &m), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "no object is there"));
	idle = false;
	CU_ASSERT_EQUAL_FATAL(next_key(&t, SWTPM_PIN, &m), OK);
	idle = true;
	CU_ASSERT_EQUAL(destroy(m.uri, m.sha256), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_text, "is still there"));
	idle = false;
	CU_ASSERT_TRUE(is_left(m.uri, m.sha256));
	CU_ASSERT_EQUAL(destroy(m.uri, m.sha256), OK);
}

static const struct harness_test tests[] = {
	{ "no verb makes the last try", test_count },
	{ "audits the keys that are pinned", test_rotated },
	{ "keygen makes nothing that it could not prove", test_keygen_locked },
	{ "a key that comes later is tried by the count", test_added_key },
	{ "proves a successor by the TPM", test_prove },
	{ "proves none that is exempt without a reason", test_prove_exempt },
	{ "says what is left of a key", test_left },
	{ "finds out a TPM that says yes and does nothing", test_idle },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_officer", tests)
