/*
 * trust.c - see trust.h: the kind of device that is named does it.
 */
#include "hsm/admin/int.h"

err_t
hsm_token_trust(const struct hsm_token_name *name, const struct secret *pin,
                const struct hsm_token_trust_ops *ops, struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, trust, why, name, pin, ops, why);
}

err_t
hsm_trust_put_certificate(const struct hsm_token_name *name,
                          const struct hsm_trust_officer *who, struct bytes der,
                          struct buf *why, struct hsm_trust_put *ret_put)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, put_certificate, why, name, who, der, why,
	                    ret_put);
}

err_t
hsm_trust_put_genesis(const struct hsm_token_name *name,
                      const struct hsm_trust_officer *who,
                      const uint8_t digest[static HASH_SIZE], struct buf *why,
                      struct hsm_trust_put *ret_put)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, put_genesis, why, name, who, digest, why,
	                    ret_put);
}

err_t
hsm_trust_remove_certificate(const struct hsm_token_name *name,
                             const struct hsm_trust_officer *who,
                             const uint8_t digest[static HASH_SIZE],
                             struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, remove_certificate, why, name, who, digest,
	                    why);
}

err_t
hsm_trust_remove_genesis(const struct hsm_token_name *name,
                         const struct hsm_trust_officer *who,
                         const uint8_t digest[static HASH_SIZE],
                         struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, remove_genesis, why, name, who, digest, why);
}

err_t
hsm_trust_move_head(const struct hsm_token_name *name,
                    const struct hsm_trust_officer *who,
                    const struct hsm_trust_head *head, struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	if (head->version == 0) {
		buf_append_str(why, "versions begin with 1");
		return E_CONFLICT;
	}
	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, move_head, why, name, who, head, why);
}

err_t
hsm_trust_raise_counter(const struct hsm_token_name *name,
                        const struct hsm_trust_officer *who, uint64_t value,
                        struct buf *why, uint64_t *ret_value)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, raise_counter, why, name, who, value, why,
	                    ret_value);
}
