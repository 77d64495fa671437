/*
 * bench_flood.c - what one tenant's flood costs another tenant.
 *
 * The whole service over TLS, with SoftHSM.  Tenant B has one connection, on
 * which it asks for a challenge and then attests, one request after another.
 * Tenant A floods with FLOOD_CONNECTIONS connections from three processes: it
 * asks for challenges; it sends good evidence, of challenges of its own, again and
 * again (the first time a redemption and a signature, then a retry); and it sends
 * evidence for a challenge that is none.
 *
 * Each round has B alone first and then beside the flood, so that a ratio is of
 * two figures which are seconds apart; the row is the median round.  The rows are
 * A whose quota is a million a second, which is none; A with a tenant's limit; and
 * A with the quota that a client has unless its row says otherwise.
 *
 * The generators of the flood run at a lower priority than the service: on
 * another machine they would not take its processors either.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#include "tests/bench/load.h"
#include "tests/common/base/ask.h"
#include "tests/common/devices/soft_tpm.h"
#include "tests/common/service/service.h"

#define FLOOD_CONNECTIONS 64
#define FLOOD_STREAMS 16 /* requests under way on each */
#define FLOOD_NICE 10
#define FLOOD_MS 600000 /* killed before */
/* Held connections are released four in a quarter of a second (src/front/limits.h),
 * and the default quota fills in two seconds. */
#define END_MS 7000
#define ROUNDS 5
#define PAIRS 200u     /* challenge and attestation of B, in each phase */
#define EVIDENCES 500u /* of A, for one round; where its quota allows as many */
#define EVIDENCES_FEW 50u /* within the default quota's burst */
#define MOST_RATIO 3      /* of B's 99th percentiles */

static const char forged[] =
        "{\"challenge\":\"AQID\",\"evidence\":{\"format\":\"tpm2-quote\","
        "\"quote\":\"AA==\",\"signature\":\"AA==\",\"ak_public\":\"AA==\","
        "\"pcrs\":{\"sha256\":{}}},\"observed\":{}}";

static struct service *service;

/* A tenant's client with its one device. */
struct party {
	const struct client_identity *identity;
	struct client *client;
	struct soft_tpm *tpm;
	char handle[ASK_HANDLE_MAX];
};

static struct party flooder, other;

static void
or_die(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench_flood: %s\n", what);
	service_free(service);
	exit(1);
}

static struct ask
ask_of(const struct party *p)
{
	return (struct ask){ .workflow = "metadata",
		             .handle = p->handle,
		             .bound = true,
		             .transport = 1,
		             .request = 2 };
}

/* A fresh challenge's attestation; *ret_us: what the challenge took. */
static struct bytes
fresh_body(const struct party *p, uint64_t *ret_us)
{
	static struct asked_challenge c;
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	struct buf body = buf_of(ASK_BODY_MAX);
	const struct ask ask = ask_of(p);
	uint64_t at = clock_mono_us();

	or_die(ask_challenge(p->client, &ask, &c) == 201, "a challenge");
	*ret_us = clock_mono_us() - at;
	struct soft_quote q = soft_quote_of(bytes_of(c.nonce, HASH_SIZE));
	or_die(soft_tpm_evidence(p->tpm, &q, &evidence) == OK, "evidence");
	ask_attest_body(c.token, buf_bytes(&evidence), &ask, &body);
	return buf_bytes(&body); /* the caller frees it */
}

/* --- the flood ------------------------------------------------------------- */

static pid_t
start_flood(const char *path, const struct bytes *bodies, size_t n,
            unsigned connections)
{
	const struct load_plan plan = { .identity = flooder.identity,
		                        .port = service->port,
		                        .h2 = true,
		                        .connections = connections,
		                        .streams = FLOOD_STREAMS,
		                        .path = path,
		                        .bodies = bodies,
		                        .n_bodies = n,
		                        .cycle = true,
		                        .for_ms = FLOOD_MS };
	struct load_figures f;
	pid_t pid = fork();

	or_die(pid >= 0, "a flood");
	if (pid == 0) {
		(void)!nice(FLOOD_NICE);
		_exit(load_run(&plan, &f) == OK ? 0 : 1);
	}
	return pid;
}

