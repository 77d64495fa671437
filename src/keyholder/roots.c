/*
 * roots.c - see roots.h: a ring buffer with a hash table by the first bytes of
 * the roots, which are as good as random and which nobody can choose.
 */
#include <stdlib.h>
#include <string.h>

#include "keyholder/roots.h"

err_t
roots_open(struct roots *r)
{
	r->ring = calloc(ROOTS_MAX, sizeof(*r->ring));
	r->heads = calloc(ROOTS_MAX, sizeof(*r->heads));
	r->next = calloc(ROOTS_MAX, sizeof(*r->next));
	return r->ring && r->heads && r->next ? OK : E_NOMEM;
}

void
roots_release(struct roots *r)
{
	free(r->ring);
	free(r->heads);
	free(r->next);
	*r = (struct roots){ 0 };
}

static uint32_t *
head_of(const struct roots *r, const uint8_t *root)
{
	uint32_t first;

	memcpy(&first, root, sizeof(first));
	return &r->heads[first & (ROOTS_MAX - 1)];
}

/* Removes the oldest root from its chain. */
static void
forget_oldest_root(struct roots *r, uint32_t place)
{
	uint32_t *at = head_of(r, r->ring[place]);

	while (*at && *at != place + 1)
		at = &r->next[*at - 1];
	if (*at)
		*at = r->next[place];
}

void
roots_note(struct roots *r, const uint8_t root[static HASH_SIZE])
{
	uint32_t place = (uint32_t)(r->n & (ROOTS_MAX - 1));

	if (r->n >= ROOTS_MAX)
		forget_oldest_root(r, place);
	uint32_t *head = head_of(r, root);
	memcpy(r->ring[place], root, HASH_SIZE);
	r->next[place] = *head;
	*head = place + 1;
	r->n++;
}

bool
roots_known(const struct roots *r, const uint8_t root[static HASH_SIZE])
{
	struct bytes wanted = bytes_of(root, HASH_SIZE);

	for (uint32_t at = *head_of(r, root); at; at = r->next[at - 1])
		if (bytes_equal(bytes_of(r->ring[at - 1], HASH_SIZE), wanted))
			return true;
	return false;
}
