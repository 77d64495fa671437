/*
 * test_ledger_denied.c - permissions are named as the cause when they are:
 * `anchorctl ledger ...` says which user may not do what to which directory.
 *
 * Nothing is forbidden to root, so as root the program runs as another user.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/ctl.h"
#include "tests/common/roles/ledger_kit.h"
#include "ledger/store/open.h"

static unsigned
user(void)
{
	return geteuid() == 0 ? 65534 : 0;
}

static void
give_away(const char *path)
{
	if (user())
		CU_ASSERT_EQUAL(chown(path, user(), user()), 0);
}

/* A database that its user may copy. */
static struct kit_dir
ledger(void)
{
	struct kit_dir d = kit_dir();

	store_end(kit_open(&d));
	give_away(d.path);
	give_away(kit_path(&d, STORE_FILE));
	return d;
}

static void
expect(const char *const *words, int status, const char *const *said)
{
	AUTO(ctl_release) struct ctl c = ctl_run_as(user(), words);

	CU_ASSERT_EQUAL(c.status, status);
	for (; *said; said++) {
		if (strstr(buf_str(&c.error), *said))
			continue;
		printf("  no '%s' in: %s", *said, buf_str(&c.error));
		CU_FAIL("the cause is not named");
	}
}
#define EXPECT(status, words, ...) \
	expect((words), (status), (const char *const[]){ __VA_ARGS__, NULL })

static void
test_target(void)
{
	struct kit_dir d = ledger(), to = kit_dir();
	char file[192], deep[128], mode[256];
	const char *const words[] = { "ledger", "backup", "--directory",
		                      d.path,   file,     NULL };

	snprintf(file, sizeof(file), "%s/backup", to.path);
	give_away(to.path);
	CU_ASSERT_EQUAL(chmod(to.path, 0500), 0);
	snprintf(mode, sizeof(mode), "write to %s", to.path);
	EXPECT(3, words, "Permission denied", mode, "mode 0500");

	CU_ASSERT_EQUAL(chmod(to.path, 0700), 0);
	snprintf(deep, sizeof(deep), "%s/closed", to.path);
	CU_ASSERT_EQUAL(mkdir(deep, 0600), 0);
	give_away(deep);
	snprintf(file, sizeof(file), "%s/backup", deep);
	snprintf(mode, sizeof(mode), "enter %s", deep);
	EXPECT(3, words, "Permission denied", mode, "mode 0600");

	CU_ASSERT_EQUAL(rmdir(deep), 0);
	snprintf(file, sizeof(file), "%s/backup", to.path);
	EXPECT(0, words, "");
	kit_remove(&to);
	kit_remove(&d);
}

static void
test_file(void)
{
	struct kit_dir d = ledger();
	char file[256], mode[300];
	const char *const words[] = { "ledger", "verify", file, NULL };

	snprintf(file, sizeof(file), "%s", kit_path(&d, STORE_FILE));
	EXPECT(0, words, "");
	CU_ASSERT_EQUAL(chmod(file, 0), 0);
	snprintf(mode, sizeof(mode), "read %s", file);
	EXPECT(3, words, "Permission denied", mode, "mode 0000");
	kit_remove(&d);
}

/* And the other way round: the directory is somebody else's. */
static void
test_owner(void)
{
	struct kit_dir d = kit_dir();
	const char *const words[] = { "ledger", "backup", "--directory",
		                      d.path,   "/none",  NULL };

	if (!user()) {
		harness_skip("no other user here");
		kit_remove(&d);
		return;
	}
	EXPECT(3, words, "belongs to another user", "setpriv --reuid=0");
	kit_remove(&d);
}

static const struct harness_test tests[] = {
	{ "where the backup is to go", test_target },
	{ "the backup itself", test_file },
	{ "another user's directory", test_owner },
	{ NULL, NULL },
};

HARNESS_MAIN("ledger_denied", tests)
