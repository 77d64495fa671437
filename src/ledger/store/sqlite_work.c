/*
 * sqlite_work.c - see sqlite_work.h.
 *
 * The VFS is a copy of the system's VFS with another xOpen, which replaces the
 * methods of the database file by a copy with another xRead and xWrite.  The static
 * variables suffice, because the process has one thread and opens one store at
 * a time.
 */
#include "ledger/store/sqlite_work.h"

#include <sqlite3.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/store/sqlite_scrub.h"

#define WORD_EVERY_MS 1000

static sqlite3_vfs vfs;
static sqlite3_io_methods methods, system_methods;
static int (*system_open)(sqlite3_vfs *, const char *, sqlite3_file *, int,
                          int *);

static struct {
	const struct store_opening *how; /* NULL: nothing to report to */
	uint64_t said_at;                /* last report, monotonic */
} waiting;

static int
read_file(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
	uint64_t now = waiting.how ? clock_mono_ms() : 0;

	if (waiting.how && now - waiting.said_at >= WORD_EVERY_MS) {
		waiting.said_at = now;
		waiting.how->alive(waiting.how->user);
	}
	return system_methods.xRead(file, out, n, at);
}

/* Pages come whole, and in WAL mode only from a checkpoint. */
static bool
is_page(sqlite3_file *file, int n, sqlite3_int64 at)
{
	sqlite3_int64 size = SCRUB_FILE_MAX;

	return n > 0 && n <= (int)SCRUB_PAGE_MAX && (n & (n - 1)) == 0 &&
	       at % n == 0 &&
	       system_methods.xFileSize(file, &size) == SQLITE_OK &&
	       size < SCRUB_FILE_MAX;
}

static int
write_file(sqlite3_file *file, const void *in, int n, sqlite3_int64 at)
{
	uint8_t page[SCRUB_PAGE_MAX];

	if (is_page(file, n, at)) {
		memcpy(page, in, (size_t)n);
		scrub_page(page, (size_t)n, at == 0);
		in = page;
	}
	return system_methods.xWrite(file, in, n, at);
}

static int
open_file(sqlite3_vfs *v, const char *name, sqlite3_file *file, int flags,
          int *ret_flags)
{
	int rc = system_open(v, name, file, flags, ret_flags);

	if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB))
		return rc;
	system_methods = methods = *file->pMethods;
	methods.xRead = read_file;
	methods.xWrite = write_file;
	file->pMethods = &methods;
	return rc;
}

err_t
work_vfs(void)
{
	sqlite3_vfs *system = NULL;

	if (sqlite3_vfs_find(WORK_VFS))
		return OK;
	system = sqlite3_vfs_find(NULL);
	if (!system)
		return E_IO;
	vfs = *system;
	vfs.pNext = NULL;
	vfs.zName = WORK_VFS;
	system_open = system->xOpen;
	vfs.xOpen = open_file;
	return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? OK : E_IO;
}

void
work_begin(const struct store_opening *how)
{
	waiting.how = how->alive ? how : NULL;
	waiting.said_at = clock_mono_ms();
}

void
work_end(void)
{
	waiting.how = NULL;
}
