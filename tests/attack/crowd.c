/*
 * crowd.c - see crowd.h.
 */
#include "tests/attack/crowd.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"

static void
make_nonblocking(SSL *ssl)
{
	(void)fcntl(SSL_get_fd(ssl), F_SETFL, O_NONBLOCK);
	(void)SSL_set_mode(ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

bool
crowd_open(struct crowd *crowd, const struct stage *s, const char *alpn,
           size_t n)
{
	for (size_t i = 0; i < n && crowd->n < CROWD_MAX; i++) {
		struct raw *c = raw_open(s->rig->hostile, s->rig->port, alpn);

		if (!c)
			return false;
		make_nonblocking(raw_tls(c));
		crowd->all[crowd->n++] = c;
	}
	return true;
}

void
crowd_free(struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->n; i++)
		raw_free(crowd->all[i]);
	*crowd = (struct crowd){ 0 };
}

static void
drop(struct crowd *crowd, size_t i)
{
	raw_free(crowd->all[i]);
	crowd->all[i] = NULL;
	crowd->ended++;
}

size_t
crowd_say(struct crowd *crowd, struct bytes words)
{
	size_t said = 0;

	for (size_t i = 0; i < crowd->n; i++) {
		struct raw *c = crowd->all[i];
		int n = c ? SSL_write(raw_tls(c), words.data, (int)words.len)
		          : 0;

		if (n > 0)
			said++;
		else if (c &&
		         SSL_get_error(raw_tls(c), n) != SSL_ERROR_WANT_WRITE)
			drop(crowd, i);
		ERR_clear_error();
	}
	return said;
}

static void
nap(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

void
crowd_press(struct crowd *crowd, const struct stage *s, struct bytes words)
{
	do {
		if (crowd_say(crowd, words) == 0)
			nap();
	} while (!stage_over(s));
}

static bool
is_over(struct raw *c)
{
	struct pollfd p = { .fd = SSL_get_fd(raw_tls(c)), .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0 &&
	       (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool
crowd_refused(struct crowd *crowd, unsigned ms)
{
	uint64_t until = clock_mono_ms() + ms;

	while (crowd->ended < crowd->n && clock_mono_ms() < until) {
		for (size_t i = 0; i < crowd->n; i++)
			if (crowd->all[i] && is_over(crowd->all[i]))
				drop(crowd, i);
		nap();
	}
	return crowd->ended == crowd->n;
}
