/*
 * test_trust_files.c - the files that verbs read and replace: what must not be in
 * their place, what stays beside them, and locks of others.
 */
#include <sys/wait.h>

#include "tests/unit/anchorctl/test_trust_kit.h"

static bool
is_link_to(const char *path, const char *target)
{
	char text[64] = "";

	return readlink(path, text, sizeof(text) - 1) > 0 &&
	       strcmp(text, target) == 0;
}

/* --- places ------------------------------------------------------------------ */

/* The link would be replaced, and the chain stay as it was: then there are two. */
static void
test_chain_link(void)
{
	PLACE(p);

	chain_kit_add(&p.k, BUNDLE_ORDINARY, "alpha bravo")->expires_s++;
	CU_ASSERT_EQUAL(mkdir("far", 0755), 0);
	write_pack(&p.k, 1, "far/chain");
	write_pack(&p.k, 1, "kept");
	CU_ASSERT_EQUAL(symlink("far/chain", "link"), 0);
	write_proposal(&p.k, 1, "alpha bravo");
	must_say("trust apply p --no-token --chain link", VERB_PART,
	         "link is a symbolic link");
	CU_ASSERT_TRUE(is_link_to("link", "far/chain"));
	CU_ASSERT_TRUE(is_same_file("far/chain", "kept"));
	must_say("trust apply p --no-token --chain far/chain", VERB_GOOD,
	         "version 2");
}

static void
test_no_chain(void)
{
	PLACE(p);

	write_proposal(&p.k, 0, "alpha bravo");
	CU_ASSERT_EQUAL(symlink("nothing", "link"), 0);
	must_say("trust apply p --no-token --chain link", VERB_PART,
	         "link is a symbolic link");
	CU_ASSERT_TRUE(is_link_to("link", "nothing"));
	CU_ASSERT_EQUAL(mkfifo("pipe", 0600), 0);
	must_say("trust apply p --no-token --chain pipe", VERB_PART,
	         "pipe: not a regular file");
	must_say("trust apply p --no-token --chain p/", VERB_PART,
	         "not the name of a file");
	must_say("trust apply p --no-token --chain p", VERB_PART,
	         "not a regular file");
	CU_ASSERT_NOT_EQUAL(access("nothing", F_OK), 0);
}

static void
test_pins_link(void)
{
	static const char *const paths[] = { "link", "pipe", "p/" };
	const struct cli cli = { .verb = &verb_trust_apply };
	PLACE(p);

	CU_ASSERT_EQUAL(symlink("nothing", "link"), 0);
	CU_ASSERT_EQUAL(mkfifo("pipe", 0600), 0);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		AUTO(pins_file_release) struct pins_file f = PINS_FILE_NONE;

		CU_ASSERT_EQUAL(pins_file_open(&cli, paths[i], &f), VERB_PART);
		CU_ASSERT_PTR_NULL(f.pins);
	}
	AUTO(pins_file_release) struct pins_file f = PINS_FILE_NONE;
	CU_ASSERT_EQUAL(pins_file_open(&cli, "new", &f), VERB_GOOD);
	CU_ASSERT_EQUAL(f.pins->n, 0);
}

/* A file of that name is somebody's. */
static void
test_neighbours(void)
{
	PLACE(p);

	write_proposal(&p.k, 0, "alpha bravo");
	write_bytes("chain.new", bytes_of_str("mine"));
	write_bytes("mine", bytes_of_str("mine"));
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "applied");
	CU_ASSERT_TRUE_FATAL(access("chain.new", F_OK) == 0);
	CU_ASSERT_TRUE(is_same_file("chain.new", "mine"));
}

/* --- locks ------------------------------------------------------------------- */

static int
open_locked(const char *path, int how)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CU_ASSERT_EQUAL_FATAL(flock(fd, how), 0);
	return fd;
}

