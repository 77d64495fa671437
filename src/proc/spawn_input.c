/*
 * spawn_input.c - see role_spawn.h.  A file of its own, because a program that
 * reads its input does not start others and need not link spawn.c.
 */
#include <unistd.h>

#include "proc/role_spawn.h"

/* Uses pread(2), because the file offset is shared with the parent. */
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
