/*
 * alg.c - see alg.h.
 */
#include "base/auto.h"
#include "evidence/tpm/alg.h"

struct row {
	uint16_t id;
	uint16_t size;
	const char *text;
};

static const struct row rows[] = {
#define TPM_ALG_ROW(name, id, text, size) { id, size, text },
	TPM_ALGS(TPM_ALG_ROW)
#undef TPM_ALG_ROW
};

static const struct row *
find_tpm_alg(uint16_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

const char *
tpm_alg_name(uint16_t id)
{
	const struct row *row = find_tpm_alg(id);

	return row ? row->text : NULL;
}

uint16_t
tpm_alg_find(struct bytes name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (bytes_equal_str(name, rows[i].text))
			return rows[i].id;
	return 0;
}

size_t
tpm_hash_size(uint16_t id)
{
	const struct row *row = find_tpm_alg(id);

	return row ? row->size : 0;
}
