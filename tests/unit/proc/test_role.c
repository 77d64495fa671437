/*
 * test_role.c - the start over the lifeline, rounds, edges, and the end after
 * an invalid message.  The roles are this program under their names
 * (fake_role.h).
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/role.h"

#include "tests/common/fakes/fake_role.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/lifeline.h"

static struct lifeline *
born(const char *program)
{
	AUTO(buf_release) struct buf config = buf_of(4096);
	struct lifeline *l = lifeline_spawn(program, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	lifeline_config(&config, &(struct lifeline_config){ 0 });
	CU_ASSERT_TRUE(lifeline_text(l, "config", buf_str(&config)));
	return l;
}

static struct lifeline *
started(const char *program)
{
	struct lifeline *l = born(program);

	CU_ASSERT_TRUE(lifeline_start(l, 0));
	CU_ASSERT_TRUE(lifeline_wait_status(l, true, "fake", HARNESS_WAIT_MS));
	return l;
}

static void
put_challenge_make(struct buf *packet, uint64_t request)
{
	const struct wire_challenge_make m = { .request = request,
		                               .tenant = bytes_of_str("t"),
		                               .workflow = WORKFLOW_METADATA,
		                               .ttl_s = 1 };

	wire_put_challenge_make(packet, &m);
}

static void
expect_unavailable(struct peer *p, uint64_t request)
{
	struct wire_unavailable m;
	struct bytes packet;

	CU_ASSERT_TRUE_FATAL(peer_receive(p, HARNESS_WAIT_MS, &packet));
	CU_ASSERT_EQUAL_FATAL(wire_get_unavailable(packet, &m), OK);
	CU_ASSERT_EQUAL(m.request, request);
}

static void
test_lives_and_ends(void)
{
	struct lifeline *l = started("anchord-verifier");

	/* STATUS is repeated without a change. */
	CU_ASSERT_TRUE(lifeline_wait_status(l, true, "fake", HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

static void
test_ends_before_start(void)
{
	CU_ASSERT_EQUAL(lifeline_end(born("anchord-front")), ROLE_EXIT_OK);
}

static void
test_answers_over_edges(void)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct lifeline *l = born("anchord-keyholder");
	struct peer *early = lifeline_edge(l, WIRE_ROLE_FRONT, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(early);
	CU_ASSERT_TRUE(lifeline_start(l, 0));
	struct peer *late = lifeline_edge(l, WIRE_ROLE_FRONT, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(late);

	put_challenge_make(&packet, 1);
	CU_ASSERT_TRUE(peer_send(early, &packet));
	put_challenge_make(&packet, 2);
	CU_ASSERT_TRUE(peer_send(late, &packet));
	expect_unavailable(early, 1);
	expect_unavailable(late, 2);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

/* More packets than one receive call or one socket buffer can hold. */
static void
test_many_packets(void)
{
	enum { MANY = 3000 };
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct lifeline *l = started("anchord-keyholder");
	struct peer *p = lifeline_edge(l, WIRE_ROLE_FRONT, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (uint64_t i = 0; i < MANY; i++) {
		put_challenge_make(&packet, i);
		CU_ASSERT_TRUE_FATAL(peer_send(p, &packet));
	}
	for (uint64_t i = 0; i < MANY; i++)
		expect_unavailable(p, i);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

/* The last packets of a peer that died are handled, and then its
 * successor's. */
static void
test_edge_replaced(void)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct lifeline *l = started("anchord-keyholder");
	struct peer *old = lifeline_edge(l, WIRE_ROLE_FRONT, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(old);
	put_challenge_make(&packet, 1);
	CU_ASSERT_TRUE(peer_send(old, &packet));
	expect_unavailable(old, 1);

	struct peer *new = lifeline_edge(l, WIRE_ROLE_FRONT, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(new);
	CU_ASSERT_TRUE(peer_gone(old, HARNESS_WAIT_MS));
	put_challenge_make(&packet, 2);
	CU_ASSERT_TRUE(peer_send(new, &packet));
	expect_unavailable(new, 2);

	peer_close(new);
	CU_ASSERT_EQUAL(lifeline_wait_exit(l, 300), -1);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

static void
expect_wire_end(struct lifeline *l)
{
	CU_ASSERT_EQUAL(lifeline_wait_exit(l, HARNESS_WAIT_MS), ROLE_EXIT_WIRE);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_WIRE);
}

static void
test_malformed_is_fatal(void)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct lifeline *l = started("anchord-keyholder");
	struct peer *p = lifeline_edge(l, WIRE_ROLE_FRONT, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	put_challenge_make(&packet, 1);
	buf_u8(&packet, 0); /* one byte is left over */
	CU_ASSERT_TRUE(peer_send(p, &packet));
	expect_wire_end(l);
}

/* The same packet, well-formed, from a role that may not send it. */
static void
test_forbidden_is_fatal(void)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct lifeline *l = started("anchord-keyholder");
	struct peer *p = lifeline_edge(l, WIRE_ROLE_LEDGER, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	put_challenge_make(&packet, 1);
	CU_ASSERT_TRUE(peer_send(p, &packet));
	expect_wire_end(l);
}

static void
test_unknown_is_fatal(void)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct lifeline *l = started("anchord-verifier");
	struct peer *p = lifeline_edge(l, WIRE_ROLE_FRONT, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	buf_u8(&packet, 1); /* not even an id */
	CU_ASSERT_TRUE(peer_send(p, &packet));
	expect_wire_end(l);
}

static void
test_descriptor_from_peer_is_fatal(void)
{
	AUTO(buf_release) struct buf packet = buf_of(WIRE_PACKET_MAX);
	struct lifeline *l = started("anchord-keyholder");
	struct peer *p = lifeline_edge(l, WIRE_ROLE_FRONT, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	put_challenge_make(&packet, 1);
	CU_ASSERT_TRUE(peer_send_fd(p, &packet, STDERR_FILENO));
	expect_wire_end(l);
}

/* The number of handed-over files that the process has open; requires root. */
static size_t
files_held(const struct lifeline *l)
{
	char pattern[64], target[64];
	glob_t found = { 0 };
	size_t held = 0;

	(void)snprintf(pattern, sizeof(pattern), "/proc/%d/fd/*",
	               (int)lifeline_pid(l));
	CU_ASSERT_EQUAL_FATAL(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		ssize_t n =
		        readlink(found.gl_pathv[i], target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		held += strncmp(target, "/memfd:", 7) == 0;
	}
	globfree(&found);
	return held;
}

/* Files are closed after prepare() and after file_changed(). */
static void
test_files_are_closed(void)
{
	struct lifeline *l = born("anchord-verifier");

	CU_ASSERT_TRUE(lifeline_text(l, "order", "nothing 1"));
	CU_ASSERT_TRUE(lifeline_start(l, 0));
	CU_ASSERT_TRUE(
	        lifeline_wait_status(l, true, "did nothing", HARNESS_WAIT_MS));
	if (geteuid() == 0) /* a role is not dumpable: nobody else sees */
		CU_ASSERT_EQUAL(files_held(l), 0);
	CU_ASSERT_TRUE(lifeline_text(l, "late", "refuse nothing"));
	CU_ASSERT_TRUE(
	        lifeline_wait_status(l, true, "refuse", HARNESS_WAIT_MS));
	if (geteuid() == 0)
		CU_ASSERT_EQUAL(files_held(l), 0);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

/* A file is replaced under its name, more often than the table has entries; a
 * new name is possible, too. */
static void
test_file_replaced(void)
{
	struct lifeline *l = born("anchord-verifier");

	CU_ASSERT_TRUE(lifeline_text(l, "order", "nothing 1"));
	CU_ASSERT_TRUE(lifeline_start(l, 0));
	CU_ASSERT_TRUE(
	        lifeline_wait_status(l, true, "did nothing", HARNESS_WAIT_MS));
	for (int i = 0; i < 40; i++) {
		CU_ASSERT_TRUE(lifeline_text(l, "order", "nothing 2"));
		CU_ASSERT_TRUE(lifeline_text(l, "late", "x"));
	}
	CU_ASSERT_TRUE(lifeline_text(l, "late", "refuse nothing"));
	CU_ASSERT_TRUE(
	        lifeline_wait_status(l, true, "late: x", HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(
	        lifeline_wait_status(l, true, "late: refuse", HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

/* A file that cannot be read now is read again, and the role is not ready until
 * then. */
static void
test_file_read_again(void)
{
	struct lifeline *l = started("anchord-verifier");

	CU_ASSERT_TRUE(lifeline_text(l, "late", "unread 2"));
	CU_ASSERT_TRUE(lifeline_wait_status(l, false, "file-unread: late",
	                                    HARNESS_WAIT_MS));
	if (geteuid() == 0)
		CU_ASSERT_EQUAL(files_held(l), 1);
	CU_ASSERT_TRUE(lifeline_wait_status(l, true, "late: unread 2",
	                                    HARNESS_WAIT_MS));
	if (geteuid() == 0)
		CU_ASSERT_EQUAL(files_held(l), 0);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

/* One that takes its place ends that. */
static void
test_file_unread_replaced(void)
{
	struct lifeline *l = started("anchord-verifier");

	CU_ASSERT_TRUE(lifeline_text(l, "late", "unread 999"));
	CU_ASSERT_TRUE(lifeline_wait_status(l, false, "file-unread: late",
	                                    HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(lifeline_text(l, "late", "another"));
	CU_ASSERT_TRUE(lifeline_wait_status(l, true, "late: another",
	                                    HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_OK);
}

/* Not for ever: the next process reads it at its start. */
static void
test_file_never_read(void)
{
	struct lifeline *l = started("anchord-verifier");

	CU_ASSERT_TRUE(lifeline_text(l, "late", "unread 999"));
	CU_ASSERT_TRUE(lifeline_wait_status(l, false, "file-unread: late",
	                                    HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(
	        lifeline_wait_exit(l, HARNESS_WAIT_MS + ROLE_FILE_TRIES * 1000),
	        ROLE_EXIT_PART);
	(void)lifeline_end(l);
}

static void
test_file_twice_is_fatal(void)
{
	struct lifeline *l = born("anchord-verifier");

	CU_ASSERT_TRUE(lifeline_text(l, "config", "again"));
	expect_wire_end(l);
}

static void
test_late_file_is_fatal(void)
{
	struct lifeline *l = started("anchord-deaf");

	/* START twice, and a file after START for a role without
	 * file_changed(). */
	CU_ASSERT_TRUE(lifeline_fd(l, "late", STDERR_FILENO));
	expect_wire_end(l);
	l = started("anchord-keyholder");
	CU_ASSERT_TRUE(lifeline_start(l, 0));
	expect_wire_end(l);
}

static void
test_bad_config(void)
{
	struct lifeline *l = lifeline_spawn("anchord-front", NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT_TRUE(lifeline_text(l, "config", "nonsense = 1;"));
	CU_ASSERT_TRUE(lifeline_start(l, 0));
	CU_ASSERT_EQUAL(lifeline_wait_exit(l, HARNESS_WAIT_MS),
	                ROLE_EXIT_START);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_START);
}

static void
test_prepare_fails(void)
{
	struct lifeline *l = born("anchord-ledger");

	CU_ASSERT_TRUE(lifeline_text(l, "order", "fail"));
	CU_ASSERT_TRUE(lifeline_start(l, 0));
	CU_ASSERT_EQUAL(lifeline_wait_exit(l, HARNESS_WAIT_MS),
	                ROLE_EXIT_START);
	CU_ASSERT_EQUAL(lifeline_end(l), ROLE_EXIT_START);
}

static const struct harness_test tests[] = {
	{ "lives, reports, ends with its lifeline", test_lives_and_ends },
	{ "ends when the lifeline closes before START",
	  test_ends_before_start },
	{ "answers over early and late edges", test_answers_over_edges },
	{ "takes 3,000 packets in order", test_many_packets },
	{ "a new edge replaces the old one", test_edge_replaced },
	{ "a malformed packet ends the role", test_malformed_is_fatal },
	{ "a packet from the wrong role ends it", test_forbidden_is_fatal },
	{ "a packet without a row ends it", test_unknown_is_fatal },
	{ "a descriptor from a peer ends it",
	  test_descriptor_from_peer_is_fatal },
	{ "a file is closed when it was read", test_files_are_closed },
	{ "a file may come again, and be another", test_file_replaced },
	{ "but not before START", test_file_twice_is_fatal },
	{ "files and START come once", test_late_file_is_fatal },
	{ "a file that is not read is read again", test_file_read_again },
	{ "until another comes", test_file_unread_replaced },
	{ "or until the tries are over", test_file_never_read },
	{ "refuses a bad configuration", test_bad_config },
	{ "ends when it cannot prepare", test_prepare_fails },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	char directory[] = "/tmp/anchord-role-XXXXXX";
	int status;

	if (fake_role_main(argv, &status))
		return status;
	if (!mkdtemp(directory) || !fake_role_links(directory) ||
	    setenv("ANCHORD_BIN", directory, 1) < 0)
		return 2;
	status = harness_run("role", tests, argc, argv);
	fake_role_unlink(directory);
	return status;
}
