/*
 * sqlite_scrub.c - see sqlite_scrub.h.
 */
#include "ledger/store/sqlite_scrub.h"

#include <string.h>

#define FILE_HEADER 100u /* bytes before the b-tree header of page 1 */

/* Types of b-tree pages, and offsets in the header of one. */
enum { INDEX_INNER = 2, TABLE_INNER = 5, INDEX_LEAF = 10, TABLE_LEAF = 13 };
enum { AT_CELLS = 3, AT_CONTENT = 5, LEAF_HEADER = 8, INNER_HEADER = 12 };

static size_t
read_u16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

void
scrub_page(uint8_t *page, size_t n, bool first)
{
	const size_t head = first ? FILE_HEADER : 0;
	const uint8_t *h = page + head;

	if (n < head + INNER_HEADER ||
	    (h[0] != INDEX_INNER && h[0] != TABLE_INNER && h[0] != INDEX_LEAF &&
	     h[0] != TABLE_LEAF))
		return;
	bool leaf = h[0] == INDEX_LEAF || h[0] == TABLE_LEAF;
	size_t begin = head + (leaf ? LEAF_HEADER : INNER_HEADER) +
	               2 * read_u16(h + AT_CELLS);
	size_t end = read_u16(h + AT_CONTENT);
	if (end == 0)
		end = SCRUB_PAGE_MAX; /* as the format writes it */
	if (begin < end && end <= n)
		memset(page + begin, 0, end - begin);
}
