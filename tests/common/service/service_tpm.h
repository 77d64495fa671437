/*
 * service_tpm.h - runs the service with its keys in a TPM instead of SoftHSM.
 */
#ifndef COMMON_SERVICE_SERVICE_TPM_H
#define COMMON_SERVICE_SERVICE_TPM_H

#include "tests/common/service/service.h"
#include "tests/common/devices/swtpm_kit.h"

/*
 * To be called between service_prepare() and service_launch(): starts the
 * software TPM t, creates keys in it by `anchorctl token keygen` with the
 * service's PIN, and configures it.  E_NOT_FOUND: swtpm is not available.
 */
MUST_CHECK err_t service_on_tpm(const struct service *s, struct swtpm *t);

/* Does all three, and waits until the service is ready. */
MUST_CHECK err_t service_start_on_tpm(struct swtpm *t,
                                      struct service **ret_service);

#endif
