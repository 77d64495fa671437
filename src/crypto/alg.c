/*
 * alg.c - look-ups in the table of algorithms.
 */
#include "crypto/alg.h"
#include "base/auto.h"

enum digest {
#define ALG_DIGEST(name, ...) DIGEST_##name,
#include "crypto/alg.def"
	DIGESTS
};

static const struct {
	const char *libcrypto;
	size_t size;
} digests[DIGESTS] = {
#define ALG_DIGEST(name, libcrypto, bytes, ...) { libcrypto, bytes },
#include "crypto/alg.def"
};

static const struct alg_row {
	const char *jose;
	int64_t cose, cose_of_curve; /* 0: there is none */
	enum alg_key key;
	enum digest digest;
	enum alg_form form;
	size_t signature_size;
} rows[ALG_COUNT] = {
#define ALG(name, jose, cose, rfc9864, key, digest, form, size, ...) \
	{                                                            \
		jose,                                                \
		cose,                                                \
		rfc9864,                                             \
		ALG_KEY_##key,                                       \
		DIGEST_##digest,                                     \
		ALG_FORM_##form,                                     \
		size                                                 \
	},
#include "crypto/alg.def"
};

const char *
alg_jose_name(enum alg alg)
{
	return alg < ALG_COUNT ? rows[alg].jose : "?";
}

int64_t
alg_cose_id(enum alg alg)
{
	return alg < ALG_COUNT ? rows[alg].cose : 0; /* 0 is reserved */
}

const char *
alg_digest_name(enum alg alg)
{
	return alg < ALG_COUNT ? digests[rows[alg].digest].libcrypto : NULL;
}

size_t
alg_digest_size(enum alg alg)
{
	return alg < ALG_COUNT ? digests[rows[alg].digest].size : 0;
}

size_t
alg_signature_size(enum alg alg)
{
	return alg < ALG_COUNT ? rows[alg].signature_size : 0;
}

enum alg_key
alg_key(enum alg alg)
{
	return rows[alg].key;
}

enum alg_form
alg_form(enum alg alg)
{
	return rows[alg].form;
}

enum alg
alg_usual(enum alg_key key)
{
	enum alg a = 0;

	while (a < ALG_COUNT && rows[a].key != key)
		a++;
	return a;
}

const char *
alg_key_curve(enum alg_key key)
{
	static const char *const curves[ALG_KEYS] = {
#define ALG_KEY(name, kty, crv, ...) crv,
#include "crypto/alg.def"
	};

	return curves[key];
}

enum alg
alg_of_jose(struct bytes name)
{
	enum alg a = 0;

	while (a < ALG_COUNT && !bytes_equal_str(name, rows[a].jose))
		a++;
	return a;
}

enum alg
alg_of_cose(int64_t id)
{
	enum alg a = 0;

	if (id == 0) /* reserved; in the table it means "no id" */
		return ALG_COUNT;
	while (a < ALG_COUNT && rows[a].cose != id &&
	       rows[a].cose_of_curve != id)
		a++;
	return a;
}
