/*
 * bench.h - the parts of the bench: the token alone, memory, processor time.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

#include "tests/common/service/service_governed.h"
#include "base/err.h"
#include "tests/bench/load.h"

/* C_Sign alone, for for_ms milliseconds, with the service's own token and key,
 * in a process of its own.  Signatures a second; 0: it did not work. */
uint64_t bench_token(const struct service *s, unsigned for_ms);

/* Runs a plan and prints its row; each answer stands for `each` things.  How
 * many of them a second. */
uint64_t bench_measure(const char *what, struct load_plan plan, unsigned each);

/* The same; ret_ns gets the processor time of each thing, by bench_roles. */
#define BENCH_ROLES 4
uint64_t bench_measure_cpu(const char *what, struct load_plan plan,
                           unsigned each, uint64_t ret_ns[static BENCH_ROLES]);

/* Fresh challenges and good evidence for each, as bodies of attestations that the
 * caller frees.  How many there are. */
size_t bench_evidences(struct client *c, struct bytes *bodies, size_t wanted);

/* bench_results.c: attestations whose results are JWTs or in CBOR, on the fast
 * token and, the latter, on one of five signatures a second; it stays. */
void bench_results(struct service *s, struct client *c);

/* bench_rollout.c: from the next start on a rollout file is in force, which admits
 * whoever asks for this release of this channel. */
#define BENCH_CHANNEL "beta"
#define BENCH_RELEASE "fw-2"
MUST_CHECK err_t bench_rollout_configure(const struct service *s);

/* bench_groups.c: what the command line names is in force from the first start on;
 * kit is that of the officers, for the caller to release. */
MUST_CHECK err_t bench_configure(const struct service *s,
                                 struct governed_kit *kit, int argc,
                                 char **argv);

/* Whether the command line has this word. */
bool bench_named(const char *what, int argc, char **argv);

/* Starts the service anew, with what was edited; false: it does not come. */
bool bench_restart(void);

/* bench_shapes.c: what challenges cost by the load, against a constant answer
 * of the same front, with two fronts.  plan is that of the first row, which
 * gave `challenges` a second. */
void bench_shapes(struct service *s, struct load_plan plan,
                  uint64_t challenges);

/* The same with a token of five signatures a second (BENCH_SLOW_RULE of the
 * shim); it stays. */
#define BENCH_SLOW_RULE "C_Sign every delay 200"
void bench_slow(struct service *s, struct load_plan plan, uint64_t challenges);

/* bench_flat.c: memory of the roles while millions of challenges are made, one
 * by one and in arrays, and over a million signatures. */
void bench_flat(struct service *s, struct load_plan one, struct load_plan array,
                unsigned each);

/* Kilobytes after a field of smaps_rollup, like "Rss:". */
unsigned long bench_field_kb(pid_t pid, const char *name);

/* Prints resident memory of every role and the sum. */
void bench_memory(const struct service *s);

/* Nanoseconds of processor time that each role has used, by bench_roles. */
extern const char *const bench_roles[BENCH_ROLES];
void bench_cpu(const struct service *s, uint64_t ret_ns[static BENCH_ROLES]);

#endif
