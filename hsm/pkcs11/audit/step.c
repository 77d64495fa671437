/*
 * step.c - helpers of the audit: steps that may fail, and the kind of a key.
 */
#include <string.h>

#include "hsm/pkcs11/audit/audit.h"

err_t
p11_audit_step(struct audit *a, const char *doing, err_t err,
               const struct audit_key *key)
{
	const struct audit_failure what = { err, a->p11->why, key };

	return hsm_audit_failed(&a->failures, a->ops, doing, &what);
}

bool
p11_audit_is(const struct audit_key *key, const char *class)
{
	return strcmp(key->object.class, class) == 0;
}

bool
p11_audit_type(const struct audit_key *key, const char *type)
{
	return strcmp(key->object.type, type) == 0;
}

bool
p11_audit_are_halves(const struct audit_key *a, const struct audit_key *b)
{
	const char *other =
	        p11_audit_is(a, "private-key") ? "public-key" : "private-key";

	return p11_audit_is(b, other) && p11_audit_type(b, a->object.type) &&
	       hsm_audit_same_id(a, b);
}
