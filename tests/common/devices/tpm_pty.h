/*
 * tpm_pty.h - a TPM behind a device file: a pseudoterminal in place of
 * /dev/tpmrm0, with swtpm at its other end.
 *
 * As with the kernel's device, a command is one write(2), poll(2) reports a
 * response, and no call blocks.  Unlike the kernel's resource manager it
 * flushes nothing when it is closed.
 */
#ifndef COMMON_DEVICES_TPM_PTY_H
#define COMMON_DEVICES_TPM_PTY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"

struct tpm_pty {
	pid_t pid;
	char path[64]; /* every user may open it */
};

/* Starts one in front of the TPM that listens on that port of 127.0.0.1. */
bool tpm_pty_open(struct tpm_pty *p, uint16_t tpm_port);
void tpm_pty_close(struct tpm_pty *p);
DEFINE_AUTO_REF(struct tpm_pty, tpm_pty_close);

#endif
