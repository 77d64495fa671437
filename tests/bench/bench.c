/*
 * bench.c - the figures, in one run: the token alone, challenges, attestations,
 * memory.  Everything is real: anchord with all its roles, mutual TLS, SoftHSM,
 * a ledger on disk.  The load generator runs on the same machine.
 *
 *	bench [challenges] [attestations] [shapes] [results] [slow]
 *	                   only these
 *	bench flat         memory over ten million challenges and a million
 *	                   signatures: some minutes
 *	bench governed WORD...
 *	                   these, of a service where officers govern
 *	bench shadowed WORD...
 *	                   these, with a shadow policy that says the same
 *	bench release WORD...
 *	                   these, of requests that name a channel and a release
 *	bench rollout WORD...
 *	                   the same, with a rollout file in force
 *	bench account WORD...
 *	                   these, of requests that name an account
 *	bench groups WORD...
 *	                   the same, with a policy of device groups
 *	bench few WORD...  of fewer attestations: for processor time they are enough
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/base/ask.h"
#include "tests/common/devices/soft_tpm.h"
#include "tests/common/service/service_governed.h"

#include "tests/bench/bench.h"
#include "tests/bench/load.h"
#include "tests/bench/stand_in.h"

#define TOKEN_MS 2000
#define CHALLENGE_MS 5000
#define ATTEST_MS 5000
#define ARRAY 64         /* challenge requests in one array */
#define EVIDENCES 24000u /* attestations at most in one run */
#define EVIDENCES_FEW 6000u
#define ASK_AT_ONCE 200 /* challenges asked for while preparing */

static struct service *service;
static struct governed_kit kit;
static struct soft_tpm *tpm;
static char handle[ASK_HANDLE_MAX];
static bool releasing;  /* requests name a channel and a release */
static bool accounting; /* they have the digest of an account, too */
static size_t evidences = EVIDENCES;

static void
print_head(void)
{
	printf("%-42s%9s%9s%9s   CPU us each:", "", "a second", "p50 ms",
	       "p99 ms");
	for (size_t i = 0; i < BENCH_ROLES; i++)
		printf(" %9s", bench_roles[i]);
	printf("\n");
}

static void
print_cpu(const uint64_t *before, const uint64_t *after, uint64_t things)
{
	printf("               ");
	for (size_t i = 0; i < BENCH_ROLES && things; i++) {
		uint64_t tenths = (after[i] - before[i]) / 100 / things;
		printf(" %7llu.%llu", (unsigned long long)(tenths / 10),
		       (unsigned long long)(tenths % 10));
	}
	printf("\n");
}

static struct ask
metadata_ask(void)
{
	return (struct ask){ .workflow = "metadata",
		             .handle = handle,
		             .channel = releasing ? BENCH_CHANNEL : NULL,
		             .release = releasing ? BENCH_RELEASE : NULL,
		             .bound = true,
		             .transport = 1,
		             .request = 2,
		             .account = accounting ? 3 : 0 };
}

/* n times the same challenge request; an array when n is above 1. */
static void
challenge_bodies(unsigned n, struct buf *out)
{
	const struct ask ask = metadata_ask();

	if (n > 1)
		buf_append_str(out, "[");
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			buf_append_str(out, ",");
		ask_challenge_body(&ask, out);
	}
	if (n > 1)
		buf_append_str(out, "]");
}

uint64_t
bench_measure(const char *what, struct load_plan plan, unsigned each)
{
	uint64_t ns[BENCH_ROLES];

	return bench_measure_cpu(what, plan, each, ns);
}

uint64_t
bench_measure_cpu(const char *what, struct load_plan plan, unsigned each,
                  uint64_t ret_ns[static BENCH_ROLES])
{
	uint64_t before[BENCH_ROLES], after[BENCH_ROLES];
	struct load_figures f = { 0 };

	plan.identity = service->backend;
	plan.port = service->port;
	bench_cpu(service, before);
	err_t err = load_run(&plan, &f);
	bench_cpu(service, after);
	if (err != OK) {
		printf("%s: %s\n", what, err_name(err));
		return 0;
	}
	uint64_t rate = load_rate(&f) * each;
	printf("%-32s%4u x %-3u%9llu%6u.%02u%6u.%02u", what, plan.connections,
	       plan.streams, (unsigned long long)rate, f.p50_us / 1000,
	       f.p50_us % 1000 / 10, f.p99_us / 1000, f.p99_us % 1000 / 10);
	uint64_t things = (f.warm + f.good) * each;
	print_cpu(before, after, things);
	for (size_t i = 0; i < BENCH_ROLES; i++)
		ret_ns[i] = things ? (after[i] - before[i]) / things : 0;
	if (f.refused + f.lost)
		printf("  of these refused %llu, lost %llu\n",
		       (unsigned long long)f.refused,
		       (unsigned long long)f.lost);
	fflush(stdout);
	return rate;
}

