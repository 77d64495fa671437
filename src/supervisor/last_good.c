/*
 * last_good.c - see last_good.h.
 */
#include "supervisor/last_good.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "proc/replace.h"

#include "supervisor/supervisor.h"

/* Whoever may write to this directory decides what the next start uses. */
static int
open_state_directory(const struct supervisor *s, struct buf *why)
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

err_t
last_good_write(const struct supervisor *s, const char *name,
                struct bytes content, struct buf *why)
{
	AUTO(close_fd) int directory = open_state_directory(s, why);

	if (directory < 0)
		return E_IO;
	const struct replacement kept = {
		.name = name, .suffix = ".new", .mode = 0600, .content = content
	};
	if (file_replace(directory, &kept) != OK) {
		buf_append_str(why, "it cannot be kept in "
		                    "service.state_directory");
		return E_IO;
	}
	return OK;
}

void
last_good_path(const struct supervisor *s, const char *name, struct buf *path)
{
	buf_printf(path, "%s/%s", s->config->state_directory, name);
}
