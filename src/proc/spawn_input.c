/*
 * spawn_input.c - see role_spawn.h.  Apart from spawn.c: who reads this is started
 * and starts nobody.
 */
#include <unistd.h>

#include "proc/role_spawn.h"

/* By position: the offset is shared with whoever gave it. */
err_t
spawn_input(struct buf *out)
{
	uint8_t part[4096];
	ssize_t n;

	for (off_t at = 0;
	     (n = pread(STDIN_FILENO, part, sizeof(part), at)) > 0; at += n)
		buf_append(out, bytes_of(part, (size_t)n));
	return n < 0 ? E_IO : buf_status(out);
}
