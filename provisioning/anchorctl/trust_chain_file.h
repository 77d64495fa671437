/*
 * trust_chain_file.h - a chain file: all versions of the trust bundle with their
 * signatures (trust/pack.h), as officers keep and carry it.
 */
#ifndef ANCHORCTL_TRUST_CHAIN_FILE_H
#define ANCHORCTL_TRUST_CHAIN_FILE_H

#include "provisioning/anchorctl/verb.h"
#include "trust/pack.h"

#define TRUST_WHY_MAX 4096 /* bytes of a cause */

/* Its texts and signatures are views of `file`. */
struct chain_file {
	const char *path;
	struct buf file;
	struct trust_chain *chain; /* NULL: not parsed */
	struct bundle *last;
};

#define CHAIN_FILE_NONE                              \
	{                                            \
		.file = {.ceiling = TRUST_PACK_MAX } \
	}
void chain_file_release(struct chain_file *c);
DEFINE_AUTO_REF(struct chain_file, chain_file_release);

size_t chain_file_count(const struct chain_file *c);
const struct trust_version *chain_file_at(const struct chain_file *c, size_t i);

/* Has the chain this version, with this digest? */
bool chain_file_has(const struct chain_file *c, uint64_t version,
                    const uint8_t digest[static HASH_SIZE]);

/* Appends "WORD: TEXT: CAUSE"; the cause may be empty. */
void chain_file_put_fault(struct buf *out, enum trust_fault fault,
                          struct buf *cause);

/* Reads the chain that the service has in force, as it keeps it in its state
 * directory.  E_NOT_FOUND: there is no such file.  Others: it cannot be read, so
 * nobody knows what is in force (the message was printed).  One that is no chain has
 * no versions. */
MUST_CHECK err_t chain_file_read_kept(const struct cli *cli,
                                      const char *directory,
                                      struct chain_file *c);

/* Each returns VERB_GOOD, or the exit status (the message was printed). */

/* Reads a file without judging its versions; c->last stays NULL. */
int chain_file_load(const struct cli *cli, const char *path,
                    struct chain_file *c);

/*
 * Makes the chain of c->file: each version must be sound and may follow the one
 * before it (trust_step()).  Whether version 1 is the pinned one is not known
 * here: `trust verify` judges that.  Expiry does not matter: a chain that
 * expired is continued, too.
 */
int chain_file_walk(const struct cli *cli, struct chain_file *c);

/* Reads the file and walks it. */
int chain_file_read(const struct cli *cli, const char *path,
                    struct chain_file *c);

/* Walks the versions one by one: fn gets each with the one before it.  Its first
 * result that is not VERB_GOOD ends the walk and is returned. */
struct trust_link {
	const struct bundle *before; /* NULL: it is version 1 */
	const struct bundle *bundle;
	const struct trust_version *version;
};
typedef int trust_link_fn(const struct cli *cli, const struct trust_link *link,
                          void *arg);
int chain_file_each(const struct cli *cli, const struct chain_file *c,
                    trust_link_fn *fn, void *arg);

/* The digest of version 1. */
void chain_file_genesis(const struct chain_file *c,
                        uint8_t ret_genesis[static HASH_SIZE]);

/* Appends the versions of the chain and one more, which is such a change; errors
 * are those of trust_pack_put().  E_LIMIT also: a removal for which the chain has
 * no room (trust_pack_takes_removal()). */
MUST_CHECK err_t chain_file_put(const struct chain_file *c,
                                const struct trust_version *more,
                                enum bundle_change change, struct buf *why,
                                struct buf *out);

#endif
