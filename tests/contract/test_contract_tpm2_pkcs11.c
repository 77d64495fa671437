/*
 * test_contract_tpm2_pkcs11.c - the contract on PKCS#11 on a TPM, with a TPM
 * beside it for the epoch and the handle key; and what the module lacks, told
 * clearly.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/devices/contract.h"
#include "tests/common/base/foreign_leaks.h"
#include "tests/common/devices/tpm2_pkcs11_kit.h"

FOREIGN_LEAKS_QUICK

static struct tpm2_pkcs11 device;

static bool
begin(void)
{
	return tpm2_pkcs11_open(&device, ALG_ES256);
}

static void
end(void)
{
	tpm2_pkcs11_close(&device);
}

static struct hsm_options
options(void)
{
	return tpm2_pkcs11_options(&device);
}

static const struct secret *
pin(void)
{
	return device.tpm.pin;
}

static const char *
absent_key(void)
{
	return contract_other_id(device.uri);
}

static void
away(void)
{
	swtpm_kill(&device.tpm);
}

static void
tidy(void)
{
	tpm2_pkcs11_tidy(&device);
}

static void
back(void)
{
	CU_ASSERT_TRUE(swtpm_start(&device.tpm));
	tidy();
}

const struct contract_device contract_device = {
	.begin = begin,
	.end = end,
	.options = options,
	.pin = pin,
	.absent_key = absent_key,
	.malformed = "pkcs11:token=anchord-test",
	.away = away,
	.back = back,
	.tidy = tidy,
};

static void
refused(const struct hsm_options *given, err_t wanted, const char *says)
{
	struct hsm *hsm = NULL;
	err_t err = contract_open_with(given, pin(), &hsm);

	if (err != wanted || !strstr(contract_why, says))
		printf("  %s: %s\n", err_name(err), contract_why);
	CU_ASSERT_EQUAL(err, wanted);
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, says));
	hsm_close(hsm);
}

/* Each need that the device does not meet by itself is named. */
static void
test_needs(void)
{
	contract_life = (struct contract_life){ .forbid = OK };
	if (!begin())
		return;
	struct hsm_options o = options();
	o.companion_tpm = NULL;
	refused(&o, E_CONFIG, "handle key");
	o.handle_label = "anchord-handle";
	refused(&o, E_LATCHED, "no key 'anchord-handle'");
	o = options();
	o.companion_tpm = o.uri;
	refused(&o, E_CONFIG, "the URI of a TPM");
	o.companion_tpm = "tpm2:swtpm:host=127.0.0.1,port=1";
	refused(&o, E_CONFIG, "parent-name");
	end();
}

/* keygen asks first: no half-made pair of keys is left behind. */
static void
test_no_hmac_key(void)
{
	static const uint8_t id[] = { 0x02 };
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_keygen_result r;

	if (!begin())
		return;
	const struct hsm_token_name name = { device.module, TPM2_PKCS11_LABEL,
		                             "", NULL };
	struct hsm_keygen wanted = { .alg = ALG_ES256,
		                     .label = "second",
		                     .id = bytes_of(id, 1),
		                     .handle_label = "anchord-handle" };
	CU_ASSERT_EQUAL(
	        hsm_token_keygen(&name, device.tpm.pin, &wanted, &why, &r),
	        E_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), "handle key"));
	tidy();
	buf_reset(&why);
	wanted.handle_label = ""; /* the label and the id are still free */
	CU_ASSERT_EQUAL(
	        hsm_token_keygen(&name, device.tpm.pin, &wanted, &why, &r), OK);
	CU_ASSERT_TRUE(r.token.software);
	tidy();
	end();
}

/* The TPM beside may go, too. */
static void
test_beside_lost(void)
{
	struct hsm *hsm = NULL;
	uint8_t mac[HASH_SIZE];
	uint8_t draw[HASH_SIZE];

	contract_life = (struct contract_life){ .forbid = OK };
	if (!begin())
		return;
	CU_ASSERT_EQUAL_FATAL(contract_open(&hsm), OK);
	swtpm_kill(&device.beside);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("x"), mac), E_DEVICE);
	CU_ASSERT_TRUE(hsm_why(hsm)[0] != '\0');
	CU_ASSERT_EQUAL(hsm_random(hsm, draw, sizeof(draw)), OK);
	hsm_close(TAKE(hsm));
	struct hsm_options o = options();
	refused(&o, E_DEVICE, "no TPM");
	CU_ASSERT_TRUE(swtpm_start(&device.beside));
	tidy();
	CU_ASSERT_EQUAL(contract_open(&hsm), OK);
	hsm_close(hsm);
	end();
}

/* Another PIN in the TPM beside than in the token. */
static void
test_beside_pin(void)
{
	AUTO(secret_free) struct secret *other = NULL;

	contract_life = (struct contract_life){ .forbid = OK };
	if (!begin())
		return;
	swtpm_close(&device.beside);
	if (!swtpm_open(&device.beside))
		return;
	secret_free(device.beside.pin);
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str("another-1728"), &device.beside.pin),
	        OK);
	CU_ASSERT_TRUE(swtpm_beside(&device.beside, ""));
	struct hsm_options o = options();
	refused(&o, E_LATCHED, "AUTH");
	CU_ASSERT_EQUAL(contract_life.begun, 1); /* one login of both */
	CU_ASSERT_EQUAL(contract_life.ended, 1);
	CU_ASSERT_EQUAL(contract_life.outcome, E_LATCHED);
	end();
}

static const struct harness_test tests[] = {
	CONTRACT_TESTS,
	{ "says what it needs beside", test_needs },
	{ "makes no pair when it cannot make the HMAC key", test_no_hmac_key },
	{ "notices that the TPM beside is lost", test_beside_lost },
	{ "latches when the TPM beside has another PIN", test_beside_pin },
	{ NULL, NULL },
};

HARNESS_MAIN("contract, PKCS#11 on a TPM", tests)
