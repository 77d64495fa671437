/*
 * crowd.h - how much evidence of one tenant may be under way behind this front.
 *
 * Evidence passes the verifier, the ledger and the key holder, and at each of them
 * it waits in the order of arrival for some time.  So does a statement to enrol,
 * and counts as evidence here.  So what a tenant has under way
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

struct client;
struct config;
struct tenant;

struct crowd {
	struct outbox_window **windows; /* one for each lane of an outbox */
	size_t n_lanes;
	uint32_t most;
	const struct outbox_window *last; /* handed in; NULL: none yet */
	uint64_t until_ms;                /* several do until then */
};

/* The lanes are those of the tenants, then one for each client: one that acts for
 * no tenant, such as an officer, has a window of its own.  E_NOMEM. */
MUST_CHECK err_t crowd_init(struct crowd *c, const struct config *config,
                            struct tenant *tenants, struct client *clients);
void crowd_release(struct crowd *c);

/* The window in which this client's questions count. */
struct outbox_window *crowd_window(struct client *client);

/* The client hands in evidence, or a statement to enrol; monotonic time. */
void crowd_heard(struct crowd *c, struct client *client, uint64_t now_ms);

/* Between two iterations: sets `most`. */
void crowd_turn(struct crowd *c, uint64_t now_ms);

#endif
