/*
 * pool.c - see pool.h.  A front has one thread, so there is one pool.
 *
 * Blocks are cut from chunks in one reserved range of addresses.  Each chunk
 * has blocks of one size, which a table with a byte for each chunk holds.  The
 * size of a block thus follows from its address; there is no header beside it,
 * and it fills whole cache lines.  (Storing the size before each block or at
 * the start of its chunk was tried: it cost one more cache line a block, or
 * lines that all map to the same cache set.)  Other blocks come from malloc(3),
 * after a header with their size.
 */
#include "front/memory/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/auto.h"

#define CHUNK ((size_t)64 * 1024)
#define CHUNKS ((size_t)8192) /* 512 MiB of addresses; memory on use */
#define HEAD ((size_t)16) /* header of a malloc block; keeps its alignment */

/* The largest block from a chunk.  Sanitizers check malloc(3) blocks only. */
#ifdef ANCHORD_SAN
#define POOLED 0
#else
#define POOLED POOL_MOST
#endif

/* A free block has the link to the next one in place of the user's data. */
struct piece {
	struct piece *next;
};

/* The blocks of one size: those freed, and then those never used. */
struct list {
	struct piece *unused;
	uint8_t *fresh;
	size_t n_fresh;
};

static struct list lists[POOL_MOST / POOL_STEP + 1];

static uint8_t *range; /* NULL: not reserved yet, or it failed */
static bool range_tried;
static size_t n_chunks;
static uint8_t steps_of[CHUNKS]; /* block size of each chunk */
static uint16_t spare[CHUNKS];   /* chunks that were returned */
static size_t n_spare;

_Static_assert(POOL_MOST / POOL_STEP <= UINT8_MAX, "a size fits a byte");

/* --- blocks of a chunk ---------------------------------------------------- */

static void
reserve_range(void)
{
	void *p = mmap(NULL, CHUNKS * CHUNK, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	range = p == MAP_FAILED ? NULL : p;
	range_tried = true;
}

/* The number of blocks in a chunk. */
static size_t
pieces_of(size_t steps)
{
	return CHUNK / (steps * POOL_STEP);
}

static bool
begin_chunk(struct list *l, size_t steps)
{
	if (!range_tried)
		reserve_range();
	if (!range || (n_spare == 0 && n_chunks == CHUNKS))
		return false;

	size_t i = n_spare > 0 ? spare[--n_spare] : n_chunks++;
	l->fresh = range + i * CHUNK;
	l->n_fresh = pieces_of(steps);
	steps_of[i] = (uint8_t)steps;
	return true;
}

/* NULL: the range is used up. */
static void *
take_piece(size_t steps)
{
	struct list *l = &lists[steps];
	struct piece *piece = l->unused;

	if (piece) {
		l->unused = piece->next;
		return piece;
	}
	if (l->n_fresh == 0 && !begin_chunk(l, steps))
		return NULL;

	void *p = l->fresh;
	l->fresh += steps * POOL_STEP;
	l->n_fresh--;
	return p;
}

/* The block's size in steps; 0: it is a malloc block. */
static size_t
find_steps(const void *p)
{
	uintptr_t at = (uintptr_t)p - (uintptr_t)range;

	return range && at < CHUNKS * CHUNK ? steps_of[at / CHUNK] : 0;
}

/* --- blocks of malloc(3) -------------------------------------------------- */

static size_t *
head_of(void *p)
{
	return (size_t *)(void *)((uint8_t *)p - HEAD);
}

static void *
take_large(size_t room)
{
	uint8_t *head = malloc(HEAD + room);

	if (!head)
		return NULL;
	*head_of(head + HEAD) = room;
	return head + HEAD;
}

/* --- allocation ----------------------------------------------------------- */

static size_t
room_of(void *p)
{
	size_t steps = find_steps(p);

	return steps > 0 ? steps * POOL_STEP : *head_of(p);
}

void *
pool_alloc(size_t n)
{
	if (n > SIZE_MAX / 2)
		return NULL;

	size_t steps = n > 0 ? (n + POOL_STEP - 1) / POOL_STEP : 1;
	size_t room = steps * POOL_STEP;
	void *p = room <= POOLED ? take_piece(steps) : NULL;

	return p ? p : take_large(room);
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
	size_t room = p ? room_of(p) : 0;

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

	size_t steps = find_steps(p);

	if (steps == 0) {
		free(head_of(p));
		return;
	}
	struct piece *piece = p;
	piece->next = lists[steps].unused;
	lists[steps].unused = piece;
}

/* --- return to the system ------------------------------------------------- */

static uint16_t n_free[CHUNKS]; /* free blocks of a chunk, while trimming */

static size_t
chunk_of(const struct piece *p)
{
	return ((uintptr_t)p - (uintptr_t)range) / CHUNK;
}

/* True if no block of the chunk is in use and none was never used. */
static bool
is_unused(size_t chunk)
{
	return steps_of[chunk] > 0 &&
	       n_free[chunk] == pieces_of(steps_of[chunk]);
}

static void
count_free(void)
{
	memset(n_free, 0, sizeof(n_free));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct piece *p = lists[i].unused; p; p = p->next)
			n_free[chunk_of(p)]++;
}

static void
unlink_unused(struct list *l)
{
	struct piece **link = &l->unused;

	while (*link)
		if (is_unused(chunk_of(*link)))
			*link = (*link)->next;
		else
			link = &(*link)->next;
}

void
pool_trim(void)
{
	count_free();
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		unlink_unused(&lists[i]);
	for (size_t i = 0; i < n_chunks; i++) {
		if (!is_unused(i))
			continue;
		(void)madvise(range + i * CHUNK, CHUNK, MADV_DONTNEED);
		steps_of[i] = 0;
		spare[n_spare++] = (uint16_t)i;
	}
}
