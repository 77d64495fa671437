/*
 * bench.h - the parts of the bench: the token alone, memory, the table.
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

/* One line of the table; the latencies may be 0 for none. */
void bench_row(const char *what, uint64_t per_second, uint32_t p50_us,
               uint32_t p99_us);

#endif
