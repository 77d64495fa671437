/*
 * rc.h - classifies a TPM's return codes; the table is rc.def.
 */
#ifndef HSM_TPM2_RC_H
#define HSM_TPM2_RC_H

#include <stdbool.h>
#include <tss2/tss2_common.h>

#include "base/err.h"

enum t2_class { T2_FINE, T2_LOST, T2_LATCH, T2_REFUSE }; /* see rc.def */

/* A code without a row is T2_LOST and "unknown code". */
enum t2_class t2_rc_class(TSS2_RC rc);
const char *t2_rc_name(TSS2_RC rc);
bool t2_rc_known(TSS2_RC rc);
err_t t2_rc_err(TSS2_RC rc); /* OK, E_DEVICE, E_LATCHED, E_DENIED */
/* The code without its layer and without the number of the handle, session or
 * parameter that it concerns. */
TSS2_RC t2_rc_base(TSS2_RC rc);

#endif
