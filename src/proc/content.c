/*
 * content.c - see content.h.
 */
#include <unistd.h>

#include "proc/content.h"

err_t
content_read(int fd, struct buf *out)
{
	uint8_t part[16384];
	ssize_t n;

	for (off_t at = 0; (n = pread(fd, part, sizeof(part), at)) > 0; at += n)
		buf_append(out, bytes_of(part, (size_t)n));
	return n < 0 ? E_IO : buf_status(out);
}
