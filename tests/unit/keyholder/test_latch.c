/*
 * test_latch.c - the latch survives its process; the deadline ends a process.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keyholder/keyholder.h"
#include "tests/common/base/harness.h"

/* This program's fsync(2) fails at the nth call (0: never), and records the
 * modes of the files. */
static struct syncs {
	unsigned n, fails;
	mode_t mode[4];
} syncs;

int
fsync(int fd)
{
	struct stat st = { .st_mode = 0 };

	(void)fstat(fd, &st);
	if (syncs.n < 4)
		syncs.mode[syncs.n] = st.st_mode;
	if (++syncs.n == syncs.fails) {
		errno = EIO;
		return -1;
	}
	return fdatasync(fd);
}

struct place {
	char directory[64], file[96];
};

static void
place_close(struct place *p)
{
	unlink(p->file);
	rmdir(p->directory);
}
DEFINE_AUTO_REF(struct place, place_close);

static struct place
place_new(void)
{
	struct place p = { .directory = "/tmp/anchord-latch-XXXXXX" };

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p.directory));
	snprintf(p.file, sizeof(p.file), "%s/%s", p.directory, HSM_LATCH_FILE);
	return p;
}

static void
test_life(void)
{
	AUTO(place_close) struct place p = place_new();
	AUTO(latch_release) struct latch first;
	AUTO(latch_release) struct latch second;

	CU_ASSERT_EQUAL_FATAL(latch_open(&first, p.directory), OK);
	CU_ASSERT_FALSE(latch_lifted(&first)); /* it was never set */
	CU_ASSERT_EQUAL(latch_set(&first, "a login was under way"), OK);

	/* The next process, after a crash at this point. */
	CU_ASSERT_EQUAL(latch_open(&second, p.directory), E_LATCHED);
	CU_ASSERT_STRING_EQUAL(second.text, "a login was under way");
	CU_ASSERT_FALSE(latch_lifted(&second));

	CU_ASSERT_EQUAL(latch_set(&first, "PIN"), OK); /* a shorter text */
	latch_release(&second);
	CU_ASSERT_EQUAL(latch_open(&second, p.directory), E_LATCHED);
	CU_ASSERT_STRING_EQUAL(second.text, "PIN");

	CU_ASSERT_EQUAL(latch_clear(&first), OK);
	CU_ASSERT_TRUE(latch_lifted(&second));
	latch_release(&second);
	CU_ASSERT_EQUAL(latch_open(&second, p.directory), OK);
	CU_ASSERT_EQUAL(latch_clear(&first), OK); /* again: nothing to do */
}