struct flood {
	struct bytes good[EVIDENCES], bad, ask;
	size_t n_good;
	struct buf ask_text;
	pid_t pids[3];
};

static void
begin_flood(struct flood *f)
{
	const struct ask ask = ask_of(&flooder);
	uint64_t us;

	for (size_t i = 0; i < f->n_good; i++)
		f->good[i] = fresh_body(&flooder, &us);
	f->bad = bytes_of_str(forged);
	f->ask_text = buf_of(ASK_BODY_MAX);
	ask_challenge_body(&ask, &f->ask_text);
	f->ask = buf_bytes(&f->ask_text);
	f->pids[0] = start_flood("/v1/challenges", &f->ask, 1,
	                         FLOOD_CONNECTIONS / 2);
	f->pids[1] = start_flood("/v1/attestations", f->good, f->n_good,
	                         FLOOD_CONNECTIONS / 4);
	f->pids[2] = start_flood("/v1/attestations", &f->bad, 1,
	                         FLOOD_CONNECTIONS / 4);
	service_sleep_ms(500);
}

static void
end_flood(struct flood *f)
{
	for (size_t i = 0; i < ARRAY_LEN(f->pids); i++) {
		int status = -1;

		/* it must have lasted until now */
		or_die(waitpid(f->pids[i], &status, WNOHANG) == 0,
		       "the flood ended");
		(void)kill(f->pids[i], SIGKILL);
		(void)waitpid(f->pids[i], &status, 0);
	}
	for (size_t i = 0; i < f->n_good; i++)
		free((void *)(uintptr_t)f->good[i].data);
	buf_release(&f->ask_text);
	service_sleep_ms(END_MS); /* A's burst is whole again */
}

/* --- tenant B --------------------------------------------------------------- */

/* 99th percentiles in microseconds. */
struct delays {
	uint64_t challenge_us, attestation_us;
};

static int
by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t
percentile(uint64_t *us, size_t n, unsigned hundredth)
{
	qsort(us, n, sizeof(*us), by_size);
	return us[n * hundredth / 100];
}

static struct delays
measure_other(void)
{
	static uint64_t challenge_us[PAIRS], attestation_us[PAIRS];
	AUTO(buf_release) struct buf answer = buf_of(CLIENT_ANSWER_MAX);

	for (size_t i = 0; i < PAIRS; i++) {
		struct bytes body = fresh_body(&other, &challenge_us[i]);
		uint64_t at = clock_mono_us();

		buf_reset(&answer);
		or_die(client_exchange(other.client, "POST", "/v1/attestations",
		                       body, &answer) == 200,
		       "an attestation");
		attestation_us[i] = clock_mono_us() - at;
		or_die(strstr(buf_str(&answer), "\"eligible\":true") != NULL,
		       "an eligible result");
		free((void *)(uintptr_t)body.data);
	}
	return (struct delays){
		.challenge_us = percentile(challenge_us, PAIRS, 99),
		.attestation_us = percentile(attestation_us, PAIRS, 99),
	};
}

static uint64_t
ratio_of(uint64_t flooded, uint64_t quiet)
{
	return quiet ? flooded * 100 / quiet : 0;
}

static bool
print_row(const char *what, uint64_t *quiet, uint64_t *flooded,
          uint64_t *ratios)
{
	uint64_t ratio = percentile(ratios, ROUNDS, 50);

	printf("%-46s quiet p99 %7.2f ms  flooded %7.2f ms  ratio %llu.%02llu "
	       "(%llu.%02llu to %llu.%02llu)%s\n",
	       what, (double)percentile(quiet, ROUNDS, 50) / 1000,
	       (double)percentile(flooded, ROUNDS, 50) / 1000,
	       (unsigned long long)ratio / 100, (unsigned long long)ratio % 100,
	       (unsigned long long)ratios[0] / 100,
	       (unsigned long long)ratios[0] % 100,
	       (unsigned long long)ratios[ROUNDS - 1] / 100,
	       (unsigned long long)ratios[ROUNDS - 1] % 100,
	       ratio < MOST_RATIO * 100 ? "" : "  OVER THE BOUND");
	fflush(stdout);
	return ratio < MOST_RATIO * 100;
}

