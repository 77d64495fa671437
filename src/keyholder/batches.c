/*
 * batches.c - the memory of the two batches of challenges and of the one of
 * results.
 */
#include <stdlib.h>

#include "keyholder/batch.h"
#include "keyholder/result_batch.h"

err_t
batches_open(struct batches *all, size_t max)
{
	for (size_t i = 0; i < BATCHES; i++) {
		struct batch *b = &all->all[i];

		b->askers = calloc(max, sizeof(*b->askers));
		if (!b->askers)
			return E_NOMEM;
		TRY(statement_new(max, &b->statement));
	}
	return OK;
}

void
batches_forget(struct batches *all, const struct edge *e)
{
	for (size_t i = 0; i < BATCHES; i++) {
		struct batch *b = &all->all[i];
		size_t n = b->state == BATCH_EMPTY
		                   ? 0
		                   : statement_count(b->statement);

		for (size_t j = 0; j < n; j++)
			if (b->askers[j].from == e)
				b->askers[j].from = NULL;
	}
}

bool
batches_use(const struct batches *all, unsigned key)
{
	for (size_t i = 0; i < BATCHES; i++)
		if (all->all[i].state != BATCH_EMPTY && all->all[i].key == key)
			return true;
	return false;
}

void
batches_release(struct batches *all)
{
	for (size_t i = 0; i < BATCHES; i++) {
		free(all->all[i].askers);
		statement_free(all->all[i].statement);
	}
}

/* --- results -------------------------------------------------------------- */

err_t
result_batch_open(struct result_batch *b)
{
	TRY(queue_open(&b->waiting));
	return statement_new(RESULT_BATCH_MAX, &b->statement);
}

void
result_batch_release(struct result_batch *b)
{
	queue_release(&b->waiting);
	statement_free(b->statement);
}

bool
result_batch_uses(const struct result_batch *b, unsigned key)
{
	return b->n > 0 && b->key == key;
}
