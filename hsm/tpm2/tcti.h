/*
 * tcti.h - the connection to a TPM; see tcti.c.
 */
#ifndef HSM_TPM2_TCTI_H
#define HSM_TPM2_TCTI_H

#include <tss2/tss2_tcti.h>

#include "base/auto.h"
#include "base/err.h"

/* Connects. E_CONFIG: unknown kind of connection; E_DEVICE: cannot connect, and
 * errno has the cause. */
struct tcti;
MUST_CHECK err_t t2_tcti_open(const char *tcti, struct tcti **ret_tcti);
/* The context for ESYS, and the descriptor for poll(2); both are borrowed. */
TSS2_TCTI_CONTEXT *t2_tcti_context(struct tcti *w);
int t2_tcti_fd(const struct tcti *w);
void t2_tcti_close(struct tcti *w); /* accepts NULL */
DEFINE_AUTO(struct tcti *, t2_tcti_close);

#endif
