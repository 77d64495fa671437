/*
 * queue.c - the FIFO of results and handles.
 *
 * An item is a position in one buffer.  Processed bytes are removed once they
 * are more than the rest, so that each byte is moved at most once.
 */
#include <stdlib.h>
#include <string.h>

#include "keyholder/keyholder.h"

err_t
queue_open(struct queue *q)
{
	q->items = calloc(KEYHOLDER_QUEUE_MAX, sizeof(*q->items));
	q->bytes = buf_of(KEYHOLDER_QUEUE_BYTES);
	return q->items ? OK : E_NOMEM;
}

err_t
queue_add(struct queue *q, const struct waiting *item, struct bytes bytes)
{
	size_t at = q->bytes.len;

	if (q->n == KEYHOLDER_QUEUE_MAX ||
	    q->bytes.ceiling - at < bytes.len) /* a failed append would stick */
		return E_LIMIT;
	buf_append(&q->bytes, bytes);
	if (buf_status(&q->bytes) != OK)
		abort(); /* no memory for what the ceiling allows */
	q->items[q->n] = *item;
	q->items[q->n].at = at;
	q->items[q->n].len = bytes.len;
	q->n++;
	return OK;
}

struct waiting *
queue_next(struct queue *q, size_t i)
{
	return q->done + i < q->n ? &q->items[q->done + i] : NULL;
}

struct bytes
queue_bytes(const struct queue *q, const struct waiting *w)
{
	return bytes_of(q->bytes.data + w->at, w->len);
}

void
queue_took(struct queue *q, size_t n)
{
	q->done += n;
	if (q->done <= q->n / 2)
		return;

	size_t left = q->n - q->done;
	size_t cut = left ? q->items[q->done].at : q->bytes.len;

	memmove(q->items, q->items + q->done, left * sizeof(*q->items));
	for (size_t i = 0; i < left; i++)
		q->items[i].at -= cut;
	buf_consume(&q->bytes, cut);
	q->n = left;
	q->done = 0;
}

void
queue_forget(struct queue *q, const struct edge *e)
{
	for (size_t i = q->done; i < q->n; i++)
		if (q->items[i].from == e)
			q->items[i].from = NULL;
}

bool
queue_uses(const struct queue *q, unsigned key)
{
	for (size_t i = q->done; i < q->n; i++)
		if (q->items[i].kind == WIRE_ID_RESULT_SIGN &&
		    q->items[i].key == key)
			return true;
	return false;
}

void
queue_release(struct queue *q)
{
	free(q->items);
	q->items = NULL;
	buf_release(&q->bytes);
}
