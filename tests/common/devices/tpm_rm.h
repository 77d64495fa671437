/*
 * tpm_rm.h - a resource manager in front of a TPM, as /dev/tpmrm0 is one: each
 * client sees only what it loaded itself, and what it leaves goes with it.
 *
 * It has no more room than the TPM: nothing is swapped out.
 */
#ifndef COMMON_DEVICES_TPM_RM_H
#define COMMON_DEVICES_TPM_RM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"

struct tpm_rm {
	pid_t pid;     /* 0: not running */
	uint16_t port; /* of 127.0.0.1, where it listens */
};

/* In front of the TPM that listens there. */
bool tpm_rm_open(struct tpm_rm *rm, uint16_t tpm_port);
void tpm_rm_close(struct tpm_rm *rm);
DEFINE_AUTO_REF(struct tpm_rm, tpm_rm_close);

#endif
