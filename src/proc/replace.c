/*
 * replace.c - see replace.h.
 */
#include "proc/replace.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"

#define NEW ".new"

static err_t
write_replacement(int directory, const char *name, struct bytes content)
{
	(void)unlinkat(directory, name, 0);
	AUTO(close_fd)
	int fd = openat(directory, name,
	                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                0600);

	if (fd < 0 ||
	    write(fd, content.data, content.len) != (ssize_t)content.len ||
	    fsync(fd) != 0)
		return E_IO;
	return OK;
}

err_t
file_replace(int directory, const char *name, struct bytes content)
{
	char new[REPLACE_NAME_MAX + sizeof(NEW)];

	(void)snprintf(new, sizeof(new), "%.*s" NEW, REPLACE_NAME_MAX, name);
	TRY(write_replacement(directory, new, content));
	if (renameat(directory, new, directory, name) != 0 ||
	    fsync(directory) != 0)
		return E_IO;
	return OK;
}
