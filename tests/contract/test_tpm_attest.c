/*
 * test_tpm_attest.c - a TPM attests its signing key, its trust counter and its trust
 * head, again and again, and the code that judges evidence believes it; a PIN is not
 * tried where the TPM's count forbids it.
 */
#include <stdio.h>
#include <string.h>

#include "evidence/tpm/certify.h"
#include "hsm/admin/attest.h"
#include "hsm/admin/trust.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/tpm_look.h"

static const uint8_t nonce[HASH_SIZE] = "the entry before, its SHA-256..";
static char said[512]; /* by the last verb */

#define RIG(t, places)                                                 \
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };               \
	if (!swtpm_open(&(t)) || !swtpm_keys(&(t), places, ALG_ES256)) \
	return

/* What came, as the evidence's code judges it. */
struct seen {
	struct buf ak, spki;
	size_t n_ak, n_keys, n_counters, n_heads, n_bad;
	uint32_t handle;
	uint64_t counter, version;
};

static void
seen_release(struct seen *s)
{
	buf_release(&s->ak);
	buf_release(&s->spki);
}
DEFINE_AUTO_REF(struct seen, seen_release);

static uint64_t
first_number(struct bytes content)
{
	struct reader r = reader_of(content);

	return reader_u64(&r);
}

static err_t
judge(struct seen *s, const struct hsm_attested *a, struct buf *why)
{
	static const struct certified_index counter = { 0x01818100, 0x22040012,
		                                        8 };
	static const struct certified_index head = { 0x01818101, 0x22040002,
		                                     40 };
	const struct certified c = {
		.ak = buf_bytes(&s->ak),
		.public = a->public,
		.attest = a->attest,
		.signature = a->signature,
		.nonce = bytes_of(nonce, sizeof(nonce)),
	};
	struct bytes content = bytes_of(NULL, 0);
	err_t err = E_BUG;

	if (strcmp(a->what, "key") == 0) {
		s->n_keys++;
		s->handle = a->handle;
		return tpm_certifier.key(&c, why, &s->spki);
	}
	if (strcmp(a->what, "trust-counter") == 0) {
		s->n_counters++;
		err = tpm_certifier.index(&c, &counter, why, &content);
		s->counter = first_number(content);
	}
	if (strcmp(a->what, "trust-head") == 0) {
		s->n_heads++;
		err = tpm_certifier.index(&c, &head, why, &content);
		s->version = first_number(content);
	}
	return err;
}

static void
on_attested(void *arg, const struct hsm_attested *a)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(buf_release) struct buf name = buf_of(128);
	struct seen *s = arg;

	if (strcmp(a->what, "ak") == 0) {
		s->n_ak++;
		buf_append(&s->ak, a->public);
		s->n_bad += tpm_certifier.ak(a->public, &why, &name) != OK;
	} else {
		s->n_bad += judge(s, a, &why) != OK;
	}
	if (why.len)
		printf("  %s: %s\n", a->what, buf_str(&why));
}

static err_t
attest(const char *uri, const char *pin_text, struct seen *s)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(secret_free) struct secret *pin = NULL;
	const struct hsm_token_name name = { .uri = uri };
	const struct hsm_attest_ops ops = { on_attested, s };

	*s = (struct seen){ .ak = buf_of(2048), .spki = buf_of(2048) };
	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str(pin_text), &pin), OK);
	err_t err = hsm_token_attest(&name, pin, nonce, &ops, &why);
	snprintf(said, sizeof(said), "%s", buf_str(&why));
	return err;
}

static void
must_attest(const struct swtpm *t, const char *uri, uint32_t handle)
{
	AUTO(seen_release) struct seen s;

	err_t err = attest(uri, SWTPM_PIN, &s);
	if (err != OK)
		printf("  %s: %s\n", err_name(err), said);
	CU_ASSERT_EQUAL(err, OK);
	CU_ASSERT_EQUAL(s.n_ak, 1);
	CU_ASSERT_EQUAL(s.n_keys, 1);
	CU_ASSERT_EQUAL(s.n_bad, 0);
	CU_ASSERT_EQUAL(s.handle, handle);
	CU_ASSERT_TRUE(bytes_equal(buf_bytes(&s.spki),
	                           bytes_of(t->spki, t->spki_len)));
}

