/*
 * work.c - frees a message that waited for the store.
 */
#include <stdlib.h>

#include "ledger/ledger.h"

void
ledger_work_free(struct work *w)
{
	if (!w)
		return;
	redemption_release(&w->spent);
	buf_release(&w->held);
	free(w);
}
