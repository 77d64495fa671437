/*
 * random.c - random bytes of the kernel.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "keyholder/keyholder.h"

/* Without random bytes the process cannot work, so it ends. */
void
kernel_random(uint8_t *out, size_t n)
{
	size_t at = 0;

	while (at < n) {
		ssize_t got = getrandom(out + at, n - at, 0);

		if (got < 0 && errno != EINTR)
			abort();
		at += got > 0 ? (size_t)got : 0;
	}
}
