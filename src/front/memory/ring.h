/*
 * ring.h - connections in a row, of which any one can leave at once: who ends ten
 * thousand of them must not make the front look through the row for each.
 *
 * The row's own link stands between the last and the first; a link that is in no
 * row is zero, or its own neighbour.
 */
#ifndef FRONT_MEMORY_RING_H
#define FRONT_MEMORY_RING_H

#include <stddef.h>

struct connection;

struct ring {
	struct ring *before, *after;
	struct connection *who; /* NULL: the row's own */
};

static inline void
ring_init(struct ring *row)
{
	*row = (struct ring){ .before = row, .after = row };
}

/* At the end of the row; in no other row. */
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

/* Accepts one that is in no row. */
static inline void
ring_leave(struct ring *link)
{
	if (!link->after)
		return;
	link->before->after = link->after;
	link->after->before = link->before;
	*link = (struct ring){ 0 };
}

/* All of a row to one that is not initialised yet; the row is empty then. */
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

/* NULL: the row is empty. */
static inline struct connection *
ring_first(const struct ring *row)
{
	return row->after->who;
}

#endif
