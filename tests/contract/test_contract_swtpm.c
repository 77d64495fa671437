/*
 * test_contract_swtpm.c - the contract on a TPM 2.0, and what only a TPM can
 * do wrong.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/common/devices/contract.h"
#include "tests/common/devices/swtpm_kit.h"
#include "base/clock.h"

static struct swtpm tpm;

static bool
begin(void)
{
	if (!swtpm_open(&tpm))
		return false;
	return swtpm_keys(&tpm, "", ALG_ES256);
}

static void
end(void)
{
	swtpm_close(&tpm);
}

static struct hsm_options
options(void)
{
	return (struct hsm_options){ .uri = tpm.uri,
		                     .spki_sha256 = tpm.public_sha256 };
}

static const struct secret *
pin(void)
{
	return tpm.pin;
}

/* The URI with one part changed. */
static const char *
changed(const char *part, const char *to)
{
	static char uri[sizeof(tpm.uri)];
	const char *at = strstr(tpm.uri, part);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(uri, sizeof(uri), "%.*s%s%s", (int)(at - tpm.uri), tpm.uri, to,
	         at + strlen(to));
	return uri;
}

static const char *
absent_key(void)
{
	return changed("key=0x81018001", "key=0x81018009");
}

static void
away(void)
{
	swtpm_kill(&tpm);
}

static void
back(void)
{
	CU_ASSERT_TRUE(swtpm_start(&tpm));
}

const struct contract_device contract_device = {
	.begin = begin,
	.end = end,
	.options = options,
	.pin = pin,
	.absent_key = absent_key,
	.malformed = "tpm2:swtpm:host=localhost?key=81018001",
	.away = away,
	.back = back,
};

static void
refused(const char *uri, err_t wanted, const char *says)
{
	struct hsm_options o = options();
	struct hsm *hsm = NULL;

	o.uri = uri;
	err_t err = contract_open_with(&o, tpm.pin, &hsm);
	if (err != wanted || !strstr(contract_why, says))
		printf("  %s: %s\n", err_name(err), contract_why);
	CU_ASSERT_EQUAL(err, wanted);
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, says));
	hsm_close(hsm);
}

/* The salting key is what the whole session hangs on. */
static void
test_parent(void)
{
	contract_life = (struct contract_life){ .forbid = OK };
	if (!begin())
		return;
	refused(changed("parent-name=000b", "parent-name=000bffffffff"),
	        E_LATCHED, "another TPM");
	refused(changed("parent=0x81018000", "parent=0x8101ffff"), E_LATCHED,
	        "no parent key");
	refused(changed("parent=0x81018000", "parent=0x81018002"), E_CONFIG,
	        "two keys");
	refused(changed("epoch=0x01818000", "epoch=0x01818fff"), E_LATCHED,
	        "no counter");
	struct hsm_options two = options();
	struct hsm *hsm = NULL;
	two.companion_tpm = tpm.uri; /* a TPM needs none beside it */
	CU_ASSERT_EQUAL(contract_open_with(&two, tpm.pin, &hsm), E_CONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, "the URI of a TPM"));
	CU_ASSERT_EQUAL(contract_life.begun, 0);
	char *name = strstr(tpm.uri, "&parent-name");
	*name = '\0';
	refused(tpm.uri, E_CONFIG, "parent-name");
	end();
}

/* Keys as blobs, and P-384. */
static void
test_blobs(void)
{
	char places[256];
	struct hsm *hsm = NULL;
	struct hsm_signature s;

	contract_life = (struct contract_life){ .forbid = OK };
	if (!swtpm_open(&tpm))
		return;
	snprintf(places, sizeof(places), "?key=%s/sign.tpm&mac=%s/mac.tpm",
	         tpm.directory, tpm.directory);
	if (!swtpm_keys(&tpm, places, ALG_ES384))
		return;
	/* Each life loads two keys; a TPM has three places. */
	for (int life = 0; life < 8; life++) {
		CU_ASSERT_EQUAL_FATAL(contract_open(&hsm), OK);
		CU_ASSERT_EQUAL(hsm_alg(hsm), ALG_ES384);
		CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), OK);
		CU_ASSERT_EQUAL(s.len, 96);
		hsm_close(TAKE(hsm));
	}
	snprintf(places, sizeof(places), "%s/sign.tpm", tpm.directory);
	FILE *f = fopen(places, "a");
	fputc(0, f);
	fclose(f);
	refused(tpm.uri, E_CONFIG, "not the file of a TPM key");
	end();
}

/* A hang costs one deadline, and the process hears of it. */
static void
test_hang(void)
{
	struct hsm *hsm = NULL;
	struct hsm_signature s;

	contract_life = (struct contract_life){ .forbid = OK };
	if (!begin())
		return;
	CU_ASSERT_EQUAL_FATAL(contract_open(&hsm), OK);
	kill(tpm.pid, SIGSTOP);
	uint64_t from = clock_mono_ms();
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(hsm_why(hsm), "no answer"));
	hsm_close(TAKE(hsm));
	uint64_t took = clock_mono_ms() - from;
	CU_ASSERT_TRUE(took > 1000 && took < harness_promised_ms(2500));
	kill(tpm.pid, SIGCONT);
	CU_ASSERT_EQUAL(contract_open(&hsm), OK);
	hsm_close(hsm);
	end();
}

/* keygen keeps what is there, and makes no second signing key. */
static void
test_keygen(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	struct hsm_keygen_result r;

	if (!begin())
		return;
	const struct hsm_token_name again_in = { .uri = tpm.bare };
	const struct hsm_keygen again = { .alg = ALG_ES256 };
	CU_ASSERT_EQUAL(hsm_token_keygen(&again_in, tpm.pin, &again, &why, &r),
	                E_CONFLICT);
	const struct hsm_token_name second_in = {
		.uri = changed("key=0x81018001", "key=0x81018003")
	};
	const struct hsm_keygen second = { .alg = ALG_ES256 };
	CU_ASSERT_EQUAL(
	        hsm_token_keygen(&second_in, tpm.pin, &second, &why, &r), OK);
	CU_ASSERT_FALSE(r.handle_made);
	CU_ASSERT_TRUE(r.token.software);
	end();
}

static const struct harness_test tests[] = {
	CONTRACT_TESTS,
	{ "believes the pinned TPM alone", test_parent },
	{ "loads keys from blobs, and P-384", test_blobs },
	{ "waits for a TPM that hangs until the deadline", test_hang },
	{ "keeps what keygen finds", test_keygen },
	{ NULL, NULL },
};

HARNESS_MAIN("contract, swtpm", tests)
