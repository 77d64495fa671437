/*
 * opening_walk.c - see opening_walk.h, and opening.h for the rules.
 *
 * Each component is opened relative to the one before it with O_PATH |
 * O_NOFOLLOW and checked by fstat(2) on that descriptor, which is then the
 * directory of the next one.  openat2(2) cannot replace this: it can refuse all
 * symbolic links, but not only those that an untrusted user could have made.
 */
#include "proc/opening_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc/opening.h"

#define WRITABLE (S_IWGRP | S_IWOTH)

bool
walk_trusts(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* --- messages ------------------------------------------------------------- */

static void
say_where(struct walk *w)
{
	buf_printf(w->why, "%s: ", w->path);
	if (strcmp(w->here, w->path) != 0)
		buf_printf(w->why, "%s: ", w->here);
}

bool
walk_refuse(struct walk *w, const struct stat *st, const char *what)
{
	if (w->why) {
		say_where(w);
		buf_printf(w->why, "%s (owner %u, mode %04o)", what,
		           (unsigned)st->st_uid, st->st_mode & 07777);
	}
	errno = EPERM;
	return false;
}

static bool
fail_walk(struct walk *w, int error)
{
	if (w->why) {
		say_where(w);
		buf_append_str(w->why, strerrordesc_np(error));
	}
	errno = error;
	return false;
}

/* --- directories ---------------------------------------------------------- */

/* Makes the directory the current one; takes ownership of fd. */
static void
step_into(struct walk *w, int fd, const struct stat *st)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = fd;
	w->above = w->st;
	w->st = *st;
	w->sticky = (st->st_mode & WRITABLE) != 0;
}

/* Refuses a directory in which an untrusted user could replace an entry. */
static bool
judge_directory(struct walk *w, const struct stat *st)
{
	bool sticky = (st->st_mode & S_ISVTX) != 0;

	if (!w->trusted)
		return true;
	if (walk_trusts(st->st_uid) && (!(st->st_mode & WRITABLE) || sticky))
		return true;
	w->trusted = false;
	return w->anybody ||
	       walk_refuse(w, st, "others than root may change this directory");
}

/* Starts at "/", also for the absolute target of a link. */
static bool
start_at_root(struct walk *w)
{
	struct stat st;
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)snprintf(w->here, sizeof(w->here), "/");
	if (fd < 0 || fstat(fd, &st) < 0) {
		int error = errno;
		if (fd >= 0)
			close(fd);
		return fail_walk(w, error);
	}
	bool good = judge_directory(w, &st);
	step_into(w, fd, &st);
	return good;
}

/* --- one component of the path -------------------------------------------- */

/* Removes the next component from the rest.  false: there is none. */
static bool
next_component(struct walk *w, char name[static NAME_MAX + 1])
{
	const char *from = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(from, "/");

	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(name, from, n);
	name[n] = '\0';
	memmove(w->rest, from + n, strlen(from + n) + 1);
	return true;
}

/* Keeps w->here up to date, which only messages use. */
static void
name_step(struct walk *w, const char *name)
{
	size_t n = strlen(w->here);

	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(w->here, '/');
		slash[slash == w->here] = '\0';
		return;
	}
	(void)snprintf(w->here + n, sizeof(w->here) - n, "%s%s",
	               n > 1 ? "/" : "", name);
}

/* Compares mount ids by statx(2), because st_dev of a file in an overlay can
 * differ from that of its directory.  A kernel that does not report mount ids
 * passes. */
static bool
same_mount(int a, int b)
{
	struct statx x = { 0 }, y = { 0 };

	return statx(a, "", AT_EMPTY_PATH, STATX_MNT_ID, &x) == 0 &&
	       statx(b, "", AT_EMPTY_PATH, STATX_MNT_ID, &y) == 0 &&
	       x.stx_mnt_id == y.stx_mnt_id;
}

/* In a sticky directory the entry must belong to a trusted user.  In a
 * directory that others may change only plain entries on the same mount are
 * accepted. */
