/*
 * tell.c - passes on why a TPM refused.
 */
#include "hsm/tpm2/admin/admin.h"

err_t
t2_tell(const struct tpm2 *t, struct buf *why, err_t err)
{
	if (err != OK)
		buf_append_str(why, t->why);
	return err;
}
