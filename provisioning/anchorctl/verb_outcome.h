/*
 * verb_outcome.h - the two forms in which `anchorctl outcome list` reads the
 * outcomes of a database: one by one, and counted; and that it asks a service.
 */
#ifndef ANCHORCTL_VERB_OUTCOME_H
#define ANCHORCTL_VERB_OUTCOME_H

#include "ledger/store/outcomes.h"
#include "provisioning/anchorctl/verbs.h"

/* Both read what fits the query from the open store and print it; neither keeps
 * outcomes, so memory does not depend on their number.  The error of
 * store_outcomes(). */
MUST_CHECK err_t outcome_print_all(const struct cli *cli, struct store *s,
                                   const struct outcome_query *q);
MUST_CHECK err_t outcome_print_counts(const struct cli *cli, struct store *s,
                                      const struct outcome_query *q);

/* The line above outcomes that are printed as text. */
void outcome_print_head(void);

/* Prints the outcomes of a running service; filters: the names of the options that
 * it may be asked by, and NULL.  A status as client_run_list()'s. */
MUST_CHECK int outcome_list_service(const struct cli *cli,
                                    const char *const *filters);

#endif
