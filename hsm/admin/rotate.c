/*
 * rotate.c - see rotate.h: selects the type of device by a key's URI.
 */
#include <string.h>

#include "hsm/admin/rotate_int.h"

static const struct hsm_next *const kinds[] = { &hsm_next_pkcs11,
	                                        &hsm_next_tpm2 };

/* E_CONFIG: no type has this scheme. */
static err_t
find_kind(const char *uri, struct buf *why, const struct hsm_next **ret_kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strncmp(uri, kinds[i]->scheme, strlen(kinds[i]->scheme)) ==
		    0) {
			*ret_kind = kinds[i];
			return OK;
		}
	buf_append_str(why, "token URI:");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		buf_printf(why, " no %s", kinds[i]->scheme);
	return E_CONFIG;
}

err_t
hsm_key_place(const char *uri, struct buf *why, struct hsm_key_place *ret_place)
{
	const struct hsm_next *kind = NULL;

	TRY(find_kind(uri, why, &kind));
	return kind->place(uri, why, ret_place);
}

err_t
hsm_key_rotate(const struct hsm_key_pinned *old, const struct secret *pin,
               const struct hsm_keygen *wanted, struct buf *why,
               struct hsm_keygen_result *ret_result)
{
	const struct hsm_next *kind = NULL;

	TRY(find_kind(old->uri, why, &kind));
	return kind->next(old, pin, wanted, why, ret_result);
}

err_t
hsm_key_prove(const struct hsm_key_pinned *key, const struct secret *pin,
              struct buf *why)
{
	const struct hsm_next *kind = NULL;

	TRY(find_kind(key->uri, why, &kind));
	return kind->prove(key, pin, why);
}

err_t
hsm_key_left(const struct hsm_key_pinned *key, const struct secret *pin,
             struct buf *why, struct hsm_key_left *ret_left)
{
	const struct hsm_next *kind = NULL;

	TRY(find_kind(key->uri, why, &kind));
	return kind->left(key, pin, why, ret_left);
}

err_t
hsm_key_destroy(const struct hsm_key_pinned *key, const struct secret *pin,
                struct buf *why)
{
	const struct hsm_next *kind = NULL;

	TRY(find_kind(key->uri, why, &kind));
	return kind->destroy(key, pin, why);
}
