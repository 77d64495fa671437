/*
 * losses.h - the whole service with a token that fails, under a steady load.
 *
 * Clients request challenges at a fixed rate, independent of the answers,
 * verify each challenge, and count the answers and their times.
 */
#ifndef COMMON_FAULTS_LOSSES_H
#define COMMON_FAULTS_LOSSES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/shim/shim.h"
#include "tests/common/service/service.h"

#define LOSSES_CLIENTS 15
#define LOSSES_EVERY_MS 20 /* 750 a second together; 500 while some wait */
#define LOSSES_OPEN_MS 50  /* p99 of a refusal while the breaker is open */
#define LOSSES_HANG_MS 2000

enum losses_answer {
	LOSSES_GOOD,   /* 201 with a challenge that verifies */
	LOSSES_OPEN,   /* 503 not-ready, refused at once */
	LOSSES_FLIGHT, /* 503 part-unavailable, was in progress */
	LOSSES_BROKEN, /* the connection broke */
	LOSSES_WRONG,  /* anything else */
	LOSSES_ANSWERS
};

struct losses_board {
	atomic_uint n[LOSSES_ANSWERS];
	atomic_uint most_ms[LOSSES_ANSWERS];
	atomic_uint open_late; /* refusals after more than LOSSES_OPEN_MS */
	atomic_uint unadvised; /* 503 without Retry-After */
	atomic_ullong good_at; /* monotonic time of the last good one */
	atomic_bool told;      /* why is being written, or was */
	char why[256];         /* the first answer that was not good, cut off */
	atomic_bool stop;
};

/* Starts a service whose module is the shim; ret_page has the shim's rules. */
MUST_CHECK err_t losses_service(struct service **ret_service,
                                struct shim_page **ret_page);

/* Runs one client process until board->stop is set, and exits. */
_Noreturn void losses_client(const struct service *s,
                             struct losses_board *board);

#endif
