/*
 * admission.c - decides whether a connection is admitted, and for how long.
 *
 * A handshake checks certificates once.  The result expires: at the first
 * notAfter of the chain, when one of its certificates is denied, when its CA is
 * removed, and at a maximum age, so that no connection relies on an old check.
 */
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

#include "base/clock.h"
#include "front/connection.h"
#include "front/denied.h"
#include "front/front.h"
#include "front/limits.h"
#include "front/tls.h"

static bool
in_time(const struct connection *c)
{
	return clock_wall_ms() / 1000 <= c->chain.until_s;
}

static bool
on_list(const struct connection *c)
{
	for (size_t i = 0; i < c->chain.n; i++)
		if (denied_has(c->front->denied, c->chain.prints[i]))
			return true;
	return false;
}

bool
admission_holds(const struct connection *c)
{
	return in_time(c) && !on_list(c) &&
	       tls_trusts(c->front->tls, &c->chain);
}

/* Up to a tenth earlier, at random, so that connections which were opened
 * together, after a restart for instance, do not return together. */
uint64_t
admission_age(const struct connection *c)
{
	uint64_t age = (uint64_t)c->front->config->connection_age_s * 1000;
	uint64_t spread = clock_mono_us() % (age / 10);

	return clock_mono_ms() + age - spread;
}

/* Sends no further answer and abandons the open requests. */
static void
end_admission(struct connection *c)
{
	metrics_add(&c->front->metrics, METRIC_CONNECTIONS_ENDED, 1);
	tls_goodbye(bufferevent_openssl_get_ssl(c->bev));
	connection_doom(c);
}

void
admission_sweep(struct connection *c, uint64_t now)
{
	if (c->state != CONNECTION_OPEN)
		return;
	if (!in_time(c) || now >= c->leave_at + LIMIT_FAREWELL_MS)
		end_admission(c);
	else if (now >= c->leave_at)
		c->protocol->farewell(c, now);
}

void
connections_judge(struct front *f)
{
	for (struct connection *c = f->first; c; c = c->after)
		if (c->state == CONNECTION_OPEN && !admission_holds(c))
			end_admission(c);
}
