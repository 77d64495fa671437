/*
 * bench_outcomes.c - how long an attestation waits while outcomes are read.
 *
 * The whole service over TLS, with a database of OUTCOMES outcomes.  One client
 * attests, one request after another, first alone and then beside readers that
 * ask for page after page with a filter that fits nothing: each page looks at as
 * many outcomes as a page may (OUTCOMES_SCAN).  Each attestation is of a
 * challenge that is none, so it costs a verdict, a commit and a signature.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/store/open.h"
#include "ledger/store/outcomes.h"

#include "tests/common/service/service.h"

#define OUTCOMES 200000u
#define ASKED 2000u

static const char body[] =
        "{\"challenge\":\"AQID\",\"evidence\":{\"format\":\"tpm2-quote\","
        "\"quote\":\"AA==\",\"signature\":\"AA==\",\"ak_public\":\"AA==\","
        "\"pcrs\":{\"sha256\":{}}},\"observed\":{}}";

static struct service *service;

/* Shared with the readers, which are processes. */
static struct shared {
	atomic_bool stop;
	atomic_ulong pages;
} * shared;

static void
or_die(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench_outcomes: %s\n", what);
	service_free(service);
	exit(1);
}

/* --- the database --------------------------------------------------------- */

static void
add_outcomes(struct store *s, struct store_marks *m)
{
	struct outcome o = { .workflow = WORKFLOW_METADATA,
		             .redeemed = 1,
		             .recorded_ms = m->time_ms };

	(void)store_small_set(&o.tenant, bytes_of_str("backend-a"));
	(void)store_small_set(&o.format, bytes_of_str("tpm2-quote"));
	(void)store_small_set(&o.policy_id, bytes_of_str("demo"));
	for (unsigned i = 0; i < OUTCOMES; i++) {
		o.sequence = ++m->sequence;
		memcpy(o.cti, &o.sequence, sizeof(o.sequence));
		or_die(store_outcome_add(s, &o) == OK, "an outcome");
	}
}

static void
fill_ledger(void)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	char directory[SERVICE_PATH_MAX + 8];
	struct store_marks m;
	struct store *s = NULL;

	snprintf(directory, sizeof(directory), "%s/ledger", service->dir);
	or_die(store_open_existing(directory, &why, &s) == OK, buf_str(&why));
	or_die(store_begin(s) == OK && store_marks_get(s, &m) == OK, "marks");
	add_outcomes(s, &m);
	or_die(store_marks_set(s, &m) == OK && store_commit(s) == OK, "commit");
	store_close(s);
}

/* --- readers -------------------------------------------------------------- */

static void
read_pages(const struct client_identity *who)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf answer = buf_of(CLIENT_ANSWER_MAX);
	unsigned long after = 0;
	char path[128];

	if (client_open(who, service->port, &c) != OK)
		return;
	while (!atomic_load(&shared->stop)) {
		snprintf(path, sizeof(path),
		         "/v1/outcomes?reason=chain-revoked&after=%lu", after);
		buf_reset(&answer);
		if (client_exchange(c, "GET", path, bytes_of(NULL, 0),
		                    &answer) != 200)
			continue;
		const char *next = strstr(buf_str(&answer), "\"next\":");
		after = next ? strtoul(next + 7, NULL, 10) : 0;
		atomic_fetch_add(&shared->pages, 1);
	}
}

static pid_t
start_reader(const struct client_identity *who)
{
	pid_t pid = fork();

	or_die(pid >= 0, "a reader");
	if (pid == 0) {
		read_pages(who);
		_exit(0);
	}
	return pid;
}

/* --- attestations --------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
attest_many(const char *what)
{
	static uint64_t took_us[ASKED];
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf answer = buf_of(CLIENT_ANSWER_MAX);

	or_die(client_open(service->backend, service->port, &c) == OK, "open");
	unsigned long before = atomic_load(&shared->pages);
	uint64_t began = clock_mono_us();
	for (unsigned i = 0; i < ASKED; i++) {
		uint64_t at = clock_mono_us();

		buf_reset(&answer);
		or_die(client_exchange(c, "POST", "/v1/attestations",
		                       bytes_of_str(body), &answer) == 200,
		       "an attestation");
		took_us[i] = clock_mono_us() - at;
	}
	uint64_t span = clock_mono_us() - began;
	qsort(took_us, ASKED, sizeof(took_us[0]), by_size);
	printf("%-28s p50 %6.2f ms  p99 %6.2f ms  most %6.2f ms  %5.0f "
	       "pages/s\n",
	       what, (double)took_us[ASKED / 2] / 1000,
	       (double)took_us[ASKED * 99 / 100] / 1000,
	       (double)took_us[ASKED - 1] / 1000,
	       (double)(atomic_load(&shared->pages) - before) * 1e6 /
	               (double)span);
	fflush(stdout);
}

int
main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	or_die(shared != MAP_FAILED, "memory");
	or_die(service_start(&service) == OK, "the service");
	service_halt(service);
	fill_ledger();
	or_die(service_launch(service) == OK &&
	               service_wait_ready(service, SERVICE_READY_MS),
	       "the service, again");
	printf("attestations beside readers of %u outcomes\n", OUTCOMES);
	attest_many("alone");
	pid_t one = start_reader(service->auditor);
	pid_t two = start_reader(service->backend_b);
	attest_many("beside two readers");
	atomic_store(&shared->stop, true);
	or_die(waitpid(one, NULL, 0) == one && waitpid(two, NULL, 0) == two,
	       "the end of the readers");
	attest_many("alone again");
	service_free(service);
	return 0;
}
