/*
 * test_opening.c - which paths are opened, in a tree of directories, links and
 * files of several owners, and what their copies are like.  Only root can
 * create files of other users; an ordinary user tests modes and links.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "tests/unit/proc/test_opening_kit.h"

/* --- modes ------------------------------------------------------------------ */

static void
test_modes(void)
{
	static const struct {
		enum opening kind;
		mode_t good, bad;
	} rows[] = {
		{ OPENING_CONFIG, 0644, 0666 },
		{ OPENING_POLICY, 0644, 0664 },
		{ OPENING_TLS_CERT, 0644, 0646 },
		{ OPENING_TLS_KEY, 0640, 0644 },
		{ OPENING_TLS_KEY, 0600, 0660 },
		{ OPENING_CLIENT_CA, 0444, 0666 },
		{ OPENING_PIN, 0400, 0440 },
		{ OPENING_TRUST, 0644, 0666 },
		{ OPENING_PINS, 0644, 0666 },
	};
	char mode[64];

	set_up();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		put("etc/mode", "text", rows[i].good);
		OPENS(rows[i].kind, at("etc/mode"));
		CU_ASSERT_EQUAL(chmod(at("etc/mode"), rows[i].bad), 0);
		snprintf(mode, sizeof(mode),
		         "/mode: open to others (owner %u, mode %04o)",
		         geteuid(), rows[i].bad);
		REFUSES(rows[i].kind, at("etc/mode"), mode);
	}
	put("etc/list", LIST, 0644);
	OPENS(OPENING_REVOCATION, at("etc/list"));
	CU_ASSERT_EQUAL(chmod(at("etc/list"), 0666), 0);
	REFUSES(OPENING_REVOCATION, at("etc/list"), "open to others");
}

static void
test_no_regular_file(void)
{
	set_up();
	CU_ASSERT_EQUAL(mkfifo(at("etc/fifo"), 0600), 0);
	REFUSES(OPENING_TRUST, at("etc/fifo"), "not a regular file");
	REFUSES(OPENING_TRUST, "/dev/null", "not a regular file");
	REFUSES(OPENING_TRUST, at("etc"), "Is a directory");
	REFUSES(OPENING_TRUST, "/", "Is a directory");
	REFUSES(OPENING_TRUST, at("etc/file/more"), "Not a directory");
	REFUSES(OPENING_TRUST, "", "No such file");
	REFUSES(OPENING_TRUST, at("etc/none"), "/etc/none: No such file");
	CU_ASSERT_EQUAL(errno, ENOENT);
	put("etc/wide", "text", 0666);
	REFUSES(OPENING_TRUST, at("etc/wide"), "open to others");
	CU_ASSERT_NOT_EQUAL(errno, ENOENT);
}

static void
test_length(void)
{
	set_up();
	put("etc/long", "", 0400);
	CU_ASSERT_EQUAL(truncate(at("etc/long"), 4096), 0);
	OPENS(OPENING_PIN, at("etc/long"));
	CU_ASSERT_EQUAL(truncate(at("etc/long"), 4097), 0);
	REFUSES(OPENING_PIN, at("etc/long"), "too long");
	CU_ASSERT_EQUAL(truncate(at("etc/long"), (off_t)1 << 40), 0);
	REFUSES(OPENING_TRUST, at("etc/long"), "too long");
}

/* --- directories ------------------------------------------------------------ */

static void
test_directories(void)
{
	static const char *const named[] = { "open: others than root may",
		                             "mode 0777" };

	set_up();
	make("open", 0777);
	put("open/file", LIST, 0600);
	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		REFUSES(OPENING_CONFIG, at("open/file"), named[i]);
		REFUSES(OPENING_TRUST, at("open/../open/file"), named[i]);
	}
	REFUSES(OPENING_TRUST, at("open/../etc/file"), "others than root");
	make("open/below", 0755); /* the door is above it */
	put("open/below/file", "text", 0600);
	REFUSES(OPENING_TRUST, at("open/below/file"), "others than root");
	OPENS(OPENING_REVOCATION, at("open/file"));
	/* Write permission of a group counts, too. */
	CU_ASSERT_EQUAL(chmod(at("open"), 0775), 0);
	REFUSES(OPENING_CONFIG, at("open/file"), "mode 0775");
	CU_ASSERT_EQUAL(chmod(at("open"), 0755), 0);
	OPENS(OPENING_CONFIG, at("open/file"));
}

