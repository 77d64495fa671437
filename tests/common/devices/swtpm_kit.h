/*
 * swtpm_kit.h - a TPM made of software for each test, with the service's keys.
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
	char directory[64]; /* swtpm's state, and room for blobs */
	uint16_t port;      /* of commands; control is the next one */
	pid_t pid;          /* 0: not running */
	char bare[64];      /* URI without places */
	char uri[512];      /* as keygen gave it */
	uint8_t public_sha256[HASH_SIZE];
	enum alg alg;
	size_t spki_len;
	uint8_t spki[PINS_SPKI_MAX];
	struct secret *pin;
	bool lockout_off; /* make what is noDA */
};

/* A TPM, not yet with keys.  False: there is no swtpm here (the test is marked
 * as skipped). */
bool swtpm_open(struct swtpm *t);

/* How many wrong proofs lock the TPM, and in how many seconds it forgets one.  A
 * restart counts like one, so swtpm_open() sets what no test reaches. */
bool swtpm_lockout(const struct swtpm *t, uint32_t most, uint32_t interval_s);

/* keygen at the places that the URI names; "" for none. */
bool swtpm_keys(struct swtpm *t, const char *places, enum alg alg);

/* No signing key: what a TPM beside a token has. */
bool swtpm_beside(struct swtpm *t, const char *places);

/* Runs one of tpm2-tools, whose words are apart by blanks, in the TPM's
 * directory; nothing else may have the TPM open.  False, and a failure of the
 * test: it did not succeed. */
bool swtpm_tool(const struct swtpm *t, const char *line);

/* SIGKILL, and the same TPM again. */
void swtpm_kill(struct swtpm *t);
bool swtpm_start(struct swtpm *t);

void swtpm_close(struct swtpm *t);
DEFINE_AUTO_REF(struct swtpm, swtpm_close);

#endif