bool
bench_restart(void)
{
	service_halt(service);
	if (service_launch(service) == OK &&
	    service_wait_ready(service, SERVICE_READY_MS))
		return true;
	service_print_log(service, 20);
	return false;
}

static struct load_plan
challenge_plan(const struct bytes *body)
{
	return (struct load_plan){ .h2 = true,
		                   .connections = 8,
		                   .streams = 100,
		                   .path = "/v1/challenges",
		                   .bodies = body,
		                   .n_bodies = 1,
		                   .cycle = true,
		                   .for_ms = CHALLENGE_MS };
}

static void
bench_challenges(struct load_plan plan)
{
	AUTO(buf_release) struct buf array = buf_of(ASK_BODY_MAX);

	plan.streams = 4;
	bench_measure("challenges, HTTP/2, light load", plan, 1);
	plan.connections = 1;
	plan.streams = 1;
	bench_measure("challenges, one a batch", plan, 1);
	plan.h2 = false;
	plan.connections = 64;
	bench_measure("challenges, HTTP/1.1", plan, 1);
	challenge_bodies(ARRAY, &array);
	struct bytes bodies = buf_bytes(&array);
	plan.h2 = true;
	plan.connections = 4;
	plan.streams = 8;
	plan.bodies = &bodies;
	bench_measure("challenges, HTTP/2, arrays of 64", plan, ARRAY);
}

/* One challenge's JSON to one attestation's body. */
static bool
evidence_body(const json_t *challenge, struct bytes *ret_body)
{
	AUTO(buf_release) struct buf text = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	static struct asked_challenge c;
	const struct ask ask = metadata_ask();

	char *dump = json_dumps(challenge, JSON_COMPACT);
	buf_append_str(&text, dump);
	free(dump);
	if (!ask_challenge_read(&text, &c))
		return false;
	struct soft_quote q = soft_quote_of(bytes_of(c.nonce, HASH_SIZE));
	if (soft_tpm_evidence(tpm, &q, &evidence) != OK)
		return false;
	ask_attest_body(c.token, buf_bytes(&evidence), &ask, &body);
	*ret_body = buf_bytes(&body);
	body = buf_of(0); /* the bytes are the caller's now */
	return true;
}

size_t
bench_evidences(struct client *c, struct bytes *bodies, size_t wanted)
{
	AUTO(buf_release) struct buf asks = buf_of(1u << 20);
	AUTO(buf_release) struct buf answer = buf_of(CLIENT_ANSWER_MAX);
	size_t n = 0;

	challenge_bodies(ASK_AT_ONCE, &asks);
	while (n < wanted) {
		size_t i = 0, before = n;
		const json_t *challenge = NULL;
		if (client_exchange(c, "POST", "/v1/challenges",
		                    buf_bytes(&asks), &answer) != 201)
			break;
		json_t *all = json_loadb((const char *)answer.data, answer.len,
		                         0, NULL);
		json_array_foreach(all, i, challenge)
		{
			n += n < wanted && evidence_body(challenge, &bodies[n]);
		}
		json_decref(all);
		if (n == before)
			break;
	}
	return n;
}

static uint64_t
bench_attestations(struct client *c, const char *what, bool h2)
{
	static struct bytes bodies[EVIDENCES];
	size_t n = bench_evidences(c, bodies, evidences);
	struct load_plan plan = { .h2 = h2,
		                  .connections = h2 ? 8 : 64,
		                  .streams = h2 ? 32 : 1,
		                  .path = "/v1/attestations",
		                  .bodies = bodies,
		                  .n_bodies = n,
		                  .for_ms = ATTEST_MS };

	uint64_t rate = bench_measure(what, plan, 1);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)bodies[i].data);
	return rate;
}

/* A load counts refusals as answers, so one is looked at before. */
static bool
is_eligible(struct client *c)
{
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	static struct asked_challenge challenge;
	static struct asked_result result;
	const struct ask ask = metadata_ask();

	if (ask_challenge(c, &ask, &challenge) != 201)
		return false;
	struct soft_quote q =
	        soft_quote_of(bytes_of(challenge.nonce, HASH_SIZE));
	if (soft_tpm_evidence(tpm, &q, &evidence) != OK ||
	    ask_attest(c, challenge.token, buf_bytes(&evidence), &ask,
	               &result) != 200)
		return false;
	if (!result.eligible)
		printf("not eligible: %s\n", result.reasons);
	return result.eligible;
}

