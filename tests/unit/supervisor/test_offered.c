/*
 * test_offered.c - which policy verifiers begin with, and which one is offered
 * beside it.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "crypto/digest.h"
#include "supervisor/supervisor.h"

#include "tests/common/base/harness.h"

static int
file_of(const char *text)
{
	int fd = memfd_create("policy", MFD_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static void
end_supervisor(struct supervisor *s)
{
	close(s->files.policy);
	offered_release(&s->offered);
}
DEFINE_AUTO_REF(struct supervisor, end_supervisor);

static bool
look(struct supervisor *s, const char *text)
{
	AUTO(close_fd) int fd = file_of(text);

	return offered_look(s, fd);
}

static void
take(struct supervisor *s, const char *text)
{
	uint8_t digest[HASH_SIZE];

	digest_sha256(bytes_of_str(text), digest);
	offered_taken(s, digest);
}

static bool
begins_with(const struct supervisor *s, const char *text)
{
	char is[16] = { 0 };

	CU_ASSERT(pread(s->files.policy, is, sizeof(is) - 1, 0) >= 0);
	return strcmp(is, text) == 0;
}

static void
test_taken(void)
{
	AUTO(end_supervisor)
	struct supervisor s = { .files.policy = file_of("one"),
		                .offered.file = -1 };

	CU_ASSERT_FALSE(look(&s, "one")); /* nothing has changed */
	CU_ASSERT_EQUAL(s.offered.file, -1);
	CU_ASSERT_TRUE(look(&s, "two"));
	CU_ASSERT(s.offered.file >= 0);
	CU_ASSERT_TRUE(begins_with(&s, "one"));
	take(&s, "two");
	CU_ASSERT_TRUE(begins_with(&s, "two"));
	CU_ASSERT_EQUAL(s.offered.file, -1);
	take(&s, "two"); /* the second verifier */
	CU_ASSERT_TRUE(begins_with(&s, "two"));
	CU_ASSERT_FALSE(look(&s, "two"));
}

/* Of a file that was replaced meanwhile, or never offered. */
static void
test_other(void)
{
	AUTO(end_supervisor)
	struct supervisor s = { .files.policy = file_of("one"),
		                .offered.file = -1 };

	take(&s, "one");
	CU_ASSERT_TRUE(look(&s, "two"));
	CU_ASSERT_TRUE(look(&s, "bad"));
	take(&s, "two");
	CU_ASSERT_TRUE(begins_with(&s, "one"));
	CU_ASSERT(s.offered.file >= 0);
	/* what was said of the bad one ends */
	CU_ASSERT_TRUE(look(&s, "one"));
}

/* A verifier that was taken over knows which digest the supervisor has of a file
 * that it could not read: none, that is, zeros. */
static void
test_unread(void)
{
	AUTO(end_supervisor)
	struct supervisor s = { .files.policy = file_of("one"),
		                .offered.file = -1 };
	AUTO(close_fd) int longer = file_of("two");
	const uint8_t zeros[HASH_SIZE] = { 0 };

	CU_ASSERT_EQUAL_FATAL(ftruncate(longer, 1024 * 1024 + 1), 0);
	CU_ASSERT_TRUE(offered_look(&s, longer));
	CU_ASSERT(s.offered.file >= 0);
	offered_taken(&s, zeros);
	CU_ASSERT_TRUE(begins_with(&s, "one"));
}

static const struct harness_test tests[] = {
	{ "what was taken is what others begin with", test_taken },
	{ "no other is", test_other },
	{ "none that could not be read is", test_unread },
	{ NULL, NULL },
};

HARNESS_MAIN("offered", tests)
