/*
 * ceremony_verb.h - runs a verb of anchorctl in this process, and keeps what it
 * prints.
 */
#ifndef ANCHORCTL_CEREMONY_VERB_H
#define ANCHORCTL_CEREMONY_VERB_H

#include "provisioning/anchorctl/verb.h"
#include "trust/ceremony.h"

/* Runs the words of a step by the verbs of this program.  What it prints to
 * standard output is printed, and appended to output as lines of a transcript,
 * cut off behind TRANSCRIPT_OUTPUT_MAX bytes; messages go to standard error alone.
 * *ret_status is its exit status.  E_NOMEM, E_LIMIT, E_IO: it did not run. */
MUST_CHECK err_t ceremony_run_words(const struct cli *cli,
                                    const struct ceremony_site *site,
                                    const char *words, struct buf *output,
                                    int *ret_status);

#endif
