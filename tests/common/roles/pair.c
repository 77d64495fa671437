/*
 * pair.c - see pair.h.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/common/roles/pair_int.h"
#include "tests/common/service/service_int.h"

#define LINE_MAX_LOG 2048
#define LOOK_MS 10

static struct losses_board *
board_new(void)
{
	void *at =
	        mmap(NULL, sizeof(struct losses_board), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

err_t
pair_start(struct pair *p)
{
	*p = (struct pair){ .challenges = board_new(),
		            .attestations = board_new() };
	if (!p->challenges || !p->attestations)
		return E_NOMEM;
	TRY(service_prepare(&p->service));
	TRY(pair_files(p->service, p->pages));
	TRY(service_launch(p->service));
	if (!service_wait_ready(p->service, SERVICE_READY_MS) ||
	    !pair_wait_ready(p, 2, SERVICE_READY_MS)) {
		service_print_log(p->service, 30);
		return E_DEVICE;
	}
	TRY(soft_tpm_new(SOFT_ECC, &p->tpm));
	return pair_enroll(p, p->tpm, p->handle) / 100 == 2 ? OK : E_DEVICE;
}

void
pair_free(struct pair *p)
{
	soft_tpm_free(p->tpm);
	service_free(p->service);
}

void
pair_obey(struct pair *p, unsigned token, enum shim_call call,
          enum shim_outcome outcome)
{
	struct shim_rule *r = &p->pages[token]->rules[0];

	r->call = call;
	r->outcome = outcome;
	r->nth = 0;
	atomic_store(&r->on, 1);
}

void
pair_honest(struct pair *p, unsigned token)
{
	atomic_store(&p->pages[token]->rules[0].on, 0);
	atomic_store(&p->pages[token]->forgotten, 0);
}

/* The supervisor says whom it started. */
pid_t
pair_pid(const struct pair *p, unsigned token)
{
	char line[LINE_MAX_LOG], wanted[64];
	FILE *f = fopen(p->service->log, "r");
	long pid = 0;

	snprintf(wanted, sizeof(wanted),
	         "child=keyholder index=%u pid=", token);
	while (f && fgets(line, sizeof(line), f)) {
		const char *at = strstr(line, wanted);
		if (at && strstr(line, "event=child-started"))
			pid = strtol(at + strlen(wanted), NULL, 10);
		else if (at && strstr(line, "event=child-ended"))
			pid = 0;
	}
	if (f)
		fclose(f);
	return (pid_t)pid;
}

bool
pair_kill(const struct pair *p, unsigned token)
{
	pid_t pid = pair_pid(p, token);

	return pid > 0 && kill(pid, SIGKILL) == 0;
}

bool
pair_move(const struct pair *p, unsigned token, bool away)
{
	static const char *const names[] = { "tokens", "tokens-b" };
	AUTO(buf_release)
	struct buf home = service_path(p->service->dir, names[token]);
	AUTO(buf_release)
	struct buf out = service_path(p->service->dir, "away");
	const char *from = buf_str(away ? &home : &out);

	return rename(from, buf_str(away ? &out : &home)) == 0;
}

static int
metric(const struct pair *p, const char *name)
{
	AUTO(client_free) struct client *c = NULL;
	AUTO(buf_release) struct buf text = buf_of(ASK_BODY_MAX);
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "\n%s ", name);
	if (client_open(p->service->monitor, p->service->port, &c) != OK ||
	    client_exchange(c, "GET", "/metrics", bytes_of(NULL, 0), &text) !=
	            200)
		return -1;
	const char *at = strstr(buf_str(&text), wanted);
	return at ? (int)strtol(at + strlen(wanted), NULL, 10) : -1;
}

int
pair_in_use(const struct pair *p)
{
	return metric(p, "anchord_front_token_in_use");
}

int
pair_ready(const struct pair *p)
{
	return metric(p, "anchord_front_tokens_ready");
}

int
pair_pending(const struct pair *p)
{
	return metric(p, "anchord_front_pending");
}

static bool
wait_for(const struct pair *p, int (*look)(const struct pair *p), int wanted,
         unsigned ms)
{
	uint64_t end_at = service_now_ms() + ms;

	while (service_now_ms() < end_at) {
		if (look(p) == wanted)
			return true;
		service_sleep_ms(LOOK_MS);
	}
	return false;
}

bool
pair_wait_in_use(const struct pair *p, int place, unsigned ms)
{
	return wait_for(p, pair_in_use, place, ms);
}

bool
pair_wait_ready(const struct pair *p, int n, unsigned ms)
{
	return wait_for(p, pair_ready, n, ms);
}

bool
pair_wait_pending(const struct pair *p, int n, unsigned ms)
{
	return wait_for(p, pair_pending, n, ms);
}

unsigned
pair_logged(const struct pair *p, const char *text)
{
	char line[LINE_MAX_LOG];
	FILE *f = fopen(p->service->log, "r");
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return n;
}
