/*
 * verb_ledger.h - shared by the verbs about the ledger's database.
 */
#ifndef ANCHORCTL_VERB_LEDGER_H
#define ANCHORCTL_VERB_LEDGER_H

#include "ledger/store/backup.h"
#include "provisioning/anchorctl/verbs.h"

#define LEDGER_WHY_MAX 8192

/* VERB_GOOD if the current user owns the directory; otherwise a message is
 * printed.  SQLite creates files beside the database, which the ledger could
 * not use if another user owned them.  And a privileged user must not open
 * files in a directory where the ledger's user may have put symbolic links. */
int ledger_check_owner(const struct cli *cli, const char *directory);

/* Prints the cause and, if permissions are the cause, the owner; returns the
 * exit status of err. */
int ledger_fail(const struct cli *cli, const char *path, err_t err,
                struct buf *why);

/* Prints the content of a database in numbers. */
int ledger_print_facts(const struct cli *cli, const char *done,
                       const char *file, const struct store_facts *facts);

#endif
