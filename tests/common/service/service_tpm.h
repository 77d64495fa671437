/*
 * service_tpm.h - the service under test with its keys in a TPM, not SoftHSM.
 */
#ifndef COMMON_SERVICE_SERVICE_TPM_H
#define COMMON_SERVICE_SERVICE_TPM_H

#include "tests/common/service/service.h"
#include "tests/common/devices/swtpm_kit.h"

/*
 * Between service_prepare() and service_launch(): a TPM made of software, keys
 * made in it by `anchorctl token keygen`, and the configuration says so.  The
 * TPM is t, with the service's PIN.  E_NOT_FOUND: there is no swtpm here.
 */
MUST_CHECK err_t service_on_tpm(const struct service *s, struct swtpm *t);

/* All three, and waits until it is ready. */
MUST_CHECK err_t service_start_on_tpm(struct swtpm *t,
                                      struct service **ret_service);

#endif
