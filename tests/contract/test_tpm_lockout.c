/*
 * test_tpm_lockout.c - a TPM counts wrong PINs of the service's keys and counter,
 * unless an officer has given a reason; and what that count decides before a PIN
 * is tried.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/devices/contract.h"
#include "tests/common/base/harness.h"
#include "tests/common/devices/tpm_look.h"

#define MOST 5 /* wrong proofs that lock */
#define INTERVAL_S 1000
#define HUNDRED 100

static struct hsm_options
options_of(const struct swtpm *t)
{
	return (struct hsm_options){ .uri = t->uri,
		                     .spki_sha256 = t->public_sha256 };
}

/* Opens and closes it. */
static err_t
try_open(const struct hsm_options *options, const char *pin_text)
{
	AUTO(secret_free) struct secret *pin = NULL;
	struct hsm *hsm = NULL;

	contract_life = (struct contract_life){ .forbid = OK };
	CU_ASSERT_EQUAL(secret_copy(bytes_of_str(pin_text), &pin), OK);
	err_t err = contract_open_with(options, pin, &hsm);
	hsm_close(hsm);
	return err;
}

/* Refused before the PIN was tried, in these words. */
static void
untried(const struct hsm_options *options, const char *says)
{
	err_t err = try_open(options, SWTPM_PIN);

	if (err != E_LATCHED || !strstr(contract_why, says))
		printf("  %s: '%s' does not say '%s'\n", err_name(err),
		       contract_why, says);
	CU_ASSERT_EQUAL(err, E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, says));
	CU_ASSERT_EQUAL(contract_life.begun, 0);
}

static bool
rig(struct swtpm *t, bool noda)
{
	if (!swtpm_open(t))
		return false;
	t->lockout_off = noda;
	return swtpm_keys(t, "", ALG_ES256) &&
	       swtpm_lockout(t, MOST, INTERVAL_S);
}

#define RIG(t, noda)                                     \
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 }; \
	if (!rig(&(t), (noda)))                          \
	return

/* As keygen makes them. */
static void
test_made(void)
{
	RIG(counted, false);
	RIG(exempt, true);
	bool noda[3];

	tpm_look_noda(&counted, noda);
	CU_ASSERT_FALSE(noda[0] || noda[1] || noda[2]);
	tpm_look_noda(&exempt, noda);
	CU_ASSERT_TRUE(noda[0] && noda[1] && noda[2]);
}

/* What is noDA needs a reason, each thing by itself. */
static void
test_reason(void)
{
	RIG(t, true);
	struct hsm_options o = options_of(&t);
	AUTO(buf_release) struct buf why = buf_of(512);
	struct hsm_keygen_result made;
	const struct hsm_token_name wanted_in = { .uri = t.uri };
	const struct hsm_keygen wanted = { .alg = ALG_ES256 };

	o.lockout_off = true;
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
	o.lockout_off = false;
	untried(&o, "the signing key is exempt");
	o.spki_sha256 = NULL;
	untried(&o, "the handle key is exempt");
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, "token.lockout_off"));

	/* with another handle key the counter is left, for keygen, too */
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_evictcontrol -C o -c 0x81018002"));
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_evictcontrol -C o -c 0x81018001"));
	CU_ASSERT_EQUAL(
	        hsm_token_keygen(&wanted_in, t.pin, &wanted, &why, &made),
	        E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&why), "the epoch counter is exempt"));
	untried(&o, "the epoch counter is exempt");
}

static void
test_reason_unneeded(void)
{
	RIG(t, false);
	struct hsm_options o = options_of(&t);

	o.lockout_off = true;
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
	CU_ASSERT_EQUAL(contract_life.outcome, OK);
}

/* Whoever opens the device tries one PIN after the other: how many of a hundred
 * the TPM judges. */
static unsigned
judged(const struct swtpm *t)
{
	AUTO(t2_close) struct tpm2 *tpm = NULL;
	AUTO(secret_free) struct secret *pin = NULL;
	struct t2_uri uri;
	uint8_t mac[HASH_SIZE];
	unsigned n = 0;

	CU_ASSERT_EQUAL_FATAL(tpm_look(t, &tpm, &uri), OK);
	CU_ASSERT_EQUAL_FATAL(t2_find_mac(tpm, &uri.mac), OK);
	CU_ASSERT_EQUAL(secret_copy(bytes_of_str("not-the-PIN-1"), &pin), OK);
	CU_ASSERT_EQUAL(t2_tell_auth(tpm, pin), OK);
	for (int i = 0; i < HUNDRED; i++) {
		CU_ASSERT_EQUAL(t2_mac(tpm, bytes_of_str("x"), mac), E_LATCHED);
		n += t2_rc_base(tpm->rc) == TPM2_RC_AUTH_FAIL;
	}
	CU_ASSERT_EQUAL(t2_rc_base(tpm->rc), TPM2_RC_LOCKOUT);
	return n;
}

