/*
 * secret.h - memory for secrets: locked, out of core dumps, wiped on release.
 *
 * A struct secret cannot be printed by accident: only secret_bytes() returns
 * its bytes, and a search finds its few callers.  When the kernel refuses
 * mlock(2) (RLIMIT_MEMLOCK), the secret is kept in unlocked memory; the other
 * measures still hold.
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
 * Reads a whole file from fd and drops one newline at its end.
 * E_DENIED: fd is not a regular file, group or others have access to it, or its
 * owner is neither root nor the effective user.
 * E_LIMIT: empty, or SECRET_MAX bytes or more.  E_IO, E_NOMEM.
 */
MUST_CHECK err_t secret_read(int fd, struct secret **ret_secret);

/* Copies v; the caller wipes its original.  E_LIMIT: empty, or longer than
 * SECRET_MAX.  E_NOMEM. */
MUST_CHECK err_t secret_copy(struct bytes v, struct secret **ret_secret);

struct bytes secret_bytes(const struct secret *s);

/* Wipes and frees; accepts NULL. */
void secret_free(struct secret *s);
DEFINE_AUTO(struct secret *, secret_free);

/* Compares in a time that depends on the lengths alone. */
bool secret_equal(struct bytes a, struct bytes b);

/* Zeroes memory; the compiler may not optimise it away. */
void secret_wipe(void *p, size_t n);

#endif
