/*
 * ceremony_signers.h - whose keys a verifier of ceremonies knows: the lines of an
 * allowed_signers file (ssh-keygen(1)) in one spelling,
 *
 *	ROLE namespaces="ceremony@anchord" TYPE BASE64
 *
 * so that `ssh-keygen -Y verify -f FILE` takes the same file.
 */
#ifndef ANCHORCTL_CEREMONY_SIGNERS_H
#define ANCHORCTL_CEREMONY_SIGNERS_H

#include "base/auto.h"
#include "provisioning/anchorctl/verb.h"
#include "trust/ceremony_judge.h"
#include "trust/ssh_sig.h"

#define CEREMONY_SIGNERS_MAX 64 /* lines; a file may serve many ceremonies */

struct ceremony_signers {
	size_t n;
	struct ceremony_signer all[CEREMONY_SIGNERS_MAX];
	char roles[CEREMONY_SIGNERS_MAX][CEREMONY_NAME_SIZE];
	struct buf signatures[CEREMONY_SIGNERS_MAX];
};
void ceremony_signers_free(struct ceremony_signers *s); /* accepts NULL */
DEFINE_AUTO(struct ceremony_signers *, ceremony_signers_free);

/* Where a transcript lies. */
struct ceremony_place {
	const char *transcript;
	int directory; /* of it, locked */
	const struct ceremony_plan *plan;
};

/* Reads the file, and of the plan's roles in it the signatures that lie beside the
 * transcript; one that is not there is empty.  VERB_GOOD, or the exit status after a
 * message. */
int ceremony_load_signers(const struct cli *cli, const char *path,
                          const struct ceremony_place *place,
                          struct ceremony_signers **ret_signers);

#endif
