/*
 * test_supervisor_groups.c - token.groups: the key holder alone gets them, by
 * name, and none that is root's own.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/buf.h"

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/world.h"

static void
read_file(const char *path, struct buf *out)
{
	char part[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		buf_append(out, bytes_of(part, (size_t)n));
	if (fd >= 0)
		close(fd);
}

/* The world's configuration, with these groups of its token. */
static void
give_groups(const struct world *w, const char *groups)
{
	static const char before[] = "environment=[";
	AUTO(buf_release) struct buf old = buf_of(8192);
	AUTO(buf_release) struct buf new = buf_of(8192);
	char path[PATH_MAX];

	world_path(w, "anchord.conf", path);
	read_file(path, &old);
	const char *at = strstr(buf_str(&old), before);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	buf_printf(&new, "%.*sgroups=[%s]; %s", (int)(at - buf_str(&old)),
	           buf_str(&old), groups, at);
	world_write(w, "anchord.conf", buf_str(&new), 0644);
}

static bool
has_groups(const struct world *w, const char *role, const char *groups)
{
	AUTO(buf_release) struct buf status = buf_of(65536);
	char path[64], line[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status",
	               (int)world_pid((struct world *)(uintptr_t)w, role));
	read_file(path, &status);
	(void)snprintf(line, sizeof(line), "\nGroups:\t%s \n", groups);
	return strstr(buf_str(&status), line) != NULL;
}

static void
test_keyholder_alone(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	if (geteuid() != 0) {
		harness_skip("only root gives groups");
		return;
	}
	give_groups(&w, "\"daemon\", \"bin\"");
	world_ready(&w);
	CU_ASSERT_TRUE(has_groups(&w, "keyholder", "1 2"));
	CU_ASSERT_TRUE(has_groups(&w, "front", ""));
	CU_ASSERT_TRUE(has_groups(&w, "verifier", ""));
	CU_ASSERT_TRUE(has_groups(&w, "ledger", ""));
}

/* --check says it, and a start waits for a person who mends it. */
static void
refused(struct world *w, const char *says)
{
	char config[PATH_MAX];
	const char *const options[] = { "--config", config, "--check", NULL };

	world_path(w, "anchord.conf", config);
	world_run(w, options, -1);
	CU_ASSERT_EQUAL(world_wait(w, HARNESS_WAIT_MS), 78);
	CU_ASSERT_TRUE(world_says(w, says, 1));
	w->status = -1;
	world_start(w);
	CU_ASSERT_TRUE(world_says(w, "event=child-not-started", 1));
	CU_ASSERT_TRUE(world_says(w, says, 2));
	CU_ASSERT_EQUAL(world_pid(w, "keyholder"), 0);
}

static void
test_unknown(void)
{
	AUTO(world_free) struct world w;

	world_make(&w, "");
	give_groups(&w, "\"anchord-nobody-has-this\"");
	refused(&w, "anchord-nobody-has-this: no such group");
}

/* Another name for root's group, on a machine of this test's own. */
static void
test_roots_own(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	world_write(&w, "group", "root:x:0:\nalso-root:x:0:\n", 0644);
	world_path(&w, "group", path);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(path, "/etc/group", NULL, MS_BIND, NULL) != 0) {
		harness_skip("no file systems of our own");
		(void)unlink(path);
		return;
	}
	give_groups(&w, "\"also-root\"");
	refused(&w, "also-root: is root's own group");
	(void)umount("/etc/group");
	(void)unlink(path);
}

static const struct harness_test tests[] = {
	{ "the key holder has the groups that are named, alone",
	  test_keyholder_alone },
	{ "a group that is none is said, by --check, too", test_unknown },
	{ "root's group is given by no name", test_roots_own },
	{ NULL, NULL },
};

FAKE_ROLE_MAIN("supervisor, groups", tests)
