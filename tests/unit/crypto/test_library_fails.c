/*
 * test_library_fails.c - a library that fails where it never fails: what was to
 * be checked or locked by it counts as refused.
 *
 * The functions of libcrypto and libseccomp here take the place of the
 * libraries' own for this whole program, and hand on to these.
 */
#include <dlfcn.h>
#include <errno.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "evidence/tpm/verify.h"
#include "proc/sandbox.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/soft_key.h"
#include "proc/config.h"

#define OURS __attribute__((visibility("default")))

DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free);

/* Which call fails; calls of seccomp_rule_add() are counted from 1. */
static struct {
	bool padding, salt, verify, attribute, load;
	bool salt_lies; /* says that it was set, and sets nothing */
	unsigned rule, rules;
} fails;

/* The next definition of that name, into a pointer to a function. */
static void
find_own(const char *name, void *ret_function)
{
	void *own = dlsym(RTLD_NEXT, name);

	if (!own)
		abort();
	memcpy(ret_function, &own, sizeof(own));
}

OURS int
EVP_PKEY_CTX_set_rsa_padding(EVP_PKEY_CTX *ctx, int padding)
{
	int (*own)(EVP_PKEY_CTX *, int);

	find_own(__func__, &own);
	return fails.padding ? 0 : own(ctx, padding);
}

OURS int
EVP_PKEY_CTX_set_rsa_pss_saltlen(EVP_PKEY_CTX *ctx, int len)
{
	int (*own)(EVP_PKEY_CTX *, int);

	find_own(__func__, &own);
	if (fails.salt_lies)
		return 1;
	return fails.salt ? 0 : own(ctx, len);
}

/* -1 is an error, 0 a bad signature. */
OURS int
EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sig, size_t sig_len,
                 const unsigned char *in, size_t len)
{
	int (*own)(EVP_MD_CTX *, const unsigned char *, size_t,
	           const unsigned char *, size_t);

	find_own(__func__, &own);
	return fails.verify ? -1 : own(ctx, sig, sig_len, in, len);
}

OURS int
seccomp_attr_set(scmp_filter_ctx ctx, enum scmp_filter_attr attr,
                 uint32_t value)
{
	int (*own)(scmp_filter_ctx, enum scmp_filter_attr, uint32_t);

	find_own(__func__, &own);
	return fails.attribute ? -EINVAL : own(ctx, attr, value);
}

OURS int
seccomp_rule_add(scmp_filter_ctx ctx, uint32_t action, int call, unsigned int n,
                 ...)
{
	struct scmp_arg_cmp args[6];
	va_list list;

	va_start(list, n);
	for (unsigned i = 0; i < n && i < ARRAY_LEN(args); i++)
		args[i] = va_arg(list, struct scmp_arg_cmp);
	va_end(list);
	if (++fails.rules == fails.rule)
		return -ENOMEM;
	return seccomp_rule_add_array(ctx, action, call, n, args);
}

OURS int
seccomp_load(const scmp_filter_ctx ctx)
{
	int (*own)(scmp_filter_ctx);

	find_own(__func__, &own);
	return fails.load ? -EINVAL : own(ctx);
}

/* --- signatures ----------------------------------------------------------- */

static const struct bytes message = { (const uint8_t *)"a quote", 7 };

static size_t
sign(EVP_PKEY *key, int padding, uint8_t *out, size_t room)
{
	AUTO(EVP_MD_CTX_free) EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = NULL;

	CU_ASSERT_FATAL(EVP_DigestSignInit_ex(md, &ctx, "SHA256", NULL, NULL,
	                                      key, NULL) == 1);
	CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1);
	CU_ASSERT_FATAL(
	        EVP_DigestSign(md, out, &room, message.data, message.len) == 1);
	return room;
}

static struct tpm_key *
tpm_key_of(EVP_PKEY *pkey)
{
	uint8_t der[1024], *end = der;
	int len = i2d_PUBKEY(pkey, NULL);
	struct tpm_key *key = NULL;

	CU_ASSERT_FATAL(len > 0 && (size_t)len <= sizeof(der));
	CU_ASSERT_FATAL(i2d_PUBKEY(pkey, &end) == len);
	CU_ASSERT_EQUAL_FATAL(tpm_key_of_spki(bytes_of(der, (size_t)len), &key),
	                      OK);
	return key;
}

