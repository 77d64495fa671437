/*
 * crowd.h - how much evidence of one tenant may be under way behind this front.
 *
 * Evidence passes the verifier, the ledger and the key holder, and at each of them
 * it waits in the order of arrival for some time.  So what a tenant has under way
 * there is what the next tenant waits for.  It is bounded here, in one place
 * (outbox.h): tightly while several tenants hand in evidence, and widely while one
 * does, because throughput needs large groups.
 */
#ifndef FRONT_CROWD_H
#define FRONT_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "front/outbox.h"

struct tenant;

struct crowd {
	struct outbox_window **windows; /* one for each lane of an outbox */
	size_t n_lanes;
	uint32_t most;
	const struct tenant *last; /* that handed in evidence; NULL: none yet */
	uint64_t until_ms;         /* several do until then */
};

/* The lanes are those of the tenants, then one for each client.  E_NOMEM. */
MUST_CHECK err_t crowd_init(struct crowd *c, struct tenant *tenants,
                            size_t n_tenants, size_t n_clients);
void crowd_release(struct crowd *c);

/* The tenant hands in evidence; monotonic time. */
void crowd_heard(struct crowd *c, const struct tenant *t, uint64_t now_ms);

/* Between two iterations: sets `most`. */
void crowd_turn(struct crowd *c, uint64_t now_ms);

#endif