static void
test_relative(void)
{
	char before[PATH_MAX];

	set_up();
	CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(before, sizeof(before)));
	CU_ASSERT_EQUAL(chdir(at("etc")), 0);
	OPENS(OPENING_TRUST, "file");
	OPENS(OPENING_TRUST, "./../etc//file");
	CU_ASSERT_EQUAL(chmod(at("etc/file"), 0666), 0);
	REFUSES(OPENING_TRUST, "file", "open to others");
	CU_ASSERT_EQUAL(chmod(at("etc/file"), 0644), 0);
	/* Directories above the current one count. */
	CU_ASSERT_EQUAL(chmod(dir, 0777), 0);
	REFUSES(OPENING_TRUST, "file", "others than root");
	CU_ASSERT_EQUAL(chmod(dir, 0755), 0);
	/* One that is gone. */
	make("gone", 0755);
	CU_ASSERT_EQUAL(chdir(at("gone")), 0);
	CU_ASSERT_EQUAL(rmdir(at("gone")), 0);
	REFUSES(OPENING_TRUST, "file", "file: ");
	CU_ASSERT_EQUAL(chdir(before), 0);
}

static void
test_sticky(void)
{
	set_up();
	make("tmp", 01777);
	put("tmp/file", "text", 0600);
	OPENS(OPENING_CONFIG, at("tmp/file"));
	/* What others can do in such a directory: a second name of our file. */
	CU_ASSERT_EQUAL(link(at("etc/pin"), at("tmp/pin")), 0);
	REFUSES(OPENING_PIN, at("tmp/pin"), "several hard links");
	CU_ASSERT_EQUAL(unlink(at("tmp/pin")), 0);
	OPENS(OPENING_PIN, at("etc/pin"));
	if (geteuid() != 0) {
		harness_skip("only root makes another user's file");
		return;
	}
	CU_ASSERT_EQUAL(symlink(at("etc/pin"), at("tmp/link")), 0);
	OPENS(OPENING_PIN, at("tmp/link"));
	give("tmp/link");
	REFUSES(OPENING_PIN, at("tmp/link"), "another user made it");
	make("tmp/dir", 0755);
	put("tmp/dir/file", LIST, 0600);
	OPENS(OPENING_CONFIG, at("tmp/dir/file"));
	give("tmp/dir");
	REFUSES(OPENING_CONFIG, at("tmp/dir/file"), "another user made it");
	REFUSES(OPENING_REVOCATION, at("tmp/dir/file"), "another user made it");
}

/* --- links ------------------------------------------------------------------ */

/* live/ and archive/, as certbot has them. */
static void
test_links_of_root(void)
{
	set_up();
	make("live", 0755);
	make("archive", 0700);
	put("archive/cert1", "text", 0600);
	CU_ASSERT_EQUAL(symlink("../archive/cert1", at("live/cert")), 0);
	OPENS(OPENING_TLS_KEY, at("live/cert"));
	CU_ASSERT_EQUAL(symlink(at("live"), at("alias")), 0);
	OPENS(OPENING_TLS_KEY, at("alias/cert"));
	/* The path in the link is checked, too. */
	CU_ASSERT_EQUAL(chmod(at("archive"), 0777), 0);
	REFUSES(OPENING_TLS_KEY, at("alias/cert"),
	        "/archive: others than root may");
	CU_ASSERT_EQUAL(chmod(at("archive"), 0700), 0);
	/* The maximum number of links. */
	char name[32], target[32] = "etc/file";
	for (int i = 0; i <= OPENING_LINKS_MAX; i++) {
		snprintf(name, sizeof(name), "chain%d", i);
		CU_ASSERT_EQUAL(symlink(target, at(name)), 0);
		snprintf(target, sizeof(target), "%s", name);
		bool opens = says(OPENING_TRUST, at(name))[0] == '\0';
		CU_ASSERT_EQUAL(opens, i < OPENING_LINKS_MAX);
	}
	/* Without end. */
	CU_ASSERT_EQUAL(symlink("loop", at("loop")), 0);
	REFUSES(OPENING_TRUST, at("loop"), "Too many levels");
	CU_ASSERT_EQUAL(symlink("nothing", at("dangling")), 0);
	REFUSES(OPENING_TRUST, at("dangling"), "/nothing: No such file");
}

