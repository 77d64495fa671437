/*
 * test_watch.c - files that change while the service runs: the supervisor over
 * fake roles, of which the verifiers say what they were handed.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/world.h"

/* A verifier was handed a list of so many bytes: 96 have two keys in them. */
#define HANDED(bytes) "event=fake-file name=revocation bytes=" bytes " "

/* A world whose configuration names list and roots in its directory. */
static void
make(struct world *w)
{
	AUTO(buf_release) struct buf more = buf_of(4096);

	world_make(w, "");
	buf_printf(&more,
	           "revocation: { file = \"%s/list\"; };\n"
	           "trust: { anchors = ("
	           " { file = \"%s/roots\"; purposes = [ \"android-key\" ]; },"
	           " { file = \"%s/tpms\"; purposes = [ \"tpm2-ek\" ]; } );"
	           " pins = \"%s/officers\"; };\n"
	           "process: { verifiers = 2; };\n",
	           w->dir, w->dir, w->dir, w->dir);
	world_write(w, "tpms", "ek", 0644);
	world_config(w, buf_str(&more));
}

/* As an importer does it. */
static void
replace(const struct world *w, const char *name, const char *text)
{
	char to[PATH_MAX], from[PATH_MAX];

	world_write(w, "new", text, 0644);
	world_path(w, "new", from);
	world_path(w, name, to);
	CU_ASSERT_EQUAL(rename(from, to), 0);
}

static void
test_handed_at_birth(void)
{
	AUTO(world_free) struct world w;

	make(&w);
	world_list(&w, "list", 1, 1000);
	world_ready(&w);
	CU_ASSERT_TRUE(world_says(&w, "event=file-found name=revocation", 1));
	CU_ASSERT_TRUE(world_says(&w, "event=file-unusable name=trust", 1));
	/* Nothing changed, so nobody hears of it: birth had it. */
	world_pause(1200);
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file"), 0);
	CU_ASSERT_EQUAL(world_count(&w, "event=file-unusable"), 1);
}

static void
test_handed_when_replaced(void)
{
	AUTO(world_free) struct world w;

	make(&w);
	world_list(&w, "list", 1, 1000);
	world_ready(&w);
	world_list(&w, "list", 2, 1000);
	CU_ASSERT_TRUE(world_says(&w, HANDED("96"), 2));
	replace(&w, "roots", "pem");
	CU_ASSERT_TRUE(world_says(
	        &w, "event=fake-file name=trust bytes=3 text=pem", 2));
	/* In place, and as long as before. */
	world_write(&w, "roots", "six", 0644);
	CU_ASSERT_TRUE(world_says(
	        &w, "event=fake-file name=trust bytes=3 text=six", 2));
	/* Each file of roots by itself. */
	replace(&w, "tpms", "eks");
	CU_ASSERT_TRUE(world_says(
	        &w, "event=fake-file name=trust-2 bytes=3 text=eks", 2));
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file name=trust "), 4);
	CU_ASSERT_EQUAL(world_count(&w, "event=child-ended"), 0);
}

