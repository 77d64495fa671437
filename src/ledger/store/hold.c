/*
 * hold.c - see hold.h.
 *
 * When a process closes any descriptor of a file, the kernel releases all of
 * its fcntl(2) locks on that file, SQLite's included.  So the ledger opens
 * ledger.db for this lock once, before SQLite opens it, and closes it after
 * SQLite has closed it.
 */
#include "ledger/store/hold.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#define TRIES 600         /* 30 s in all */
#define PAUSE_NS 50000000 /* 50 ms */

/* On a file system without such locks no copy can be made either, so any error
 * but EWOULDBLOCK means that nobody copies. */
bool
store_hold_nobody(int file)
{
	return flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void
store_hold_end(int file)
{
	(void)flock(file, LOCK_UN);
}

err_t
store_hold_take(int file)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (int i = 0; i < TRIES; i++) {
		if (flock(file, LOCK_SH | LOCK_NB) == 0)
			return OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return E_IO;
		(void)nanosleep(&pause, NULL);
	}
	return E_CONFLICT;
}
