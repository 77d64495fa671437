/*
 * similar.c - the distance between two names, by dynamic programming over
 * their prefixes.
 */
#include "base/similar.h"

#include <string.h>

static size_t
smaller_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A row of the table: the distances of one prefix of a to all prefixes of b. */
typedef size_t distance_row[SIMILAR_MAX + 1];

size_t
similar_distance(const char *a, const char *b)
{
	size_t n = strnlen(a, SIMILAR_MAX), m = strnlen(b, SIMILAR_MAX);
	distance_row rows[3]; /* of i - 2, i - 1 and i, each modulo 3 */

	for (size_t k = 0; k <= m; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = rows[i % 3];
		const size_t *before = rows[(i + 2) % 3];
		const size_t *swapped = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t k = 1; k <= m; k++) {
			size_t other = a[i - 1] != b[k - 1];

			now[k] = smaller_of(before[k - 1] + other,
			                    smaller_of(before[k], now[k - 1]) +
			                            1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1])
				now[k] = smaller_of(now[k], swapped[k - 2] + 1);
		}
	}
	return rows[n % 3][m];
}
