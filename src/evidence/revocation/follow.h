/*
 * follow.h - which list may be in force after which.
 *
 * One rule, for the import, the supervisor and each verifier: whoever serves
 * lists, or writes the file, must not give revoked keys back.  A list with few
 * of the entries in force needs an officer's word, which lies where the job
 * that brings lists cannot write.
 *
 * Pure: no descriptor, no clock, no log.
 */
#ifndef EVIDENCE_REVOCATION_FOLLOW_H
#define EVIDENCE_REVOCATION_FOLLOW_H

#include "crypto/digest.h"
#include "evidence/revocation/revocation.h"

#define REVOCATION_KEPT_PERCENT 90 /* of the entries in force, at least */
#define REVOCATION_ACCEPTED_FILE "/etc/anchord/revocation.accepted"

/* SHA-256 of the entries alone: the same list fetched again has the same. */
void revocations_digest(const struct revocations *list,
                        uint8_t out[static HASH_SIZE]);

struct revocation_rules {
	uint64_t now_s;
	const uint8_t *accepted; /* the digest that an officer accepted; NULL */
};

/* May next be in force after before, NULL for none?  E_CONFLICT: it is from the
 * future, older, or has too few of the entries in force and nobody accepted it;
 * why says which, and its digest. */
MUST_CHECK err_t revocations_follow(const struct revocations *before,
                                    const struct revocations *next,
                                    const struct revocation_rules *rules,
                                    struct buf *why);

/* What `anchorctl revocation accept` writes: a digest in hex, and a newline.
 * E_MALFORMED. */
MUST_CHECK err_t revocation_accepted_read(struct bytes file,
                                          uint8_t out[static HASH_SIZE]);

#endif
