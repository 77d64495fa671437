/*
 * losses.h - the whole service on a token that gets lost, under a steady load.
 *
 * Clients ask for challenges at a pace of their own, whatever the answers are,
 * verify each, and count what they were told and after how long.
 */
#ifndef COMMON_FAULTS_LOSSES_H
#define COMMON_FAULTS_LOSSES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/shim/shim.h"
#include "tests/common/service/service.h"

#define LOSSES_CLIENTS 15
#define LOSSES_EVERY_MS 20 /* 750 a second together; 500 with those who wait */
#define LOSSES_OPEN_MS 50  /* a refusal while the breaker is open, p99 */
#define LOSSES_HANG_MS 2000
#define LOSSES_BACK_MS 5000

enum losses_answer {
	LOSSES_GOOD,   /* 201, and it verifies */
	LOSSES_OPEN,   /* 503, refused at once: not-ready */
	LOSSES_FLIGHT, /* 503, it was under way: part-unavailable */
	LOSSES_BROKEN, /* the connection */
	LOSSES_WRONG,  /* anything else */
	LOSSES_ANSWERS
};

struct losses_board {
	atomic_uint n[LOSSES_ANSWERS];
	atomic_uint most_ms[LOSSES_ANSWERS];
	atomic_uint open_late; /* refusals after more than LOSSES_OPEN_MS */
	atomic_uint unadvised; /* 503 without Retry-After */
	atomic_ullong good_at; /* monotonic, the last one */
	atomic_bool stop;
};

/* A service whose module is the shim; ret_page is what it obeys. */
MUST_CHECK err_t losses_service(struct service **ret_service,
                                struct shim_page **ret_page);

/* One client process; ends when the board says stop.  Exits. */
_Noreturn void losses_client(const struct service *s,
                             struct losses_board *board);

#endif
