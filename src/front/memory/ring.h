/*
 * ring.h - a doubly linked list of connections, from which any one can be
 * removed in constant time, even when ten thousand connections end together.
 *
 * The list head is linked between the last and the first element.  A link that
 * is in no list is zero, or linked to itself.
 */
#ifndef FRONT_MEMORY_RING_H
#define FRONT_MEMORY_RING_H

#include <stddef.h>

struct connection;

struct ring {
	struct ring *before, *after;
	struct connection *who; /* NULL: the list head */
};

static inline void
ring_init(struct ring *row)
{
	*row = (struct ring){ .before = row, .after = row };
}

/* Appends link, which must be in no list. */
static inline void
ring_add(struct ring *row, struct ring *link, struct connection *who)
{
	*link = (struct ring){
		.before = row->before,
		.after = row,
		.who = who,
	};
	row->before->after = link;
	row->before = link;
}

/* Removes link; accepts one that is in no list. */
static inline void
ring_leave(struct ring *link)
{
	if (!link->after)
		return;
	link->before->after = link->after;
	link->after->before = link->before;
	*link = (struct ring){ 0 };
}

/* Moves all elements to an uninitialised list; from is empty then. */
static inline void
ring_move(struct ring *to, struct ring *from)
{
	if (from->after == from) {
		ring_init(to);
		return;
	}
	*to = *from;
	to->before->after = to;
	to->after->before = to;
	ring_init(from);
}

/* The first element; NULL: the list is empty. */
static inline struct connection *
ring_first(const struct ring *row)
{
	return row->after->who;
}

#endif
