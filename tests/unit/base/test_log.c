/*
 * test_log.c - each event is one line, whatever its values contain; buffered
 * lines.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#include "base/log_limit.h"
#include "tests/common/base/harness.h"

#define AT_MS 1795000000007ull
#define AT_TEXT "2026-11-18T11:06:40.007Z"

/* Standard error, captured by a pipe or socket. */
struct caught {
	int end, before;
	char text[4 * PIPE_BUF];
};

static struct caught caught;

/* Takes ownership of both descriptors. */
static void
catch_by(int reader, int writer)
{
	caught.before = dup(STDERR_FILENO);
	caught.end = reader;
	CU_ASSERT_FATAL(dup2(writer, STDERR_FILENO) == STDERR_FILENO);
	close(writer);
	clock_set_wall(AT_MS);
	log_start("test", LOG_INFO);
	log_limit_reset();
}

static void
catch_start(void)
{
	int fds[2];

	CU_ASSERT_FATAL(pipe2(fds, O_NONBLOCK) == 0);
	catch_by(fds[0], fds[1]);
}

static void
catch_stop(void)
{
	log_gather(false);
	clock_set_wall(0);
	CU_ASSERT(dup2(caught.before, STDERR_FILENO) == STDERR_FILENO);
	close(caught.before);
	close(caught.end);
}

/* The text that was written since the last call; "": none. */
static const char *
said(void)
{
	ssize_t n = read(caught.end, caught.text, sizeof(caught.text) - 1);

	caught.text[n > 0 ? n : 0] = '\0';
	return caught.text;
}

/* Counts the lines that were written since the last call; ret_len: bytes. */
static unsigned
said_lines(size_t *ret_len)
{
	unsigned lines = 0;

	*ret_len = 0;
	while (*said() != '\0') {
		*ret_len += strlen(caught.text);
		for (const char *s = caught.text; (s = strchr(s, '\n')) != NULL;
		     s++)
			lines++;
	}
	return lines;
}

/* Logs one of many lines without a rate limit. */
static void
say_much(unsigned i)
{
	const struct log_field fields[] = { LOG_U64("n", i), LOG_LAST_ };

	log_fields_paid(LOG_INFO, "much", fields);
}

static void
test_form(void)
{
	static const uint8_t nasty[] = { 'a', '\n', '"', '\\', 0xff, ' ', '=' };

	catch_start();
	log_event(LOG_INFO, "plain", LOG_STR("s", "x-1"), LOG_U64("n", 0),
	          LOG_U64("m", UINT64_MAX), LOG_STR("e", ""));
	CU_ASSERT_STRING_EQUAL(said(), "ts=" AT_TEXT
	                               " level=info role=test event=plain "
	                               "s=x-1 n=0 m=18446744073709551615 "
	                               "e=\"\"\n");
	log_event(LOG_ERROR, "nasty",
	          LOG_BYTES("v", bytes_of(nasty, sizeof(nasty))));
	CU_ASSERT_STRING_EQUAL(said(), "ts=" AT_TEXT
	                               " level=error role=test event=nasty "
	                               "v=\"a\\x0a\\x22\\x5c\\xff =\"\n");
	clock_set_wall(AT_MS + 993);
	log_event(LOG_WARN, "later", LOG_ERR(E_IO));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(), "ts=2026-11-18T11:06:41.000Z "));
	log_event(LOG_DEBUG, "too-little", LOG_U64("n", 1));
	CU_ASSERT_STRING_EQUAL(said(), "");
	catch_stop();
}

static void
test_cut(void)
{
	static char text[2 * PIPE_BUF];

	catch_start();
	memset(text, 'a', sizeof(text) - 1);
	log_event(LOG_INFO, "long", LOG_STR("v", text), LOG_U64("n", 1));
	CU_ASSERT_EQUAL(strlen(said()), PIPE_BUF);
	CU_ASSERT_PTR_EQUAL(strchr(caught.text, '\n'),
	                    caught.text + PIPE_BUF - 1);
	catch_stop();
}