/* --- what the download's user may write -------------------------------------- */

static void
test_fetcher(void)
{
	set_up();
	if (geteuid() != 0) {
		harness_skip("only root makes another user's directory");
		return;
	}
	make("fetch", 0755);
	put("fetch/list", LIST, 0644);
	give("fetch");
	OPENS(OPENING_REVOCATION, at("fetch/list")); /* root's own import */
	give("fetch/list");
	OPENS(OPENING_REVOCATION, at("fetch/list"));
	REFUSES(OPENING_TRUST, at("fetch/list"), "/fetch: others than root");

	CU_ASSERT_EQUAL(symlink(at("etc/pin"), at("fetch/link")), 0);
	REFUSES(OPENING_REVOCATION, at("fetch/link"), "a link in a directory");
	CU_ASSERT_EQUAL(symlink("..", at("fetch/up")), 0);
	REFUSES(OPENING_REVOCATION, at("fetch/up/etc/file"),
	        "a link in a directory");
	REFUSES(OPENING_REVOCATION, at("fetch/../etc/file"),
	        "'..' in a directory");
	CU_ASSERT_EQUAL(link(at("etc/pin"), at("fetch/hard")), 0);
	REFUSES(OPENING_REVOCATION, at("fetch/hard"), "several hard links");
	CU_ASSERT_EQUAL(unlink(at("fetch/hard")), 0);

	put("fetch/other", LIST, 0644);
	CU_ASSERT_EQUAL(lchown(at("fetch/other"), FETCHER + 1, 0), 0);
	REFUSES(OPENING_REVOCATION, at("fetch/other"), "another user's file");
	put("fetch/json", "{\"entries\":{}}", 0644);
	REFUSES(OPENING_REVOCATION, at("fetch/json"), "not of that kind");
	put("fetch/short", "ANREV", 0644);
	REFUSES(OPENING_REVOCATION, at("fetch/short"), "not of that kind");
	/* Its own directory below, and no way out of it. */
	make("fetch/deep", 0755);
	put("fetch/deep/list", LIST, 0644);
	OPENS(OPENING_REVOCATION, at("fetch/deep/list"));
}

/* In a mount namespace of its own: a list on another file system, which its
 * owner could have brought there.  The exit status says what came of it. */
static int
open_mounted(void)
{
	AUTO(buf_release) struct buf why = buf_of(2 * PATH_MAX);

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", at("fetch/deep"), "tmpfs", 0, NULL) != 0)
		return 2;
	put("fetch/deep/list", LIST, 0644);
	int fd = opening_file(OPENING_REVOCATION, at("fetch/deep/list"), &why);
	return fd < 0 && strstr(buf_str(&why), "on another file system") ? 0
	                                                                 : 1;
}

static void
test_mount(void)
{
	int status = -1;

	set_up();
	pid_t pid = geteuid() == 0 ? fork() : -1;
	if (pid == 0)
		_exit(open_mounted());
	if (pid > 0)
		CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	if (pid < 0 || WEXITSTATUS(status) == 2) {
		harness_skip("nothing may be mounted here");
		return;
	}
	CU_ASSERT_EQUAL(status, 0);
}

