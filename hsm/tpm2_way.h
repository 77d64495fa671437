/*
 * tpm2_way.h - the way to a TPM; see tpm2_way.c.
 */
#ifndef TPM2_WAY_H
#define TPM2_WAY_H

#include <tss2/tss2_tcti.h>

#include "auto.h"
#include "err.h"

/* E_CONFIG: no such way; E_DEVICE: nobody there. */
struct way;
MUST_CHECK err_t t2_way_open(const char *way, struct way **ret_way);
TSS2_TCTI_CONTEXT *t2_way_tcti(struct way *w);
int t2_way_fd(const struct way *w);
void t2_way_close(struct way *w); /* accepts NULL */
DEFINE_AUTO(struct way *, t2_way_close);

#endif
