/*
 * key_change.c - see key_change.h.
 */
#include "evidence/key_change.h"

#include <string.h>

#include "crypto/digest.h"
#include "crypto/keys/signature.h"

void
key_change_statement(const uint8_t nonce[static HASH_SIZE],
                     const uint8_t identity[static HASH_SIZE],
                     uint8_t out[static KEY_CHANGE_STATEMENT_SIZE])
{
	memcpy(out, KEY_CHANGE_LABEL, sizeof(KEY_CHANGE_LABEL));
	memcpy(out + sizeof(KEY_CHANGE_LABEL), nonce, HASH_SIZE);
	memcpy(out + sizeof(KEY_CHANGE_LABEL) + HASH_SIZE, identity, HASH_SIZE);
}

reason_set
key_change_signed(const struct key_change *change,
                  const uint8_t nonce[static HASH_SIZE],
                  const struct appraisal *found,
                  uint8_t ret_previous[static HASH_SIZE])
{
	uint8_t statement[KEY_CHANGE_STATEMENT_SIZE];

	if (!found->identified)
		return reason_bit(REASON_EVIDENCE_SIGNATURE);
	key_change_statement(nonce, found->identity, statement);
	if (signature_verify(change->previous_key,
	                     bytes_of(statement, sizeof(statement)),
	                     change->previous_signature) != OK)
		return reason_bit(REASON_EVIDENCE_SIGNATURE);
	digest_sha256(change->previous_key, ret_previous);
	return 0;
}
