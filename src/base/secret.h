/*
 * secret.h - memory for secrets: locked, out of core dumps, wiped on release.
 *
 * A struct secret cannot be printed by accident: its bytes come out only
 * through secret_bytes(), whose users are few enough to grep.  Where the
 * kernel refuses mlock(2) (RLIMIT_MEMLOCK) the secret is kept unlocked; the
 * other measures still hold.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define SECRET_MAX 4096 /* bytes: a PIN or a passphrase, never a document */

struct secret;

/*
 * Reads a whole file from fd, drops one trailing newline.  The descriptor
 * must be a regular file, owned by root or by the caller, closed to group and
 * others: E_DENIED.  E_LIMIT: empty or longer than SECRET_MAX.  E_IO.
 */
MUST_CHECK err_t secret_read(int fd, struct secret **ret_secret);

/* A copy of v; the caller wipes its own.  E_LIMIT, E_NOMEM. */
MUST_CHECK err_t secret_copy(struct bytes v, struct secret **ret_secret);

struct bytes secret_bytes(const struct secret *s);

/* Wipes and frees; accepts NULL. */
void secret_free(struct secret *s);
DEFINE_AUTO(struct secret *, secret_free);

/* Equality in time that depends on the lengths alone. */
bool secret_equal(struct bytes a, struct bytes b);

/* Zeroes memory in a way that the compiler may not drop. */
void secret_wipe(void *p, size_t n);

#endif
