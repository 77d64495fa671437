/*
 * tpm_rm.h - a resource manager in front of a TPM, like /dev/tpmrm0: each
 * client sees only objects that it has loaded, and they are flushed at its end.
 *
 * It does not swap objects out, so it has only the TPM's own memory.
 */
#ifndef COMMON_DEVICES_TPM_RM_H
#define COMMON_DEVICES_TPM_RM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"

struct tpm_rm {
	pid_t pid;     /* 0: not running */
	uint16_t port; /* of 127.0.0.1, on which it listens */
};

/* Starts one in front of the TPM that listens on tpm_port. */
bool tpm_rm_open(struct tpm_rm *rm, uint16_t tpm_port);
void tpm_rm_close(struct tpm_rm *rm);
DEFINE_AUTO_REF(struct tpm_rm, tpm_rm_close);

#endif
