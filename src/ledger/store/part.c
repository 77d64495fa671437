/*
 * part.c - see part.h.
 */
#include "ledger/store/part.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store/store.h"
#include "ledger/store/clean.h"
#include "ledger/store/file.h"

#define CHUNK 65536

/* All files that a backup may leave in its temporary directory. */
static const char *const leavings[] = {
	STORE_FILE,        STORE_FILE "-wal",
	STORE_FILE "-shm", STORE_FILE "-journal",
	STORE_CLEAN_FILE,
};

static err_t
write_chunk_at(int to, const uint8_t *data, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(to, data, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return E_IO;
		data += done;
		at += done;
		n -= (size_t)done;
	}
	return OK;
}

err_t
part_copy(int from, int to, const char *name, struct buf *why)
{
	uint8_t chunk[CHUNK];

	for (off_t at = 0;;) {
		ssize_t n = pread(from, chunk, sizeof(chunk), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return store_file_failed(why, name);
		if (n == 0)
			return OK;
		if (write_chunk_at(to, chunk, (size_t)n, at) != OK)
			return store_file_failed(why, "the copy");
		at += n;
	}
}

static void
remove_all(const struct part *p)
{
	for (size_t i = 0; i < ARRAY_LEN(leavings); i++)
		(void)unlinkat(p->dir, leavings[i], 0);
}

/* --- the directory above -------------------------------------------------- */

/* True if only this user and root can replace this user's entries in the
 * directory.  In a sticky directory only an entry's owner can. */
static bool
is_guarded(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) &&
	       (!(st->st_mode & (S_IWGRP | S_IWOTH)) ||
	        (st->st_mode & S_ISVTX));
}

static err_t
check_directory(const char *path, struct buf *why)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return store_file_failed(why, path);
	if (is_guarded(&st))
		return OK;
	buf_printf(why, "other users may change the directory %s", path);
	return E_DENIED;
}

/* Checks "/" and each directory down to this one; the path has no link. */
static err_t
check_way(char *path, struct buf *why)
{
	TRY(check_directory("/", why));
	for (char *end = strchr(path + 1, '/'); end;
	     end = strchr(end + 1, '/')) {
		*end = '\0';
		err_t err = check_directory(path, why);
		*end = '/';
		TRY(err);
	}
	return check_directory(path, why);
}

/*
 * SQLite opens the files in FILE.part by their path.  A user who could rename a
 * directory above it, or change a symbolic link on the way, could put another
 * directory there meanwhile.  Therefore the path is resolved to one without
 * links, and each directory above is checked.
 */
static err_t
resolve_file(struct part *p, const char *file, struct buf *why)
{
	char given[PATH_MAX], base[PATH_MAX], real[PATH_MAX];
	int n = snprintf(given, sizeof(given), "%s", file);

	if (n < 0 || (size_t)n >= sizeof(given)) {
		buf_append_str(why, "the path is too long");
		return E_LIMIT;
	}
	memcpy(base, given, (size_t)n + 1);
	const char *above = dirname(given);
	if (!realpath(above, real))
		return store_file_failed(why, above);
	TRY(check_way(real, why));
	buf_printf(&p->file, "%s/%s", strcmp(real, "/") == 0 ? "" : real,
	           basename(base));
	buf_printf(&p->path, "%s.part", buf_str(&p->file));
	TRY(buf_status(&p->file));
	return buf_status(&p->path);
}

/* --- the directory beside the file ---------------------------------------- */

/* Reuses the directory that a killed process of this user left. */
static err_t
open_part(struct part *p, const char *path, struct buf *why)
{
	bool made = mkdir(path, 0700) == 0;
	struct stat st;

	if (!made && errno != EEXIST)
		return store_file_failed(why, path);
	p->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->dir < 0 || fstat(p->dir, &st) < 0)
		return store_file_failed(why, path);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		buf_printf(why,
		           "%s exists, but another user owns it or may write "
		           "to it",
		           path);
		(void)close(p->dir);
		p->dir = -1; /* nothing in it is ours to remove */
		return E_DENIED;
	}
	if (!made)
		remove_all(p);
	return OK;
}

err_t
part_make(const char *file, struct buf *why, struct part *ret_part)
{
	AUTO(part_release)
	struct part p = { .dir = -1,
		          .file = buf_of(PATH_MAX),
		          .path = buf_of(PATH_MAX + sizeof(".part")) };

	TRY(resolve_file(&p, file, why));
	TRY(open_part(&p, buf_str(&p.path), why));
	*ret_part = p;
	p = (struct part){ .dir = -1 };
	return OK;
}

err_t
part_create(const struct part *p, const char *name, struct buf *why,
            int *ret_fd)
{
	int fd = openat(p->dir, name,
	                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                0600);

	if (fd < 0)
		return store_file_failed(why, name);
	*ret_fd = fd;
	return OK;
}

static err_t
sync_parent(const char *file, struct buf *why)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", file);
	const char *above = dirname(path);
	AUTO(close_fd)
	int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return store_file_failed(why, above);
	return OK;
}

err_t
part_publish(struct part *p, struct buf *why)
{
	struct stat st;
	AUTO(close_fd)
	int fd = openat(p->dir, STORE_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return store_file_failed(why, "the copy");
	/* If the log still exists, the file is incomplete without it. */
	if (fstatat(p->dir, STORE_FILE "-wal", &st, AT_SYMLINK_NOFOLLOW) == 0) {
		buf_append_str(why, "SQLite did not move the log into the "
		                    "copy");
		return E_IO;
	}
	const char *file = buf_str(&p->file);
	if (renameat2(p->dir, STORE_FILE, AT_FDCWD, file, RENAME_NOREPLACE) <
	    0) {
		bool there = errno == EEXIST;

		(void)store_file_failed(why, file);
		return there ? E_CONFLICT : E_IO;
	}
	return sync_parent(file, why);
}

void
part_release(struct part *p)
{
	if (p->dir >= 0) {
		remove_all(p);
		(void)rmdir(buf_str(&p->path));
		(void)close(p->dir);
		p->dir = -1;
	}
	buf_release(&p->path);
	buf_release(&p->file);
}
