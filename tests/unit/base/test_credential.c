/*
 * test_credential.c - the source of a token's PIN: the configured file, or else
 * systemd's credential.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/content.h"
#include "supervisor/supervisor.h"
#include "tests/common/base/harness.h"

static char directory[] = "/tmp/anchord-credential-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[96];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

/* Creates a file that contains its own name. */
static void
put(const char *name, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, name, strlen(name)), (ssize_t)strlen(name));
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	close(fd);
}

static struct buf
take(bool listed, const char *token, const char *pin_file, struct buf *why)
{
	const struct config_token t = { .name = token, .pin_file = pin_file };
	struct config config = { .listed_tokens = listed };
	const struct supervisor s = { .config = &config };
	const struct child c = { .token = &t };
	struct buf text = buf_of(64);
	int fd = files_pin(&s, &c, why);

	if (fd >= 0) {
		CU_ASSERT_EQUAL(content_read(fd, &text), OK);
		close(fd);
	}
	return text;
}

static void
must_take(bool listed, const char *token, const char *pin_file,
          const char *wanted)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(buf_release) struct buf text = take(listed, token, pin_file, &why);

	CU_ASSERT_STRING_EQUAL(buf_str(&text), wanted);
}

static void
must_refuse(bool listed, const char *token, const char *part)
{
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(buf_release) struct buf text = take(listed, token, "", &why);

	CU_ASSERT_EQUAL(text.len, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&why), part));
}

static void
test_begin(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	put("file", 0400);
	put("pin", 0400);
	put("pin-a", 0400);
	put("pin-open", 0444);
	put("pin-b", 0400);
}

static void
test_none(void)
{
	CU_ASSERT_EQUAL(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	must_refuse(false, "a", "neither token.pin_file nor a credential");
	must_take(false, "a", path_of("file"), "file");
}

static void
test_one(void)
{
	CU_ASSERT_EQUAL(setenv("CREDENTIALS_DIRECTORY", directory, 1), 0);
	must_take(false, "a", "", "pin");
	must_take(false, "a", path_of("file"), "file");
	CU_ASSERT_EQUAL(setenv("CREDENTIALS_DIRECTORY", "/nowhere", 1), 0);
	must_refuse(false, "a", "/nowhere/pin");
}

/* Each of several tokens has its own PIN and never gets another one's. */
static void
test_several(void)
{
	CU_ASSERT_EQUAL(setenv("CREDENTIALS_DIRECTORY", directory, 1), 0);
	must_take(true, "a", "", "pin-a");
	must_take(true, "b", "", "pin-b");
	must_take(true, "b", path_of("file"), "file");
	must_refuse(true, "c", "/pin-c");
	must_refuse(true, "open", "open to others");
}

static void
test_end(void)
{
	static const char *const names[] = { "file", "pin", "pin-a", "pin-b",
		                             "pin-open" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CU_ASSERT_EQUAL(unlink(path_of(names[i])), 0);
	CU_ASSERT_EQUAL(rmdir(directory), 0);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_begin },
	{ "without a credential the file alone", test_none },
	{ "the credential, unless a file is named", test_one },
	{ "a credential for each of several tokens", test_several },
	{ "(ends)", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("credential", tests)
