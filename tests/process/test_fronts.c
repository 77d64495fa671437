/*
 * test_fronts.c - two fronts and two verifiers on one port: either front
 * serves alone, a challenge of one is redeemed at the other, once.
 *
 * A front that is stopped accepts nothing, so a connection that is opened
 * meanwhile belongs to the other.
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
#include "tests/common/devices/soft_tpm.h"

static struct service *service;
static struct soft_tpm *tpm;
static struct client *clients[2]; /* one at each front */
static pid_t fronts[2];
static char handle[ASK_HANDLE_MAX];

static struct ask
metadata_ask(void)
{
	return (struct ask){ .workflow = "metadata",
		             .handle = handle,
		             .bound = true,
		             .transport = 1,
		             .request = 2 };
}

static bool
is_front(pid_t pid)
{
	char path[64], comm[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, comm, sizeof(comm) - 1);
	if (fd >= 0)
		close(fd);
	return n > 0 && strcmp(comm, "anchord-front\n") == 0;
}

/* The supervisor's children of that name; how many. */
static unsigned
find_fronts(void)
{
	char path[64], list[512] = "";
	unsigned found = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	         (int)service->supervisor, (int)service->supervisor);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, list, sizeof(list) - 1);
	if (fd >= 0)
		close(fd);
	for (char *at = list, *next = NULL; n > 0; at = next) {
		pid_t pid = (pid_t)strtol(at, &next, 10);
		if (next == at)
			break;
		if (is_front(pid) && found < ARRAY_LEN(fronts))
			fronts[found++] = pid;
	}
	return found;
}

/* A connection to the front that is not stopped. */
static bool
open_beside(pid_t stopped, struct client **ret_client)
{
	kill(stopped, SIGSTOP);
	err_t err = client_open(service->backend, service->port, ret_client);
	kill(stopped, SIGCONT);
	return err == OK;
}

static void
test_set_up(void)
{
	CU_ASSERT_EQUAL_FATAL(service_prepare(&service), OK);
	CU_ASSERT_EQUAL_FATAL(service_edit(service, "process: { ",
	                                   "process: { fronts = 2; "
	                                   "verifiers = 2; "),
	                      OK);
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_FATAL(service_wait_ready(service, SERVICE_READY_MS));
	CU_ASSERT_EQUAL_FATAL(find_fronts(), 2);
	CU_ASSERT_FATAL(open_beside(fronts[1], &clients[0]));
	CU_ASSERT_FATAL(open_beside(fronts[0], &clients[1]));
}

static void
test_across(void)
{
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf other = buf_of(ASK_BODY_MAX);
	static struct asked_challenge c;
	static struct asked_result r, again;
	const struct ask ask = metadata_ask();

	CU_ASSERT_PTR_NOT_NULL_FATAL(clients[1]);
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &tpm), OK);
	soft_tpm_public(tpm, &public);
	CU_ASSERT_EQUAL(ask_enroll(clients[0], buf_bytes(&public), handle),
	                201);
	CU_ASSERT_EQUAL_FATAL(ask_challenge(clients[0], &ask, &c), 201);

	struct soft_quote q = soft_quote_of(bytes_of(c.nonce, HASH_SIZE));
	CU_ASSERT_EQUAL(soft_tpm_evidence(tpm, &q, &evidence), OK);
	CU_ASSERT_EQUAL(
	        ask_attest(clients[1], c.token, buf_bytes(&evidence), &ask, &r),
	        200);
	CU_ASSERT(r.eligible);
	/* an honest retry at the first front: the same result */
	CU_ASSERT_EQUAL(ask_attest(clients[0], c.token, buf_bytes(&evidence),
	                           &ask, &again),
	                200);
	CU_ASSERT_STRING_EQUAL(again.jti, r.jti);
	/* other evidence: a replay, at either */
	q.clock++;
	CU_ASSERT_EQUAL(soft_tpm_evidence(tpm, &q, &other), OK);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(ask_attest(clients[i], c.token,
		                           buf_bytes(&other), &ask, &again),
		                200);
		CU_ASSERT_STRING_EQUAL(again.reasons, "challenge-replayed");
	}
}

static void
test_one_dies(void)
{
	static struct asked_challenge c;
	const struct ask ask = metadata_ask();

	CU_ASSERT_PTR_NOT_NULL_FATAL(clients[1]);
	CU_ASSERT_EQUAL(kill(fronts[0], SIGKILL), 0);
	CU_ASSERT_EQUAL(ask_challenge(clients[1], &ask, &c), 201);
	CU_ASSERT_EQUAL(ask_challenge(clients[0], &ask, &c), CLIENT_LOST);
	CU_ASSERT(service_wait_ready(service, SERVICE_READY_MS));
	CU_ASSERT_EQUAL(ask_challenge(clients[1], &ask, &c), 201);
}

static const struct harness_test tests[] = {
	{ "set-up: a connection at each of two fronts", test_set_up },
	{ "what one front began, the other ends, once", test_across },
	{ "a front's end is no other's", test_one_dies },
	{ NULL, NULL },
};

int
main(void)
{
	int status = harness_run("fronts", tests, 0, NULL);

	client_free(clients[0]);
	client_free(clients[1]);
	soft_tpm_free(tpm);
	service_free(service);
	return status;
}