/* --- tests ---------------------------------------------------------------- */

static void
test_key(void)
{
	AUTO(seen_release) struct seen s;
	RIG(t, "");

	for (int i = 0; i < 4; i++) /* it has three places for loaded keys */
		must_attest(&t, i % 2 ? t.uri : t.bare, 0x81018001);
	CU_ASSERT_EQUAL(attest(t.uri, SWTPM_PIN, &s), OK);
	CU_ASSERT_EQUAL(s.n_counters, 0);
	CU_ASSERT_EQUAL(s.n_heads, 0);
}

static void
test_file(void)
{
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };
	char places[128];

	if (!swtpm_open(&t))
		return;
	snprintf(places, sizeof(places), "?key=%s/key", t.directory);
	if (swtpm_keys(&t, places, ALG_RS256))
		must_attest(&t, t.uri, 0);
}

/* The same key each time, until the TPM has another seed. */
static void
test_ak(void)
{
	AUTO(seen_release) struct seen first;
	AUTO(seen_release) struct seen second;
	RIG(t, "");

	CU_ASSERT_EQUAL_FATAL(attest(t.uri, SWTPM_PIN, &first), OK);
	swtpm_kill(&t);
	CU_ASSERT_TRUE_FATAL(swtpm_start(&t));
	CU_ASSERT_EQUAL_FATAL(attest(t.uri, SWTPM_PIN, &second), OK);
	CU_ASSERT_TRUE(
	        bytes_equal(buf_bytes(&first.ak), buf_bytes(&second.ak)));
}

static void
test_trust(void)
{
	const struct hsm_trust_officer nobody = { NULL, NULL };
	struct hsm_trust_head head = { .version = 7, .digest = { 1, 2 } };
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(seen_release) struct seen s;
	uint64_t counter = 0;
	RIG(t, "");
	const struct hsm_token_name name = { .uri = t.uri };

	CU_ASSERT_EQUAL_FATAL(
	        hsm_trust_raise_counter(&name, &nobody, 0, &why, &counter), OK);
	CU_ASSERT_EQUAL_FATAL(hsm_trust_move_head(&name, &nobody, &head, &why),
	                      OK);
	CU_ASSERT_EQUAL(attest(t.uri, SWTPM_PIN, &s), OK);
	CU_ASSERT_EQUAL(s.n_bad, 0);
	CU_ASSERT_EQUAL(s.n_counters, 1);
	CU_ASSERT_EQUAL(s.counter, counter);
	CU_ASSERT_EQUAL(s.n_heads, 1);
	CU_ASSERT_EQUAL(s.version, 7);
}

/* A wrong PIN is counted, and is not tried when it would lock the TPM. */
static void
test_pin(void)
{
	AUTO(seen_release) struct seen wrong;
	AUTO(seen_release) struct seen last;
	RIG(t, "");

	CU_ASSERT_TRUE_FATAL(swtpm_lockout(&t, 2, 1000));
	CU_ASSERT_EQUAL(attest(t.uri, "wrong-1618033988", &wrong), E_LATCHED);
	CU_ASSERT_EQUAL(wrong.n_keys, 0);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
	CU_ASSERT_EQUAL(attest(t.uri, SWTPM_PIN, &last), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "PIN not tried"));
}

static void
test_endorsement(void)
{
	AUTO(seen_release) struct seen s;
	RIG(t, "");

	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_changeauth -c endorsement secret"));
	CU_ASSERT_EQUAL(attest(t.uri, SWTPM_PIN, &s), E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "endorsement hierarchy"));
}

static const struct harness_test tests[] = {
	{ "the signing key is attested, again and again", test_key },
	{ "a key in a file is attested", test_file },
	{ "a TPM has one attestation key", test_ak },
	{ "counter and head are attested with their contents", test_trust },
	{ "the PIN is counted, and the last try not made", test_pin },
	{ "the endorsement hierarchy is open", test_endorsement },
	{ NULL, NULL },
};

HARNESS_MAIN("attestation by a TPM", tests)
