/*
 * contract.c - see contract.h.
 */
#include "tests/common/devices/contract.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypto/keys/keyring.h"

#define SIGNATURES 100
#define LIVES 20
#define LOST_MS 2500 /* a lost device is noticed within this */

/* Programs without a device link this file too. */
__attribute__((weak)) const struct contract_device contract_device = {
	.begin = NULL,
};

struct contract_life contract_life;
char contract_why[256];

static void
finish(int unused)
{
	(void)unused;
	contract_device.end();
}
DEFINE_AUTO(int, finish);

#define DEVICE()                                                \
	contract_life = (struct contract_life){ .forbid = OK }; \
	if (!contract_device.begin())                           \
		return;                                         \
	AUTO(finish) __attribute__((unused)) int finish_ = 0

static err_t
begins(void *arg)
{
	(void)arg;
	contract_life.begun++;
	return contract_life.forbid;
}

static void
ended(void *arg, err_t outcome)
{
	(void)arg;
	contract_life.ended++;
	contract_life.outcome = outcome;
}

err_t
contract_open_with(const struct hsm_options *given, const struct secret *pin,
                   struct hsm **ret_hsm)
{
	AUTO(buf_release) struct buf why = buf_of(sizeof(contract_why) - 1);
	struct hsm_options options = *given;

	options.login_begins = begins;
	options.login_ended = ended;
	options.deadline_ms = 2000;
	err_t err = contract_device.backend
	                    ? hsm_open_on(contract_device.backend, &options,
	                                  pin, &why, ret_hsm)
	                    : hsm_open(&options, pin, &why, ret_hsm);
	snprintf(contract_why, sizeof(contract_why), "%s", buf_str(&why));
	if (err != OK) /* a failure always says why */
		CU_ASSERT_TRUE(contract_why[0] != '\0');
	return err;
}

err_t
contract_open(struct hsm **ret_hsm)
{
	struct hsm_options options = contract_device.options();

	return contract_open_with(&options, contract_device.pin(), ret_hsm);
}

const char *
contract_other_id(const char *uri)
{
	static char other[512];
	const char *id = strstr(uri, "id=%01");

	CU_ASSERT_PTR_NOT_NULL_FATAL(id);
	snprintf(other, sizeof(other), "%.*sid=%%7f%s", (int)(id - uri), uri,
	         id + 6);
	return other;
}

static void
must_open(struct hsm **ret_hsm)
{
	err_t err = contract_open(ret_hsm);

	if (err != OK)
		printf("  %s: %s\n", err_name(err), contract_why);
	CU_ASSERT_EQUAL_FATAL(err, OK);
}

/* Opening must fail so, and leave the output alone. */
static void
refused(const struct hsm_options *options, const struct secret *pin,
        err_t wanted)
{
	struct hsm *hsm = NULL;
	err_t err = contract_open_with(options, pin, &hsm);

	if (err != wanted)
		printf("  %s: %s\n", err_name(err), contract_why);
	CU_ASSERT_EQUAL(err, wanted);
	CU_ASSERT_PTR_NULL(hsm);
	hsm_close(hsm);
}

void
contract_signs(void)
{
	DEVICE();
	AUTO(hsm_close) struct hsm *hsm = NULL;
	AUTO(keyring_free) struct keyring *ring = NULL;
	char kid[KID_SIZE];
	enum alg alg;

	must_open(&hsm);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	CU_ASSERT_EQUAL(contract_life.ended, 1);
	CU_ASSERT_EQUAL(contract_life.outcome, OK);
	CU_ASSERT_EQUAL_FATAL(key_identify(hsm_public(hsm), &alg, kid), OK);
	CU_ASSERT_EQUAL(alg, hsm_alg(hsm));
	CU_ASSERT_EQUAL_FATAL(keyring_new(&ring), OK);
	CU_ASSERT_EQUAL_FATAL(
	        keyring_add(ring, bytes_of_str(kid), hsm_public(hsm), alg), OK);
	for (uint32_t i = 0; i < SIGNATURES; i++) {
		struct bytes msg = bytes_of(&i, sizeof(i));
		struct hsm_signature s;

		CU_ASSERT_EQUAL_FATAL(hsm_sign(hsm, msg, &s), OK);
		if (alg_signature_size(alg)) /* else the key says it */
			CU_ASSERT_EQUAL(s.len, alg_signature_size(alg));
		CU_ASSERT_EQUAL_FATAL(keyring_verify(ring, bytes_of_str(kid),
		                                     alg, msg,
		                                     bytes_of(s.bytes, s.len)),
		                      OK);
	}
	CU_ASSERT_EQUAL(hsm_canary(hsm), OK);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
}

