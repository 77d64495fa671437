/*
 * replace.c - see replace.h.
 */
#include "proc/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

static bool
write_whole_file(int fd, struct bytes v)
{
	while (v.len > 0) {
		ssize_t n = write(fd, v.data, v.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		v = bytes_of(v.data + n, v.len - (size_t)n);
	}
	return true;
}

static bool
write_replacement(int directory, const char *name, const struct replacement *r)
{
	AUTO(close_fd)
	int fd = openat(directory, name,
	                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                0600);

	return fd >= 0 && write_whole_file(fd, r->content) &&
	       fchmod(fd, r->mode) == 0 && fsync(fd) == 0;
}

err_t
file_replace(int directory, const struct replacement *r)
{
	char new[NAME_MAX + 1];
	int n = snprintf(new, sizeof(new), "%s%s", r->name, r->suffix);

	if (n < 0 || (size_t)n >= sizeof(new)) {
		errno = ENAMETOOLONG;
		return E_IO;
	}
	(void)unlinkat(directory, new, 0);
	if (write_replacement(directory, new, r) &&
	    renameat(directory, new, directory, r->name) == 0 &&
	    fsync(directory) == 0)
		return OK;
	int error = errno;
	(void)unlinkat(directory, new, 0);
	errno = error;
	return E_IO;
}
