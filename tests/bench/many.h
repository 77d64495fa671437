/*
 * many.h - a store with many enrolled devices, those of a sequence, so that every run
 * has the same.
 */
#ifndef BENCH_MANY_H
#define BENCH_MANY_H

#include <stdint.h>

#include "base/err.h"
#include "ledger/store/enrolments.h"

#define NOW_S UINT64_C(1795000000)
#define RELEASE "fw-2" /* of the permits */
#define CHANNEL "stable"

struct rollout;

struct many {
	char directory[40];
	struct store *store;
	struct store_marks marks;
	uint64_t devices, serial, now_s;
	struct rollout *rollout; /* attestations are for the release; or NULL */
};

/* Ends the program, unless err is OK. */
void or_die(err_t err, const char *what);

/* The processor's time of this process. */
uint64_t cpu_us(void);

/* The device with this number. */
const char *device_tenant(uint64_t n);
void device_identity(uint64_t n, uint8_t out[static HASH_SIZE]);
void device_handle(uint64_t n, struct store_small *ret);
void device_facts(struct facts *f);

/* Enrols it, with five facts as a phone has; and gives it a permit of RELEASE for the
 * hour from NOW_S on.  In a transaction. */
void add_enrolment(struct many *m, uint64_t n);
void add_device(struct many *m, uint64_t n);

#endif
