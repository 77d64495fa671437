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

#define TRUST_PACK_MAX (64 * 1024 * 1024) /* bytes */

/* The chain in force: name in service.state_directory. */
#define TRUST_KEPT_FILE "trust-chain"

/* What a removal may use of TRUST_VERSIONS_MAX and of TRUST_PACK_MAX: one officer
 * can make many of them, and others must still be able to answer. */
#define TRUST_REMOVAL_VERSIONS 896
#define TRUST_REMOVAL_BYTES (48 * 1024 * 1024) /* of texts and signatures */

/* Frees what trust_pack_parse() made; accepts NULL. */
void trust_chain_free(struct trust_chain *chain);
DEFINE_AUTO(struct trust_chain *, trust_chain_free);

/* Has the chain this version, byte for byte?  The digest is the SHA-256 of its text;
 * no chain has a version 0. */
bool trust_chain_has(const struct trust_chain *chain, uint64_t version,
                     const uint8_t digest[static HASH_SIZE]);

/* Reads a pack, which must outlive *ret_chain: names and texts are views into
 * it.  The chain has at least one version.  Looks at no text.  E_MALFORMED: not
 * a pack, or larger than there may be; why says what and where.  E_NOMEM. */
MUST_CHECK err_t trust_pack_parse(struct bytes text, struct buf *why,
                                  struct trust_chain **ret_chain);

/* Appends a pack.  E_MALFORMED: not a chain that a pack can have; E_LIMIT: too
 * large; why says what.  E_NOMEM. */
MUST_CHECK err_t trust_pack_put(const struct trust_chain *chain,
                                struct buf *why, struct buf *out);

/* May the chain end with a removal, by its size?  False: why says what is
 * against it.  What is not the last is not asked: those who signed the version
 * behind it have let it pass. */
bool trust_pack_takes_removal(const struct trust_chain *chain, struct buf *why);

#endif