/* Then the TPM judges no PIN any more, the right one neither, and the key holder
 * says so and does not try. */
static void
test_hundred(void)
{
	RIG(t, false);
	struct hsm_options o = options_of(&t);
	char path[128];

	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 0);
	CU_ASSERT_EQUAL(judged(&t), MOST);
	const struct t2_lockout l = tpm_look_lockout(&t);
	CU_ASSERT_TRUE(l.locked);
	CU_ASSERT_EQUAL(l.counter, MOST);
	CU_ASSERT_EQUAL(l.most, MOST);
	untried(&o, "in lockout (5 wrong tries of 5)");
	o.login_permitted = true; /* no officer's word helps */
	untried(&o, "in lockout");

	/* and by strangers' tools */
	if (access("/usr/bin/tpm2_hmac", X_OK) != 0) {
		harness_skip("no tpm2-tools here");
		return;
	}
	snprintf(path, sizeof(path), "%s/locked.sh", t.directory);
	FILE *f = fopen(path, "w");
	fprintf(f, "echo x >m\ntpm2_hmac -c 0x81018002 -p " SWTPM_PIN
	           " m && exit 1\nexit 0\n");
	fclose(f);
	CU_ASSERT_TRUE(swtpm_tool(&t, "sh locked.sh"));
	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_dictionarylockout -c"));
	o.login_permitted = false;
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
}

/* By our own hands it never does: the last try is not made. */
static void
test_last_try(void)
{
	RIG(t, false);
	struct hsm_options o = options_of(&t);
	unsigned begun = 0;

	for (unsigned i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(try_open(&o, "not-the-PIN-1"), E_LATCHED);
		begun += contract_life.begun;
	}
	CU_ASSERT_EQUAL(begun, MOST - 1);
	CU_ASSERT_FALSE(tpm_look_lockout(&t).locked);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, MOST - 1);
	untried(&o, "one more wrong try would lock the TPM (4 of 5");
	o.login_permitted = true;
	untried(&o, "one more wrong try");
	/* and tries are left: the count alone stops no ordinary login */
	CU_ASSERT_TRUE(swtpm_lockout(&t, MOST + 1, INTERVAL_S));
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, MOST - 1);
}

/* A login that was cut short: only a count of zero says that it was not wrong. */
static void
test_doubtful(void)
{
	RIG(t, false);
	struct hsm_options o = options_of(&t);

	o.login_doubtful = true;
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
	CU_ASSERT_EQUAL(try_open(&o, "not-the-PIN-1"), E_LATCHED);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	untried(&o, "an earlier login was interrupted");
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, "(1 of 5)"));
	o.login_doubtful = false;
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);

	CU_ASSERT_TRUE(swtpm_tool(&t, "tpm2_dictionarylockout -c"));
	o.login_doubtful = true;
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
	/* a TPM that forgets at once has counted nothing */
	CU_ASSERT_TRUE(swtpm_lockout(&t, MOST, 0));
	untried(&o, "counts no wrong tries (its recovery time is 0)");
}

/* A restart without a shutdown counts like a wrong proof. */
static void
test_power_cut(void)
{
	RIG(t, false);
	struct hsm_options o = options_of(&t);

	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
	swtpm_kill(&t);
	CU_ASSERT_TRUE_FATAL(swtpm_start(&t));
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
}

/* With a reason the TPM's lock is nobody's business: that is the reason. */
static void
test_exempt(void)
{
	RIG(t, true);
	struct hsm_options o = options_of(&t);

	o.lockout_off = true;
	for (unsigned i = 0; i < 2 * MOST; i++)
		CU_ASSERT_EQUAL(try_open(&o, "not-the-PIN-1"), E_LATCHED);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 0);
	CU_ASSERT_TRUE(swtpm_lockout(&t, 0, INTERVAL_S));
	CU_ASSERT_TRUE(tpm_look_lockout(&t).locked);
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
	o.login_doubtful = true;
	untried(&o, "counts no wrong tries (noDA)");
}