/* True if both medians are below the bound. */
static bool
measure_rounds(const char *what, size_t evidences)
{
	static struct flood flood;
	uint64_t quiet[2][ROUNDS], flooded[2][ROUNDS], ratios[2][ROUNDS];
	char row[64];
	bool good;

	flood.n_good = evidences;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct delays before = measure_other();

		begin_flood(&flood);
		struct delays beside = measure_other();
		end_flood(&flood);
		quiet[0][i] = before.challenge_us;
		quiet[1][i] = before.attestation_us;
		flooded[0][i] = beside.challenge_us;
		flooded[1][i] = beside.attestation_us;
		for (size_t k = 0; k < 2; k++)
			ratios[k][i] = ratio_of(flooded[k][i], quiet[k][i]);
	}
	(void)snprintf(row, sizeof(row), "challenges, %s", what);
	good = print_row(row, quiet[0], flooded[0], ratios[0]);
	(void)snprintf(row, sizeof(row), "attestations, %s", what);
	return print_row(row, quiet[1], flooded[1], ratios[1]) && good;
}

/* --- main ------------------------------------------------------------------- */

static void
open_party(struct party *p, const struct client_identity *identity)
{
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);

	p->identity = identity;
	or_die(client_open(identity, service->port, &p->client) == OK,
	       "a connection");
	if (p->tpm)
		return;
	or_die(soft_tpm_new(SOFT_ECC, &p->tpm) == OK, "a device");
	soft_tpm_public(p->tpm, &public);
	or_die(ask_enroll(p->client, buf_bytes(&public), p->handle) / 100 == 2,
	       "an enrolment");
}

static void
open_both(void)
{
	or_die(service_launch(service) == OK &&
	               service_wait_ready(service, SERVICE_READY_MS),
	       "the service");
	open_party(&flooder, service->backend);
	open_party(&other, service->backend_b);
}

static void
close_both(void)
{
	client_free(flooder.client);
	client_free(other.client);
	service_halt(service);
}

/* What A may do, each by a change of the configuration of the row before. */
static const struct row {
	const char *what, *from, *to;
	size_t evidences;
	bool bounded; /* above MOST_RATIO the program fails */
} rows[] = {
	{ "A may a million", "", "", EVIDENCES, false },
	{ "A's tenant may 1,000", "clients = (\n",
	  "tenants = ( { name = \"backend-a\"; rate = 1000; } );\n"
	  "clients = (\n",
	  EVIDENCES, true },
	{ "A may what is the default",
	  "    rate = 1000000; burst = 1000000; },", "    },", EVIDENCES_FEW,
	  true },
};

static bool
measure_row(const struct row *r)
{
	or_die(service_edit(service, r->from, r->to) == OK, "a limit");
	open_both();
	bool good = measure_rounds(r->what, r->evidences);
	close_both();
	return good || !r->bounded;
}

/* `limited`: without the row that has no bound. */
int
main(int argc, char **argv)
{
	bool limited = argc > 1 && strcmp(argv[1], "limited") == 0;
	bool good = true;

	or_die(service_prepare(&service) == OK, "files");
	printf("one tenant beside the flood of another, %u connections; median "
	       "of %u rounds (lowest to highest); quotas in requests a "
	       "second\n",
	       FLOOD_CONNECTIONS, ROUNDS);
	for (size_t i = limited ? 1 : 0; i < ARRAY_LEN(rows); i++)
		good &= measure_row(&rows[i]);
	soft_tpm_free(flooder.tpm);
	soft_tpm_free(other.tpm);
	service_free(service);
	return good ? 0 : 1;
}
