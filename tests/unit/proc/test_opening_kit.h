/*
 * test_opening_kit.h - a tree of files of several owners below /tmp, and what
 * opening them says.
 */
#ifndef UNIT_PROC_TEST_OPENING_KIT_H
#define UNIT_PROC_TEST_OPENING_KIT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/opening.h"

#include "tests/common/base/harness.h"

#define FETCHER 64399 /* owns a directory, as the download's user does */
#define LIST "ANREV001 and so on"

static char dir[] = "/tmp/anchord-opening-XXXXXX";

static const char *
at(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	return path;
}

static void
put(const char *name, const char *text, mode_t mode)
{
	(void)unlink(at(name));
	int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	close(fd);
}

static void
make(const char *name, mode_t mode)
{
	CU_ASSERT_EQUAL(mkdir(at(name), 0700), 0);
	CU_ASSERT_EQUAL(chmod(at(name), mode), 0);
}

static void
give(const char *name)
{
	CU_ASSERT_EQUAL(lchown(at(name), FETCHER, FETCHER), 0);
}

/* What opening it says, "" for: here it is. */
static const char *
says(enum opening kind, const char *path)
{
	static char text[2 * PATH_MAX];
	AUTO(buf_release) struct buf why = buf_of(2 * PATH_MAX);
	int fd = opening_file(kind, path, &why);

	CU_ASSERT_EQUAL(fd<0, why.len> 0);
	snprintf(text, sizeof(text), "%s", buf_str(&why));
	if (fd >= 0)
		close(fd);
	return text;
}

#define OPENS(kind, path) CU_ASSERT_STRING_EQUAL(says(kind, path), "")
#define REFUSES(kind, path, what) \
	CU_ASSERT_PTR_NOT_NULL(strstr(says(kind, path), what))

static void
set_up(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	umask(0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	CU_ASSERT_EQUAL(chmod(dir, 0755), 0);
	make("etc", 0755);
	put("etc/file", "text", 0644);
	put("etc/pin", "1234", 0400);
}

static size_t
open_now(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

#endif
