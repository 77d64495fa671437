/*
 * bench.h - the parts of the bench: the token alone, memory, processor time.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

#include "../common/service.h"
#include "err.h"

/* C_Sign alone, for for_ms milliseconds, with the service's own token and key,
 * in a process of its own.  Signatures a second; 0: it did not work. */
uint64_t bench_token(const struct service *s, unsigned for_ms);

/* Prints resident memory of every role and the sum. */
void bench_memory(const struct service *s);

/* Nanoseconds of processor time that each role has used, by bench_roles. */
#define BENCH_ROLES 4
extern const char *const bench_roles[BENCH_ROLES];
void bench_cpu(const struct service *s, uint64_t ret_ns[static BENCH_ROLES]);

#endif
