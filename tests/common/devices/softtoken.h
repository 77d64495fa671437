/*
 * softtoken.h - a SoftHSM token for each test.
 *
 * SoftHSM rewrites token files at each login and is safe neither against
 * crashes nor against other processes, so tests do not share a directory.  The
 * first use creates a template token with both keys; each test gets a copy.
 */
#ifndef COMMON_DEVICES_SOFTTOKEN_H
#define COMMON_DEVICES_SOFTTOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "hsm/admin/admin.h"
#include "crypto/pins/pins.h"
#include "base/secret.h"

#define SOFTTOKEN_LABEL "anchord-test"
#define SOFTTOKEN_PIN "Tau-6283185307"
#define SOFTTOKEN_SO_PIN "31415926"

struct softtoken {
	char directory[128]; /* softhsm2.conf, tokens/, state/ */
	char config[160];    /* path of softhsm2.conf */
	const char *module;
	char uri[512];
	uint8_t public_sha256[HASH_SIZE];
	enum alg alg;
	size_t spki_len;
	uint8_t spki[PINS_SPKI_MAX];
	struct secret *pin;
};

/* Copies the template and sets SOFTHSM2_CONF to the copy.  False: SoftHSM is
 * not available, and the test was marked as skipped. */
bool softtoken_open(struct softtoken *t);

/* The same with a directory that contains no token. */
bool softtoken_open_empty(struct softtoken *t);

/* Removes the directory. */
void softtoken_close(struct softtoken *t);
DEFINE_AUTO_REF(struct softtoken, softtoken_close);

#endif
