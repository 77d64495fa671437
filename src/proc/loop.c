/*
 * loop.c - the event loop: one epoll set for the lifeline, the edges and a
 * timer.
 *
 * An iteration receives some packets from each edge, then calls round() to
 * process all of them as one batch, then sends everything.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/log.h"

#include "proc/role_int.h"

#define LOOP_EVENTS (ROLE_EDGES_MAX + 3) /* every descriptor of the set */

err_t
loop_open(struct role *r)
{
	const struct timespec tick = { .tv_nsec = ROLE_TICK_MS * 1000000L };
	const struct itimerspec every = { .it_interval = tick,
		                          .it_value = tick };

	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (r->epoll < 0 || r->timer < 0 ||
	    timerfd_settime(r->timer, 0, &every, NULL) < 0)
		return E_IO;
	TRY(loop_watch_fd(r, r->timer, SLOT_TIMER));
	return loop_watch(r, &r->lifeline, SLOT_LIFELINE);
}

static void
on_timer(struct role *r)
{
	uint64_t expired;

	if (read(r->timer, &expired, sizeof(expired)) != sizeof(expired))
		return;
	log_counts(false);
	role_files_again(r);
	if (r->ops->tick)
		r->ops->tick(r);
	if (++r->ticks % ROLE_HEARTBEAT_TICKS == 0)
		lifeline_status(r);
}

/* Asks epoll for EPOLLOUT exactly while data waits to be sent. */
static void
arm_output(struct role *r, struct slot *s, unsigned slot)
{
	bool waiting = channel_waiting(s->edge.channel);
	struct epoll_event want = {
		.events = waiting ? EPOLLIN | EPOLLOUT : EPOLLIN,
		.data.u32 = slot,
	};

	if (waiting == s->armed)
		return;
	if (epoll_ctl(r->epoll, EPOLL_CTL_MOD, channel_fd(s->edge.channel),
	              &want) == 0)
		s->armed = waiting;
}

/* The end of a peer is noticed when reading, which also receives its last
 * packets; a failed flush therefore needs no action here. */
static void
flush_slot(struct role *r, struct slot *s, unsigned slot)
{
	if (!s->edge.channel || s->full)
		return;
	if (channel_waiting(s->edge.channel) &&
	    channel_flush(s->edge.channel) == E_CLOSED && !s->armed)
		return;
	arm_output(r, s, slot);
	s->full = s->armed;
}

void
role_flush(struct role *r)
{
	for (unsigned i = 0; i < ROLE_EDGES_MAX; i++)
		flush_slot(r, &r->slots[i], i);
	flush_slot(r, &r->lifeline, SLOT_LIFELINE);
}

static void
on_event(struct role *r, unsigned slot, uint32_t what)
{
	if (slot == SLOT_OWN) {
		r->own_ready(r);
		return;
	}

	struct slot *s = slot == SLOT_LIFELINE ? &r->lifeline : &r->slots[slot];

	/* The edge may have been dropped while an earlier event was handled. */
	if (!s->edge.channel)
		return;
	if (what & EPOLLOUT)
		s->full = false;
	if (what & ~(uint32_t)EPOLLOUT)
		edge_read(r, s);
}

static int
wait_for(struct role *r, struct epoll_event *events, int timeout_ms)
{
	if (r->again_us == 0 || timeout_ms == 0)
		return epoll_wait(r->epoll, events, LOOP_EVENTS, timeout_ms);

	const struct timespec soon = {
		.tv_nsec = (long)r->again_us * 1000, /* less than 1 s */
	};
	return epoll_pwait2(r->epoll, events, LOOP_EVENTS, &soon, NULL);
}

void
loop_turn(struct role *r, int timeout_ms)
{
	struct epoll_event events[LOOP_EVENTS];
	int n = wait_for(r, events, r->again ? 0 : timeout_ms);
	bool tick = false;

	r->again = false;
	r->again_us = 0;
	for (int i = 0; i < n; i++) {
		if (events[i].data.u32 == SLOT_TIMER)
			tick = true;
		else
			on_event(r, events[i].data.u32, events[i].events);
	}
	edges_settle(r);
	if (tick)
		on_timer(r);
	if (r->ops->round)
		r->ops->round(r);
	role_flush(r);
}

void
role_again(struct role *r)
{
	r->again = true;
}

void
role_again_in(struct role *r, uint64_t us)
{
	r->again_us = us;
}

int
role_fd(const struct role *r)
{
	return r->epoll;
}

bool
role_step(struct role *r)
{
	if (!r->closed)
		loop_turn(r, 0);
	return !r->closed;
}
