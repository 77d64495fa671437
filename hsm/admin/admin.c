/*
 * admin.c - the table of the kinds of devices, and the functions of admin.h and
 * list.h, each of which calls the function of the device's kind.
 */
#include "hsm/admin/int.h"

/* To add a device, add a row. */
static const struct hsm_admin *const kinds[] = {
	&hsm_admin_pkcs11,
	&hsm_admin_tpm2,
};

const struct hsm_admin *
hsm_admin_at(size_t i)
{
	return i < ARRAY_LEN(kinds) ? kinds[i] : NULL;
}

err_t
hsm_admin_find(const char *uri, struct buf *why,
               const struct hsm_admin **ret_kind)
{
	const struct hsm_backend *backend = hsm_backend_find(uri);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i]->backend == backend) {
			*ret_kind = kinds[i];
			return OK;
		}
	return hsm_backend_none(why);
}

/* A name without a URI denotes a token of a PKCS#11 module. */
err_t
hsm_admin_named(const struct hsm_token_name *name, struct buf *why,
                const struct hsm_admin **ret_kind)
{
	const struct hsm_admin *kind = NULL;
	size_t i = 0;

	if (!name->uri) {
		while (!kinds[i]->by_module)
			i++;
		*ret_kind = kinds[i];
		return OK;
	}
	TRY(hsm_admin_find(name->uri, why, &kind));
	if (kind->by_module) {
		buf_printf(why,
		           "a %s token is named by --module and --token, not "
		           "by --uri",
		           kind->backend->scheme);
		return E_CONFIG;
	}
	*ret_kind = kind;
	return OK;
}

err_t
hsm_admin_lacks(const struct hsm_admin *kind, const char *verb, struct buf *why)
{
	buf_printf(why, "%s devices do not support '%s'", kind->backend->scheme,
	           verb);
	return E_DENIED;
}

bool
hsm_by_module(const char *uri)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	const struct hsm_admin *kind = NULL;

	return hsm_admin_find(uri, &why, &kind) == OK && kind->by_module;
}

err_t
hsm_token_init(const struct hsm_token_name *name, const struct secret *so_pin,
               const struct secret *pin, struct buf *why,
               struct hsm_token *ret_token)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, init, why, name, so_pin, pin, why, ret_token);
}

err_t
hsm_token_so_pin(const struct hsm_token_name *name, const struct secret *so_pin,
                 const struct secret *new_pin, struct buf *why,
                 struct hsm_token *ret_token)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, so_pin, why, name, so_pin, new_pin, why,
	                    ret_token);
}

err_t
hsm_token_own(const struct hsm_token_name *name,
              const struct hsm_ownership_wanted *wanted, struct buf *why,
              struct hsm_token *ret_token)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, own, why, name, wanted, why, ret_token);
}

err_t
hsm_token_attest(const struct hsm_token_name *name, const struct secret *pin,
                 const uint8_t nonce[static HASH_SIZE],
                 const struct hsm_attest_ops *ops, struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, attest, why, name, pin, nonce, ops, why);
}

err_t
hsm_token_list(const struct hsm_token_name *name, const struct secret *pin,
               const struct hsm_list_ops *ops, struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, list, why, name, pin, ops, why);
}

err_t
hsm_token_keygen(const struct hsm_token_name *name, const struct secret *pin,
                 const struct hsm_keygen *wanted, struct buf *why,
                 struct hsm_keygen_result *ret_result)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, keygen, why, name, pin, wanted, why,
	                    ret_result);
}

err_t
hsm_token_public(const struct hsm_key_name *name, const struct secret *pin,
                 struct buf *why, struct hsm_public *ret_public)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_find(name->uri, why, &kind));
	return HSM_ADMIN_DO(kind, public, why, name, pin, why, ret_public);
}

err_t
hsm_token_sign(const struct hsm_key_name *name, const struct secret *pin,
               struct bytes message, struct buf *why,
               struct hsm_signed *ret_signed)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_find(name->uri, why, &kind));
	return HSM_ADMIN_DO(kind, sign, why, name, pin, message, why,
	                    ret_signed);
}

const char *
hsm_attribute_name(enum hsm_attribute a)
{
	static const char *const names[] = {
#define HSM_ATTRIBUTE_NAME(name, text) text,
		HSM_ATTRIBUTES(HSM_ATTRIBUTE_NAME)
#undef HSM_ATTRIBUTE_NAME
	};

	return a < HSM_ATTRIBUTE_COUNT ? names[a] : "?";
}