static void
test_locked(void)
{
	PLACE(p);

	write_proposal(&p.k, 0, "alpha bravo");
	write_signature_of(&p.k, 0, 0, "0.sig");
	CU_ASSERT_EQUAL(unlink("p/signatures/alpha"), 0);
	lock_wait_ms = 0;
	AUTO(close_fd) int proposal = open_locked("p", LOCK_EX);
	must_say("trust review p", VERB_PART,
	         "p is locked by another program: waiting");
	must_say("officer list p", VERB_PART, "p is still locked: gave up");
	must_say("trust apply p --no-token --chain chain", VERB_PART,
	         "still locked");
	must_say("trust approve p --officer alpha --signature 0.sig", VERB_PART,
	         "still locked");
	CU_ASSERT_EQUAL(flock(proposal, LOCK_SH), 0); /* somebody reads */
	must_say("trust review p", VERB_REFUSED, "1 more needed");
	must_say("officer list p", VERB_GOOD, "alpha");
	must_say("trust approve p --officer alpha --signature 0.sig", VERB_PART,
	         "still locked");
	CU_ASSERT_EQUAL(flock(proposal, LOCK_UN), 0);
	must_say("trust approve p --officer alpha --signature 0.sig", VERB_GOOD,
	         "signed as alpha");
	AUTO(close_fd) int chain = open_locked(".", LOCK_SH);
	must_say("trust apply p --no-token --chain chain", VERB_PART,
	         ". is still locked");
	CU_ASSERT_EQUAL(flock(chain, LOCK_UN), 0);
	must_say("trust apply p --no-token --chain chain", VERB_GOOD,
	         "applied");
	lock_wait_ms = 10000;
}

/* The messages of a review in a process of its own, to a pipe. */
static pid_t
start_review(int *ret_messages)
{
	static char words[][16] = { "anchorctl", "trust", "review", "p" };
	char *argv[] = { words[0], words[1], words[2], words[3] };
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		close(ends[0]);
		dup2(null, STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[1]);
		_exit(cli_main(table, ARRAY_LEN(argv), argv));
	}
	close(ends[1]);
	*ret_messages = ends[0];
	return pid;
}

static void
test_waits(void)
{
	PLACE(p);
	int messages = -1, status = -1;
	size_t n = 0;
	ssize_t got = 0;

	write_proposal(&p.k, 0, "alpha bravo");
	AUTO(close_fd) int proposal = open_locked("p", LOCK_EX);
	pid_t pid = start_review(&messages);
	do {
		got = read(messages, said + n, sizeof(said) - 1 - n);
		n += got > 0 ? (size_t)got : 0;
		said[n] = '\0';
	} while (got > 0 && !strstr(said, "waiting\n"));
	CU_ASSERT_EQUAL(waitpid(pid, &status, WNOHANG), 0);
	CU_ASSERT_EQUAL(flock(proposal, LOCK_UN), 0);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == VERB_GOOD);
	while ((got = read(messages, said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	close(messages);
	CU_ASSERT_STRING_EQUAL(said, "anchorctl trust review: p is locked by "
	                             "another program: waiting\n");
}

/* --- a proposal that cannot be made ------------------------------------------- */

static void
test_clock_went_back(void)
{
	PLACE(p);

	write_pack(&p.k, 1, "chain");
	clock_set_wall((p.k.bundles[0]->issued_s - 1) * 1000);
	must_say("trust propose --to n --chain chain --change recovery",
	         VERB_REFUSED, "set the clock");
	CU_ASSERT_PTR_NULL(strstr(said, "recovery keys"));
	CU_ASSERT_NOT_EQUAL(access("n", F_OK), 0);
}

static const struct harness_test tests[] = {
	{ "a link to a chain is not replaced", test_chain_link },
	{ "a chain begins only where nothing is", test_no_chain },
	{ "a pins file is no link and no pipe", test_pins_link },
	{ "a file beside the chain stays", test_neighbours },
	{ "nobody waits for ever for a lock", test_locked },
	{ "whoever waits for a lock says so, once", test_waits },
	{ "a clock that went back is all that is told", test_clock_went_back },
	{ NULL, NULL },
};

HARNESS_MAIN("trust_files", tests)