void
contract_macs(void)
{
	DEVICE();
	struct hsm *hsm = NULL;
	uint8_t macs[3][HASH_SIZE];
	uint8_t long_msg[512] = { 7 };

	must_open(&hsm);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), macs[0]), OK);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("b"), macs[1]), OK);
	CU_ASSERT_EQUAL(
	        hsm_mac(hsm, bytes_of(long_msg, sizeof(long_msg)), macs[2]),
	        OK);
	CU_ASSERT_NOT_EQUAL(memcmp(macs[0], macs[1], HASH_SIZE), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(macs[1], macs[2], HASH_SIZE), 0);
	hsm_close(TAKE(hsm));
	must_open(&hsm);
	CU_ASSERT_EQUAL(hsm_mac(hsm, bytes_of_str("a"), macs[1]), OK);
	CU_ASSERT_EQUAL(memcmp(macs[0], macs[1], HASH_SIZE), 0);
	hsm_close(hsm);
}

void
contract_draws(void)
{
	DEVICE();
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint8_t draws[2][200];

	must_open(&hsm);
	CU_ASSERT_EQUAL(hsm_random(hsm, draws[0], sizeof(draws[0])), OK);
	CU_ASSERT_EQUAL(hsm_random(hsm, draws[1], sizeof(draws[1])), OK);
	for (size_t at = 0; at + 8 <= sizeof(draws[0]); at += 8) {
		CU_ASSERT_NOT_EQUAL(memcmp(draws[0] + at, draws[1] + at, 8), 0);
		if (at > 0) /* the end is as random as the beginning */
			CU_ASSERT_NOT_EQUAL(memcmp(draws[0] + at, draws[0], 8),
			                    0);
	}
}

/* In a child: secrets do not survive a fork. */
static err_t
open_anew(struct hsm **ret_hsm)
{
	AUTO(secret_free) struct secret *pin = NULL;
	struct hsm_options options = contract_device.options();

	TRY(secret_copy(bytes_of_str(contract_device.pin_text
	                                     ? contract_device.pin_text
	                                     : CONTRACT_PIN),
	                &pin));
	return contract_open_with(&options, pin, ret_hsm);
}

/* A life that ends like a killed one: nothing is closed. */
static void
cut_life_short(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct hsm *hsm = NULL;
		uint32_t epoch = 0;
		bool good = open_anew(&hsm) == OK &&
		            hsm_epoch_next(hsm, &epoch) == OK;
		_exit(good ? 0 : 1);
	}
	int status = -1;
	waitpid(pid, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	if (contract_device.tidy)
		contract_device.tidy();
}

void
contract_counts(void)
{
	DEVICE();
	uint32_t last = 0;

	for (int life = 0; life < 4; life++) {
		struct hsm *hsm = NULL;
		uint32_t epoch = 0;

		must_open(&hsm);
		CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &epoch), OK);
		CU_ASSERT_TRUE(epoch > last);
		/* The life that was cut short took one, no more.  Where a
		 * device begins is its own affair. */
		if (life > 0)
			CU_ASSERT_EQUAL(epoch, last + (life > 1 ? 2 : 1));
		last = epoch;
		hsm_close(hsm);
		if (life > 0)
			cut_life_short();
	}
}

void
contract_wrong_pin(void)
{
	DEVICE();
	AUTO(secret_free) struct secret *wrong = NULL;
	struct hsm_options options = contract_device.options();

	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str("000000"), &wrong), OK);
	refused(&options, wrong, E_LATCHED);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	CU_ASSERT_EQUAL(contract_life.ended, 1);
	CU_ASSERT_EQUAL(contract_life.outcome, E_LATCHED);
	refused(&options, NULL, E_LATCHED);
	CU_ASSERT_EQUAL(contract_life.begun, 1); /* no PIN, no attempt */
}