static void
test_owner(void)
{
	set_up();
	if (geteuid() != 0) {
		harness_skip("only root makes another user's file");
		return;
	}
	put("etc/theirs", LIST, 0400);
	give("etc/theirs");
	REFUSES(OPENING_PIN, at("etc/theirs"), "another user's file");
	REFUSES(OPENING_CONFIG, at("etc/theirs"), "owner 64399");
	REFUSES(OPENING_REVOCATION, at("etc/theirs"), "another user's file");
}

/* --- what comes out --------------------------------------------------------- */

static void
test_sealed(void)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	char text[16] = "", path[64];
	struct stat st;

	set_up();
	put("etc/copied", "before", 0600);
	int fd = opening_file(OPENING_TRUST, at("etc/copied"), &why);
	CU_ASSERT_FATAL(fd >= 0);
	int other = opening_again(fd);
	put("etc/copied", "after!", 0600);
	CU_ASSERT_EQUAL(read(fd, text, sizeof(text)), 6);
	CU_ASSERT_STRING_EQUAL(text, "before");
	CU_ASSERT_EQUAL(read(other, text, sizeof(text)), 6);
	CU_ASSERT_EQUAL(write(fd, "x", 1), -1);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0400);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
	/* Not by another way either. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int again = open(path, O_RDWR | O_CLOEXEC);
	CU_ASSERT_TRUE(again < 0 || write(again, "x", 1) == -1);
	CU_ASSERT_EQUAL(fcntl(fd, F_GET_SEALS), F_SEAL_WRITE | F_SEAL_GROW |
	                                                F_SEAL_SHRINK |
	                                                F_SEAL_SEAL);
	if (again >= 0)
		close(again);
	close(other);
	close(fd);
}

static void
test_look(void)
{
	struct stat before, after;

	set_up();
	put("etc/seen", "1", 0600);
	CU_ASSERT_EQUAL(opening_look(OPENING_TRUST, at("etc/seen"), &before),
	                0);
	put("etc/seen", "12", 0600);
	CU_ASSERT_EQUAL(opening_look(OPENING_TRUST, at("etc/seen"), &after), 0);
	CU_ASSERT_EQUAL(after.st_size, 2);
	CU_ASSERT_EQUAL(opening_look(OPENING_TRUST, at("etc/none"), &after),
	                ENOENT);
	make("door", 0777);
	put("door/seen", "1", 0600);
	CU_ASSERT_EQUAL(opening_look(OPENING_TRUST, at("door/seen"), &after),
	                EPERM);
}

/* The last one: goes through the tree and leaves no descriptor behind. */
static void
test_leaves_nothing(void)
{
	size_t before = open_now();

	set_up();
	for (int i = 0; i < 100; i++) {
		(void)says(OPENING_TRUST, at("etc/file"));
		(void)says(OPENING_TRUST, at("door/seen"));
		(void)says(OPENING_REVOCATION, at("fetch/link"));
		(void)says(OPENING_REVOCATION, at("fetch/json"));
		(void)says(OPENING_TRUST, at("alias/cert"));
		(void)says(OPENING_TRUST, at("loop"));
		(void)says(OPENING_TRUST, at("etc/fifo"));
	}
	CU_ASSERT_EQUAL(open_now(), before);
	const char *const argv[] = { "rm", "-rf", dir, NULL };
	pid_t pid = fork();
	if (pid == 0) {
		execv("/bin/rm", (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
}

static const struct harness_test tests[] = {
	{ "each kind has its mode", test_modes },
	{ "directories, devices and pipes are no files", test_no_regular_file },
	{ "a length over the kind's", test_length },
	{ "every directory above is root's alone", test_directories },
	{ "a relative path is a path", test_relative },
	{ "below a sticky directory", test_sticky },
	{ "links that root made are followed", test_links_of_root },
	{ "nothing leads out of the download's directory", test_fetcher },
	{ "nor onto another file system", test_mount },
	{ "another user's file", test_owner },
	{ "what comes out is sealed", test_sealed },
	{ "a look follows the same rules", test_look },
	{ "no descriptor is left", test_leaves_nothing },
	{ NULL, NULL },
};

HARNESS_MAIN("opening", tests)
