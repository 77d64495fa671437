/*
 * backup.c - see backup.h.
 *
 * A ledger's state is its database file and its write-ahead log.  While this
 * code holds the lock of hold.h, the file does not change and the log is only
 * appended to; SQLite ignores an incomplete transaction at the end of a log.
 * There is one exception: the first commit after a checkpoint writes the log
 * again from its start, with a new header.  So the header is compared before
 * and after the copy, and the log is copied again if the header has changed.
 */
#include "ledger/store/backup.h"
#include "ledger/store/open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

#include "ledger/store/file.h"
#include "ledger/store/hold.h"
#include "ledger/store/part.h"
#include "ledger/store/sqlite_copy.h"

#define LOG_FILE STORE_FILE "-wal"
#define LOG_HEAD 32 /* bytes: https://www.sqlite.org/fileformat.html, 4.1 */
#define LOG_TRIES 5

struct source {
	int dir, file;
	struct stat before;
};

static void
source_close(struct source *s)
{
	close_fd(s->file);
	close_fd(s->dir);
}
DEFINE_AUTO_REF(struct source, source_close);

static err_t
source_open(const char *directory, struct buf *why, struct source *s)
{
	bool backup = false, log = false;

	s->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return store_file_failed(why, directory);
	TRY(store_file_open(s->dir, why, &s->file));
	err_t err = store_hold_take(s->file);
	if (err != OK) {
		buf_append_str(why, "the ledger did not finish its checkpoint "
		                    "in time; try again");
		return err;
	}
	if (fstat(s->file, &s->before) < 0)
		return store_file_failed(why, STORE_FILE);
	TRY(store_file_header(s->file, STORE_FILE, why, &backup));
	return store_file_log(s->dir, why, &log); /* refuses a journal */
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Checks that the file was not written to and not replaced during the copy. */
static err_t
source_still(const struct source *s, struct buf *why)
{
	struct stat now;

	if (fstat(s->file, &now) < 0)
		return store_file_failed(why, STORE_FILE);
	if (same_time(now.st_mtim, s->before.st_mtim) &&
	    same_time(now.st_ctim, s->before.st_ctim) &&
	    now.st_size == s->before.st_size &&
	    store_file_inode(s->dir) == (uint64_t)now.st_ino)
		return OK;
	buf_append_str(why, "the database changed while it was copied, because "
	                    "the ledger could not postpone its checkpoint any "
	                    "longer; try again");
	return E_CONFLICT;
}

static bool
same_head(int log, const uint8_t head[static LOG_HEAD])
{
	uint8_t now[LOG_HEAD];

	return pread(log, now, sizeof(now), 0) == LOG_HEAD &&
	       memcmp(now, head, LOG_HEAD) == 0;
}

static err_t
copy_log_once(int log, int to, struct buf *why, bool *ret_whole)
{
	uint8_t head[LOG_HEAD];

	if (ftruncate(to, 0) < 0)
		return store_file_failed(why, "the copy");
	*ret_whole = pread(log, head, sizeof(head), 0) != LOG_HEAD;
	if (*ret_whole) /* a log without a header contains no commit */
		return OK;
	TRY(part_copy(log, to, LOG_FILE, why));
	*ret_whole = same_head(log, head) && same_head(to, head);
	return OK;
}

static err_t
copy_log(const struct source *s, const struct part *p, struct buf *why)
{
	AUTO(close_fd)
	int log = openat(s->dir, LOG_FILE,
	                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	AUTO(close_fd) int to = -1;
	bool whole = false;

	if (log < 0)
		return errno == ENOENT ? OK : store_file_failed(why, LOG_FILE);
	TRY(part_create(p, LOG_FILE, why, &to));
	for (int i = 0; i < LOG_TRIES && !whole; i++)
		TRY(copy_log_once(log, to, why, &whole));
	if (whole)
		return OK;
	buf_append_str(why, LOG_FILE " changed during every copy; try again");
	return E_CONFLICT;
}

static err_t
copy_files(const char *directory, const struct part *p, struct buf *why)
{
	AUTO(source_close) struct source s = { .dir = -1, .file = -1 };
	AUTO(close_fd) int to = -1;

	TRY(source_open(directory, why, &s));
	TRY(part_create(p, STORE_FILE, why, &to));
	TRY(part_copy(s.file, to, STORE_FILE, why));
	TRY(copy_log(&s, p, why)); /* last: contains the latest commits */
	return source_still(&s, why);
}

err_t
store_backup(const char *directory, const char *file, struct buf *why,
             struct store_facts *ret_facts)
{
	AUTO(part_release) struct part p = { .dir = -1 };
	struct store_facts facts;

	if (faccessat(AT_FDCWD, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		buf_printf(why, "%s exists already", file);
		return E_CONFLICT;
	}
	TRY(part_make(file, why, &p));
	TRY(copy_files(directory, &p, why));
	TRY(copy_settle(buf_str(&p.path), why, &facts));
	TRY(part_publish(&p, why));
	*ret_facts = facts;
	return OK;
}

/* --- a file that no ledger uses ------------------------------------------- */

/* Refuses a file with a log or journal beside it, which SQLite would have to
 * read, too. */
static err_t
stands_alone(const char *file, struct buf *why)
{
	static const char *const beside[] = { "-wal", "-journal" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		AUTO(buf_release) struct buf path = buf_of(8192);

		buf_printf(&path, "%s%s", file, beside[i]);
		const char *name = buf_str(&path);
		TRY(buf_status(&path));
		if (lstat(name, &st) == 0 && st.st_size > 0) {
			buf_printf(why,
			           "%s exists: the file is a ledger's own "
			           "database, or a part of one, and not a "
			           "backup",
			           name);
			return E_DENIED;
		}
	}
	return OK;
}

/* Opens a regular file that has the header of a ledger's database. */
static err_t
open_copy(const char *file, struct buf *why, int *ret_fd)
{
	struct stat st;
	bool backup = false;
	AUTO(close_fd)
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) < 0)
		return store_file_failed(why, file);
	if (!S_ISREG(st.st_mode)) {
		buf_printf(why, "%s is not a regular file", file);
		return E_DENIED;
	}
	TRY(store_file_header(fd, file, why, &backup));
	TRY(stands_alone(file, why));
	*ret_fd = fd;
	fd = -1;
	return OK;
}

err_t
store_verify(const char *file, struct buf *why, struct store_facts *ret_facts)
{
	AUTO(close_fd) int fd = -1;

	TRY(open_copy(file, why, &fd));
	return copy_check(file, why, ret_facts);
}

err_t
store_open_copy(const char *file, struct buf *why, struct store **ret_store)
{
	AUTO(close_fd) int fd = -1;

	TRY(open_copy(file, why, &fd));
	return copy_open(file, why, ret_store);
}

err_t
store_restore(const char *file, const char *directory, uint64_t now_ms,
              struct buf *why, struct store_repair *ret_done)
{
	AUTO(close_fd) int from = -1;
	AUTO(close_fd) int dir = -1;
	AUTO(close_fd) int to = -1;
	struct store_repair done;
	bool there = false;

	TRY(open_copy(file, why, &from));
	TRY(store_dir_lock(directory, why, &dir));
	TRY(store_file_probe(dir, why, &there));
	if (there) {
		buf_append_str(why, "the directory has a " STORE_FILE
		                    " already: move it away first, and keep "
		                    "it");
		return E_CONFLICT;
	}
	TRY(store_file_create(dir, why));
	to = openat(dir, STORE_FILE_NEW, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return store_file_failed(why, STORE_FILE_NEW);
	TRY(part_copy(from, to, file, why));
	TRY(copy_revive(directory, STORE_FILE_NEW, now_ms, why, &done));
	TRY(store_file_publish(dir, why));
	*ret_done = done;
	return OK;
}
