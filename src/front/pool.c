/*
 * pool.c - see pool.h.  A front has one thread, so there is one pool.
 *
 * Before each piece stands its size, so that it finds its list again.
 */
#include "pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLAB ((size_t)64 * 1024) /* bytes asked of the C library at a time */
#define HEAD 16 /* bytes before what the user sees: keeps its alignment */

/* Largest piece that comes from a list.  The sanitizers watch malloc's. */
#ifdef ANCHORD_SAN
#define POOLED 0
#else
#define POOLED POOL_MOST
#endif

/* A free piece has the next one of its list where the user's bytes were. */
struct piece {
	size_t room;
	size_t unused;
	struct piece *next;
};

_Static_assert(offsetof(struct piece, next) == HEAD, "the head's size");

static struct piece *lists[POOL_MOST / POOL_STEP + 1];
static uint8_t *slab;
static size_t slab_left;

static struct piece *
piece_of(void *p)
{
	return (struct piece *)(void *)((uint8_t *)p - HEAD);
}

/* A new piece from the slab; what was left of the last slab is lost. */
static struct piece *
carve(size_t room)
{
	size_t n = HEAD + room;

	if (slab_left < n) {
		slab = malloc(SLAB);
		slab_left = slab ? SLAB : 0;
	}
	if (slab_left < n)
		return NULL;

	struct piece *piece = (struct piece *)(void *)slab;
	slab += n;
	slab_left -= n;
	return piece;
}

static struct piece *
take(size_t room)
{
	struct piece **list = &lists[room / POOL_STEP];
	struct piece *piece = *list;

	if (!piece)
		return carve(room);
	*list = piece->next;
	return piece;
}

void *
pool_alloc(size_t n)
{
	if (n > SIZE_MAX / 2)
		return NULL;

	size_t steps = n > 0 ? (n + POOL_STEP - 1) / POOL_STEP : 1;
	size_t room = steps * POOL_STEP;
	struct piece *piece = room <= POOLED ? take(room) : malloc(HEAD + room);

	if (!piece)
		return NULL;
	piece->room = room;
	return (uint8_t *)piece + HEAD;
}

void *
pool_zero(size_t n)
{
	void *p = pool_alloc(n);

	if (p)
		memset(p, 0, n);
	return p;
}

void *
pool_resize(void *p, size_t n)
{
	size_t room = p ? piece_of(p)->room : 0;

	if (p && n <= room)
		return p;
	void *larger = pool_alloc(n);
	if (!larger)
		return NULL;
	if (p)
		memcpy(larger, p, room);
	pool_free(p);
	return larger;
}

void
pool_free(void *p)
{
	if (!p)
		return;

	struct piece *piece = piece_of(p);

	if (piece->room > POOLED) {
		free(piece);
		return;
	}
	piece->next = lists[piece->room / POOL_STEP];
	lists[piece->room / POOL_STEP] = piece;
}
