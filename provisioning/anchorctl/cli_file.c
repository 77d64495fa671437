/*
 * cli_file.c - reads whole files, replaces files atomically, and reads small
 * files of less privileged processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "proc/replace.h"
#include "provisioning/anchorctl/verb.h"

#define READ_CHUNK 65536 /* bytes asked of the kernel at once */

void
cli_read_note(int directory, const char *name, char *ret_text, size_t size)
{
	struct stat st;
	AUTO(close_fd)
	int fd = openat(directory, name,
	                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
	                    ? read(fd, ret_text, size - 1)
	                    : 0;

	ret_text[n > 0 ? n : 0] = '\0';
}

bool
cli_replace_file(int directory, const char *path, const char *suffix,
                 struct bytes file)
{
	const char *slash = strrchr(path, '/');
	const struct replacement r = { .name = slash ? slash + 1 : path,
		                       .suffix = suffix,
		                       .mode = 0644,
		                       .content = file };

	return file_replace(directory, &r) == OK;
}

static err_t
read_whole_input(int fd, struct buf *out)
{
	for (;;) {
		uint8_t chunk[READ_CHUNK];
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n == 0)
			return buf_status(out);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_IO;
		buf_append(out, bytes_of(chunk, (size_t)n));
		TRY(buf_status(out));
	}
}

err_t
cli_read_file(const struct cli *cli, const char *path, struct buf *out)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	err_t err = fd >= 0 ? read_whole_input(fd, out) : E_IO;

	if (err == E_LIMIT)
		cli_fail(cli, 0, "%s: longer than %zu bytes", path,
		         out->ceiling);
	else if (err != OK)
		cli_fail(cli, 0, "%s: %s", path,
		         err == E_IO ? strerror(errno) : err_name(err));
	if (fd >= 0 && !standard)
		close(fd);
	return err;
}

err_t
cli_read_part(const struct cli *cli, int directory, const char *name,
              struct buf *out)
{
	struct stat st;
	AUTO(close_fd)
	int fd = openat(directory, name,
	                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return E_NOT_FOUND;
	if (fd < 0 || fstat(fd, &st) != 0) {
		cli_fail(cli, 0, "%s: %s", name, strerror(errno));
		return E_IO;
	}
	if (!S_ISREG(st.st_mode)) {
		cli_fail(cli, 0, "%s: not a regular file", name);
		return E_DENIED;
	}
	err_t err = read_whole_input(fd, out);
	if (err == E_LIMIT)
		cli_fail(cli, 0, "%s: longer than %zu bytes", name,
		         out->ceiling);
	else if (err != OK)
		cli_fail(cli, 0, "%s: %s", name,
		         err == E_IO ? strerror(errno) : err_name(err));
	return err;
}

int
cli_lock_directory_of(const struct cli *cli, const char *path)
{
	char copy[PATH_MAX];

	if (strlen(path) >= sizeof(copy)) {
		cli_fail(cli, 0, "%s: the path is too long", path);
		return -1;
	}
	memcpy(copy, path, strlen(path) + 1);
	const char *parent = dirname(copy);
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	cli_fail(cli, 0, "%s: %s", parent, strerror(errno));
	close_fd(fd);
	return -1;
}
