/*
 * trust_proposal.h - a proposal: the next version of the trust bundle while
 * officers discuss and sign it, as a directory that travels.
 *
 *	DIR/chain             the chain that it continues; none for version 1
 *	DIR/bundle            the text of the proposed version
 *	DIR/signatures/NAME   an officer's detached SSH signature over the text
 *	DIR/certificates/HEX.der
 *	                      certificates that `trust anchor` was given, for the
 *	                      tokens; HEX is the SHA-256
 *
 * Where the version before and the proposed one have different keys for one
 * name, the file of the new key is NAME.new.  So `officer add` takes no name that
 * ends so, and none that is too long for it.
 *
 * Nothing in the directory is believed: it comes from elsewhere.
 */
#ifndef ANCHORCTL_TRUST_PROPOSAL_H
#define ANCHORCTL_TRUST_PROPOSAL_H

#include "provisioning/anchorctl/trust_chain_file.h"
#include "trust/ssh_sig.h"

#define PROPOSAL_NEW_SUFFIX ".new"
#define PROPOSAL_NAME_SIZE (TRUST_NAME_SIZE + sizeof(PROPOSAL_NEW_SUFFIX) - 1)

struct proposal_signature {
	char name[PROPOSAL_NAME_SIZE]; /* of the file */
	struct buf text;
};

struct proposal {
	const char *path;
	int directory, signatures; /* locked; -1 */
	bool continues;            /* there is a chain */
	struct chain_file chain;
	struct buf text;
	struct bundle *next; /* of the text; perhaps not sound yet */
	size_t n;
	struct proposal_signature *all; /* in the order of their names */
};

#define PROPOSAL_NONE                                                        \
	{                                                                    \
		.directory = -1, .signatures = -1, .chain = CHAIN_FILE_NONE, \
		.text = {                                                    \
			.ceiling = TRUST_TEXT_MAX                            \
		}                                                            \
	}
void proposal_release(struct proposal *p);
DEFINE_AUTO_REF(struct proposal, proposal_release);

/* Each returns VERB_GOOD, or the exit status (the message was printed). */

/* Opens and locks the directory and reads all of it.  The text need not be
 * sound: a proposal is made in steps.  Whoever only reads, uses proposal_read(),
 * which lets others read it, too. */
int proposal_read(const struct cli *cli, const char *path, struct proposal *p);
int proposal_open(const struct cli *cli, const char *path, struct proposal *p);

/* proposal_open() to change the text; refused when it is signed, since each
 * signature is over the text as it is. */
int proposal_edit(const struct cli *cli, const char *path, struct proposal *p);

/* Writes the changed text. */
int proposal_save(const struct cli *cli, struct proposal *p);

/* Makes the directory, which must not exist, with chain (NULL: none) and text. */
int proposal_make(const struct cli *cli, const char *path, struct bytes chain,
                  const struct bundle *next);

/* Appends what the text says, without any check but its spelling. */
MUST_CHECK err_t proposal_put(const struct bundle *next, struct buf *out);

/* Writes the file of a signature. */
int proposal_sign(const struct cli *cli, const struct proposal *p,
                  const char *name, struct bytes signature);

/* Keeps a certificate in the proposal for `trust apply`. */
int proposal_keep_certificate(const struct cli *cli, const struct proposal *p,
                              struct bytes der);

/* Reads the certificate of this digest that the proposal brought.  E_NOT_FOUND:
 * none, or the file has another digest; E_IO, E_LIMIT (a message was printed). */
MUST_CHECK err_t proposal_certificate(const struct cli *cli,
                                      const struct proposal *p,
                                      const uint8_t sha256[static HASH_SIZE],
                                      struct buf *out);

/* Prints whether the text is whole, and if not, what it still lacks. */
void proposal_say_state(const struct bundle *next);

/* The version before; NULL: there is none. */
const struct bundle *proposal_before(const struct proposal *p);

#endif
