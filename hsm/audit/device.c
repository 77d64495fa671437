/*
 * device.c - calls the audit of the kind of device that a name denotes; see
 * audit.h and strays.h.
 */
#include "hsm/admin/int.h"
#include "hsm/audit/audit.h"
#include "hsm/audit/strays.h"

err_t
hsm_token_strays(const struct hsm_token_name *name, const struct secret *pin,
                 bool remove, const struct hsm_strays_ops *ops, struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(name, why, &kind));
	return HSM_ADMIN_DO(kind, strays, why, name, pin, remove, ops, why);
}

err_t
hsm_token_audit(const struct hsm_audited *asked, const struct secret *pin,
                const struct audit_ops *ops, struct buf *why)
{
	const struct hsm_admin *kind = NULL;

	TRY(hsm_admin_named(&asked->name, why, &kind));
	return HSM_ADMIN_DO(kind, audit, why, asked, pin, ops, why);
}

const char *
hsm_mechanism_name(uint64_t type)
{
	const struct hsm_admin *kind;
	const char *name = "";

	for (size_t i = 0; !*name && (kind = hsm_admin_at(i)); i++)
		name = kind->mechanism_name(type);
	return name;
}
