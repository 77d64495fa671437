/*
 * test_contract_mock.c - the contract on a device that is a few lines of C: the
 * smallest backend there can be, and proof that the contract asks nothing of a
 * device that backend.h does not say.
 *
 * What the device remembers is in memory that children share, so that a life
 * which is cut short leaves what a real device would have kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "tests/common/devices/contract.h"
#include "tests/common/fakes/soft_key.h"
#include "crypto/digest.h"

#define SCHEME "mock:"
#define BLOCK 64 /* bytes: SHA-256's, for HMAC */

/* The device itself. */
static struct mock {
	bool away;
	uint32_t epoch;
	unsigned open; /* lives that were begun and not closed */
} * mock;

static const uint8_t handle_key[HASH_SIZE] = { 7, 1, 8, 2, 8, 1, 8 };
static struct soft_key *signing_key;
static struct secret *user_pin;
static uint8_t public_sha256[HASH_SIZE];

/* --- the backend ---------------------------------------------------------- */

struct life {
	char why[HSM_WHY_MAX];
};

static err_t
fail(struct life *life, err_t err, const char *why)
{
	snprintf(life->why, sizeof(life->why), "%s", why);
	return err;
}

static err_t
present(struct life *life)
{
	return mock->away ? fail(life, E_DEVICE, "the mock is away") : OK;
}

static void
life_free(struct life *life)
{
	free(life);
}
DEFINE_AUTO(struct life *, life_free);

static err_t
find(const struct hsm_options *options, struct life *life,
     struct hsm_found *ret_found)
{
	struct bytes spki = soft_key_spki(signing_key);

	if (strcmp(options->uri, SCHEME "sign") != 0)
		return fail(life, E_LATCHED, "the mock has no such key");
	ret_found->alg = soft_key_alg(signing_key);
	ret_found->spki_len = spki.len;
	memcpy(ret_found->spki, spki.data, spki.len);
	return OK;
}

static err_t
login(const struct hsm_options *options, const struct secret *pin,
      struct life *life)
{
	if (!pin)
		return fail(life, E_LATCHED, "no PIN was given");
	err_t err = options->login_begins
	                    ? options->login_begins(options->login_arg)
	                    : OK;
	if (err != OK)
		return fail(life, err, "login not tried");
	if (!bytes_equal_str(secret_bytes(pin), CONTRACT_PIN))
		err = fail(life, E_LATCHED, "wrong PIN");
	if (options->login_ended)
		options->login_ended(options->login_arg, err);
	return err;
}

static err_t
mock_reach(const char *uri, const struct hsm_options *options, struct buf *why,
           void **ret_own)
{
	(void)options;
	if (uri[strlen(SCHEME)] == '\0') {
		buf_append_str(why, "mock: names no key");
		return E_CONFIG;
	}
	AUTO(life_free) struct life *life = calloc(1, sizeof(*life));
	if (!life)
		return E_NOMEM;
	err_t err = present(life);
	if (err != OK) {
		buf_append_str(why, life->why);
		return err;
	}
	mock->open++;
	*ret_own = TAKE(life);
	return OK;
}

static err_t
mock_open(void *own, const struct hsm_options *options,
          const struct secret *pin, struct hsm_found *ret_found)
{
	TRY(login(options, pin, own));
	return find(options, own, ret_found);
}

/* A soft key hashes for itself, so it signs what hsm.c gave: the mock's key is
 * Ed25519, which takes the message. */
static err_t
mock_sign(void *own, enum alg alg, struct bytes in,
          struct hsm_signature *ret_signature)
{
	AUTO(buf_release) struct buf out = buf_of(HSM_SIGNATURE_MAX);

	TRY(present(own));
	if (alg != ALG_ED25519)
		return fail(own, E_LATCHED, "the mock has Ed25519 alone");
	soft_key_sign(signing_key, in, &out);
	ret_signature->len = out.len;
	memcpy(ret_signature->bytes, out.data, out.len);
	return OK;
}

