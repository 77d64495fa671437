/*
 * test_tpm_secret.c - the PIN never crosses the way to the TPM in the clear, also
 * after somebody on that way has answered for the TPM.
 *
 * An answer that no session proves (TPM_RC_HANDLE) makes ESYS forget to encrypt
 * the next command.  So what gives a PIN to a new object is called here right
 * after such an answer.
 */
#include <stdio.h>
#include <string.h>

#include "hsm/tpm2/admin/admin.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/tpm_proxy.h"

#define PLACE 0x81018020u
#define PIN "not-in-the-clear" /* long enough to be no accident */

static char said[512]; /* by the last keygen() */

/* The TPM through the proxy, by the URI that keygen gave. */
static void
uri_through(const struct swtpm *t, uint16_t port, char *out, size_t room)
{
	const char *places = strchr(t->uri, '?');

	snprintf(out, room, "tpm2:swtpm:host=127.0.0.1,port=%u%s", port,
	         places ? places : "");
}

static void
forge(struct tpm_proxy *p, struct tpm2 *t)
{
	struct tpm_rule *r = &p->page->rules[0];
	TPMT_PUBLIC public;

	r->command = TPM_CMD_ReadPublic;
	r->outcome = TPM_CODE_HANDLE_1;
	r->nth = 0;
	atomic_store(&r->on, 1);
	CU_ASSERT_NOT_EQUAL(t2_read_public(t, t->keys[0].object, &public), OK);
	atomic_store(&r->on, 0);
}

static void
test_next(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	AUTO(tpm_proxy_close) struct tpm_proxy proxy = { .pid = 0 };
	AUTO(t2_close) struct tpm2 *tpm = NULL;
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(secret_free) struct secret *pin = NULL;
	const struct t2_place place = { .handle = PLACE };
	struct hsm_keygen_result made;
	struct t2_uri uri;
	TPM2B_AUTH auth;
	char text[512];

	if (!swtpm_open(&t) || !swtpm_keys(&t, "", ALG_ES256))
		return;
	CU_ASSERT_TRUE_FATAL(tpm_proxy_open(&proxy, t.port));
	uri_through(&t, proxy.port, text, sizeof(text));
	const struct hsm_options options = { .uri = text };
	CU_ASSERT_EQUAL_FATAL(t2_uri_parse(text, &why, &uri), OK);
	CU_ASSERT_EQUAL_FATAL(t2_connect(uri.tcti, &options, &why, &tpm), OK);
	CU_ASSERT_EQUAL_FATAL(t2_open_session(tpm, &uri), OK);
	CU_ASSERT_EQUAL_FATAL(
	        t2_find_key(tpm, &uri.key, "signing", &tpm->keys[0]), OK);
	CU_ASSERT_EQUAL(secret_copy(bytes_of_str(PIN), &pin), OK);
	CU_ASSERT_EQUAL_FATAL(t2_auth_of(tpm, pin, &auth), OK);

	snprintf(proxy.page->secret, sizeof(proxy.page->secret), "%s", PIN);
	forge(&proxy, tpm);
	CU_ASSERT_EQUAL(t2_make_signing(tpm, &place, ALG_ES256, &auth, &made),
	                OK);
	CU_ASSERT_TRUE(atomic_load(&proxy.page->calls[TPM_CMD_Create]) > 0);
	CU_ASSERT_EQUAL(atomic_load(&proxy.page->told), 0);
}

/* Handle key and counter; the proxy would see the PIN, if it were there. */
static void
test_keygen(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	AUTO(tpm_proxy_close) struct tpm_proxy proxy = { .pid = 0 };
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(secret_free) struct secret *pin = NULL;
	struct hsm_keygen_result made;
	char text[512];

	if (!swtpm_open(&t))
		return;
	CU_ASSERT_TRUE_FATAL(tpm_proxy_open(&proxy, t.port));
	uri_through(&t, proxy.port, text, sizeof(text));
	CU_ASSERT_EQUAL(secret_copy(bytes_of_str(PIN), &pin), OK);
	const struct hsm_token_name wanted_in = { .uri = text };
	const struct hsm_keygen wanted = { .alg = ALG_ES256 };

	snprintf(proxy.page->secret, sizeof(proxy.page->secret), "%s", PIN);
	CU_ASSERT_EQUAL(hsm_token_keygen(&wanted_in, pin, &wanted, &why, &made),
	                OK);
	CU_ASSERT_TRUE(atomic_load(&proxy.page->calls[TPM_CMD_NV_DefineSpace]) >
	               0);
	CU_ASSERT_EQUAL(atomic_load(&proxy.page->told), 0);
}

