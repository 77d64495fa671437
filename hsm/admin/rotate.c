/*
 * rotate.c - see rotate.h; each function calls that of the device's kind, which
 * the scheme of the key's URI determines.
 */
#include "hsm/admin/int.h"

err_t
hsm_key_place(const char *uri, struct buf *why, struct hsm_key_place *ret_place)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_find(uri, why, &kind));
	return HSM_ADMIN_DO(kind, place, why, uri, why, ret_place);
}

err_t
hsm_key_rotate(const struct hsm_key_pinned *old, const struct secret *pin,
               const struct hsm_keygen *wanted, struct buf *why,
               struct hsm_keygen_result *ret_result)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_find(old->uri, why, &kind));
	return HSM_ADMIN_DO(kind, next, why, old, pin, wanted, why, ret_result);
}

err_t
hsm_key_prove(const struct hsm_key_pinned *key, const struct secret *pin,
              struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_find(key->uri, why, &kind));
	return HSM_ADMIN_DO(kind, prove, why, key, pin, why);
}

err_t
hsm_key_left(const struct hsm_key_pinned *key, const struct secret *pin,
             struct buf *why, struct hsm_key_left *ret_left)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_find(key->uri, why, &kind));
	return HSM_ADMIN_DO(kind, left, why, key, pin, why, ret_left);
}

err_t
hsm_key_destroy(const struct hsm_key_pinned *key, const struct secret *pin,
                struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_find(key->uri, why, &kind));
	return HSM_ADMIN_DO(kind, destroy, why, key, pin, why);
}
