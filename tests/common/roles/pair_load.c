/*
 * pair_load.c - the requests of the clients, single ones and a steady load.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/common/roles/pair_int.h"

static struct ask
metadata(const struct pair *p)
{
	return (struct ask){ .workflow = "metadata",
		             .handle = p->handle,
		             .bound = true,
		             .transport = 1,
		             .request = 2 };
}

static bool
read_kid(const char *answer, char ret_kid[static PAIR_KID_MAX])
{
	static const char name[] = "\"key_id\":\"";
	const char *at = strstr(answer, name);

	if (!at)
		return false;
	at += strlen(name);
	size_t n = strcspn(at, "\"");
	if (n >= PAIR_KID_MAX)
		return false;
	memcpy(ret_kid, at, n);
	ret_kid[n] = '\0';
	return true;
}

bool
pair_challenge(const struct pair *p, struct asked_challenge *ret,
               char ret_kid[static PAIR_KID_MAX])
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	const struct ask ask = metadata(p);

	ask_challenge_body(&ask, &body);
	return client_open(p->service->backend, p->service->port, &c) == OK &&
	       client_exchange(c, "POST", "/v1/challenges", buf_bytes(&body),
	                       &answer) == 201 &&
	       read_kid(buf_str(&answer), ret_kid) &&
	       ask_challenge_read(&answer, ret);
}

static int
attest(const struct pair *p, struct client *client,
       const struct asked_challenge *c, bool *ret_eligible)
{
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	const struct soft_quote q =
	        soft_quote_of(bytes_of(c->nonce, sizeof(c->nonce)));
	const struct ask ask = metadata(p);
	struct asked_result r = { .eligible = false };

	if (soft_tpm_evidence(p->tpm, &q, &evidence) != OK)
		return -1;
	int status =
	        ask_attest(client, c->token, buf_bytes(&evidence), &ask, &r);
	*ret_eligible = r.eligible;
	return status;
}

int
pair_attest(const struct pair *p, const struct asked_challenge *c,
            bool *ret_eligible)
{
	AUTO(client_free) struct client *client = NULL;

	if (client_open(p->service->backend, p->service->port, &client) != OK)
		return CLIENT_LOST;
	return attest(p, client, c, ret_eligible);
}

int
pair_attest_said(const struct pair *p, const struct asked_challenge *c,
                 struct buf *answer)
{
	AUTO(client_free) struct client *client = NULL;
	AUTO(buf_release) struct buf evidence = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	const struct soft_quote q =
	        soft_quote_of(bytes_of(c->nonce, sizeof(c->nonce)));
	const struct ask ask = metadata(p);

	if (soft_tpm_evidence(p->tpm, &q, &evidence) != OK)
		return -1;
	ask_attest_body(c->token, buf_bytes(&evidence), &ask, &body);
	if (client_open(p->service->backend, p->service->port, &client) != OK)
		return CLIENT_LOST;
	return client_exchange(client, "POST", "/v1/attestations",
	                       buf_bytes(&body), answer);
}

int
pair_enroll(const struct pair *p, const struct soft_tpm *tpm,
            char ret_handle[static ASK_HANDLE_MAX])
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf public = buf_of(ASK_BODY_MAX);

	soft_tpm_public(tpm, &public);
	if (client_open(p->service->backend, p->service->port, &c) != OK)
		return CLIENT_LOST;
	return ask_enroll(c, buf_bytes(&public), ret_handle);
}

/* --- the attesters -------------------------------------------------------- */

static enum losses_answer
judge(int status, bool eligible)
{
	if (status == CLIENT_LOST)
		return LOSSES_BROKEN;
	if (status == 503)
		return LOSSES_FLIGHT;
	return status == 200 && eligible ? LOSSES_GOOD : LOSSES_WRONG;
}

static void
record(struct losses_board *b, enum losses_answer a, uint64_t took_for)
{
	unsigned ms = (unsigned)took_for;
	unsigned most = atomic_load(&b->most_ms[a]);

	atomic_fetch_add(&b->n[a], 1);
	if (a == LOSSES_GOOD)
		atomic_store(&b->good_at, service_now_ms());
	while (ms > most &&
	       !atomic_compare_exchange_weak(&b->most_ms[a], &most, ms))
		;
}

/* A challenge and its redemption; the challenge's refusal counts, too. */
static enum losses_answer
turn(const struct pair *p, struct client *client)
{
	static struct asked_challenge c;
	const struct ask ask = metadata(p);
	bool eligible = false;

	int status = ask_challenge(client, &ask, &c);
	if (status != 201)
		return judge(status, false);
	status = attest(p, client, &c, &eligible);
	return judge(status, eligible);
}

static _Noreturn void
attester(const struct pair *p)
{
	struct losses_board *b = p->attestations;
	struct client *c = NULL;

	while (!atomic_load(&b->stop)) {
		service_sleep_ms(PAIR_EVERY_MS);
		if (!c && client_open(p->service->backend, p->service->port,
		                      &c) != OK)
			continue;
		uint64_t began_at = service_now_ms();
		enum losses_answer a = turn(p, c);
		record(b, a, service_now_ms() - began_at);
		if (a == LOSSES_BROKEN) {
			client_free(c);
			c = NULL;
		}
	}
	client_free(c);
	_exit(0);
}

void
pair_load(struct pair *p)
{
	memset(p->challenges, 0, sizeof(*p->challenges));
	memset(p->attestations, 0, sizeof(*p->attestations));
	fflush(stdout);
	for (unsigned i = 0; i < ARRAY_LEN(p->clients); i++) {
		p->clients[i] = fork();
		if (p->clients[i] != 0)
			continue;
		/* A test that fails leaves none behind. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (i < PAIR_CHALLENGERS)
			losses_client(p->service, p->challenges);
		attester(p);
	}
}

bool
pair_stop(struct pair *p)
{
	bool good = true;

	atomic_store(&p->challenges->stop, true);
	atomic_store(&p->attestations->stop, true);
	for (unsigned i = 0; i < ARRAY_LEN(p->clients); i++) {
		int status = -1;
		good &= waitpid(p->clients[i], &status, 0) == p->clients[i] &&
		        status == 0;
	}
	return good;
}

bool
pair_good_since(const struct pair *p, uint64_t at, unsigned ms)
{
	while (service_now_ms() < at + ms) {
		if (atomic_load(&p->challenges->good_at) > at &&
		    atomic_load(&p->attestations->good_at) > at)
			return true;
		service_sleep_ms(5);
	}
	return false;
}
