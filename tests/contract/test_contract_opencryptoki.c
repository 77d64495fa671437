/*
 * test_contract_opencryptoki.c - the contract on opencryptoki's soft token, and
 * how the death of its slot daemon is survived.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/devices/contract.h"
#include "tests/common/base/foreign_leaks.h"
#include "tests/common/devices/opencryptoki_kit.h"
#include "tests/common/devices/trust_kit.h"

FOREIGN_LEAKS_NAMELESS

static struct opencryptoki token;

static bool
begin(void)
{
	return opencryptoki_open(&token);
}

static void
end(void)
{
	opencryptoki_close(&token);
}

static struct hsm_options
options(void)
{
	return (struct hsm_options){ .module = token.module,
		                     .uri = token.uri,
		                     .handle_label = "anchord-handle",
		                     .spki_sha256 = token.public_sha256 };
}

static const struct secret *
pin(void)
{
	return token.pin;
}

static const char *
absent_key(void)
{
	return contract_other_id(token.uri);
}

static void
away(void)
{
	opencryptoki_away(&token);
}

static void
back(void)
{
	opencryptoki_back(&token);
}

const struct contract_device contract_device = {
	.begin = begin,
	.end = end,
	.options = options,
	.pin = pin,
	.pin_text = OPENCRYPTOKI_PIN,
	.absent_key = absent_key,
	.malformed = "pkcs11:token=anchord-test",
	.away = away,
	.back = back,
};

/* The daemon hands out slots when a process begins; who has begun goes on. */
static void
test_daemon_dies(void)
{
	struct hsm *hsm = NULL;
	struct hsm *second = NULL;
	uint32_t epoch = 0;

	contract_life = (struct contract_life){ .forbid = OK };
	if (!begin())
		return;
	CU_ASSERT_EQUAL_FATAL(contract_open(&hsm), OK);
	opencryptoki_kill(&token);
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &epoch), OK);
	hsm_close(TAKE(hsm));
	CU_ASSERT_EQUAL(contract_open(&second), E_DEVICE);
	CU_ASSERT_TRUE(opencryptoki_start(&token));
	CU_ASSERT_EQUAL(contract_open(&second), OK);
	hsm_close(second);
	end();
}

/* Another token's rules for the security officer's objects. */
static void
test_trust(void)
{
	AUTO(secret_free) struct secret *so_pin = NULL;

	if (!begin())
		return;
	const struct hsm_token_name name = { token.module, OPENCRYPTOKI_LABEL,
		                             "", NULL };
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(OPENCRYPTOKI_SO_PIN), &so_pin), OK);
	const struct hsm_trust_officer who = { so_pin, token.pin };
	trust_kit_stores(&name, &who);
	trust_kit_counts(&name, &who);
	end();
}

static const struct harness_test tests[] = {
	CONTRACT_TESTS,
	{ "works on when the slot daemon dies, and begins when it is back",
	  test_daemon_dies },
	{ "stores trust objects", test_trust },
	{ NULL, NULL },
};

HARNESS_MAIN("contract, opencryptoki", tests)
