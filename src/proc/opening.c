/*
 * opening.c - see opening.h: checks and copies the file at the end of the path.
 *
 * A receiver always gets a copy.  A descriptor of the file itself would show
 * later changes, and whoever may write to the file could change it between the
 * check and its use.
 */
#include "proc/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc/config.h"
#include "proc/opening_walk.h"
#include "base/secret.h"

#define PART_MAX 16384 /* bytes copied at once */

enum above { TRUSTED, ANYBODY };

static const struct rule {
	const char *name;
	mode_t forbidden;
	enum above above;
	off_t most;
	const char *begins;
} rules[] = {
#define OPENING(kind, forbidden, above, most, begins) \
	[OPENING_##kind] = { #kind, forbidden, above, most, begins },
#include "proc/opening.def"
#undef OPENING
};

/* --- checks of the file --------------------------------------------------- */

static bool
judge_file(struct walk *w, const struct rule *rule)
{
	const struct stat *st = &w->st;

	if (!S_ISREG(st->st_mode))
		return walk_refuse(w, st, "not a regular file");
	if (!walk_trusts(st->st_uid) &&
	    (w->trusted || st->st_uid != w->above.st_uid))
		return walk_refuse(w, st, "another user's file");
	if (st->st_mode & rule->forbidden)
		return walk_refuse(w, st, "open to others");
	return st->st_size <= rule->most || walk_refuse(w, st, "too long");
}

/* O_NONBLOCK, because the owner of a file can hold a lease on it (F_SETLEASE),
 * which would block open(2) for some time. */
static int
reopen_fd(int fd, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
}

int
opening_again(int fd)
{
	return reopen_fd(fd, 0);
}

/* --- the copy ------------------------------------------------------------- */

static bool
write_part(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Counts the bytes while it reads, because a file may grow meanwhile. */
static bool
copy_content(int from, int to, off_t most)
{
	uint8_t part[PART_MAX];
	ssize_t n;
	bool good = true;

	while (good && (n = read(from, part, sizeof(part))) != 0) {
		if (n > most)
			errno = EFBIG;
		good = n > 0 && n <= most && write_part(to, part, (size_t)n);
		most -= n;
	}
	secret_wipe(part, sizeof(part)); /* it may be the PIN */
	return good;
}

/* Checks the copy, which nobody can change any more. */
static bool
begins_with(int fd, const char *begins)
{
	char head[32]; /* the longest in the table has 19 bytes */
	size_t n = strlen(begins);

	errno = EPERM;
	return n == 0 ||
	       (n <= sizeof(head) && pread(fd, head, n, 0) == (ssize_t)n &&
	        memcmp(head, begins, n) == 0);
}

static bool
seal_copy(int fd)
{
	return fchmod(fd, 0400) == 0 &&
	       fcntl(fd, F_ADD_SEALS,
	             F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK |
	                     F_SEAL_SEAL) == 0;
}

static int
sealed_copy(struct walk *w, const struct rule *rule)
{
	AUTO(close_fd) int file = reopen_fd(w->fd, O_NOCTTY);
	AUTO(close_fd)
	int memory = memfd_create(rule->name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (file < 0 || memory < 0 || !copy_content(file, memory, rule->most) ||
	    !seal_copy(memory)) {
		int error = errno;
		buf_printf(w->why, "%s: %s", w->path, strerrordesc_np(error));
		errno = error == ENOENT ? EIO : error;
		return -1;
	}
	if (!begins_with(memory, rule->begins)) {
		(void)walk_refuse(w, &w->st, "its content is not of that kind");
		return -1;
	}
	return opening_again(memory);
}

int
opening_file(enum opening kind, const char *path, struct buf *why)
{
	const struct rule *rule = &rules[kind];
	AUTO(walk_release)
	struct walk w = { .path = path,
		          .anybody = rule->above == ANYBODY,
		          .why = why,
		          .fd = -1 };

	if (!walk_to(&w) || !judge_file(&w, rule))
		return -1;
	return sealed_copy(&w, rule);
}

int
opening_look(enum opening kind, const char *path, struct stat *ret_stat)
{
	AUTO(walk_release)
	struct walk w = { .path = path,
		          .anybody = rules[kind].above == ANYBODY,
		          .fd = -1 };

	if (!walk_to(&w))
		return errno ? errno : EIO;
	*ret_stat = w.st;
	return 0;
}
