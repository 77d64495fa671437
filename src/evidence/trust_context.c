/*
 * trust_context.c - passes the files of trust to a format.
 */
#include "evidence/trust_context.h"

err_t
evidence_trust_read(const struct evidence_offline *offline,
                    evidence_trust_fn *add, void *arg, struct buf *why)
{
	for (size_t i = 0; i < offline->n_trust; i++) {
		AUTO(buf_release) struct buf own_why = buf_of(256);
		const struct evidence_trust *t = &offline->trust[i];
		err_t err = add(arg, t->file, t->found ? &own_why : why);
		bool other = err == E_MALFORMED || err == E_DENIED;

		if (err == OK)
			continue;
		if (!t->found || !other) {
			if (t->found)
				buf_append(why, buf_bytes(&own_why));
			return err;
		}
		if (offline->skipped)
			offline->skipped(offline->arg, i, buf_str(&own_why));
	}
	return OK;
}
