/*
 * files.c - see files.h.
 */
#include "tests/common/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool
file_write(const char *path, struct bytes content, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && fchmod(fd, mode) == 0 &&
	          write(fd, content.data, content.len) == (ssize_t)content.len;

	return fd >= 0 && close(fd) == 0 && ok;
}

bool
file_write_text(const char *path, const char *text)
{
	return file_write(path, bytes_of_str(text), 0600);
}
