/*
 * alg.h - TCG algorithm ids: one table of numbers, names and sizes.
 *
 * The policy uses the names, evidence the numbers (TCG Algorithm Registry).
 * Parsers refuse an id without a row.
 */
#ifndef EVIDENCE_TPM_ALG_H
#define EVIDENCE_TPM_ALG_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*   NAME          id      text          digest bytes (0: not a hash) */
#define TPM_ALGS(A)                          \
	A(RSA, 0x0001, "rsa", 0)             \
	A(SHA1, 0x0004, "sha1", 20)          \
	A(HMAC, 0x0005, "hmac", 0)           \
	A(AES, 0x0006, "aes", 0)             \
	A(MGF1, 0x0007, "mgf1", 0)           \
	A(KEYEDHASH, 0x0008, "keyedhash", 0) \
	A(SHA256, 0x000b, "sha256", 32)      \
	A(SHA384, 0x000c, "sha384", 48)      \
	A(SHA512, 0x000d, "sha512", 64)      \
	A(NULL, 0x0010, "null", 0)           \
	A(SM3_256, 0x0012, "sm3_256", 32)    \
	A(SM4, 0x0013, "sm4", 0)             \
	A(RSASSA, 0x0014, "rsassa", 0)       \
	A(RSAES, 0x0015, "rsaes", 0)         \
	A(RSAPSS, 0x0016, "rsapss", 0)       \
	A(OAEP, 0x0017, "oaep", 0)           \
	A(ECDSA, 0x0018, "ecdsa", 0)         \
	A(ECDH, 0x0019, "ecdh", 0)           \
	A(ECDAA, 0x001a, "ecdaa", 0)         \
	A(SM2, 0x001b, "sm2", 0)             \
	A(ECSCHNORR, 0x001c, "ecschnorr", 0) \
	A(ECMQV, 0x001d, "ecmqv", 0)         \
	A(KDF1_56A, 0x0020, "kdf1_56a", 0)   \
	A(KDF2, 0x0021, "kdf2", 0)           \
	A(KDF1_108, 0x0022, "kdf1_108", 0)   \
	A(ECC, 0x0023, "ecc", 0)             \
	A(SYMCIPHER, 0x0025, "symcipher", 0) \
	A(CAMELLIA, 0x0026, "camellia", 0)   \
	A(SHA3_256, 0x0027, "sha3_256", 32)  \
	A(SHA3_384, 0x0028, "sha3_384", 48)  \
	A(SHA3_512, 0x0029, "sha3_512", 64)

enum tpm_alg {
#define TPM_ALG_ENUM(name, id, text, size) TPM_ALG_##name = (id),
	TPM_ALGS(TPM_ALG_ENUM)
#undef TPM_ALG_ENUM
};

#define TPM_DIGEST_MAX 64 /* bytes: the largest hash above */
#define TPM_PCR_COUNT 32  /* PCRs of a bank: four bytes of bitmap */

/* The text of an id; NULL: the id has no row. */
const char *tpm_alg_name(uint16_t id);

/* The id of a text; 0: the text has no row. */
uint16_t tpm_alg_find(struct bytes name);

/* The size of a digest in bytes; 0: id is not a hash. */
size_t tpm_hash_size(uint16_t id);

#endif
