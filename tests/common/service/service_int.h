/*
 * service_int.h - declarations that the sources of a service under test share.
 */
#ifndef COMMON_SERVICE_SERVICE_INT_H
#define COMMON_SERVICE_SERVICE_INT_H

#include "base/buf.h"
#include "tests/common/service/service.h"

/* dir/name; the caller releases it. */
struct buf service_path(const char *dir, const char *name);

/* Runs a program to its end with one environment variable, or NULL.  Standard
 * output is appended to the file out; NULL: standard output and error are
 * dropped.  Returns the exit status; -1: a signal ended the program. */
int service_run(const char *const *argv, const char *environment,
                const char *out);

/* Writes the file dir/name, which everybody may read. */
MUST_CHECK err_t service_write(const struct service *s, const char *name,
                               struct buf *text);

/* Appends the file dir/name, which has fewer than 16 KiB. */
MUST_CHECK err_t service_read(const struct service *s, const char *name,
                              struct buf *out);

/* As root: dir/name and what is below it have that owner and group afterwards. */
MUST_CHECK err_t service_give(const struct service *s, const char *name,
                              unsigned id);

/* So for the token, which is the key holder's. */
MUST_CHECK err_t service_hand_token_over(const struct service *s);

/* Creates directory, certificates, token, configuration, policy, identities. */
MUST_CHECK err_t service_files(struct service *s);

#endif
