/*
 * shadow.c - see shadow.h.
 */
#include "ledger/shadow.h"

#include <string.h>

/* An id becomes a label of a metric, so it is spelt as policies spell theirs. */
bool
shadow_valid(const struct wire_verdict *v)
{
	if (v->shadow_id.len == 0)
		return v->shadow_version == 0 && v->shadow_reasons == 0;
	return reason_set_valid(v->shadow_reasons) &&
	       tenant_name_valid(v->shadow_id); /* 64 bytes at most */
}

err_t
shadow_keep(const struct wire_verdict *v, reason_set ours, struct outcome *o)
{
	reason_set reasons = v->shadow_reasons | ours;

	if (v->shadow_id.len == 0 || reasons == o->reasons)
		return OK;
	o->shadow_version = v->shadow_version;
	memcpy(o->shadow_digest, v->shadow_digest, sizeof(o->shadow_digest));
	o->shadow_reasons = reasons;
	return store_small_set(&o->shadow_id, v->shadow_id) ? OK : E_BUG;
}

reason_set
shadow_reasons_of(const struct outcome *o)
{
	return o->shadow_id.len > 0 ? o->shadow_reasons : o->reasons;
}
