/*
 * test_service_tpm.c - the whole service with its keys in a TPM: the key holder
 * in its sandbox and as its own user talks to swtpm through a socket that was
 * opened before the lock.
 *
 * The TPM is made of software; that a real one behaves alike is the device
 * contract's business (tests/contract/test_contract_swtpm.c).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/base/ask.h"
#include "tests/common/base/harness.h"
#include "tests/common/faults/losses.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/service/service_tpm.h"
#include "tests/common/devices/soft_tpm.h"
#include "tests/common/devices/tpm_pty.h"
#include "crypto/token/challenge.h"
#include "base/clock.h"
#include "crypto/token/ear.h"
#include "base/encode.h"
#include "hsm/core/hsm.h"
#include "crypto/keys/keyring.h"

#define LOAD_MS 4000

static struct service *service;
static struct swtpm tpm;
static uint32_t epoch; /* of the last challenge */

static void
test_starts(void)
{
	err_t err = service_start_on_tpm(&tpm, &service);

	if (err == E_NOT_FOUND) {
		harness_skip("no swtpm or no SoftHSM here");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(err, OK);
}

static bool
get_keys(struct client *c, struct keyring **ret_ring)
{
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	return client_exchange(c, "GET", "/v1/keys", bytes_of(NULL, 0),
	                       &answer) == 200 &&
	       keyring_of_jwks(buf_bytes(&answer), ret_ring) == OK;
}

/* The receipt verifies under the published key; the epoch is remembered. */
static bool
verifies(const struct asked_challenge *asked, const struct keyring *ring)
{
	AUTO(buf_release) struct buf bytes = buf_of(CHALLENGE_MAX);
	struct challenge c;

	if (decode_base64url(&bytes, bytes_of_str(asked->token)) != OK ||
	    challenge_open(buf_bytes(&bytes), &c) != OK ||
	    challenge_verify(&c, ring) != OK)
		return false;
	epoch = c.claims.cti.epoch;
	return memcmp(c.nonce, asked->nonce, HASH_SIZE) == 0;
}

/* Enrolment (the TPM's HMAC), challenge, quote, result (its signatures). */
static void
test_whole_job(void)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(keyring_free) struct keyring *ring = NULL;
	AUTO(soft_tpm_free) struct soft_tpm *device = NULL;
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf payload = buf_of(ASK_BODY_MAX);
	static struct asked_challenge asked;
	static struct asked_result result;
	char handle[ASK_HANDLE_MAX];

	if (!service)
		return;
	CU_ASSERT_EQUAL_FATAL(client_open(service->backend, service->port, &c),
	                      OK);
	CU_ASSERT_TRUE_FATAL(get_keys(c, &ring));
	CU_ASSERT_EQUAL_FATAL(soft_tpm_new(SOFT_ECC, &device), OK);
	soft_tpm_public(device, &public);
	CU_ASSERT_EQUAL_FATAL(ask_enroll(c, buf_bytes(&public), handle), 201);

	const struct ask ask = { .workflow = "metadata",
		                 .handle = handle,
		                 .bound = true };
	CU_ASSERT_EQUAL_FATAL(ask_challenge(c, &ask, &asked), 201);
	CU_ASSERT_TRUE(verifies(&asked, ring));
	const struct soft_quote q =
	        soft_quote_of(bytes_of(asked.nonce, HASH_SIZE));
	CU_ASSERT_EQUAL_FATAL(soft_tpm_evidence(device, &q, &evidence), OK);
	CU_ASSERT_EQUAL_FATAL(
	        ask_attest(c, asked.token, buf_bytes(&evidence), &ask, &result),
	        200);
	CU_ASSERT_TRUE(result.eligible);
	CU_ASSERT_EQUAL(ear_verify(bytes_of_str(result.jwt), ring,
	                           clock_wall_ms() / 1000, &payload),
	                OK);
}

static void
load(struct losses_board *board)
{
	pid_t clients[LOSSES_CLIENTS];
	int status = 0;

	fflush(stdout);
	for (unsigned i = 0; i < LOSSES_CLIENTS; i++) {
		clients[i] = fork();
		if (clients[i] == 0)
			losses_client(service, board);
	}
	service_sleep_ms(LOAD_MS);
	atomic_store(&board->stop, true);
	for (unsigned i = 0; i < LOSSES_CLIENTS; i++) {
		waitpid(clients[i], &status, 0);
		CU_ASSERT_EQUAL(status, 0);
	}
}

/* Nothing that a steady load needs is missing in the sandbox. */
static void
test_load(void)
{
	if (!service)
		return;
	struct losses_board *board =
	        mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_FATAL(board != MAP_FAILED);
	pid_t before = service_pid(service, "keyholder");
	load(board);
	printf("  %u challenges, each verified\n",
	       atomic_load(&board->n[LOSSES_GOOD]));
	CU_ASSERT_TRUE(atomic_load(&board->n[LOSSES_GOOD]) > 100);
	for (int a = LOSSES_GOOD + 1; a < LOSSES_ANSWERS; a++)
		CU_ASSERT_EQUAL(atomic_load(&board->n[a]), 0);
	CU_ASSERT_EQUAL(service_pid(service, "keyholder"), before);
	munmap(board, sizeof(*board));
}

