/*
 * tcti.h - the way to a TPM; see tcti.c.
 */
#ifndef HSM_TPM2_TCTI_H
#define HSM_TPM2_TCTI_H

#include <tss2/tss2_tcti.h>

#include "base/auto.h"
#include "base/err.h"

/* E_CONFIG: no such way; E_DEVICE: nobody there. */
struct way;
MUST_CHECK err_t t2_way_open(const char *way, struct way **ret_way);
TSS2_TCTI_CONTEXT *t2_way_tcti(struct way *w);
int t2_way_fd(const struct way *w);
void t2_way_close(struct way *w); /* accepts NULL */
DEFINE_AUTO(struct way *, t2_way_close);

#endif
