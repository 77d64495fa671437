/*
 * test_hangs.c - the real service and parts of it that hang or go round in
 * circles: a verifier that is stopped, a key that fails as soon as it is used.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/ask.h"
#include "tests/common/base/harness.h"
#include "tests/common/service/service.h"

#define PAUSES 6 /* of 0.1 to 3.2 s: longer than after any other death */
#define LAST_PAUSE_MS 3200
#define OPEN "event=token-open"
#define STARTED "event=child-started child=keyholder"
#define ENDED "event=child-ended child=keyholder"

/* How often the log has that. */
static unsigned
count(const struct service *s, const char *what)
{
	static char text[4 << 20];
	unsigned n = 0;
	int fd = open(s->log, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len > 0 ? len : 0] = '\0';
	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static bool
wait_count(const struct service *s, const char *what, unsigned n, unsigned ms)
{
	uint64_t end_at = service_now_ms() + ms;

	while (count(s, what) < n && service_now_ms() < end_at)
		service_sleep_ms(20);
	return count(s, what) >= n;
}

static bool
start(struct service **ret_service, const char *script)
{
	err_t err = service_prepare(ret_service);

	if (err == OK && script)
		err = service_shim(*ret_service, script);
	if (err == E_NOT_FOUND) {
		harness_skip("no SoftHSM, or no shim is built");
		return false;
	}
	CU_ASSERT_EQUAL_FATAL(err, OK);
	CU_ASSERT_EQUAL_FATAL(service_launch(*ret_service), OK);
	CU_ASSERT_TRUE_FATAL(
	        service_wait_ready(*ret_service, SERVICE_READY_MS));
	return true;
}

/* It has said that it is ready, and says nothing any more. */
static void
test_stopped(void)
{
	AUTO(service_free) struct service *s = NULL;

	if (!start(&s, NULL))
		return;
	pid_t pid = service_pid(s, "verifier");
	CU_ASSERT_FATAL(pid > 0);
	uint64_t since = service_now_ms();
	CU_ASSERT_EQUAL(kill(pid, SIGSTOP), 0);
	while (service_ready(s) && service_now_ms() < since + HARNESS_WAIT_MS)
		service_sleep_ms(20);
	CU_ASSERT_TRUE(service_now_ms() < since + harness_promised_ms(8000));
	CU_ASSERT_TRUE(wait_count(s, "why=\"verifier: does not answer", 1,
	                          HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(count(s, "event=child-killed"), 0);
	CU_ASSERT_EQUAL(kill(pid, SIGCONT), 0);
	CU_ASSERT_TRUE(service_wait_ready(s, SERVICE_READY_MS));
	CU_ASSERT_EQUAL(service_pid(s, "verifier"), pid);
	if (!getenv("ANCHORD_TEST_ALL"))
		return;
	/* and one that goes on so is ended, and started anew */
	CU_ASSERT_EQUAL(kill(pid, SIGSTOP), 0);
	CU_ASSERT_TRUE(wait_count(s, "why=silent", 1, HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(service_wait_ready(s, SERVICE_READY_MS));
	CU_ASSERT_NOT_EQUAL(service_pid(s, "verifier"), pid);
}

/* Asks until the key holder has ended so often. */
static void
ask_until_ended(const struct service *s, unsigned n)
{
	static const struct ask ask = { .workflow = "enroll", .bound = true };
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	AUTO(client_free) struct client *c = NULL;
	uint64_t end_at = service_now_ms() + 30000;

	ask_challenge_body(&ask, &body);
	while (count(s, ENDED) < n && service_now_ms() < end_at) {
		if (!c && client_open(s->backend, s->port, &c) != OK)
			continue;
		if (client_exchange(c, "POST", "/v1/challenges",
		                    buf_bytes(&body), &answer) == CLIENT_LOST) {
			client_free(c);
			c = NULL;
		}
		service_sleep_ms(30);
	}
	CU_ASSERT_TRUE(count(s, ENDED) >= n);
}

/* Opening signs three times, and no life signs anything else.  Each
 * costs a login and a new epoch, so the pauses grow beyond those of others. */
static void
test_vain(void)
{
	AUTO(service_free) struct service *s = NULL;

	if (!start(&s, "C_Sign 4 DEVICE_ERROR"))
		return;
	ask_until_ended(s, PAUSES);
	uint64_t ended_at = service_now_ms();
	CU_ASSERT_TRUE(wait_count(s, STARTED, PAUSES + 1, HARNESS_WAIT_MS));
	CU_ASSERT_TRUE(service_now_ms() - ended_at > LAST_PAUSE_MS - 500);
	CU_ASSERT_EQUAL(count(s, OPEN), PAUSES);
	CU_ASSERT_TRUE(count(s, "status=76") >= PAUSES);
}

static const struct harness_test tests[] = {
	{ "who does not answer is not ready", test_stopped },
	{ "a key that fails when it is used is tried ever more seldom",
	  test_vain },
	{ NULL, NULL },
};

HARNESS_MAIN("hangs", tests)