static void
attest_by_both(struct client *c)
{
	if (!is_eligible(c))
		return;
	bench_attestations(c, "attestations, HTTP/2", true);
	bench_attestations(c, "attestations, HTTP/1.1", false);
}

/* The same attestations without and with a rollout file in force. */
static void
bench_rollout(struct client *c)
{
	AUTO(client_free) struct client *again = NULL;

	releasing = true;
	if (is_eligible(c))
		bench_attestations(c, "attestations, for a release", true);
	service_halt(service);
	if (bench_rollout_configure(service) == OK && bench_restart() &&
	    client_open(service->backend, service->port, &again) == OK &&
	    is_eligible(again))
		bench_attestations(again, "attestations, with a rollout", true);
	else
		printf("attestations, with a rollout: it is not in force\n");
	releasing = false;
}

static bool
set_up(struct client **ret_client)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);

	if (service_launch(service) != OK ||
	    !service_wait_ready(service, SERVICE_READY_MS)) {
		service_print_log(service, 20);
		return false;
	}
	if (soft_tpm_new(SOFT_ECC, &tpm) != OK ||
	    client_open(service->backend, service->port, &c) != OK)
		return false;
	soft_tpm_public(tpm, &public);
	if (ask_enroll(c, buf_bytes(&public), handle) / 100 != 2)
		return false;
	*ret_client = TAKE(c);
	return true;
}

static bool
wanted(const char *what, int argc, char **argv)
{
	return argc == 1 || bench_named(what, argc, argv);
}

static void
flat(const struct bytes *one)
{
	AUTO(buf_release) struct buf array = buf_of(ASK_BODY_MAX);

	challenge_bodies(ARRAY, &array);
	struct bytes bodies = buf_bytes(&array);
	struct load_plan many = challenge_plan(&bodies);

	many.connections = 4;
	many.streams = 8;
	bench_flat(service, challenge_plan(one), many, ARRAY);
}

/* Those that start the service anew come last.  The first row is what the others
 * are compared with. */
static uint64_t
run(struct client *c, int argc, char **argv)
{
	AUTO(buf_release) struct buf one = buf_of(ASK_BODY_MAX);
	uint64_t challenges = 0;

	challenge_bodies(1, &one);
	struct bytes body = buf_bytes(&one);
	struct load_plan plan = challenge_plan(&body);

	if (wanted("challenges", argc, argv) || wanted("shapes", argc, argv) ||
	    wanted("slow", argc, argv))
		challenges = bench_measure("challenges, HTTP/2", plan, 1);
	if (wanted("challenges", argc, argv))
		bench_challenges(plan);
	if (wanted("attestations", argc, argv))
		attest_by_both(c);
	bench_memory(service);
	if (argc == 1)
		bench_rollout(c);
	if (wanted("shapes", argc, argv))
		bench_shapes(service, plan, challenges);
	if (wanted("results", argc, argv))
		bench_results(service, c);
	if (wanted("slow", argc, argv))
		bench_slow(service, plan, challenges);
	if (bench_named("flat", argc, argv))
		flat(&body);
	return challenges;
}

/* The token is measured before and after, since other work on the machine
 * may slow down either; the better figure counts. */
static uint64_t
raw(uint64_t before)
{
	uint64_t now = bench_token(service, TOKEN_MS);

	printf("%-42s%9llu\n", "signatures of the token alone (C_Sign)",
	       (unsigned long long)now);
	return now > before ? now : before;
}

int
main(int argc, char **argv)
{
	struct client *c = NULL;
	uint64_t challenges = 0;

	int status;
	if (stand_in_main(argv, &status))
		return status;
	releasing = bench_named("release", argc, argv) ||
	            bench_named("rollout", argc, argv);
	accounting = bench_named("account", argc, argv) ||
	             bench_named("groups", argc, argv);
	if (bench_named("few", argc, argv))
		evidences = EVIDENCES_FEW;
	if (service_prepare(&service) != OK ||
	    bench_configure(service, &kit, argc, argv) != OK)
		return 1;
	print_head();
	uint64_t best = raw(0);
	bool good = best > 0 && set_up(&c);
	if (good) {
		challenges = run(c, argc, argv);
		client_free(c);
		service_halt(service);
		printf("\n");
		best = raw(best);
	}
	if (challenges)
		printf("challenges to signatures of the token: %llu.%llu\n",
		       (unsigned long long)(challenges / best),
		       (unsigned long long)(challenges * 10 / best % 10));
	soft_tpm_free(tpm);
	governed_kit_release(&kit);
	service_free(service);
	return good ? 0 : 1;
}