/* Who sits in between says that nothing was counted. */
static void
test_lies(void)
{
	static const uint32_t lies[] = { TPM2_PT_LOCKOUT_COUNTER,
		                         TPM2_PT_PERMANENT,
		                         TPM2_PT_MAX_AUTH_FAIL,
		                         TPM2_PT_LOCKOUT_INTERVAL };
	RIG(t, false);
	AUTO(tpm_between_close) struct tpm_between b = { .uri = "" };
	struct hsm_options o = options_of(&t);

	CU_ASSERT_EQUAL(try_open(&o, "not-the-PIN-1"), E_LATCHED);
	CU_ASSERT_TRUE_FATAL(tpm_between(&b, &t));
	o.uri = b.uri;
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), OK);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		atomic_store(&b.proxy.page->lie, lies[i]);
		CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), E_DEVICE);
		CU_ASSERT_EQUAL(contract_life.begun, 0);
	}
}

/* What was asked in between leaves the session as it was: the next command may
 * carry the PIN. */
static void
test_session(void)
{
	RIG(t, false);
	AUTO(t2_close) struct tpm2 *tpm = NULL;
	TPMA_SESSION is = 0;
	struct t2_lockout l;
	struct t2_uri uri;

	CU_ASSERT_EQUAL_FATAL(tpm_look(&t, &tpm, &uri), OK);
	CU_ASSERT_EQUAL(t2_lockout_read(tpm, &l), OK);
	CU_ASSERT_EQUAL(Esys_TRSess_GetAttributes(tpm->esys, tpm->session, &is),
	                TSS2_RC_SUCCESS);
	CU_ASSERT_EQUAL(is, TPMA_SESSION_CONTINUESESSION |
	                            TPMA_SESSION_DECRYPT |
	                            TPMA_SESSION_ENCRYPT);
}

/* The proof was sent and no answer came: it may have been counted, so the guard
 * is not told that the login is over. */
static void
test_unclear(void)
{
	RIG(t, false);
	AUTO(tpm_between_close) struct tpm_between b = { .uri = "" };
	struct hsm_options o = options_of(&t);

	CU_ASSERT_TRUE_FATAL(tpm_between(&b, &t));
	o.uri = b.uri;
	tpm_between_order(&b, TPM_CMD_HMAC, TPM_DEED_lost);
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), E_DEVICE);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	CU_ASSERT_EQUAL(contract_life.ended, 0);
	tpm_between_order(&b, TPM_CMD_HMAC, TPM_CODE_RETRY);
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), E_DEVICE);
	CU_ASSERT_EQUAL(contract_life.ended, 0);
	tpm_between_order(&b, TPM_CMD_HMAC, TPM_CODE_AUTH_FAIL_S1);
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), E_LATCHED);
	CU_ASSERT_EQUAL(contract_life.ended, 1);
}

static void
test_unclear_exempt(void)
{
	RIG(t, true);
	AUTO(tpm_between_close) struct tpm_between b = { .uri = "" };
	struct hsm_options o = options_of(&t);

	o.lockout_off = true;
	CU_ASSERT_TRUE_FATAL(tpm_between(&b, &t));
	o.uri = b.uri;
	tpm_between_order(&b, TPM_CMD_HMAC, TPM_DEED_lost);
	CU_ASSERT_EQUAL(try_open(&o, SWTPM_PIN), E_DEVICE);
	CU_ASSERT_EQUAL(contract_life.ended, 1);
	CU_ASSERT_EQUAL(contract_life.outcome, E_DEVICE);
}

static const struct harness_test tests[] = {
	{ "keygen has wrong PINs counted, but for a reason", test_made },
	{ "what is exempt needs a reason", test_reason },
	{ "what is not needs none", test_reason_unneeded },
	{ "a hundred wrong PINs lock the TPM", test_hundred },
	{ "the last try is nobody's", test_last_try },
	{ "after a login that was cut short the count decides", test_doubtful },
	{ "a power cut counts, and stops nothing", test_power_cut },
	{ "with a reason no lock matters", test_exempt },
	{ "believes the count by the session alone", test_lies },
	{ "the session encrypts afterwards", test_session },
	{ "a proof without an answer is not over", test_unclear },
	{ "but for a reason it is", test_unclear_exempt },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_lockout", tests)
