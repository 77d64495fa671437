/*
 * hold.c - see hold.h.
 *
 * A ledger must never open ledger.db a second time and close it: the locks that
 * SQLite has on it (fcntl(2)) would go with that.  So it opens it once, before
 * SQLite does, and closes it after.
 */
#include "ledger/store/hold.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#define TRIES 600 /* in all half a minute */
#define PAUSE_NS 50000000

/* A file system without such locks has no copies made by them, either. */
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
