/*
 * test_contract_softhsm.c - the contract on SoftHSM.
 */
#include <stdio.h>

#include "tests/common/devices/contract.h"
#include "tests/common/devices/softtoken.h"

static struct softtoken token;

static bool
begin(void)
{
	return softtoken_open(&token);
}

static void
end(void)
{
	softtoken_close(&token);
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

/* The same token, and an id that no key has. */
static const char *
absent_key(void)
{
	return contract_other_id(token.uri);
}

static void
move(const char *from, const char *to)
{
	char source[160];
	char target[160];

	snprintf(source, sizeof(source), "%s/%s", token.directory, from);
	snprintf(target, sizeof(target), "%s/%s", token.directory, to);
	CU_ASSERT_EQUAL(rename(source, target), 0);
}

static void
away(void)
{
	move("tokens", "gone");
}

static void
back(void)
{
	move("gone", "tokens");
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
};

static const struct harness_test tests[] = {
	CONTRACT_TESTS,
	{ NULL, NULL },
};

HARNESS_MAIN("contract, SoftHSM", tests)
