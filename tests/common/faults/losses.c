/*
 * losses.c - see losses.h.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/common/base/ask.h"
#include "crypto/token/challenge.h"
#include "base/encode.h"
#include "crypto/keys/keyring.h"
#include "tests/common/faults/losses.h"
#include "tests/common/service/service_int.h"

/* --- a service on the shim ------------------------------------------------ */

static bool
find_shim(char *out, size_t room)
{
	char self[PATH_MAX] = "";
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(path, sizeof(path), "%.3000s/../anchord-shim.so", self);
	if (!realpath(path, self))
		return false;
	snprintf(out, room, "%.200s", self);
	return true;
}

static err_t
use_shim(const struct service *s, const char *shim)
{
	char text[PATH_MAX + 512];

	snprintf(text, sizeof(text), "module = \"%s\"", shim);
	TRY(service_edit(s, "module = \"" SERVICE_MODULE "\"", text));
	snprintf(text, sizeof(text),
	         "environment = [ \"ANCHORD_SHIM_MODULE=" SERVICE_MODULE "\", "
	         "\"ANCHORD_SHIM_PAGE=%s/page\", ",
	         s->dir);
	return service_edit(s, "environment = [ ", text);
}

static err_t
make_page(const struct service *s, struct shim_page **ret_page)
{
	AUTO(buf_release) struct buf path = service_path(s->dir, "page");
	int fd = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, 0666) != 0 ||
	    ftruncate(fd, sizeof(**ret_page)) != 0)
		return E_IO;
	void *at = mmap(NULL, sizeof(**ret_page), PROT_READ | PROT_WRITE,
	                MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return E_NOMEM;
	*ret_page = at;
	return OK;
}

/* A checkout may lie where the key holder's user cannot go (below /root): the
 * module is copied to the service's directory.  E_IO. */
static err_t
copy_shim(const char *shim, struct buf *copy)
{
	buf_append_str(copy, "/anchord-shim.so");
	int from = open(shim, O_RDONLY | O_CLOEXEC);
	int to = open(buf_str(copy), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t n = 1;

	while (from >= 0 && to >= 0 && n > 0)
		n = sendfile(to, from, NULL, 1 << 20);
	bool ok = from >= 0 && to >= 0 && n == 0 && fchmod(to, 0755) == 0;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return ok ? OK : E_IO;
}

err_t
losses_service(struct service **ret_service, struct shim_page **ret_page)
{
	AUTO(service_free) struct service *s = NULL;
	AUTO(buf_release) struct buf copy = buf_of(PATH_MAX);
	char shim[256];

	if (!find_shim(shim, sizeof(shim)))
		return E_CONFIG;
	TRY(service_prepare(&s));
	buf_append_str(&copy, s->dir);
	TRY(copy_shim(shim, &copy));
	TRY(use_shim(s, buf_str(&copy)));
	TRY(make_page(s, ret_page));
	TRY(service_launch(s));
	if (!service_wait_ready(s, SERVICE_READY_MS)) {
		service_print_log(s, 30);
		return E_DEVICE;
	}
	*ret_service = TAKE(s);
	return OK;
}

/* --- clients -------------------------------------------------------------- */

static void
learn_keys(struct client *c, struct keyring **ring)
{
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);

	if (*ring || client_exchange(c, "GET", "/v1/keys", bytes_of(NULL, 0),
	                             &answer) != 200)
		return;
	/* Without keys no challenge verifies, and the test fails. */
	if (keyring_of_jwks(buf_bytes(&answer), ring) != OK)
		printf("  GET /v1/keys is no JWK set\n");
}

static bool
verifies(struct buf *answer, const struct keyring *ring)
{
	AUTO(buf_release) struct buf bytes = buf_of(CHALLENGE_MAX);
	struct asked_challenge asked;
	struct challenge c;

	return ring && ask_challenge_read(answer, &asked) &&
	       decode_base64url(&bytes, bytes_of_str(asked.token)) == OK &&
	       challenge_open(buf_bytes(&bytes), &c) == OK &&
	       challenge_verify(&c, ring) == OK &&
	       memcmp(c.nonce, asked.nonce, HASH_SIZE) == 0;
}

static enum losses_answer
judge(int status, struct buf *answer, const struct keyring *ring)
{
	if (status == CLIENT_LOST)
		return LOSSES_BROKEN;
	if (status == 201)
		return verifies(answer, ring) ? LOSSES_GOOD : LOSSES_WRONG;
	if (status != 503)
		return LOSSES_WRONG;
	return strstr(buf_str(answer), ":not-ready\"") ? LOSSES_OPEN
	                                               : LOSSES_FLIGHT;
}

static void
record(struct losses_board *b, enum losses_answer a, uint64_t took_for)
{
	unsigned ms = (unsigned)took_for;
	unsigned most = atomic_load(&b->most_ms[a]);

	atomic_fetch_add(&b->n[a], 1);
	if (a == LOSSES_OPEN && ms > LOSSES_OPEN_MS)
		atomic_fetch_add(&b->open_late, 1);
	if (a == LOSSES_GOOD)
		atomic_store(&b->good_at, service_now_ms());
	while (ms > most &&
	       !atomic_compare_exchange_weak(&b->most_ms[a], &most, ms))
		;
}

/* A test that fails says what the service had said. */
static void
keep_first(struct losses_board *b, struct buf *answer)
{
	if (!atomic_exchange(&b->told, true))
		(void)snprintf(b->why, sizeof(b->why), "%s", buf_str(answer));
}

_Noreturn void
losses_client(const struct service *s, struct losses_board *b)
{
	static const struct ask ask = { .workflow = "enroll", .bound = true };
	AUTO(buf_release) struct buf body = buf_of(ASK_BODY_MAX);
	AUTO(buf_release) struct buf answer = buf_of(ASK_BODY_MAX);
	struct client *c = NULL;
	struct keyring *ring = NULL;
	uint64_t next_at = service_now_ms();

	/* A test that is killed leaves nobody behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	ask_challenge_body(&ask, &body);
	while (!atomic_load(&b->stop)) {
		uint64_t now = service_now_ms();

		if (now < next_at)
			service_sleep_ms((unsigned)(next_at - now));
		next_at += LOSSES_EVERY_MS;
		if (next_at + 1000 < now) /* no burst after a stall */
			next_at = now;
		if (!c && client_open(s->backend, s->port, &c) != OK)
			continue;
		learn_keys(c, &ring);
		uint64_t asked_at = service_now_ms();
		int status = client_exchange(c, "POST", "/v1/challenges",
		                             buf_bytes(&body), &answer);
		enum losses_answer a = judge(status, &answer, ring);
		record(b, a, service_now_ms() - asked_at);
		if (a != LOSSES_GOOD)
			keep_first(b, &answer);
		if (status == 503 && client_retry_after(c) == 0)
			atomic_fetch_add(&b->unadvised, 1);
		if (a == LOSSES_BROKEN) {
			client_free(c);
			c = NULL;
		}
	}
	client_free(c);
	keyring_free(ring);
	_exit(0);
}
