/*
 * sqlite_scrub.h - clears what a page of a database file has of cells that it no
 * longer holds.
 *
 * SQLite overwrites a row that is deleted (secure_delete).  But when a page is
 * split or merged, cells are moved to another page, and the old page may keep their
 * bytes in the space that it does not use; a row that is deleted later is overwritten
 * where it is then, and not there.  In a test with 3,000 devices two of 300 that
 * were deleted left their handles in that way.
 */
#ifndef LEDGER_STORE_SQLITE_SCRUB_H
#define LEDGER_STORE_SQLITE_SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In a file of up to this size the first byte of a page tells whether it is of a
 * b-tree: that of others is the high byte of a page's number, which is 0 then.  In
 * a larger one nothing is cleared. */
#define SCRUB_FILE_MAX (INT64_C(32) << 30)
#define SCRUB_PAGE_MAX 65536u

/* Clears the space between the cell pointers and the cells of a b-tree page, of
 * which nothing is read (https://www.sqlite.org/fileformat2.html, section 1.6).
 * Another page is left as it is.  first: page 1, which begins with the header of
 * the file. */
void scrub_page(uint8_t *page, size_t n, bool first);

#endif