static void
test_gathered(void)
{
	catch_start();
	log_gather(true);
	log_event(LOG_INFO, "one", LOG_U64("n", 1));
	log_event(LOG_INFO, "two", LOG_U64("n", 2));
	CU_ASSERT_STRING_EQUAL(said(), "");
	log_flush();
	CU_ASSERT_PTR_NOT_NULL(strstr(said(), "event=one n=1\nts="));
	CU_ASSERT_PTR_NOT_NULL(strstr(caught.text, "event=two n=2\n"));

	/* a warning also writes the lines buffered before it, in order */
	log_event(LOG_INFO, "three", LOG_U64("n", 3));
	log_event(LOG_WARN, "four", LOG_U64("n", 4));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(), "event=three n=3\nts="));
	CU_ASSERT_PTR_NOT_NULL(strstr(caught.text, "event=four n=4\n"));

	/* and so does the end of buffering */
	log_event(LOG_INFO, "five", LOG_U64("n", 5));
	log_gather(false);
	CU_ASSERT_PTR_NOT_NULL(strstr(said(), "event=five n=5\n"));
	catch_stop();
}

/* However many lines wait, each write(2) is atomic for a pipe. */
static void
test_full(void)
{
	unsigned lines = 0;

	catch_start();
	log_gather(true);
	for (unsigned i = 0; i < 100; i++) {
		say_much(i);
		size_t len = strlen(said());
		if (len == 0)
			continue;
		CU_ASSERT(len <= PIPE_BUF);
		CU_ASSERT(len > PIPE_BUF / 2);
		CU_ASSERT_EQUAL(caught.text[len - 1], '\n');
		for (size_t at = 0; at < len; at++)
			lines += caught.text[at] == '\n';
	}
	log_flush();
	size_t rest = 0;
	CU_ASSERT_EQUAL(lines + said_lines(&rest), 100);
	catch_stop();
}

/* Writes to a file or to the journal's socket are larger, with whole lines. */
static void
test_file(void)
{
	char path[] = "/tmp/anchord-log.XXXXXX";
	int writer = mkstemp(path);
	unsigned lines = 0;
	size_t len = 0, longest = 0;

	CU_ASSERT_FATAL(writer >= 0);
	catch_by(open(path, O_RDONLY), writer);
	(void)unlink(path);
	log_gather(true);
	for (unsigned i = 0; i < 2000; i++) {
		say_much(i);
		lines += said_lines(&len);
		longest = len > longest ? len : longest;
	}
	CU_ASSERT(longest > 4 * (size_t)PIPE_BUF);
	log_flush();
	CU_ASSERT_EQUAL(lines + said_lines(&len), 2000);
	catch_stop();
}

/* A flood of one kind gives some lines and a count.  Other kinds and paid lines
 * are not affected. */
static void
test_flood(void)
{
	size_t len = 0;

	catch_start();
	for (unsigned i = 0; i < 1000; i++)
		log_event(LOG_INFO, "refused", LOG_WHO("tenant", "a"));
	unsigned lines = said_lines(&len);
	CU_ASSERT(lines >= LOG_LIMIT_BURST);
	CU_ASSERT(lines < 2 * LOG_LIMIT_BURST);
	log_event(LOG_INFO, "refused", LOG_WHO("tenant", "b"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(), "event=refused tenant=b\n"));
	log_counts(false);
	CU_ASSERT_STRING_EQUAL(said(), "");
	log_counts(true);
	char want[64];
	(void)snprintf(want, sizeof(want), "event=refused more=%u tenant=a\n",
	               1000 - lines);
	CU_ASSERT_PTR_NOT_NULL(strstr(said(), want));
	log_counts(true);
	CU_ASSERT_STRING_EQUAL(said(), "");
	catch_stop();
}

/* A terminal or file gets a sentence; the journal, whose stream is a socket,
 * gets a log line with a priority. */
static void
test_refusal(void)
{
	int fds[2];

	catch_start();
	log_refusal("anchord", "no such file");
	CU_ASSERT_STRING_EQUAL(said(), "anchord: no such file\n");
	catch_stop();
	CU_ASSERT_FATAL(
	        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	catch_by(fds[0], fds[1]);
	log_refusal("anchord", "no such file");
	CU_ASSERT_STRING_EQUAL(said(),
	                       "<3>ts=" AT_TEXT " level=error role=test "
	                       "event=start-refused why=\"no such file\"\n");
	catch_stop();
}

static const struct harness_test tests[] = {
	{ "an event is a line", test_form },
	{ "a line that is too long is cut, and is a line", test_cut },
	{ "gathered lines share a write", test_gathered },
	{ "a write is never longer than a pipe takes whole", test_full },
	{ "a file takes more at a time", test_file },
	{ "why a program does not start", test_refusal },
	{ "a flood is some lines and a number", test_flood },
	{ NULL, NULL },
};

HARNESS_MAIN("log", tests)
