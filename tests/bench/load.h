/*
 * load.h - a load generator that costs little: it shares the machine with what
 * it measures.
 *
 * One thread, a few TLS connections, bodies made beforehand, answers looked at
 * for their status only.  h2load has no client certificate, so here is one.
 * Latency is from handing a request to the protocol until its last byte came.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "tests/common/base/client.h"
#include "base/err.h"

struct load_plan {
	const struct client_identity *identity;
	const struct client_identity *other; /* every second connection's */
	uint16_t port;
	bool h2;              /* HTTP/2 by ALPN, else HTTP/1.1 */
	unsigned connections; /* at most LOAD_CONNECTIONS_MAX */
	unsigned streams;     /* under way on one connection; HTTP/1.1: 1 */
	const char *method;   /* NULL: POST */
	const char *path;
	const char *accept; /* the field Accept, by HTTP/2; NULL: none */
	const struct bytes *bodies; /* one without bytes: no body */
	size_t n_bodies;
	bool cycle;       /* use the bodies again when they are used up */
	unsigned for_ms;  /* ends then, or when the bodies are used up */
	unsigned warm_ms; /* before that: nothing counts yet */
	unsigned rate;    /* requests a second; 0: as many as it takes */
};

#define LOAD_CONNECTIONS_MAX 512
#define LOAD_SAMPLES_MAX (4u << 20) /* latencies kept of one run */

struct load_figures {
	uint64_t warm;    /* answered before what follows was counted */
	uint64_t good;    /* answered 2xx */
	uint64_t refused; /* answered otherwise */
	uint64_t lost;    /* not answered: the connection ended */
	uint64_t span_us; /* from the first request to the last answer */
	uint32_t p50_us, p99_us;
};

/* Runs a plan.  E_CLOSED: no connection could be opened. */
MUST_CHECK err_t load_run(const struct load_plan *plan,
                          struct load_figures *ret_figures);

/* Good answers a second. */
uint64_t load_rate(const struct load_figures *f);

#endif