void
contract_guard(void)
{
	DEVICE();
	struct hsm_options options = contract_device.options();

	contract_life.forbid = E_IO;
	refused(&options, contract_device.pin(), E_IO);
	CU_ASSERT_EQUAL(contract_life.begun, 1);
	CU_ASSERT_EQUAL(contract_life.ended, 0);
}

void
contract_pinned(void)
{
	DEVICE();
	struct hsm_options options = contract_device.options();
	uint8_t other[HASH_SIZE];

	memcpy(other, options.spki_sha256, sizeof(other));
	other[31] ^= 1;
	options.spki_sha256 = other;
	refused(&options, contract_device.pin(), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, "pinned"));
}

/* The check value lasts, tells keys apart, and is no handle's. */
void
contract_handle_pinned(void)
{
	DEVICE();
	struct hsm_options options = contract_device.options();
	uint8_t check[HASH_SIZE];
	struct hsm *hsm = NULL;

	must_open(&hsm);
	memcpy(check, hsm_handle_check(hsm), sizeof(check));
	hsm_close(TAKE(hsm));
	options.handle_check = check;
	CU_ASSERT_EQUAL_FATAL(
	        contract_open_with(&options, contract_device.pin(), &hsm), OK);
	CU_ASSERT_EQUAL(memcmp(check, hsm_handle_check(hsm), sizeof(check)), 0);
	hsm_close(TAKE(hsm));
	check[31] ^= 1;
	refused(&options, contract_device.pin(), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(contract_why, "handle_check"));
}

void
contract_absent_key(void)
{
	DEVICE();
	struct hsm_options options = contract_device.options();

	options.uri = contract_device.absent_key();
	refused(&options, contract_device.pin(), E_LATCHED);
}

void
contract_malformed(void)
{
	DEVICE();
	struct hsm_options options = contract_device.options();

	options.uri = contract_device.malformed;
	refused(&options, contract_device.pin(), E_CONFIG);
	CU_ASSERT_EQUAL(contract_life.begun, 0);
}

void
contract_absent(void)
{
	DEVICE();
	struct hsm_options options = contract_device.options();
	struct hsm *hsm = NULL;

	contract_device.away();
	refused(&options, contract_device.pin(), E_DEVICE);
	CU_ASSERT_EQUAL(contract_life.begun, 0);
	contract_device.back();
	must_open(&hsm);
	hsm_close(hsm);
}

void
contract_lost(void)
{
	DEVICE();
	struct hsm *hsm = NULL;
	struct hsm_signature s = { .len = 7 };
	uint32_t before = 0;
	uint32_t after = 0;

	must_open(&hsm);
	CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &before), OK);
	contract_device.away();
	uint64_t from = clock_mono_ms();
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), E_DEVICE);
	CU_ASSERT_TRUE(clock_mono_ms() - from < harness_promised_ms(LOST_MS));
	CU_ASSERT_EQUAL(s.len, 7); /* untouched */
	CU_ASSERT_TRUE(hsm_why(hsm)[0] != '\0');
	CU_ASSERT_EQUAL(hsm_canary(hsm), E_DEVICE);
	hsm_close(TAKE(hsm));
	CU_ASSERT_TRUE(clock_mono_ms() - from <
	               harness_promised_ms(3 * LOST_MS));
	contract_device.back();
	must_open(&hsm);
	CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &after), OK);
	CU_ASSERT_EQUAL(after, before + 1);
	CU_ASSERT_EQUAL(hsm_sign(hsm, bytes_of_str("x"), &s), OK);
	hsm_close(hsm);
}

void
contract_lives(void)
{
	DEVICE();
	for (int life = 0; life < LIVES; life++) {
		struct hsm *hsm = NULL;

		must_open(&hsm);
		hsm_close(hsm);
	}
	CU_ASSERT_EQUAL(contract_life.begun, LIVES);
}
