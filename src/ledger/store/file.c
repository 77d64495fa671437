/*
 * file.c - see file.h.
 *
 * A new database is created under another name, closed, and renamed when it is
 * complete.  A file with the final name was therefore complete once, and is
 * never recreated automatically.
 *
 * The lock is flock(2) on the directory itself.  It leaves no file behind, and
 * the kernel releases it when the process ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/bytes.h"

#include "ledger/store/backup.h"
#include "ledger/store/file.h"

/* The database header: https://www.sqlite.org/fileformat.html, 1.3. */
#define HEADER_SIZE 100
#define HEADER_MAGIC "SQLite format 3" /* and its NUL */
#define HEADER_VERSION_AT 60
#define HEADER_APPLICATION_AT 68

#define LOG_FILE STORE_FILE "-wal"

/* O_NONBLOCK, because open(2) of a FIFO with that name would block; its header
 * is then refused. */
#define READ_FILE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

static err_t
refuse_store_file(struct buf *why, err_t err, const char *what)
{
	buf_printf(why, "%s", what);
	return err;
}

err_t
store_file_failed(struct buf *why, const char *what)
{
	int cause = errno;

	buf_printf(why, "%s: %s", what, strerror(cause));
	if (cause == ENOENT)
		return E_NOT_FOUND;
	return cause == EACCES ? E_DENIED : E_IO;
}

err_t
store_dir_lock(const char *directory, struct buf *why, int *ret_fd)
{
	struct stat st;
	AUTO(close_fd)
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return store_file_failed(why, "the ledger's directory");
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return refuse_store_file(
		        why, E_DENIED,
		        "others may write to the ledger's directory");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
		               ? refuse_store_file(
		                         why, E_CONFLICT,
		                         "another ledger uses the database")
		               : store_file_failed(why, "the ledger's lock");
	*ret_fd = fd;
	fd = -1;
	return OK;
}

err_t
store_file_header(int fd, const char *name, struct buf *why, bool *ret_backup)
{
	uint8_t header[HEADER_SIZE];
	ssize_t n = pread(fd, header, sizeof(header), 0);

	if (n < 0)
		return store_file_failed(why, name);
	if (n != HEADER_SIZE ||
	    memcmp(header, HEADER_MAGIC, sizeof(HEADER_MAGIC)) != 0) {
		buf_printf(why, "%s is not a database", name);
		return E_DENIED;
	}
	struct reader r = reader_of(bytes_of(header, sizeof(header)));
	(void)reader_take(&r, HEADER_VERSION_AT);
	uint32_t version = reader_u32(&r);
	(void)reader_u32(&r);
	uint32_t application = reader_u32(&r);
	if (application != STORE_APPLICATION &&
	    application != STORE_APPLICATION_BACKUP) {
		buf_printf(why, "%s belongs to another program", name);
		return E_DENIED;
	}
	if (version < STORE_VERSION_OLDEST || version > STORE_VERSION) {
		buf_printf(why,
		           "%s has version %u, but this program supports %u to "
		           "%u",
		           name, version, STORE_VERSION_OLDEST, STORE_VERSION);
		return E_DENIED;
	}
	*ret_backup = application == STORE_APPLICATION_BACKUP;
	return OK;
}

err_t
store_file_open(int dir, struct buf *why, int *ret_fd)
{
	int fd = openat(dir, STORE_FILE, READ_FILE);

	if (fd < 0)
		return store_file_failed(why, STORE_FILE);
	*ret_fd = fd;
	return OK;
}

err_t
store_file_probe(int dir, struct buf *why, bool *ret_there)
{
	struct stat st;
	AUTO(close_fd)
	int fd = openat(dir, STORE_FILE, READ_FILE);

	if (fd < 0 && errno != ENOENT)
		return store_file_failed(why, STORE_FILE);
	if (fd >= 0) {
		bool backup = false;

		TRY(store_file_header(fd, STORE_FILE, why, &backup));
		/* A backup lacks the latest redemptions, for which only
		 * store_restore() compensates. */
		if (backup)
			return refuse_store_file(why, E_DENIED,
			                         STORE_FILE
			                         " is a backup: move it away "
			                         "and use anchorctl ledger "
			                         "restore");
		*ret_there = true;
		return OK;
	}

	/* A log without its database contains redemptions.  A new database
	 * beside it would lack them, or SQLite would apply the log to it. */
	if (fstatat(dir, LOG_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse_store_file(
		        why, E_DENIED, LOG_FILE " exists without " STORE_FILE);
	/* SQLite would roll the journal back into a new database. */
	if (fstatat(dir, STORE_FILE "-journal", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse_store_file(why, E_DENIED,
		                         STORE_FILE
		                         "-journal exists without " STORE_FILE);
	*ret_there = false;
	return OK;
}

err_t
store_file_log(int dir, struct buf *why, bool *ret_log)
{
	struct stat st;

	if (fstatat(dir, STORE_FILE "-journal", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse_store_file(
		        why, E_DENIED,
		        STORE_FILE "-journal exists: start the service "
		                   "once, which completes the interrupted "
		                   "transaction");
	if (fstatat(dir, LOG_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*ret_log = st.st_size > 0;
	else if (errno == ENOENT)
		*ret_log = false;
	else
		return store_file_failed(why, LOG_FILE);
	return OK;
}

uint64_t
store_file_inode(int dir)
{
	struct stat st;

	return fstatat(dir, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0
	               ? (uint64_t)st.st_ino
	               : 0;
}

err_t
store_file_create(int dir, struct buf *why)
{
	/* Files of an interrupted creation, which no ledger has used. */
	(void)unlinkat(dir, STORE_FILE_NEW, 0);
	(void)unlinkat(dir, STORE_FILE_NEW "-wal", 0);
	(void)unlinkat(dir, STORE_FILE_NEW "-journal", 0);

	AUTO(close_fd)
	int fd = openat(dir, STORE_FILE_NEW,
	                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                0600);
	return fd < 0 ? store_file_failed(why, STORE_FILE_NEW) : OK;
}

err_t
store_file_publish(int dir, struct buf *why)
{
	AUTO(close_fd)
	int fd = openat(dir, STORE_FILE_NEW, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return store_file_failed(why, STORE_FILE_NEW);
	if (renameat(dir, STORE_FILE_NEW, dir, STORE_FILE) < 0)
		return store_file_failed(why, STORE_FILE);
	if (fsync(dir) < 0)
		return store_file_failed(why, "the ledger's directory");
	return OK;
}
