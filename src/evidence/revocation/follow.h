/*
 * follow.h - which revocation list may replace the one in force.
 *
 * The import, the supervisor and each verifier enforce this rule, so that an
 * attacker who serves lists or writes the file cannot make revoked keys valid
 * again.  A list with too few of the entries in force needs an officer's
 * approval, which is a file that the import job cannot write.
 *
 * Pure: uses no file and no clock, and logs nothing.
 */
#ifndef EVIDENCE_REVOCATION_FOLLOW_H
#define EVIDENCE_REVOCATION_FOLLOW_H

#include "crypto/digest.h"
#include "evidence/revocation/revocation.h"

#define REVOCATION_KEPT_PERCENT 90 /* of the entries in force must be kept */
#define REVOCATION_ACCEPTED_FILE "/etc/anchord/revocation.accepted"

/* SHA-256 of the entries alone, so that fetching the same list again gives the
 * same digest. */
void revocations_digest(const struct revocations *list,
                        uint8_t out[static HASH_SIZE]);

struct revocation_rules {
	uint64_t now_s;
	const uint8_t *accepted; /* digest that an officer accepted, or NULL */
	uint64_t from_s;         /* the trust bundle's revocations_from; 0 */
};

/* Checks that next may replace before (NULL: there is none).  E_CONFLICT: next
 * is dated in the future, was fetched before from_s, is older, or has too few of
 * the entries in force and no approval; why has the cause and next's digest. */
MUST_CHECK err_t revocations_follow(const struct revocations *before,
                                    const struct revocations *next,
                                    const struct revocation_rules *rules,
                                    struct buf *why);

/* Parses the file that `anchorctl revocation accept` writes: a digest in hex
 * and a newline.  E_MALFORMED. */
MUST_CHECK err_t revocation_accepted_read(struct bytes file,
                                          uint8_t out[static HASH_SIZE]);

#endif
