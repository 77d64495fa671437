/*
 * governed_offer.h - a chain that was read and is judged.
 */
#ifndef SUPERVISOR_GOVERNED_OFFER_H
#define SUPERVISOR_GOVERNED_OFFER_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "trust/pack.h"

struct governed_version;
struct supervisor;

/* Its sealed copy, its text and what the text is. */
struct offer {
	int file;
	struct buf text;
	struct trust_chain *chain; /* views into text */
};

void offer_release(struct offer *o);
DEFINE_AUTO_REF(struct offer, offer_release);

#define OFFER_NONE                               \
	{                                        \
		-1, buf_of(TRUST_PACK_MAX), NULL \
	}

/* Reads the file at that path, which must be root's.  The chain is not judged.  The
 * errors of files_take() and trust_pack_parse(); why has the cause. */
MUST_CHECK err_t offer_read(const char *path, struct offer *o, struct buf *why);

/* As offer_read(), of a file that last_good_write() stored under that name. */
MUST_CHECK err_t offer_read_stored(const struct supervisor *s, const char *name,
                                   struct offer *o, struct buf *why);

/* Number and digest of a version that the chain has. */
void chain_version(const struct trust_chain *chain, uint32_t version,
                   struct governed_version *ret_version);

/* Has the chain this version, byte for byte? */
bool chain_has(const struct trust_chain *chain,
               const struct governed_version *v);

/* What kind of change a version that the chain has says it is.  E_MALFORMED: it is
 * no bundle.  E_NOMEM. */
MUST_CHECK err_t chain_change(const struct trust_chain *chain, size_t version,
                              enum bundle_change *ret_change);

#endif
