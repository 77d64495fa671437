/*
 * reading_page.h - the rows of a page, as they go into the answer (readings.h).
 */
#ifndef LEDGER_READING_PAGE_H
#define LEDGER_READING_PAGE_H

#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

/* A page while it is read: its rows, each a packet with its length as u32. */
struct reading_page {
	struct buf row, rows;
	uint64_t n;
};

/* Appends the packet that is in p->row. */
MUST_CHECK err_t reading_page_add(struct reading_page *p);
void reading_page_release(struct reading_page *p);
DEFINE_AUTO_REF(struct reading_page, reading_page_release);

#endif