static bool
next_challenge(void)
{
	static const struct ask ask = { .workflow = "enroll", .bound = true };
	static struct asked_challenge asked;
	AUTO(client_free) struct client *c = NULL;
	AUTO(keyring_free) struct keyring *ring = NULL;

	return client_open(service->backend, service->port, &c) == OK &&
	       get_keys(c, &ring) && ask_challenge(c, &ask, &asked) == 201 &&
	       verifies(&asked, ring);
}

/* Waits for a challenge of a new life. */
static bool
comes_back(uint32_t before)
{
	uint64_t until = service_now_ms() + HARNESS_WAIT_MS;

	while (service_now_ms() < until) {
		if (next_challenge() && epoch > before)
			return true;
		service_sleep_ms(20);
	}
	return false;
}

/* One life, one step of the NV counter; a restart of the TPM takes none. */
static void
test_epoch(void)
{
	if (!service)
		return;
	CU_ASSERT_TRUE_FATAL(next_challenge());
	uint32_t first = epoch;
	CU_ASSERT_TRUE(service_kill(service, "keyholder"));
	CU_ASSERT_TRUE_FATAL(comes_back(first));
	CU_ASSERT_EQUAL(epoch, first + 1);

	swtpm_kill(&tpm);
	CU_ASSERT_TRUE(swtpm_start(&tpm));
	CU_ASSERT_TRUE_FATAL(comes_back(first + 1));
	CU_ASSERT_EQUAL(epoch, first + 2);
}

/* The counter itself, seen without the service. */
static void
test_counter(void)
{
	const struct hsm_options options = { .uri = tpm.uri,
		                             .spki_sha256 = tpm.public_sha256 };
	AUTO(buf_release) struct buf why = buf_of(512);
	AUTO(hsm_close) struct hsm *hsm = NULL;
	uint32_t now = 0;

	if (!service)
		return;
	service_halt(service);
	CU_ASSERT_EQUAL_FATAL(hsm_open(&options, tpm.pin, &why, &hsm), OK);
	CU_ASSERT_EQUAL(hsm_epoch_next(hsm, &now), OK);
	CU_ASSERT_EQUAL(now, epoch + 1);
}

/* /dev/tpmrm0 is a file that the key holder opens itself, as its own user. */
static void
test_device(void)
{
	AUTO(tpm_pty_close) struct tpm_pty pty = { .pid = 0 };
	char from[128];
	char to[128];
	char pins[SERVICE_PATH_MAX + 16];

	if (!service)
		return;
	CU_ASSERT_TRUE_FATAL(tpm_pty_open(&pty, tpm.port));
	snprintf(from, sizeof(from), "\"%s?", tpm.bare);
	snprintf(to, sizeof(to), "\"tpm2:device:%s?", pty.path);
	CU_ASSERT_EQUAL_FATAL(service_edit(service, from, to), OK);
	snprintf(pins, sizeof(pins), "%s/pins", service->dir);
	pins_kit_move(pins, from + 1, to + 1);
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	CU_ASSERT_TRUE(service_wait_ready(service, SERVICE_READY_MS));
	CU_ASSERT_TRUE(next_challenge());

	/* A device that does not answer is lost, and found again. */
	uint32_t before = epoch;
	kill(tpm.pid, SIGSTOP);
	CU_ASSERT_FALSE(next_challenge());
	kill(tpm.pid, SIGCONT);
	CU_ASSERT_TRUE(comes_back(before));
	service_halt(service);
	CU_ASSERT_EQUAL(service_edit(service, to, from), OK);
	pins_kit_move(pins, to + 1, from + 1);
}

/* A wrong PIN is told once, and then not again. */
static void
test_latch(void)
{
	AUTO(buf_release) struct buf path = buf_of(512);

	if (!service)
		return;
	buf_printf(&path, "%s/pin", service->dir);
	CU_ASSERT_EQUAL(unlink(buf_str(&path)), 0);
	int fd = open(buf_str(&path), O_WRONLY | O_CREAT | O_CLOEXEC, 0400);
	CU_ASSERT_EQUAL(write(fd, "000000", 6), 6);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(service_launch(service), OK);
	buf_reset(&path);
	buf_printf(&path, "%s/state/" HSM_LATCH_FILE, service->dir);
	CU_ASSERT_FALSE(service_wait_ready(service, 1500));
	CU_ASSERT_EQUAL(access(buf_str(&path), F_OK), 0);
	service_halt(service);
}

static const struct harness_test tests[] = {
	{ "starts on a TPM", test_starts },
	{ "does the whole job", test_whole_job },
	{ "works under load", test_load },
	{ "counts its epochs in the TPM", test_epoch },
	{ "has counted with the NV counter", test_counter },
	{ "works by a device file", test_device },
	{ "latches a PIN that the TPM refuses", test_latch },
	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	int status = harness_run("service_tpm", tests, argc, argv);

	service_free(service);
	swtpm_close(&tpm);
	return status;
}
