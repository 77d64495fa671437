/*
 * swtpm_kit.h - a software TPM (swtpm) for each test, with the service's keys.
 */
#ifndef COMMON_DEVICES_SWTPM_KIT_H
#define COMMON_DEVICES_SWTPM_KIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "hsm/admin/admin.h"
#include "crypto/pins/pins.h"
#include "base/secret.h"

#define SWTPM_PIN "Tau-6283185307"

struct swtpm {
	char directory[64]; /* swtpm's state, and key files */
	uint16_t port;      /* for commands; the next one is for control */
	pid_t pid;          /* 0: not running */
	char bare[64];      /* URI without the places of keys */
	char uri[512];      /* as printed by keygen */
	uint8_t public_sha256[HASH_SIZE];
	enum alg alg;
	size_t spki_len;
	uint8_t spki[PINS_SPKI_MAX];
	struct secret *pin;
	bool lockout_off; /* create objects with noDA */
};

/* Starts a TPM without keys.  False: swtpm is not available, and the test was
 * marked as skipped. */
bool swtpm_open(struct swtpm *t);

/* Sets how many wrong authorisations lock the TPM, and after how many seconds
 * one is forgotten.  A restart counts like one, so swtpm_open() sets values
 * that no test reaches. */
bool swtpm_lockout(const struct swtpm *t, uint32_t most, uint32_t interval_s);

/* Creates the keys at those places, which are the URI's parameters; "": at the
 * default places. */
bool swtpm_keys(struct swtpm *t, const char *places, enum alg alg);

/* Creates what a TPM beside a token needs, that is, no signing key. */
bool swtpm_beside(struct swtpm *t, const char *places);

/* Runs a command of tpm2-tools, with arguments separated by blanks, in the
 * TPM's directory; no other process may have the TPM open.  False: the command
 * failed, which was reported as a failure of the test. */
bool swtpm_tool(const struct swtpm *t, const char *line);

/* Kills swtpm by SIGKILL; starts the same TPM again. */
void swtpm_kill(struct swtpm *t);
bool swtpm_start(struct swtpm *t);

void swtpm_close(struct swtpm *t);
DEFINE_AUTO_REF(struct swtpm, swtpm_close);

#endif