static bool
judge_entry(struct walk *w, int fd, const struct stat *st)
{
	bool one_name = S_ISDIR(st->st_mode) || st->st_nlink == 1;

	if (!w->trusted) {
		if (S_ISLNK(st->st_mode))
			return walk_refuse(w, st,
			                   "a link in a directory that others "
			                   "than root may change");
		if (!same_mount(w->fd, fd))
			return walk_refuse(w, st, "on another file system");
		return one_name ||
		       walk_refuse(w, st, "it has several hard links");
	}
	if (w->sticky && !walk_trusts(st->st_uid))
		return walk_refuse(w, st, "another user made it");
	return !w->sticky || one_name ||
	       walk_refuse(w, st, "it has several hard links");
}

/* Puts the link's target before the rest of the path.  The directory of the
 * link is trusted here, so no other user can have written the target. */
static bool
follow_link(struct walk *w, int link)
{
	char target[PATH_MAX], rest[sizeof(w->rest)];
	ssize_t n = readlinkat(link, "", target, sizeof(target));

	if (n < 0)
		return fail_walk(w, errno);
	if (w->links++ == OPENING_LINKS_MAX)
		return fail_walk(w, ELOOP);
	int len = snprintf(rest, sizeof(rest), "%.*s/%s", (int)n, target,
	                   w->rest);
	if (n == sizeof(target) || len >= (int)sizeof(rest))
		return fail_walk(w, ENAMETOOLONG);
	memcpy(w->rest, rest, (size_t)len + 1);
	name_step(w, "..");
	return *target != '/' || start_at_root(w);
}

static bool
is_last(const struct walk *w)
{
	return w->rest[strspn(w->rest, "/")] == '\0';
}

/* Takes ownership of fd: closes it or stores it in w->fd. */
static bool
go_by(struct walk *w, int fd, const struct stat *st)
{
	bool directory = S_ISDIR(st->st_mode);
	bool good = judge_entry(w, fd, st);

	if (good && S_ISLNK(st->st_mode)) {
		good = follow_link(w, fd);
		close(fd);
		return good;
	}
	if (good && directory)
		good = judge_directory(w, st);
	else if (good && !is_last(w))
		good = fail_walk(w, ENOTDIR);
	if (good)
		step_into(w, fd, st);
	else
		close(fd);
	return good;
}

static bool
step_to_component(struct walk *w, const char *name)
{
	struct stat st;

	if (strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0 && !w->trusted)
		return walk_refuse(
		        w, &w->st,
		        "'..' in a directory that others may change");
	name_step(w, name);
	int fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail_walk(w, errno);
	if (fstat(fd, &st) < 0) {
		int error = errno;
		close(fd);
		return fail_walk(w, error);
	}
	return go_by(w, fd, &st);
}

/* --- the whole path ------------------------------------------------------- */

static bool
begin_walk(struct walk *w)
{
	char cwd[PATH_MAX] = "";

	w->fd = -1;
	w->trusted = true;
	w->links = 0;
	(void)snprintf(w->here, sizeof(w->here), "%s", w->path);
	/* "(unreachable)": the current directory is outside of our root
	 * (getcwd(3)). */
	if (*w->path != '/' && (!getcwd(cwd, sizeof(cwd)) || *cwd != '/'))
		return fail_walk(w, EACCES);
	int len = snprintf(w->rest, sizeof(w->rest), "%s/%s", cwd, w->path);
	if (!*w->path)
		return fail_walk(w, ENOENT);
	if (len >= PATH_MAX)
		return fail_walk(w, ENAMETOOLONG);
	return start_at_root(w);
}

bool
walk_to(struct walk *w)
{
	char name[NAME_MAX + 1];

	if (!begin_walk(w))
		return false;
	while (next_component(w, name))
		if (!step_to_component(w, name))
			return false;
	if (!is_last(w))
		return fail_walk(w, ENAMETOOLONG);
	return !S_ISDIR(w->st.st_mode) || fail_walk(w, EISDIR);
}

void
walk_release(struct walk *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}
