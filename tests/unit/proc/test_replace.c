/*
 * test_replace.c - a file is replaced as a whole, or stays as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "proc/replace.h"

#include "tests/common/base/harness.h"

#define NAME_SIZE 16 /* bytes of a short name in an event, inotify(7) */

/* A directory of its own; fd is its descriptor. */
struct place {
	char path[64];
	int fd;
};

static void
place_release(struct place *p)
{
	close(p->fd);
	CU_ASSERT_EQUAL(rmdir(p->path), 0); /* nothing was left in it */
}
DEFINE_AUTO_REF(struct place, place_release);

static struct place
place_open(void)
{
	struct place p = { .path = "/tmp/anchord-replace-XXXXXX" };

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p.path));
	p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_FATAL(p.fd >= 0);
	return p;
}

static err_t
replace(const struct place *p, const char *name, const char *content,
        mode_t mode)
{
	const struct replacement r = { .name = name,
		                       .suffix = ".new",
		                       .mode = mode,
		                       .content = bytes_of_str(content) };

	return file_replace(p->fd, &r);
}

static bool
has(const struct place *p, const char *name, const char *content)
{
	char text[64] = "";
	AUTO(close_fd) int fd = openat(p->fd, name, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, text, sizeof(text) - 1) >= 0 &&
	       strcmp(text, content) == 0;
}

static mode_t
mode_of(const struct place *p, const char *name)
{
	struct stat st;

	CU_ASSERT_EQUAL(fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

static void
test_content_and_mode(void)
{
	AUTO(place_release) struct place p = place_open();
	mode_t before = umask(0077);

	CU_ASSERT_EQUAL(replace(&p, "f", "one", 0644), OK);
	CU_ASSERT_EQUAL(mode_of(&p, "f"), 0644);
	(void)umask(0);
	CU_ASSERT_EQUAL(replace(&p, "f", "two, longer", 0600), OK);
	CU_ASSERT_EQUAL(mode_of(&p, "f"), 0600);
	CU_ASSERT(has(&p, "f", "two, longer"));
	CU_ASSERT_EQUAL(replace(&p, "f", "", 0600), OK);
	CU_ASSERT(has(&p, "f", ""));
	(void)umask(before);
	CU_ASSERT_EQUAL(unlinkat(p.fd, "f", 0), 0);
}

/* Whoever opens the name has the old file or the new one: it is never removed. */
static void
test_every_moment(void)
{
	AUTO(place_release) struct place p = place_open();
	AUTO(close_fd) int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char events[4096];

	CU_ASSERT_EQUAL(replace(&p, "f", "one", 0600), OK);
	CU_ASSERT_FATAL(
	        inotify_add_watch(watch, p.path, IN_DELETE | IN_MOVED_TO) >= 0);
	CU_ASSERT_EQUAL(replace(&p, "f", "two", 0600), OK);
	ssize_t n = read(watch, events, sizeof(events));
	CU_ASSERT_EQUAL_FATAL(n, (ssize_t)sizeof(struct inotify_event) +
	                                 NAME_SIZE);

	struct inotify_event first;
	memcpy(&first, events, sizeof(first));
	CU_ASSERT_EQUAL(first.mask, IN_MOVED_TO);
	CU_ASSERT_STRING_EQUAL(events + sizeof(first), "f");
	CU_ASSERT_EQUAL(unlinkat(p.fd, "f", 0), 0);
}

/* Left by a process that was killed, or laid by somebody. */
static void
test_temporary_name(void)
{
	AUTO(place_release) struct place p = place_open();

	CU_ASSERT_EQUAL(replace(&p, "other", "kept", 0600), OK);
	CU_ASSERT_EQUAL(symlinkat("other", p.fd, "f.new"), 0);
	CU_ASSERT_EQUAL(replace(&p, "f", "one", 0600), OK);
	CU_ASSERT(has(&p, "f", "one"));
	CU_ASSERT(has(&p, "other", "kept"));
	CU_ASSERT_EQUAL(linkat(p.fd, "other", p.fd, "f.new", 0), 0);
	CU_ASSERT_EQUAL(replace(&p, "f", "two", 0600), OK);
	CU_ASSERT(has(&p, "f", "two"));
	CU_ASSERT(has(&p, "other", "kept"));
	CU_ASSERT_EQUAL(unlinkat(p.fd, "f", 0), 0);
	CU_ASSERT_EQUAL(unlinkat(p.fd, "other", 0), 0);
}

static void
test_failure(void)
{
	AUTO(place_release) struct place p = place_open();
	char longest[NAME_MAX + 1] = "";

	/* A name cannot be taken over by a file while it is a directory. */
	CU_ASSERT_EQUAL(mkdirat(p.fd, "d", 0700), 0);
	errno = 0;
	CU_ASSERT_EQUAL(replace(&p, "d", "one", 0600), E_IO);
	CU_ASSERT_EQUAL(errno, EISDIR);
	CU_ASSERT_EQUAL(faccessat(p.fd, "d.new", F_OK, 0), -1);
	CU_ASSERT_EQUAL(unlinkat(p.fd, "d", AT_REMOVEDIR), 0);

	/* Nor is there a temporary file while a directory has its name. */
	CU_ASSERT_EQUAL(replace(&p, "f", "kept", 0600), OK);
	CU_ASSERT_EQUAL(mkdirat(p.fd, "f.new", 0700), 0);
	CU_ASSERT_EQUAL(replace(&p, "f", "one", 0600), E_IO);
	CU_ASSERT(has(&p, "f", "kept"));
	CU_ASSERT_EQUAL(unlinkat(p.fd, "f.new", AT_REMOVEDIR), 0);
	CU_ASSERT_EQUAL(unlinkat(p.fd, "f", 0), 0);

	memset(longest, 'x', NAME_MAX - 3);
	CU_ASSERT_EQUAL(replace(&p, longest, "one", 0600), E_IO);
	CU_ASSERT_EQUAL(errno, ENAMETOOLONG);
}

static const struct harness_test tests[] = {
	{ "content and mode, whatever the umask", test_content_and_mode },
	{ "it is there at every moment", test_every_moment },
	{ "what has the temporary name is no way out", test_temporary_name },
	{ "a failure leaves the file that was there", test_failure },
	{ NULL, NULL },
};

HARNESS_MAIN("replace", tests)