static void
test_gone_and_back(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	make(&w);
	world_list(&w, "list", 1, 1000);
	world_ready(&w);
	world_path(&w, "list", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_TRUE(
	        world_says(&w, "event=file-unusable name=revocation", 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file"), 0);
	world_list(&w, "list", 2, 1000);
	CU_ASSERT_TRUE(world_says(&w, HANDED("96"), 2));
}

/* Whoever is born later has the file of now. */
static void
test_next_life(void)
{
	AUTO(world_free) struct world w;

	make(&w);
	world_list(&w, "list", 1, 1000);
	world_ready(&w);
	(void)kill(world_pid(&w, "verifier"), SIGKILL);
	CU_ASSERT_TRUE(world_says(&w, "event=child-started child=verifier", 3));
	CU_ASSERT_TRUE(world_says(&w, "event=ready", 1));
	world_list(&w, "list", 2, 1000);
	CU_ASSERT_TRUE(world_says(&w, HANDED("96"), 2));
}

/* A changed policy is for all verifiers, and for those that start later it lies
 * beside the one that was there at the start of the service. */
static void
test_policy(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	make(&w);
	world_list(&w, "list", 1, 1000);
	world_ready(&w);
	world_pause(1200);
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file"), 0);
	replace(&w, "policy", "new");
	CU_ASSERT_TRUE(world_says(
	        &w, "event=fake-file name=policy-next bytes=3 text=new", 2));
	CU_ASSERT_EQUAL(world_count(&w, "event=policy-taken"), 0);
	/* The one from the start again: what was said of the other is over. */
	replace(&w, "policy", "-");
	CU_ASSERT_TRUE(world_says(
	        &w, "event=fake-file name=policy-next bytes=1 text=-", 2));
	/* One that others may write to is handed to nobody. */
	world_path(&w, "policy", path);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	CU_ASSERT_TRUE(
	        world_says(&w, "event=file-unusable name=policy-next", 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file name=policy"), 4);
	CU_ASSERT_EQUAL(world_count(&w, "event=child-ended"), 0);
}

/* TLS files are for the fronts; a key that others may read is handed to nobody. */
static void
test_tls(void)
{
	AUTO(world_free) struct world w;
	char path[PATH_MAX];

	world_make(&w, "");
	world_ready(&w);
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file"), 0);
	replace(&w, "tls", "two"); /* one file for all three, mode 0644 */
	CU_ASSERT_TRUE(world_says(
	        &w, "role=front event=fake-file name=tls-cert bytes=3 text=two",
	        1));
	CU_ASSERT_TRUE(world_says(&w,
	                          "role=front event=fake-file "
	                          "name=tls-client-ca bytes=3 text=two",
	                          1));
	CU_ASSERT_TRUE(world_says(&w, "event=file-unusable name=tls-key", 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file name=tls-key"), 0);
	world_path(&w, "tls", path);
	CU_ASSERT_EQUAL(chmod(path, 0600), 0);
	CU_ASSERT_TRUE(world_says(
	        &w, "role=front event=fake-file name=tls-key bytes=3 text=two",
	        1));
	CU_ASSERT_EQUAL(world_count(&w, "event=child-ended"), 0);
}

/* What --check says of the file that more names, and its status. */
static int
checked(struct world *w, const char *more, const char *says)
{
	char config[PATH_MAX];
	const char *const options[] = { "--config", config, "--check", NULL };

	world_config(w, more);
	world_path(w, "anchord.conf", config);
	w->status = -1;
	world_run(w, options, -1);
	int status = world_wait(w, HARNESS_WAIT_MS);
	if (says)
		CU_ASSERT_TRUE(world_says(w, says, 1));
	return status;
}

/* It says what a start would, of each file, and does not start. */
static void
test_check(void)
{
	AUTO(world_free) struct world w;
	AUTO(buf_release) struct buf more = buf_of(4096);
	char path[PATH_MAX];

	world_make(&w, "");
	buf_printf(&more,
	           "trust: { anchors = ( { file = \"%s/roots\";"
	           " purposes = [ \"android-key\" ]; } );"
	           " pins = \"%s/officers\"; };\n",
	           w.dir, w.dir);
	const char *roots = buf_str(&more);
	CU_ASSERT_EQUAL(checked(&w, "", NULL), 0);
	CU_ASSERT_EQUAL(checked(&w, roots, "/roots: No such file"), 0);
	CU_ASSERT_TRUE(
	        world_says(&w,
	                   "/roots: No such file or directory (the "
	                   "service starts without it, but is not ready)",
	                   1));
	world_write(&w, "roots", "pem", 0666);
	CU_ASSERT_EQUAL(checked(&w, roots, "/roots: open to others"), 78);
	world_path(&w, "policy", path);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	CU_ASSERT_EQUAL(checked(&w, "", "/policy: open to others"), 78);
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	world_path(&w, "pin", path);
	CU_ASSERT_EQUAL(chmod(path, 0440), 0);
	CU_ASSERT_EQUAL(checked(&w, "", "/pin: open to others"), 78);
	CU_ASSERT_EQUAL(chmod(path, 0400), 0);
	CU_ASSERT_EQUAL(chmod(w.dir, 0777), 0);
	CU_ASSERT_EQUAL(checked(&w, "", "others than root may change"), 78);
	CU_ASSERT_EQUAL(chmod(w.dir, 0755), 0);
	CU_ASSERT_EQUAL(checked(&w, "", NULL), 0);
	CU_ASSERT_EQUAL(world_count(&w, "event=child-started"), 0);
}

/* An old name holds, and --check and the start say the new one; both do not. */
static void
test_old_name(void)
{
	AUTO(world_free) struct world w;
	AUTO(buf_release) struct buf old = buf_of(4096);
	AUTO(buf_release) struct buf both = buf_of(4096);

	world_make(&w, "");
	world_write(&w, "roots", "pem", 0644);
	buf_printf(
	        &old,
	        "trust: { roots = \"%s/roots\"; pins = \"%s/officers\"; };\n",
	        w.dir, w.dir);
	buf_printf(&both,
	           "trust: { roots = \"%s/roots\"; anchors = ();"
	           " pins = \"%s/officers\"; };\n",
	           w.dir, w.dir);
	CU_ASSERT_EQUAL(checked(&w, buf_str(&old),
	                        "trust.roots is an old name: give "
	                        "trust.anchors"),
	                0);
	CU_ASSERT_EQUAL(checked(&w, buf_str(&both),
	                        "trust.roots is the old name of trust.anchors"),
	                78);
	world_config(&w, buf_str(&old));
	world_ready(&w);
	CU_ASSERT_EQUAL(world_count(&w, "event=setting-renamed"), 1);
	CU_ASSERT_TRUE(world_says(&w, "group=trust old=roots new=anchors", 1));
	replace(&w, "roots", "six");
	CU_ASSERT_TRUE(world_says(
	        &w, "event=fake-file name=trust bytes=3 text=six", 1));
}

/* The list lies where another user may write; he makes it a link to the PIN.
 * What verifiers have stays, and none of them sees a byte of the target. */
static void
test_link_to_the_pin(void)
{
	AUTO(world_free) struct world w;
	AUTO(buf_release) struct buf more = buf_of(4096);
	char path[PATH_MAX], pin[PATH_MAX];

	world_make(&w, "");
	world_path(&w, "fetch", path);
	CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
	buf_printf(&more,
	           "revocation: { file = \"%s/fetch/list\"; };\n"
	           "process: { verifiers = 2; };\n",
	           w.dir);
	world_config(&w, buf_str(&more));
	world_list(&w, "fetch/list", 1, 1000);
	/* Only root can make it another user's; a directory that others may
	 * write is the same for anybody. */
	CU_ASSERT_EQUAL(geteuid() == 0 ? chown(path, 64399, 64399)
	                               : chmod(path, 0777),
	                0);
	world_ready(&w);
	world_path(&w, "pin", pin);
	world_path(&w, "fetch/list", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(symlink(pin, path), 0);
	CU_ASSERT_TRUE(world_says(&w, "/fetch/list: a link in a directory", 1));
	(void)kill(world_pid(&w, "verifier"), SIGKILL);
	CU_ASSERT_TRUE(world_says(&w, "event=child-started child=verifier", 3));
	CU_ASSERT_TRUE(world_says(&w, "event=ready", 1));
	CU_ASSERT_EQUAL(world_count(&w, "event=fake-file"), 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
	world_list(&w, "fetch/list", 2, 1000);
	CU_ASSERT_TRUE(world_says(&w, HANDED("96"), 2));
	(void)unlink(path);
	world_path(&w, "fetch", path);
	CU_ASSERT_EQUAL(rmdir(path), 0);
}

static const struct harness_test tests[] = {
	{ "a file that is there is handed over at birth",
	  test_handed_at_birth },
	{ "one that is replaced is handed to all verifiers",
	  test_handed_when_replaced },
	{ "one that goes away is taken from nobody", test_gone_and_back },
	{ "a later life is served likewise", test_next_life },
	{ "a changed policy goes to the verifiers", test_policy },
	{ "TLS files go to the fronts", test_tls },
	{ "--check says of each file what a start would", test_check },
	{ "a renamed setting holds by its old name", test_old_name },
	{ "a link to the PIN leads nowhere", test_link_to_the_pin },
	{ NULL, NULL },
};

FAKE_ROLE_MAIN("watch", tests)
