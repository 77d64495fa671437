/*
 * cli_file.c - reads whole files, replaces files atomically under a lock, and
 * reads files of less privileged processes and from elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "proc/replace.h"
#include "provisioning/anchorctl/verb.h"

#define READ_CHUNK 65536 /* bytes asked of the kernel at once */
#define LOCK_RETRY_MS 50

/* Opens a regular file and nothing else: a link would lead elsewhere, and a pipe
 * would wait.  E_NOT_FOUND; E_DENIED: it is something else; E_IO: errno is
 * set. */
static err_t
open_regular_at(int directory, const char *name, int *ret_fd)
{
	struct stat st;
	AUTO(close_fd)
	int fd = openat(directory, name,
	                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return E_NOT_FOUND;
	if (fd < 0 && errno == ELOOP)
		return E_DENIED;
	if (fd < 0 || fstat(fd, &st) != 0)
		return E_IO;
	if (!S_ISREG(st.st_mode))
		return E_DENIED;
	*ret_fd = fd;
	fd = -1;
	return OK;
}

void
cli_read_note(int directory, const char *name, char *ret_text, size_t size)
{
	AUTO(close_fd) int fd = -1;
	ssize_t n = open_regular_at(directory, name, &fd) == OK
	                    ? read(fd, ret_text, size - 1)
	                    : 0;

	ret_text[n > 0 ? n : 0] = '\0';
}

/* What follows the last slash. */
static const char *
name_in_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool
cli_replace_file(int directory, const char *path, const char *suffix,
                 struct bytes file)
{
	const struct replacement r = { .name = name_in_path(path),
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

/* E_IO: by errno.  Returns err. */
static err_t
say_read_failure(const struct cli *cli, const char *label,
                 const struct buf *out, err_t err)
{
	if (err == E_LIMIT)
		cli_fail(cli, 0, "%s: longer than %zu bytes", label,
		         out->ceiling);
	else if (err == E_DENIED)
		cli_fail(cli, 0, "%s: not a regular file", label);
	else if (err != OK)
		cli_fail(cli, 0, "%s: %s", label,
		         err == E_IO ? strerror(errno) : err_name(err));
	return err;
}

err_t
cli_read_file(const struct cli *cli, const char *path, struct buf *out)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	err_t err = say_read_failure(
	        cli, path, out, fd >= 0 ? read_whole_input(fd, out) : E_IO);

	if (fd >= 0 && !standard)
		close(fd);
	return err;
}

err_t
cli_read_part(const struct cli *cli, int directory, const char *name,
              const char *label, struct buf *out)
{
	AUTO(close_fd) int fd = -1;
	err_t err = open_regular_at(directory, name, &fd);

	if (err == E_NOT_FOUND)
		return err;
	if (err == OK)
		err = read_whole_input(fd, out);
	return say_read_failure(cli, label, out, err);
}

err_t
cli_read_beside(const struct cli *cli, int directory, const char *path,
                struct buf *out)
{
	return cli_read_part(cli, directory, name_in_path(path), path, out);
}

/* --- locks ---------------------------------------------------------------- */

/* Whoever can read a directory can lock it for as long as he likes, so nobody
 * waits for ever.  Tests shorten it. */
static uint64_t lock_wait_ms = 10000;

int
cli_lock(const struct cli *cli, int directory, const char *path, int how)
{
	const struct timespec pause = { .tv_nsec = LOCK_RETRY_MS * 1000000L };
	const uint64_t end_at_ms = clock_mono_ms() + lock_wait_ms;

	for (bool told = false; flock(directory, how | LOCK_NB) != 0;
	     told = true) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return cli_fail(cli, VERB_PART, "%s: %s", path,
			                strerror(errno));
		if (!told)
			cli_fail(cli, 0,
			         "%s is locked by another program: waiting",
			         path);
		if (clock_mono_ms() >= end_at_ms)
			return cli_fail(cli, VERB_PART,
			                "%s is still locked: gave up", path);
		(void)nanosleep(&pause, NULL);
	}
	return VERB_GOOD;
}

/* A rename would replace a link, and what the link leads to would stay as it
 * was: then there are two files. */
static bool
is_own_place(const struct cli *cli, int directory, const char *path)
{
	const char *name = name_in_path(path);
	struct stat st;

	if (!*name)
		return cli_fail(cli, false, "%s: not the name of a file", path);
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ||
		       cli_fail(cli, false, "%s: %s", path, strerror(errno));
	if (S_ISLNK(st.st_mode))
		return cli_fail(cli, false,
		                "%s is a symbolic link: name the file itself",
		                path);
	return S_ISREG(st.st_mode) ||
	       cli_fail(cli, false, "%s: not a regular file", path);
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

	if (fd < 0)
		cli_fail(cli, 0, "%s: %s", parent, strerror(errno));
	else if (cli_lock(cli, fd, parent, LOCK_EX) == VERB_GOOD &&
	         is_own_place(cli, fd, path))
		return fd;
	close_fd(fd);
	return -1;
}
