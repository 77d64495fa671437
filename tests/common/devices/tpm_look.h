/*
 * tpm_look.h - reads the state of a swtpm by a session of its own.  No other
 * process may have the TPM open.
 */
#ifndef COMMON_DEVICES_TPM_LOOK_H
#define COMMON_DEVICES_TPM_LOOK_H

#include "hsm/tpm2/admin/admin.h"
#include "tests/common/devices/swtpm_kit.h"
#include "tests/common/devices/tpm_proxy.h"

/* Opens a session with the TPM t, and parses its URI. */
MUST_CHECK err_t tpm_look(const struct swtpm *t, struct tpm2 **ret_tpm,
                          struct t2_uri *ret_uri);

struct t2_lockout tpm_look_lockout(const struct swtpm *t);

/* Whether signing key, handle key and counter are noDA, in this order. */
void tpm_look_noda(const struct swtpm *t, bool ret_noda[static 3]);

/* A proxy in front of the TPM, and the TPM's URI through it. */
struct tpm_between {
	struct tpm_proxy proxy;
	char uri[512];
};
bool tpm_between(struct tpm_between *b, const struct swtpm *t);
void tpm_between_close(struct tpm_between *b);
DEFINE_AUTO_REF(struct tpm_between, tpm_between_close);
/* From now on every such command has this outcome. */
void tpm_between_order(struct tpm_between *b, enum tpm_command command,
                       enum tpm_outcome outcome);

#endif
