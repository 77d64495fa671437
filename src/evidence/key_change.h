/*
 * key_change.h - the key that a device has signs the key that it is to have.
 *
 * What is signed is KEY_CHANGE_LABEL with its closing zero byte, the nonce of the
 * challenge, and the identity of the new key: 86 bytes.  The label begins no other
 * statement that a device's key signs for this service: a proof is the 32 bytes of
 * a nonce, a proof of possession begins with base64url.  The nonce ties the
 * signature to one challenge, and by it to tenant and device; the challenge is
 * redeemed once.
 */
#ifndef EVIDENCE_KEY_CHANGE_H
#define EVIDENCE_KEY_CHANGE_H

#include <stdint.h>

#include "base/bytes.h"
#include "evidence/appraisal.h"
#include "wire/choices.h"

#define KEY_CHANGE_LABEL "anchord-key-change-v1"
#define KEY_CHANGE_STATEMENT_SIZE (sizeof(KEY_CHANGE_LABEL) + 2 * HASH_SIZE)

struct key_change {
	enum wire_key_change order; /* none: the key is to stay */
	struct bytes previous_key;  /* SubjectPublicKeyInfo; or empty */
	struct bytes previous_signature;
};

void key_change_statement(const uint8_t nonce[static HASH_SIZE],
                          const uint8_t identity[static HASH_SIZE],
                          uint8_t out[static KEY_CHANGE_STATEMENT_SIZE]);

/* Of a change by the key itself: the reason when the signature does not hold, and
 * otherwise the identity of the key that signed.  Evidence whose key is not proved
 * has a reason already. */
reason_set key_change_signed(const struct key_change *change,
                             const uint8_t nonce[static HASH_SIZE],
                             const struct appraisal *found,
                             uint8_t ret_previous[static HASH_SIZE]);

#endif
