/*
 * kept.c - see kept.h.
 */
#include "kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auto.h"

#include "supervisor.h"

#define NAME_SIZE 64 /* bytes of a name with ".new" */

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}
DEFINE_AUTO(int, close_fd);

/* Who may write there decides what rules the next life. */
static int
open_directory(const struct supervisor *s, struct buf *why)
{
	const char *path = s->config->state_directory;
	struct stat st;
	AUTO(close_fd)
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0) {
		buf_printf(why, "service.state_directory: cannot be opened");
		return -1;
	}
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		buf_printf(why, "service.state_directory: open to others");
		return -1;
	}
	int directory = fd;
	fd = -1;
	return directory;
}

static err_t
write_new(int directory, const char *name, struct bytes content)
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
kept_write(const struct supervisor *s, const char *name, struct bytes content,
           struct buf *why)
{
	AUTO(close_fd) int directory = open_directory(s, why);
	char new[NAME_SIZE];

	if (directory < 0)
		return E_IO;
	(void)snprintf(new, sizeof(new), "%s.new", name);
	if (write_new(directory, new, content) != OK ||
	    renameat(directory, new, directory, name) != 0 ||
	    fsync(directory) != 0) {
		buf_append_str(why, "it cannot be kept in "
		                    "service.state_directory");
		return E_IO;
	}
	return OK;
}

void
kept_path(const struct supervisor *s, const char *name, struct buf *path)
{
	buf_printf(path, "%s/%s", s->config->state_directory, name);
}
