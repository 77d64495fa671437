/*
 * edge.c - the socketpairs to other roles: their start, their packets, their
 * end.
 */
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"

#include "proc/role_int.h"

/* System calls spent on one edge in a round, each for up to 256 KiB of
 * packets.  A busy peer then cannot delay the others, and the answers that a
 * round composes are still in the processor's cache when they are sent. */
#define EDGE_READS_ROUND 1

/* A dead peer sends no more, so all that it left is read. */
#define EDGE_READS_LAST UINT_MAX

struct arrival {
	struct role *role;
	struct slot *slot;
};

void
role_die_wire(const struct edge *from, uint16_t id, const char *why)
{
	log_event(LOG_ERROR, "wire-broken",
	          LOG_STR("peer", wire_role_name(from->peer)),
	          LOG_U64("index", from->index), LOG_U64("id", id),
	          LOG_STR("message", wire_name(id)), LOG_STR("why", why));
	_exit(ROLE_EXIT_WIRE);
}

/* Passes one packet to the role.  The socket identifies the sender. */
static void
dispatch_packet(struct role *r, struct edge *from, struct bytes packet)
{
	uint16_t id = wire_packet_id(packet);

	if (!wire_allowed(id, from->peer, r->ops->role))
		role_die_wire(from, id, "its sender may not send it");

	err_t err = r->ops->message(r, from, packet);
	if (err == E_MALFORMED)
		role_die_wire(from, id, "malformed");
	if (err != OK) {
		log_event(LOG_ERROR, "handler-failed",
		          LOG_STR("message", wire_name(id)), LOG_ERR(err));
		abort();
	}
}

static err_t
on_packet(void *arg, struct bytes packet, int fd)
{
	struct arrival *a = arg;
	struct edge *from = &a->slot->edge;

	if (a->slot->take)
		return a->slot->take(a->role, packet, fd);
	if (fd >= 0)
		role_die_wire(from, wire_packet_id(packet),
		              "the peer sent a descriptor");
	dispatch_packet(a->role, from, packet);
	return OK;
}

/* Receives with at most that many system calls; drops a dead edge. */
static void
read_some(struct role *r, struct slot *s, unsigned most)
{
	struct arrival a = { .role = r, .slot = s };
	err_t err = OK;

	for (unsigned i = 0; i < most && err == OK; i++)
		err = channel_receive(s->edge.channel, on_packet, &a);

	if (err == E_CLOSED)
		edge_drop(r, s);
	else if (err == E_MALFORMED)
		role_die_wire(&s->edge, 0, "a truncated packet");
	else if (err != OK && err != E_AGAIN)
		exit(ROLE_EXIT_PART); /* out of memory */
}

void
edge_read(struct role *r, struct slot *s)
{
	read_some(r, s, EDGE_READS_ROUND);
}

void
edge_drop(struct role *r, struct slot *s)
{
	if (s == &r->lifeline) {
		r->closed = true;
		return;
	}
	log_event(LOG_INFO, "edge-down",
	          LOG_STR("peer", wire_role_name(s->edge.peer)),
	          LOG_U64("index", s->edge.index));
	if (s->up && r->ops->edge_down)
		r->ops->edge_down(r, &s->edge);
	channel_close(s->edge.channel);
	*s = (struct slot){ 0 };
}

static struct slot *
slot_find(struct role *r, enum wire_role peer, uint16_t index)
{
	for (size_t i = 0; i < ROLE_EDGES_MAX; i++)
		if (r->slots[i].edge.channel && r->slots[i].edge.peer == peer &&
		    r->slots[i].edge.index == index)
			return &r->slots[i];
	return NULL;
}

static struct slot *
slot_free(struct role *r)
{
	for (size_t i = 0; i < ROLE_EDGES_MAX; i++)
		if (!r->slots[i].edge.channel)
			return &r->slots[i];
	return NULL;
}

/* When a new edge to a peer comes, the peer of the old one is dead, but its
 * last packets may be unread.  They are still handled. */
static void
end_predecessor(struct role *r, const struct fresh_edge *f)
{
	struct slot *old = slot_find(r, f->peer, f->index);

	if (old)
		read_some(r, old, EDGE_READS_LAST);
	if (old && old->edge.channel)
		edge_drop(r, old);
}

static void
settle_edge(struct role *r, const struct fresh_edge *f)
{
	end_predecessor(r, f);

	struct slot *s = slot_free(r);
	struct channel *channel = NULL;
	if (!s || channel_open(f->fd, &channel) != OK) {
		close(f->fd);
		log_event(LOG_ERROR, "edge-lost",
		          LOG_STR("peer", wire_role_name(f->peer)));
		return;
	}

	*s = (struct slot){ .edge = { .peer = f->peer,
		                      .index = f->index,
		                      .channel = channel } };
	if (loop_watch(r, s, (unsigned)(s - r->slots)) != OK) {
		edge_drop(r, s);
		return;
	}
	s->up = true;
	if (r->ops->edge_up)
		r->ops->edge_up(r, &s->edge);
}

void
edges_settle(struct role *r)
{
	for (size_t i = 0; i < r->n_fresh; i++)
		settle_edge(r, &r->fresh[i]);
	r->n_fresh = 0;
}

void
edges_release(struct role *r)
{
	for (size_t i = 0; i < ROLE_EDGES_MAX; i++)
		channel_close(r->slots[i].edge.channel);
	for (size_t i = 0; i < r->n_fresh; i++)
		close(r->fresh[i].fd);
	channel_close(r->lifeline.edge.channel);
}

struct edge *
role_edge(const struct role *r, enum wire_role peer, uint16_t index)
{
	for (size_t i = 0; i < ROLE_EDGES_MAX; i++) {
		const struct slot *s = &r->slots[i];
		if (s->edge.channel && s->up && s->edge.peer == peer &&
		    s->edge.index == index)
			return (struct edge *)(uintptr_t)&s->edge;
	}
	return NULL;
}

struct edge *
role_edge_any(struct role *r, enum wire_role peer)
{
	for (unsigned i = 0; i < ROLE_EDGES_MAX; i++) {
		unsigned at = (r->turn + i) % ROLE_EDGES_MAX;
		struct slot *s = &r->slots[at];
		if (!s->edge.channel || !s->up || s->edge.peer != peer)
			continue;
		r->turn = at + 1;
		return &s->edge;
	}
	return NULL;
}

err_t
edge_send(struct edge *e, struct buf *packet)
{
	err_t err = buf_status(packet);

	if (!e || !e->channel)
		err = E_CLOSED;
	else if (err == OK)
		err = channel_send(e->channel, buf_bytes(packet));
	buf_reset(packet);
	return err;
}

err_t
edge_ask(struct edge *e, struct buf *packet)
{
	bool is_up = e && e->channel;
	err_t err = edge_send(e, packet);

	return is_up && err == E_CLOSED ? OK : err;
}
