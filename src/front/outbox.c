/*
 * outbox.c - see outbox.h.
 */
#include "front/outbox.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "wire/channel.h"
#include "proc/role.h"

/* The packets of one client in order, each preceded by its length (u32). */
struct lane {
	struct buf queue;
	size_t sent;       /* bytes of it that were sent */
	uint32_t n;        /* packets that wait */
	struct lane *next; /* next in rotation; while something waits */
};

struct outbox {
	struct edge *edge;
	struct outbox_window *const *windows; /* NULL: none */
	const uint32_t *most;
	size_t n, waiting;
	struct lane *first, *last; /* lanes that are not empty */
	struct lane lanes[];
};

err_t
outbox_new(struct edge *e, size_t lanes, struct outbox **ret_outbox)
{
	static const int socket_bytes = OUTBOX_SOCKET;
	struct outbox *o = calloc(1, sizeof(*o) + lanes * sizeof(o->lanes[0]));

	if (!o)
		return E_NOMEM;
	(void)setsockopt(channel_fd(e->channel), SOL_SOCKET, SO_SNDBUF,
	                 &socket_bytes, sizeof(socket_bytes));
	o->edge = e;
	o->n = lanes;
	for (size_t i = 0; i < lanes; i++)
		o->lanes[i].queue = buf_of(OUTBOX_LANE);
	*ret_outbox = o;
	return OK;
}

void
outbox_bound(struct outbox *o, struct outbox_window *const *windows,
             const uint32_t *most)
{
	o->windows = windows;
	o->most = most;
}

static struct outbox_window *
window_of(const struct outbox *o, const struct lane *l)
{
	return o->windows ? o->windows[l - o->lanes] : NULL;
}

/* Questions beyond the outbox. */
static uint32_t
count_beyond(const struct outbox_window *w)
{
	return w->open > w->queued ? w->open - w->queued : 0;
}

void
outbox_free(struct outbox *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n; i++) {
		struct outbox_window *w = window_of(o, &o->lanes[i]);

		if (w)
			w->queued -= o->lanes[i].n;
		buf_release(&o->lanes[i].queue);
	}
	free(o);
}

size_t
outbox_waiting(const struct outbox *o)
{
	return o->waiting;
}

static void
line_up(struct outbox *o, struct lane *l)
{
	l->next = NULL;
	if (o->last)
		o->last->next = l;
	else
		o->first = l;
	o->last = l;
}

static struct lane *
take_first(struct outbox *o)
{
	struct lane *l = o->first;

	o->first = l->next;
	if (!o->first)
		o->last = NULL;
	return l;
}

static size_t
left_in(const struct lane *l)
{
	return l->queue.len - l->sent;
}

/* Moves the rest down when it is smaller than the gap, so that each byte is
 * moved at most once. */
static void
compact_lane(struct lane *l)
{
	if (left_in(l) == 0) {
		if (l->queue.room > OUTBOX_AHEAD)
			buf_release(&l->queue);
		buf_reset(&l->queue);
		l->sent = 0;
	} else if (l->sent > l->queue.len / 2) {
		buf_consume(&l->queue, l->sent);
		l->sent = 0;
	}
}

static err_t
queue_packet(struct outbox *o, struct lane *l, struct bytes packet)
{
	size_t size = sizeof(uint32_t) + packet.len, before = l->queue.len;
	bool idle = left_in(l) == 0;

	/* first, so that a refused packet leaves nothing behind */
	if (o->waiting + size > OUTBOX_MOST || before + size > OUTBOX_LANE)
		return E_LIMIT;
	buf_u32(&l->queue, (uint32_t)packet.len);
	buf_append(&l->queue, packet);
	if (buf_status(&l->queue) != OK) {
		l->queue.len = before;
		l->queue.failed = OK;
		return E_NOMEM;
	}
	struct outbox_window *w = window_of(o, l);
	if (w)
		w->queued++;
	l->n++;
	o->waiting += size;
	if (idle)
		line_up(o, l);
	return OK;
}

static bool
channel_has_room(const struct outbox *o)
{
	return channel_backlog(o->edge->channel) < OUTBOX_AHEAD;
}

/* The question of this packet is open already, and not queued. */
static bool
may_pass_at_once(const struct outbox *o, size_t lane)
{
	const struct outbox_window *w = window_of(o, &o->lanes[lane]);

	return !o->first && channel_has_room(o) &&
	       (!w || count_beyond(w) <= *o->most);
}

err_t
outbox_send(struct outbox *o, size_t lane, struct buf *packet)
{
	err_t err = buf_status(packet);

	if (err == OK && may_pass_at_once(o, lane))
		return edge_ask(o->edge, packet);
	if (err == OK)
		err = queue_packet(o, &o->lanes[lane], buf_bytes(packet));
	buf_reset(packet);
	return err;
}

/* Takes the next lane whose window is open out of the rotation; the others keep
 * their order.  NULL: there is none. */
static struct lane *
take_open(struct outbox *o)
{
	const struct lane *first_shut = NULL;

	while (o->first && o->first != first_shut) {
		struct lane *l = take_first(o);
		const struct outbox_window *w = window_of(o, l);

		if (!w || count_beyond(w) < *o->most)
			return l;
		line_up(o, l);
		if (!first_shut)
			first_shut = l;
	}
	return NULL;
}

/* Sends the oldest packet of a lane that was taken out of the rotation.  E_CLOSED:
 * the peer has ended. */
static err_t
hand_on(struct outbox *o, struct lane *l)
{
	struct outbox_window *w = window_of(o, l);
	struct reader r =
	        reader_of(bytes_of(l->queue.data + l->sent, left_in(l)));
	struct bytes packet = reader_take(&r, reader_u32(&r));
	size_t size = sizeof(uint32_t) + packet.len;

	err_t err = channel_send(o->edge->channel, packet);
	if (w)
		w->queued--;
	l->n--;
	l->sent += size;
	o->waiting -= size;
	compact_lane(l);
	if (left_in(l) > 0)
		line_up(o, l);
	return err;
}

/* As much as the channel takes; *ret_any: something. */
static err_t
hand_on_some(struct outbox *o, bool *ret_any)
{
	struct lane *l;

	*ret_any = false;
	while (channel_has_room(o) && (l = take_open(o)) != NULL) {
		*ret_any = true;
		TRY(hand_on(o, l));
	}
	return OK;
}

void
outbox_turn(struct outbox *o)
{
	err_t err = OK; /* E_CLOSED is noticed by reading, too */
	bool any = true;

	while (err == OK && any) {
		err = hand_on_some(o, &any);
		if (err == OK && any)
			err = channel_flush(o->edge->channel);
	}
}
