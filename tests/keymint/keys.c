/*
 * keys.c - see keys.h.
 */
#include "tests/keymint/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#define KEYS_MAX 512
#define PATH_MAX_KEY 512
#define SIGNATURE_MAX 512

static struct {
	enum km_alg alg;
	unsigned slot;
	EVP_PKEY *key;
} keys[KEYS_MAX];

static size_t n_keys;
static const char *directory;

/* So that a leak checker sees only leaks. */
static void __attribute__((destructor)) forget_keys(void)
{
	while (n_keys)
		EVP_PKEY_free(keys[--n_keys].key);
}

void
km_keys_in(const char *dir)
{
	directory = dir;
}

static EVP_PKEY *
generate(enum km_alg alg)
{
	switch (alg) {
	case KM_P256:
		return EVP_EC_gen("P-256");
	case KM_P384:
		return EVP_EC_gen("P-384");
	case KM_P521:
		return EVP_EC_gen("P-521");
	case KM_RSA1024:
		return EVP_RSA_gen(1024);
	case KM_RSA2048:
		return EVP_RSA_gen(2048);
	case KM_RSA4096:
		return EVP_RSA_gen(4096);
	case KM_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	return NULL;
}

static EVP_PKEY *
load(const char *path)
{
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return key;
}

static bool
save(const char *path, const EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");
	if (!f || fchmod(fileno(f), 0600) != 0)
		return false;
	int good = PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	return fclose(f) == 0 && good;
}

static EVP_PKEY *
load_or_make(enum km_alg alg, unsigned slot)
{
	char path[PATH_MAX_KEY];

	if (!directory)
		return generate(alg);
	snprintf(path, sizeof(path), "%s/%u-%u.key", directory, (unsigned)alg,
	         slot);
	EVP_PKEY *key = load(path);
	if (key)
		return key;
	key = generate(alg);
	if (key && save(path, key))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

EVP_PKEY *
km_key(enum km_alg alg, unsigned slot)
{
	for (size_t i = 0; i < n_keys; i++)
		if (keys[i].alg == alg && keys[i].slot == slot)
			return keys[i].key;
	if (n_keys == KEYS_MAX)
		return NULL;

	EVP_PKEY *key = load_or_make(alg, slot);
	if (!key)
		return NULL;
	keys[n_keys].alg = alg;
	keys[n_keys].slot = slot;
	keys[n_keys].key = key;
	return keys[n_keys++].key;
}

static void
auto_md_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static const EVP_MD *
digest_of(enum km_alg alg)
{
	if (alg == KM_ED25519)
		return NULL;
	return alg == KM_P384 ? EVP_sha384() : EVP_sha256();
}

err_t
km_sign(enum km_alg alg, unsigned slot, struct bytes msg, struct buf *out)
{
	uint8_t sig[SIGNATURE_MAX];
	size_t len = sizeof(sig);
	EVP_PKEY *key = km_key(alg, slot);
	__attribute__((cleanup(auto_md_ctx))) EVP_MD_CTX *ctx =
	        EVP_MD_CTX_new();

	if (!key || !ctx ||
	    EVP_DigestSignInit(ctx, NULL, digest_of(alg), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, sig, &len, msg.data, msg.len) != 1)
		return E_BUG;
	buf_append(out, bytes_of(sig, len));
	return buf_status(out);
}

void
km_spki(enum km_alg alg, unsigned slot, struct buf *out)
{
	uint8_t *der = NULL;
	EVP_PKEY *key = km_key(alg, slot);
	int len = key ? i2d_PUBKEY(key, &der) : 0;

	if (len > 0)
		buf_append(out, bytes_of(der, (size_t)len));
	OPENSSL_free(der);
}
