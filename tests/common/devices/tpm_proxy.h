/*
 * tpm_proxy.h - a proxy process between the backend and swtpm that injects
 * faults.  It parses the frames of commands and responses, but hardly their
 * content.
 *
 * Its rules are in a memory page that it shares with the test, like those of
 * the PKCS#11 shim: they can change while the TPM is in use, and commands are
 * counted over all connections.  Like swtpm it serves one connection at a time.
 */
#ifndef COMMON_DEVICES_TPM_PROXY_H
#define COMMON_DEVICES_TPM_PROXY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"

#define TPM_PROXY_RULES 2
#define TPM_PROXY_DELAY_MS 100
#define TPM_PROXY_SECRET_MAX 32

enum tpm_command {
#define TPM_COMMAND(name, user, nth) TPM_CMD_##name,
#define TPM_CODE(name, code)
#define TPM_DEED(name)
#include "tests/common/devices/tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
	TPM_COMMANDS
};

enum tpm_outcome {
#define TPM_COMMAND(name, user, nth)
#define TPM_CODE(name, code) TPM_CODE_##name,
#define TPM_DEED(name) TPM_DEED_##name,
#include "tests/common/devices/tpm_proxy.def"
#undef TPM_COMMAND
#undef TPM_CODE
#undef TPM_DEED
	TPM_OUTCOMES
};

/* Read at each command; the test sets `on` last and clears it first. */
struct tpm_rule {
	atomic_uint on;
	atomic_uint fired;
	uint32_t command;
	uint32_t outcome;
	uint32_t nth; /* from 1; 0: every command */
};

struct tpm_page {
	struct tpm_rule rules[TPM_PROXY_RULES];
	atomic_uint calls[TPM_COMMANDS];
	atomic_uint unlisted; /* commands without a row */
	/* The first HMAC command of a connection counts as a login. */
	atomic_uint logins, logged_in;
	atomic_uint refused; /* authorisations that the TPM itself refused */
	char secret[TPM_PROXY_SECRET_MAX]; /* "": none */
	atomic_uint told;                  /* commands that contain it */
	/* Responses about this TPM_PT_* are changed to 0; 0: none.  The proxy
	 * does not know the session's key, so it cannot authenticate them. */
	atomic_uint lie;
	/* Commands authorised by a password instead of a session. */
	atomic_uint passwords[TPM_COMMANDS];
};

struct tpm_proxy {
	pid_t pid;
	uint16_t port; /* of 127.0.0.1, on which the proxy listens */
	struct tpm_page *page;
};

/* Starts a proxy in front of the TPM that listens on tpm_port. */
bool tpm_proxy_open(struct tpm_proxy *p, uint16_t tpm_port);
void tpm_proxy_close(struct tpm_proxy *p);
DEFINE_AUTO_REF(struct tpm_proxy, tpm_proxy_close);

/* Clears all rules and counts. */
void tpm_proxy_reset(struct tpm_proxy *p);

#endif