/* keygen through a proxy, in a TPM of its own. */
static err_t
keygen(const char *pin_text, const struct tpm_rule *rule,
       struct tpm_proxy *proxy)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(secret_free) struct secret *pin = NULL;
	struct hsm_keygen_result made;
	char text[512];

	if (!swtpm_open(&t))
		return E_NOT_FOUND;
	CU_ASSERT_TRUE_FATAL(tpm_proxy_open(proxy, t.port));
	if (rule) {
		proxy->page->rules[0].command = rule->command;
		proxy->page->rules[0].outcome = rule->outcome;
		atomic_store(&proxy->page->rules[0].on, 1);
	}
	uri_through(&t, proxy->port, text, sizeof(text));
	CU_ASSERT_EQUAL(secret_copy(bytes_of_str(pin_text), &pin), OK);
	const struct hsm_token_name wanted_in = { .uri = text };
	const struct hsm_keygen wanted = { .alg = ALG_ES256 };
	err_t err = hsm_token_keygen(&wanted_in, pin, &wanted, &why, &made);
	snprintf(said, sizeof(said), "%s", buf_str(&why));
	return err;
}

/* What changes the TPM is authorised by the session, so that the TPM's own answer
 * says that it was done. */
static void
test_sessions(void)
{
	AUTO(tpm_proxy_close) struct tpm_proxy proxy = { .pid = 0 };
	err_t err = keygen(PIN, NULL, &proxy);

	if (err == E_NOT_FOUND) /* no swtpm here */
		return;
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL(atomic_load(&proxy.page->calls[TPM_CMD_EvictControl]),
	                3);
	CU_ASSERT_EQUAL(
	        atomic_load(&proxy.page->passwords[TPM_CMD_EvictControl]), 0);
	CU_ASSERT_EQUAL(
	        atomic_load(&proxy.page->passwords[TPM_CMD_NV_DefineSpace]), 0);
	CU_ASSERT_EQUAL(atomic_load(&proxy.page->passwords[TPM_CMD_Create]), 0);
}

/* Each thing that was made is used once before keygen says that it is good. */
static void
test_proofs(void)
{
	static const uint32_t uses[] = { TPM_CMD_HMAC, TPM_CMD_NV_Increment,
		                         TPM_CMD_Sign };

	for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
		AUTO(tpm_proxy_close) struct tpm_proxy proxy = { .pid = 0 };
		const struct tpm_rule rule = {
			.command = uses[i],
			.outcome = TPM_CODE_BAD_AUTH_S1,
		};
		err_t err = keygen(PIN, &rule, &proxy);

		if (err == E_NOT_FOUND)
			return;
		CU_ASSERT_NOT_EQUAL(err, OK);
	}
}

/* Nothing is made with a PIN that is no obstacle. */
static void
test_weak(void)
{
	static const char *const weak[] = { "1", "271828", "abcdefghijk",
		                            "aaaaaaaaaaaaaaaaaaaaaaaa",
		                            "abcdefgabcdefgabcdefg" };

	for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
		AUTO(tpm_proxy_close) struct tpm_proxy proxy = { .pid = 0 };
		err_t err = keygen(weak[i], NULL, &proxy);

		if (err == E_NOT_FOUND)
			return;
		CU_ASSERT_EQUAL(err, E_DENIED);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "different"));
		CU_ASSERT_EQUAL(
		        atomic_load(&proxy.page->calls[TPM_CMD_CreatePrimary]),
		        0);
	}
}

static const struct harness_test tests[] = {
	{ "changes travel in the session", test_sessions },
	{ "keygen uses what it made", test_proofs },
	{ "keygen takes no weak PIN", test_weak },
	{ "a key gets its PIN encrypted, whatever was answered before",
	  test_next },
	{ "so do the keys and the counter of keygen", test_keygen },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_secret", tests)
