/*
 * alg.c - look-ups in the table of algorithms.
 */
#include "crypto/alg.h"
#include "base/auto.h"

struct alg_row {
	const char *jose;
	int64_t cose;
	const char *digest;
	size_t signature_size;
};

static const struct alg_row rows[ALG_COUNT] = {
#define ALG_ROW(name, jose, cose, digest, size) \
	[ALG_##name] = { jose, cose, digest, size },
	ALGS(ALG_ROW)
#undef ALG_ROW
};

/* RFC 9864 section 2: ids of the same algorithms that fix the curve, too. */
static const struct {
	int64_t id;
	enum alg alg;
} also[] = {
	{ -9, ALG_ES256 },
	{ -51, ALG_ES384 },
	{ -19, ALG_ED25519 },
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
	return alg < ALG_COUNT ? rows[alg].digest : NULL;
}

size_t
alg_signature_size(enum alg alg)
{
	return alg < ALG_COUNT ? rows[alg].signature_size : 0;
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
	for (size_t i = 0; i < ARRAY_LEN(also); i++)
		if (also[i].id == id)
			return also[i].alg;

	enum alg a = 0;
	while (a < ALG_COUNT && rows[a].cose != id)
		a++;
	return a;
}
