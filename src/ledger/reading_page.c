/*
 * reading_page.c - see reading_page.h.
 */
#include "ledger/reading_page.h"

err_t
reading_page_add(struct reading_page *p)
{
	TRY(buf_status(&p->row));
	p->n++;
	buf_u32(&p->rows, (uint32_t)p->row.len);
	buf_append(&p->rows, buf_bytes(&p->row));
	buf_reset(&p->row);
	return buf_status(&p->rows);
}

void
reading_page_release(struct reading_page *p)
{
	buf_release(&p->row);
	buf_release(&p->rows);
}
