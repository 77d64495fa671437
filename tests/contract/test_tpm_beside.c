/*
 * test_tpm_beside.c - the PINs of a token and of the TPM beside it, usually one: in
 * the TPM it is tried once, and the mark that says so stands until both have said yes.
 *
 * The token says yes to everything; it has no key and no counter.
 */
#include <string.h>

#include "tests/common/devices/contract.h"
#include "tests/common/devices/tpm_look.h"

static err_t
yes_reach(const char *uri, const struct hsm_options *options, struct buf *why,
          void **ret_own)
{
	static int own;

	(void)uri;
	(void)options;
	(void)why;
	*ret_own = &own;
	return OK;
}

static err_t
yes_open(void *own, const struct hsm_options *options, const struct secret *pin,
         struct hsm_found *ret_found)
{
	(void)own;
	(void)pin;
	(void)ret_found;
	TRY(options->login_begins(options->login_arg));
	options->login_ended(options->login_arg, OK);
	return OK;
}

static const char *
yes_why(const void *own)
{
	(void)own;
	return "";
}

static void
yes_close(void *own)
{
	(void)own;
}

static const struct hsm_backend yes = {
	.scheme = "yes:",
	.reach = yes_reach,
	.open = yes_open,
	.why = yes_why,
	.close = yes_close,
};

const struct contract_device contract_device = { .backend = &yes };

static err_t
try_both(const char *uri, const char *pin_text, bool doubtful)
{
	AUTO(secret_free) struct secret *pin = NULL;
	const struct hsm_options o = { .uri = "yes:",
		                       .handle_label = "",
		                       .companion_tpm = uri,
		                       .login_doubtful = doubtful };
	struct hsm *hsm = NULL;

	contract_life = (struct contract_life){ .forbid = OK };
	CU_ASSERT_EQUAL(secret_copy(bytes_of_str(pin_text), &pin), OK);
	err_t err = contract_open_with(&o, pin, &hsm);
	hsm_close(hsm);
	return err;
}

#define RIG(t)                                            \
	AUTO(swtpm_close) struct swtpm t = { .pid = 0 };  \
	if (!swtpm_open(&(t)) || !swtpm_beside(&(t), "")) \
	return

/* The mark is lifted once, when both have said yes. */
static void
test_both(void)
{
	RIG(t);
	CU_ASSERT_EQUAL(try_both(t.uri, SWTPM_PIN, true), OK);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	CU_ASSERT_EQUAL(contract_life.ended, 1);
	CU_ASSERT_EQUAL(contract_life.outcome, OK);
}

/* As beside a smart card, whose PIN has eight bytes at most. */
static void
test_own_pin(void)
{
	RIG(t);
	AUTO(secret_free) struct secret *pin = NULL;
	struct hsm_options o = { .uri = "yes:",
		                 .handle_label = "",
		                 .companion_tpm = t.uri,
		                 .companion_pin = t.pin };
	struct hsm *hsm = NULL;

	contract_life = (struct contract_life){ .forbid = OK };
	CU_ASSERT_EQUAL(secret_copy(bytes_of_str("27182818"), &pin), OK);
	CU_ASSERT_EQUAL(contract_open_with(&o, pin, &hsm), OK);
	hsm_close(hsm);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 0);
	/* the token's PIN is none of this TPM */
	o.companion_pin = pin;
	CU_ASSERT_EQUAL(contract_open_with(&o, t.pin, &hsm), E_LATCHED);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
}

/* A TPM that was not asked for the PIN has not counted it. */
static void
test_unasked(void)
{
	RIG(t);
	AUTO(tpm_between_close) struct tpm_between b = { .uri = "" };

	CU_ASSERT_TRUE_FATAL(tpm_between(&b, &t));
	tpm_between_order(&b, TPM_CMD_NV_ReadPublic, TPM_DEED_lost);
	CU_ASSERT_EQUAL(try_both(b.uri, SWTPM_PIN, true), E_DEVICE);
	/* the doubt may be about this TPM, and stays */
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	CU_ASSERT_EQUAL(contract_life.ended, 0);
	/* nothing was in doubt, and nothing is: the TPM was not tried */
	CU_ASSERT_EQUAL(try_both(b.uri, SWTPM_PIN, false), E_DEVICE);
	CU_ASSERT_EQUAL(contract_life.ended, 1);
	CU_ASSERT_EQUAL(contract_life.outcome, E_DEVICE);
}

/* Perhaps it was counted: nobody says that the login is over. */
static void
test_unclear(void)
{
	RIG(t);
	AUTO(tpm_between_close) struct tpm_between b = { .uri = "" };

	CU_ASSERT_TRUE_FATAL(tpm_between(&b, &t));
	tpm_between_order(&b, TPM_CMD_HMAC, TPM_DEED_lost);
	CU_ASSERT_EQUAL(try_both(b.uri, SWTPM_PIN, false), E_DEVICE);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	CU_ASSERT_EQUAL(contract_life.ended, 0);
}

static void
test_wrong(void)
{
	RIG(t);
	CU_ASSERT_EQUAL(try_both(t.uri, "not-the-PIN-1", false), E_LATCHED);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	CU_ASSERT_EQUAL(contract_life.ended, 1);
	CU_ASSERT_EQUAL(contract_life.outcome, E_LATCHED);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
	/* cut short there, it is not tried there again */
	CU_ASSERT_EQUAL(try_both(t.uri, "not-the-PIN-1", true), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, "was interrupted"));
	CU_ASSERT_EQUAL(contract_life.outcome, E_LATCHED);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
}

static err_t
open_companion(const struct hsm_options *o, const struct secret *pin)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	void *own = NULL;

	TRY(hsm_tpm2.reach(o->companion_tpm, o, &why, &own));
	err_t err = hsm_tpm2.open_companion(own, o, pin);
	hsm_tpm2.close(own);
	return err;
}

/* The TPM keeps the counter alone, when the token has the handle key: that is
 * what is proved then. */
static void
test_counter_alone(void)
{
	AUTO(secret_free) struct secret *pin = NULL;
	RIG(t);
	const struct hsm_options o = { .handle_label = "anchord-handle",
		                       .companion_tpm = t.uri };

	CU_ASSERT_EQUAL(secret_copy(bytes_of_str("not-the-PIN-1"), &pin), OK);
	CU_ASSERT_EQUAL(open_companion(&o, t.pin), OK);
	CU_ASSERT_EQUAL(open_companion(&o, pin), E_LATCHED);
	CU_ASSERT_EQUAL(tpm_look_lockout(&t).counter, 1);
}

static const struct harness_test tests[] = {
	{ "one login of both", test_both },
	{ "a TPM with a PIN of its own", test_own_pin },
	{ "the TPM was not asked", test_unasked },
	{ "the TPM gave no answer", test_unclear },
	{ "a wrong PIN is tried once", test_wrong },
	{ "with the counter alone the counter is proved", test_counter_alone },
	{ NULL, NULL },
};

HARNESS_MAIN("tpm_beside", tests)
