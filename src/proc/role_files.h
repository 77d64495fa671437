/*
 * role_files.h - the files that the supervisor handed over to a role; part of
 * role.h.
 */
#ifndef PROC_ROLE_FILES_H
#define PROC_ROLE_FILES_H

#include "base/buf.h"
#include "base/err.h"
#include "base/bytes.h"

struct role;

/* The descriptor of a file that was handed over, or -1.  The role owns it. */
int role_file(const struct role *r, const char *name);

/* Closes the file before prepare() or file_changed() ends. */
void role_file_close(struct role *r, const char *name);

/* Appends the whole content of such a file.  E_NOT_FOUND, E_IO, E_LIMIT. */
MUST_CHECK err_t role_file_read(const struct role *r, const char *name,
                                struct buf *out);

/*
 * Called in prepare() and file_changed() after an error.  E_NOMEM and E_IO may pass:
 * the file could not be read now.  It stays open, and file_changed() is called for it again every
 * ROLE_FILE_AGAIN_TICKS, ROLE_FILE_TRIES times; then the process ends, and the next
 * one reads it at its start.  Until it is read the role is not ready, whatever
 * role_status() says: it works by the file before, and may trust what was removed or
 * revoked since.  Nothing happens at any other error, which would come again.
 */
#define ROLE_FILE_AGAIN_TICKS 4 /* one second */
#define ROLE_FILE_TRIES 10
void role_file_again(struct role *r, const char *name, err_t err);

/* For verifiers: tells the supervisor that the policy with this digest, which it
 * handed over, is in force, so that it is the one that a process begins with. */
void role_policy_taken(struct role *r, const uint8_t digest[static HASH_SIZE]);

/* The cause if there is such a file; NULL: there is none. */
const char *role_unread(const struct role *r);

#endif
