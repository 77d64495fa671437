/*
 * hostile.c - see hostile.h.
 */
#include "tests/attack/hostile.h"

#include <poll.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"

static bool
send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

bool
hostile_pile(struct raw *c, unsigned n, hostile_say say, void *arg)
{
	SSL *ssl = raw_tls(c);
	BIO *wire = SSL_get_wbio(ssl);
	BIO *pile = BIO_new(BIO_s_mem());
	char *data = NULL;
	bool good = true;

	(void)BIO_up_ref(wire);
	(void)BIO_up_ref(pile);
	SSL_set0_wbio(ssl, pile);
	for (unsigned i = 0; i < n && good; i++)
		good = say(c, arg);
	SSL_set0_wbio(ssl, wire);

	long len = BIO_get_mem_data(pile, &data);
	good = good && send_all(SSL_get_fd(ssl), data, (size_t)len);
	BIO_free(pile);
	return good;
}

bool
hostile_refused(struct raw *c, unsigned ms)
{
	uint64_t until = clock_mono_ms() + ms;
	struct pollfd p = { .fd = SSL_get_fd(raw_tls(c)), .events = POLLIN };
	char bytes[4096];

	for (;;) {
		uint64_t now = clock_mono_ms();
		int left = now < until ? (int)(until - now) : 0;

		if (SSL_pending(raw_tls(c)) == 0 && poll(&p, 1, left) <= 0)
			return false;
		int n = SSL_read(raw_tls(c), bytes, sizeof(bytes));
		bool over = n <= 0 &&
		            SSL_get_error(raw_tls(c), n) != SSL_ERROR_WANT_READ;
		ERR_clear_error();
		if (over)
			return true;
	}
}
