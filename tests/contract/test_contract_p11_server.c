/*
 * test_contract_p11_server.c - the contract on a token behind a socket: SoftHSM
 * served by p11-kit, the shape of a network HSM.
 */
#include <signal.h>

#include "tests/common/devices/contract.h"
#include "tests/common/devices/p11_server_kit.h"
#include "tests/common/devices/trust_kit.h"

static struct p11_server server;

static bool
begin(void)
{
	return p11_server_open(&server);
}

static void
end(void)
{
	p11_server_close(&server);
}

static struct hsm_options
options(void)
{
	return (struct hsm_options){ .module = server.client,
		                     .uri = server.token.uri,
		                     .handle_label = "anchord-handle",
		                     .spki_sha256 =
		                             server.token.public_sha256 };
}

static const struct secret *
pin(void)
{
	return server.token.pin;
}

static const char *
absent_key(void)
{
	return contract_other_id(server.token.uri);
}

static void
away(void)
{
	p11_server_kill(&server);
}

static void
back(void)
{
	CU_ASSERT_TRUE(p11_server_start(&server));
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

/* Whoever opens a token, anchorctl, too, outlives the server. */
static void
test_outlives_server(void)
{
	struct hsm *hsm = NULL;

	contract_life = (struct contract_life){ .forbid = OK };
	(void)signal(SIGPIPE, SIG_DFL);
	if (!begin())
		return;
	CU_ASSERT_EQUAL_FATAL(contract_open(&hsm), OK);
	CU_ASSERT_PTR_EQUAL(signal(SIGPIPE, SIG_IGN), SIG_IGN);
	away();
	CU_ASSERT_EQUAL(hsm_canary(hsm), E_DEVICE);
	hsm_close(hsm);
	end();
}

/* Whoever is at the other end of the socket stores trust objects as SoftHSM does. */
static void
test_trust(void)
{
	AUTO(secret_free) struct secret *so_pin = NULL;

	if (!begin())
		return;
	const struct hsm_token_name name = { server.client, SOFTTOKEN_LABEL, "",
		                             NULL };
	CU_ASSERT_EQUAL_FATAL(
	        secret_copy(bytes_of_str(SOFTTOKEN_SO_PIN), &so_pin), OK);
	const struct hsm_trust_officer who = { so_pin, server.token.pin };
	trust_kit_stores(&name, &who);
	trust_kit_counts(&name, &who);
	end();
}

static const struct harness_test tests[] = {
	CONTRACT_TESTS,
	{ "is not ended by a server that is gone", test_outlives_server },
	{ "stores trust objects", test_trust },
	{ NULL, NULL },
};

HARNESS_MAIN("contract, behind a socket", tests)
