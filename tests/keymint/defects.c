/*
 * defects.c - see defects.h.
 */
#include "tests/keymint/defects.h"

#include <string.h>

#include "base/encode.h"

static const struct km_defect *const tables[] = {
	km_defects_description, km_defects_chain,  km_defects_shape,
	km_defects_kind,        km_defects_device, km_defects_proof,
	km_defects_revoked,
};

const struct km_defect *
km_defect_at(size_t i)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct km_defect *d = tables[t]; d->name; d++)
			if (i-- == 0)
				return d;
	return NULL;
}

const struct km_defect *
km_defect_find(const char *name)
{
	const struct km_defect *d;

	for (size_t i = 0; (d = km_defect_at(i)); i++)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

err_t
km_defect_make(struct km_chain *chain, const struct km_defect *d)
{
	if (!d->after)
		d->apply(chain, d);
	TRY(km_chain_make(chain));
	if (d->after)
		d->apply(chain, d);
	return OK;
}

/* The scratch has room for all that a defect asks for before it grows. */
struct bytes
km_hex(struct km_chain *chain, const char *hex)
{
	size_t before = chain->scratch.len;

	if (decode_hex(&chain->scratch, bytes_of_str(hex)) != OK)
		return bytes_of(NULL, 0);
	return bytes_of(chain->scratch.data + before,
	                chain->scratch.len - before);
}