/* RFC 2104. */
static err_t
mock_mac(void *own, struct bytes msg, uint8_t ret_mac[static HASH_SIZE])
{
	uint8_t pads[2][BLOCK];
	uint8_t inner[HASH_SIZE];

	TRY(present(own));
	for (size_t i = 0; i < BLOCK; i++) {
		uint8_t key = i < sizeof(handle_key) ? handle_key[i] : 0;

		pads[0][i] = key ^ 0x36;
		pads[1][i] = key ^ 0x5c;
	}
	const struct bytes first[] = { bytes_of(pads[0], BLOCK), msg };
	const struct bytes then[] = { bytes_of(pads[1], BLOCK),
		                      bytes_of(inner, sizeof(inner)) };
	digest_sha256_parts(first, 2, inner);
	digest_sha256_parts(then, 2, ret_mac);
	return OK;
}

static err_t
mock_random(void *own, uint8_t *out, size_t n)
{
	TRY(present(own));
	return getrandom(out, n, 0) == (ssize_t)n
	               ? OK
	               : fail(own, E_DEVICE, "no random numbers");
}

static err_t
mock_epoch(void *own, uint32_t *ret_epoch)
{
	TRY(present(own));
	*ret_epoch = ++mock->epoch;
	return OK;
}

static const char *
mock_why(const void *own)
{
	const struct life *life = own;

	return life->why;
}

static void
mock_close(void *own)
{
	if (own)
		mock->open--;
	life_free(own);
}

static const struct hsm_backend backend = {
	.scheme = SCHEME,
	.reach = mock_reach,
	.open = mock_open,
	.sign = mock_sign,
	.mac = mock_mac,
	.random = mock_random,
	.epoch = mock_epoch,
	.why = mock_why,
	.close = mock_close,
};

/* --- the device, as the contract wants it --------------------------------- */

static bool
begin(void)
{
	mock = mmap(NULL, sizeof(*mock), PROT_READ | PROT_WRITE,
	            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_NOT_EQUAL_FATAL((uintptr_t)mock, (uintptr_t)MAP_FAILED);
	*mock = (struct mock){ .epoch = 0 };
	signing_key = soft_key_new(ALG_ED25519, "mock");
	digest_sha256(soft_key_spki(signing_key), public_sha256);
	return secret_copy(bytes_of_str(CONTRACT_PIN), &user_pin) == OK;
}

static void
end(void)
{
	soft_key_free(TAKE(signing_key));
	secret_free(TAKE(user_pin));
	munmap(mock, sizeof(*mock));
}

static struct hsm_options
options(void)
{
	return (struct hsm_options){ .uri = SCHEME "sign",
		                     .spki_sha256 = public_sha256 };
}

static const struct secret *
pin(void)
{
	return user_pin;
}

static const char *
absent_key(void)
{
	return SCHEME "another";
}

static void
away(void)
{
	mock->away = true;
}

static void
back(void)
{
	mock->away = false;
}

const struct contract_device contract_device = {
	.begin = begin,
	.end = end,
	.options = options,
	.pin = pin,
	.absent_key = absent_key,
	.malformed = SCHEME,
	.away = away,
	.back = back,
	.backend = &backend,
};

/* hsm.c closes what it opened, also when it does not like it. */
static void
test_closed(void)
{
	struct hsm *hsm = NULL;

	contract_life = (struct contract_life){ .forbid = OK };
	if (!begin())
		return;
	CU_ASSERT_EQUAL_FATAL(contract_open(&hsm), OK);
	CU_ASSERT_EQUAL(mock->open, 1);
	hsm_close(TAKE(hsm));
	CU_ASSERT_EQUAL(mock->open, 0);
	public_sha256[0] ^= 1;
	CU_ASSERT_EQUAL(contract_open(&hsm), E_LATCHED);
	CU_ASSERT_EQUAL(mock->open, 0);
	end();
}

static const struct harness_test tests[] = {
	CONTRACT_TESTS,
	{ "is closed by whoever opened it", test_closed },
	{ NULL, NULL },
};

HARNESS_MAIN("contract, mock", tests)
