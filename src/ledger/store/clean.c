/*
 * clean.c - see clean.h.
 *
 * SQLite removes its write-ahead log after it has copied all of the log into
 * the database and synced the database.  So a database without a log is
 * complete.  A mark that a crash left incomplete does not match and is ignored.
 */
#include "ledger/store/clean.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store/store.h"
#include "ledger/store/file.h"

#define TEXT_MAX 256

static bool
file_may_exist(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

/* Writes the mark's text for the database in the directory.  False: there is no
 * database, or it has a log or a journal. */
static bool
describe_database(int dir, struct buf *out)
{
	struct stat st;

	if (fstatat(dir, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    file_may_exist(dir, STORE_FILE "-wal") ||
	    file_may_exist(dir, STORE_FILE "-journal"))
		return false;
	buf_printf(out,
	           "inode %llu size %llu written %lld.%09ld changed "
	           "%lld.%09ld\n",
	           (unsigned long long)st.st_ino,
	           (unsigned long long)st.st_size, (long long)st.st_mtim.tv_sec,
	           st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec,
	           st.st_ctim.tv_nsec);
	return buf_status(out) == OK;
}

bool
store_clean_seen(int dir)
{
	AUTO(buf_release) struct buf now = buf_of(TEXT_MAX);
	char said[TEXT_MAX];
	AUTO(close_fd)
	int fd = openat(dir, STORE_CLEAN_FILE,
	                O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, said, sizeof(said));

	return n > 0 && describe_database(dir, &now) &&
	       bytes_equal(bytes_of(said, (size_t)n), buf_bytes(&now));
}

err_t
store_clean_take(int dir, struct buf *why)
{
	if (unlinkat(dir, STORE_CLEAN_FILE, 0) < 0 && errno == ENOENT)
		return OK;
	if (file_may_exist(dir, STORE_CLEAN_FILE) || fsync(dir) < 0) {
		buf_printf(why, "%s: %s", STORE_CLEAN_FILE, strerror(errno));
		return E_IO;
	}
	return OK;
}

void
store_clean_leave(int dir)
{
	AUTO(buf_release) struct buf text = buf_of(TEXT_MAX);

	if (!describe_database(dir, &text))
		return;
	AUTO(close_fd)
	int fd = openat(dir, STORE_CLEAN_FILE,
	                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                0600);
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
	    fsync(fd) < 0)
		(void)unlinkat(dir, STORE_CLEAN_FILE, 0);
	else
		(void)fsync(dir);
}
