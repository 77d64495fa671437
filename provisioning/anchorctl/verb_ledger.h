/*
 * verb_ledger.h - what the verbs about the ledger's database share.
 */
#ifndef ANCHORCTL_VERB_LEDGER_H
#define ANCHORCTL_VERB_LEDGER_H

#include "ledger/store/backup.h"
#include "provisioning/anchorctl/verbs.h"

#define LEDGER_WHY_MAX 8192

/* VERB_GOOD when the directory belongs to the one who runs this; otherwise the
 * message is printed.  SQLite writes beside the database: what another user would
 * leave there in his name, the ledger could not use, and what the ledger's user
 * put there nobody else should follow. */
int ledger_check_owner(const struct cli *cli, const char *directory);

/* Prints why, and when permissions are the cause, whose; gives the exit
 * status of err. */
int ledger_fail(const struct cli *cli, const char *path, err_t err,
                struct buf *why);

/* What a database holds. */
int ledger_print_facts(const struct cli *cli, const char *done,
                       const char *file, const struct store_facts *facts);

#endif
