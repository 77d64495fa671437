/*
 * service_int.h - what service.c and service_files.c share.
 */
#ifndef COMMON_SERVICE_SERVICE_INT_H
#define COMMON_SERVICE_SERVICE_INT_H

#include "base/buf.h"
#include "tests/common/service/service.h"

/* dir/name; the caller releases it. */
struct buf service_path(const char *dir, const char *name);

/* Runs a program to its end with one environment row (may be NULL); standard
 * output is appended to the file out, NULL: both outputs are dropped.  The
 * exit status, -1 when it was killed. */
int service_run(const char *const *argv, const char *environment,
                const char *out);

/* Directory, certificates, token, configuration, policy, identities. */
MUST_CHECK err_t service_files(struct service *s);

#endif
