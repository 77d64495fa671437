/*
 * verdict_kit.h - composes verdicts with their tag, for tests in the place of a
 * verifier or of the ledger.
 */
#ifndef COMMON_FAKES_VERDICT_KIT_H
#define COMMON_FAKES_VERDICT_KIT_H

#include "base/buf.h"
#include "crypto/token/challenge.h"
#include "wire/wire.h"

/* The file "verdict-key" of a test's service, and of another run of it. */
#define VERDICT_KIT_KEY \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define VERDICT_KIT_OTHER_KEY \
	"ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* The finding for good evidence of tpm2-quote for that challenge; its texts are
 * views. */
struct wire_finding verdict_kit_good(const struct challenge *c);

/* The finding for a forged challenge. */
struct wire_finding verdict_kit_forged(void);

/* Appends a VERDICT for a front's request, with a tag by that key. */
void verdict_kit_packet(struct buf *out, const struct wire_finding *f,
                        const char *key, uint64_t request,
                        struct bytes challenge);

/* Encodes the finding into text, and puts it into m with a tag by that key. */
void verdict_kit_seal(struct wire_result_sign *m, const struct wire_finding *f,
                      const char *key, struct buf *text);

#endif
