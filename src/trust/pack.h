/*
 * pack.h - a chain in one file: all versions with all their signatures.
 *
 *	anchord-trust-pack 1
 *	version 1 BYTES
 *	(that many bytes)
 *	signature NAME BYTES
 *	(that many bytes)
 *	...
 *	version 2 BYTES
 *	...
 *	end
 *
 * Each line ends with a newline, and bytes are followed by the next line at
 * once.  Versions are numbered from 1; a version's signatures are in the order
 * of the bytes of their names, which differ; numbers are decimal and begin with
 * no zero.  So the same versions and signatures are the same bytes, and a pack
 * that was cut off is none.
 *
 * A pack proves nothing: trust_walk() does.
 */
#ifndef TRUST_PACK_H
#define TRUST_PACK_H

#include "trust/chain.h"

#define TRUST_PACK_MAX (8 * 1024 * 1024) /* bytes */

/* Frees what trust_pack_parse() made; accepts NULL. */
void trust_chain_free(struct trust_chain *chain);
DEFINE_AUTO(struct trust_chain *, trust_chain_free);

/* Reads a pack, which must outlive *ret_chain: names and texts are views into
 * it.  The chain has at least one version.  Looks at no text.  E_MALFORMED: not
 * a pack, or larger than there may be; why says what and where.  E_NOMEM. */
MUST_CHECK err_t trust_pack_parse(struct bytes text, struct buf *why,
                                  struct trust_chain **ret_chain);

/* Appends a pack.  E_MALFORMED: not a chain that a pack can have; why says
 * what.  E_LIMIT: too large.  E_NOMEM. */
MUST_CHECK err_t trust_pack_put(const struct trust_chain *chain,
                                struct buf *why, struct buf *out);

#endif