/* A crash between creating and writing leaves an empty file: latched. */
static void
test_empty(void)
{
	AUTO(place_close) struct place p = place_new();
	AUTO(latch_release) struct latch latch;

	close(open(p.file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CU_ASSERT_EQUAL(latch_open(&latch, p.directory), E_LATCHED);
	CU_ASSERT_TRUE(latch.text[0] != '\0');
}

/* Without the latch's directory no login may be tried. */
static void
test_no_place(void)
{
	AUTO(latch_release) struct latch latch;

	CU_ASSERT_EQUAL(latch_open(&latch, "/nonexistent/anchord"), E_IO);
	CU_ASSERT_EQUAL(latch_set(&latch, "x"), E_IO);
}

/* A link in the latch's place is not followed, and counts as a latch. */
static void
test_link(void)
{
	AUTO(place_close) struct place p = place_new();
	AUTO(latch_release) struct latch latch;

	CU_ASSERT_EQUAL(symlink("/dev/null", p.file), 0);
	CU_ASSERT_EQUAL(latch_open(&latch, p.directory), E_IO);
	CU_ASSERT_EQUAL(latch_set(&latch, "x"), E_IO);
}

/* The number of entries in the directory, with the latch. */
static unsigned
entries(const struct place *p)
{
	DIR *d = opendir(p->directory);
	unsigned n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* Makes writes fail, as on a full disk; ignores SIGXFSZ, which would end the
 * process. */
static void
fill_disk(bool full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? 0 : limit.rlim_max;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A latch that cannot be written is not set, and an existing latch keeps its
 * text. */
static void
test_full_disk(void)
{
	AUTO(place_close) struct place p = place_new();
	AUTO(latch_release) struct latch latch;
	AUTO(latch_release) struct latch next;

	CU_ASSERT_EQUAL_FATAL(latch_open(&latch, p.directory), OK);
	fill_disk(true);
	CU_ASSERT_EQUAL(latch_set(&latch, LATCH_LOGIN), E_IO);
	fill_disk(false);
	CU_ASSERT_EQUAL(entries(&p), 0);
	CU_ASSERT_EQUAL(latch_open(&next, p.directory), OK);

	CU_ASSERT_EQUAL(latch_set(&latch, "PIN refused"), OK);
	fill_disk(true);
	CU_ASSERT_EQUAL(latch_set(&latch, "another reason"), E_IO);
	fill_disk(false);
	latch_release(&next);
	CU_ASSERT_EQUAL(latch_open(&next, p.directory), E_LATCHED);
	CU_ASSERT_STRING_EQUAL(next.text, "PIN refused");
	CU_ASSERT_EQUAL(entries(&p), 1);
}

/* The permit that an officer leaves with the removal of the latch: it counts
 * once, and only while there is no latch. */
static void
test_permit(void)
{
	AUTO(place_close) struct place p = place_new();
	AUTO(latch_release) struct latch latch;
	AUTO(latch_release) struct latch next;
	char permit[96];

	snprintf(permit, sizeof(permit), "%s/%s", p.directory, HSM_PERMIT_FILE);
	CU_ASSERT_EQUAL_FATAL(latch_open(&latch, p.directory), OK);
	CU_ASSERT_FALSE(latch.permitted);
	latch_release(&latch);
	close(open(permit, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	CU_ASSERT_EQUAL(latch_open(&latch, p.directory), OK);
	CU_ASSERT_TRUE(latch.permitted);
	CU_ASSERT_EQUAL(latch_set(&latch, LATCH_LOGIN), OK);
	/* After a crash here, both the permit and the latch exist. */
	CU_ASSERT_EQUAL(latch_open(&next, p.directory), E_LATCHED);
	CU_ASSERT_FALSE(next.permitted);
	CU_ASSERT_EQUAL(latch_use_permit(&latch), OK);
	CU_ASSERT_FALSE(latch.permitted);
	CU_ASSERT_EQUAL(access(permit, F_OK), -1);
	CU_ASSERT_EQUAL(latch_use_permit(&latch), OK); /* nothing to do */
	CU_ASSERT_EQUAL(latch_clear(&latch), OK);
	latch_release(&next);
	CU_ASSERT_EQUAL(latch_open(&next, p.directory), OK);
	CU_ASSERT_FALSE(next.permitted);
	latch_release(&next);
	CU_ASSERT_EQUAL(symlink("/dev/null", permit), 0);
	CU_ASSERT_EQUAL(latch_open(&next, p.directory), OK);
	CU_ASSERT_FALSE(next.permitted);
	CU_ASSERT_EQUAL(unlink(permit), 0);
}

/* The latch is synced first as a file and then in its directory, and counts
 * only if both succeeded. */
static void
test_durable(void)
{
	AUTO(place_close) struct place p = place_new();
	AUTO(latch_release) struct latch latch;

	CU_ASSERT_EQUAL_FATAL(latch_open(&latch, p.directory), OK);
	for (unsigned fails = 1; fails <= 2; fails++) {
		syncs = (struct syncs){ .fails = fails };
		CU_ASSERT_EQUAL(latch_set(&latch, LATCH_LOGIN), E_IO);
		CU_ASSERT_EQUAL(entries(&p), 0);
		CU_ASSERT_FALSE(latch_lifted(&latch)); /* it never was set */
	}
	syncs = (struct syncs){ .fails = 0 };
	CU_ASSERT_EQUAL(latch_set(&latch, LATCH_LOGIN), OK);
	CU_ASSERT_EQUAL(syncs.n, 2);
	CU_ASSERT_TRUE(S_ISREG(syncs.mode[0]));
	CU_ASSERT_TRUE(S_ISDIR(syncs.mode[1]));
	syncs = (struct syncs){ .fails = 1 };
	CU_ASSERT_EQUAL(latch_use_permit(&latch), E_IO);
	syncs = (struct syncs){ .fails = 0 };
}

/* Runs fn in a child process and returns its exit status. */
static int
in_child(void (*fn)(void))
{
	fflush(stdout);
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, STDERR_FILENO);
		fn();
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
hang(void)
{
	if (deadline_prepare() != OK)
		_exit(1);
	deadline_start(50);
	for (unsigned ms = 0; ms < HARNESS_WAIT_MS; ms += 100)
		usleep(100000);
}

static void
come_back(void)
{
	if (deadline_prepare() != OK)
		_exit(1);
	deadline_start(50);
	deadline_stop();
	usleep(120000);
}

static void
test_deadline(void)
{
	CU_ASSERT_EQUAL(in_child(hang), ROLE_EXIT_PART);
	CU_ASSERT_EQUAL(in_child(come_back), 0);
}

static const struct harness_test tests[] = {
	{ "outlives its process until it is lifted", test_life },
	{ "holds when it was cut short", test_empty },
	{ "needs a place", test_no_place },
	{ "follows no link", test_link },
	{ "leaves no mark that a full disk cut short", test_full_disk },
	{ "allows one login by a permit, once", test_permit },
	{ "is on the disk or is none", test_durable },
	{ "ends a process past its deadline", test_deadline },
	{ NULL, NULL },
};

HARNESS_MAIN("latch", tests)
