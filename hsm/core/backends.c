/*
 * backends.c - the table of backends, and look.h.
 */
#include <string.h>

#include "hsm/core/backend.h"

/* To add a device, add a row. */
static const struct hsm_backend *const backends[] = {
	&hsm_pkcs11,
	&hsm_tpm2,
};

const struct hsm_backend *
hsm_backend_find(const char *uri)
{
	for (size_t i = 0; i < ARRAY_LEN(backends); i++)
		if (strncmp(uri, backends[i]->scheme,
		            strlen(backends[i]->scheme)) == 0)
			return backends[i];
	return NULL;
}

err_t
hsm_backend_none(struct buf *why)
{
	buf_append_str(why, "a token URI must begin with");
	for (size_t i = 0; i < ARRAY_LEN(backends); i++)
		buf_printf(why, "%s %s", i ? " or" : "", backends[i]->scheme);
	return E_CONFIG;
}

err_t
hsm_look_uri(const char *uri, struct buf *why)
{
	const struct hsm_backend *backend = hsm_backend_find(uri);

	return backend ? backend->check_uri(uri, why) : hsm_backend_none(why);
}

err_t
hsm_look(const char *module, const char *uri, struct buf *why,
         struct hsm_look *ret_look)
{
	const struct hsm_options options = { .module = module, .uri = uri };
	const struct hsm_backend *backend = hsm_backend_find(uri);

	return backend ? backend->look(&options, why, ret_look)
	               : hsm_backend_none(why);
}
