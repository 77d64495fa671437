/*
 * ceremony_files.h - the files of a ceremony: plan, site, transcript, signatures.
 *
 * The signature of a role on the transcript FILE is FILE.ROLE.sig, beside it.
 */
#ifndef ANCHORCTL_CEREMONY_FILES_H
#define ANCHORCTL_CEREMONY_FILES_H

#include "provisioning/anchorctl/verb.h"
#include "trust/ceremony_judge.h"

#define CEREMONY_WHY_MAX 2048 /* bytes of a cause */

/* Reads and parses; VERB_GOOD, or the exit status after a message. */
int ceremony_load_plan(const struct cli *cli, const char *path,
                       struct ceremony_plan **ret_plan);
int ceremony_load_site(const struct cli *cli, const char *path,
                       struct ceremony_site **ret_site);

/* Plan, digest in hex and in words, on standard output. */
void ceremony_say_plan(const struct ceremony_plan *plan);

/* Appends "FILE.ROLE.sig". */
void ceremony_signature_path(const char *transcript, const char *role,
                             struct buf *out);

/* Writes a file in the place of what has the bytes `before` (nothing, if that is
 * NULL), so that two programs do not write in turns.  VERB_GOOD, or the exit status
 * after a message. */
int ceremony_write_file(const struct cli *cli, const char *path,
                        const struct bytes *before, struct bytes text);

#endif
