/*
 * twins.c - see twins.h.
 */
#include "front/twins.h"

#include <stdlib.h>
#include <string.h>

/* A certificate that has connections. */
struct twin {
	struct twin *next;
	size_t n;
	uint8_t fingerprint[HASH_SIZE];
};

static struct twin **
twins_row_of(struct twins *t, const uint8_t *fingerprint)
{
	unsigned at = (unsigned)fingerprint[0] << 8 | fingerprint[1];

	return &t->rows[at % TWINS_ROWS];
}

static struct twin *
find_twin(struct twins *t, const uint8_t *fingerprint)
{
	struct twin *w = *twins_row_of(t, fingerprint);

	while (w && memcmp(w->fingerprint, fingerprint, HASH_SIZE) != 0)
		w = w->next;
	return w;
}

static struct twin *
begin_twin(struct twins *t, const uint8_t *fingerprint)
{
	struct twin **row = twins_row_of(t, fingerprint);
	struct twin *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	memcpy(w->fingerprint, fingerprint, HASH_SIZE);
	w->next = *row;
	*row = w;
	return w;
}

err_t
twins_join(struct twins *t, const uint8_t fingerprint[static HASH_SIZE],
           size_t most, struct twin **ret_twin)
{
	struct twin *w = find_twin(t, fingerprint);

	if (w ? w->n >= most : most == 0)
		return E_LIMIT;
	if (!w)
		w = begin_twin(t, fingerprint);
	if (!w)
		return E_NOMEM;
	w->n++;
	*ret_twin = w;
	return OK;
}

void
twins_leave(struct twins *t, struct twin *w)
{
	if (!w || --w->n > 0)
		return;

	struct twin **link = twins_row_of(t, w->fingerprint);

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	free(w);
}