static void
test_tpm_signatures(void)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = EVP_RSA_gen(2048);
	AUTO(tpm_key_free) struct tpm_key *key = tpm_key_of(pkey);
	static const uint16_t schemes[] = { TPM_ALG_RSASSA, TPM_ALG_RSAPSS };
	static const int paddings[] = { RSA_PKCS1_PADDING,
		                        RSA_PKCS1_PSS_PADDING };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		uint8_t bytes[512];
		size_t len = sign(pkey, paddings[i], bytes, sizeof(bytes));
		const struct tpm_signature s = { .scheme = schemes[i],
			                         .hash = TPM_ALG_SHA256,
			                         .rsa = bytes_of(bytes, len) };

		CU_ASSERT_TRUE(tpm_key_verify(key, &s, message));
		fails.padding = true;
		CU_ASSERT_FALSE(tpm_key_verify(key, &s, message));
		fails.padding = false;
		fails.salt = true;
		CU_ASSERT_EQUAL(tpm_key_verify(key, &s, message), i == 0);
		fails.salt = false;
		fails.verify = true;
		CU_ASSERT_FALSE(tpm_key_verify(key, &s, message));
		fails.verify = false;
		CU_ASSERT_TRUE(tpm_key_verify(key, &s, message));
	}
}

/* A signature of the scheme that is verified when no padding was set.  The key's
 * scheme is the other one, so it is refused, whatever follows the failure. */
static void
test_tpm_padding(void)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *pkey = EVP_RSA_gen(2048);
	AUTO(tpm_key_free) struct tpm_key *key = tpm_key_of(pkey);
	uint8_t bytes[512];
	size_t len = sign(pkey, RSA_PKCS1_PADDING, bytes, sizeof(bytes));
	const struct tpm_signature s = { .scheme = TPM_ALG_RSAPSS,
		                         .hash = TPM_ALG_SHA256,
		                         .rsa = bytes_of(bytes, len) };

	CU_ASSERT_FALSE(tpm_key_verify(key, &s, message));
	fails.padding = fails.salt_lies = true;
	CU_ASSERT_FALSE(tpm_key_verify(key, &s, message));
	fails.padding = fails.salt_lies = false;
}

static void
test_ring(void)
{
	AUTO(soft_key_free)
	struct soft_key *key = soft_key_new(ALG_ES256, "library");
	AUTO(keyring_free) struct keyring *ring = soft_key_ring(key);
	AUTO(buf_release) struct buf signature = buf_of(256);
	struct bytes kid = bytes_of_str(soft_key_kid(key));

	soft_key_sign(key, message, &signature);
	CU_ASSERT_EQUAL(keyring_verify(ring, kid, ALG_ES256, message,
	                               buf_bytes(&signature)),
	                OK);
	fails.verify = true;
	CU_ASSERT_EQUAL(keyring_verify(ring, kid, ALG_ES256, message,
	                               buf_bytes(&signature)),
	                E_DENIED);
	fails.verify = false;
}

/* --- the filter of system calls ------------------------------------------- */

/* In a child, which a filter may stay with: was it refused? */
static bool
lock_refused(enum wire_role role)
{
	static const char *const syscalls[] = { "shmget", NULL };
	static const struct config_token token = { .syscalls = syscalls };
	static const struct config config = { .n_tokens = 1, .tokens = &token };
	int status = -1;

	(void)fflush(stdout);
	pid_t pid = fork();
	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0)
		_exit(sandbox_lock_calls(role, 0, &config) == E_DENIED ? 0 : 1);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The rules of a role without a token; all are there before the last step. */
static unsigned
count_rules(enum wire_role role)
{
	static const struct config none;

	fails.load = true;
	fails.rules = 0;
	CU_ASSERT_EQUAL(sandbox_lock_calls(role, 0, &none), E_DENIED);
	fails.load = false;
	return fails.rules;
}

static bool
refused_at(enum wire_role role, unsigned rule)
{
	fails.rule = rule;
	fails.rules = 0;
	bool refused = lock_refused(role);
	fails.rule = 0;
	return refused;
}

static void
test_filter(void)
{
	static const enum wire_role roles[] = { WIRE_ROLE_FRONT,
		                                WIRE_ROLE_VERIFIER,
		                                WIRE_ROLE_LEDGER,
		                                WIRE_ROLE_KEYHOLDER };

	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		unsigned rules = count_rules(roles[i]);

		CU_ASSERT_FATAL(rules > 10);
		fails.attribute = true;
		CU_ASSERT_TRUE(lock_refused(roles[i]));
		fails.attribute = false;
		fails.load = true;
		CU_ASSERT_TRUE(lock_refused(roles[i]));
		fails.load = false;
		CU_ASSERT_TRUE(refused_at(roles[i], 1));
		CU_ASSERT_TRUE(refused_at(roles[i], rules));
		/* One behind them is the token's own call. */
		CU_ASSERT_EQUAL(refused_at(roles[i], rules + 1),
		                roles[i] == WIRE_ROLE_KEYHOLDER);
		CU_ASSERT_FALSE(lock_refused(roles[i]));
	}
}

static const struct harness_test tests[] = {
	{ "a TPM's signature that could not be looked at",
	  test_tpm_signatures },
	{ "a TPM's signature of the other scheme, likewise", test_tpm_padding },
	{ "a signature of ours, likewise", test_ring },
	{ "a filter that was not made whole, or not loaded", test_filter },
	{ NULL, NULL },
};

HARNESS_MAIN("library_fails", tests)
