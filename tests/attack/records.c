/*
 * records.c - floods inside TLS: records that cost the server work and bring it
 * no request.
 */
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "front/limits.h"

#include "tests/attack/attack.h"
#include "tests/attack/hostile.h"

/* 2.7 MB of them stopped a front for seconds: 27 bytes each. */
#define KEY_UPDATES 20000
#define KEY_UPDATES_FULL 100000

#define SMALL_RECORDS 20000

#define REFUSED_MS 5000

static bool
flood(const struct stage *s, unsigned n, hostile_say say)
{
	do {
		AUTO(raw_free)
		struct raw *c =
		        raw_open(s->rig->hostile, s->rig->port, "http/1.1");

		if (!c)
			return false;
		if (hostile_pile(c, n, say, NULL) &&
		    !hostile_refused(c, REFUSED_MS))
			return false;
	} while (!stage_over(s));
	return true;
}

static bool
say_key_update(struct raw *c, void *arg)
{
	(void)arg;
	return SSL_key_update(raw_tls(c), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
	       SSL_do_handshake(raw_tls(c)) == 1;
}

/* So many are anybody's right; one more is not. */
static bool
few_key_updates(const struct stage *s)
{
	AUTO(raw_free)
	struct raw *c = raw_open(s->rig->hostile, s->rig->port, "http/1.1");

	return c && hostile_pile(c, LIMIT_TLS_MESSAGES, say_key_update, NULL) &&
	       raw_get(c, "/healthz") == 200 &&
	       hostile_pile(c, 1, say_key_update, NULL) &&
	       hostile_refused(c, REFUSED_MS);
}

bool
attack_key_updates(const struct stage *s)
{
	return few_key_updates(s) &&
	       flood(s, s->full ? KEY_UPDATES_FULL : KEY_UPDATES,
	             say_key_update);
}

static bool
say_byte(struct raw *c, void *arg)
{
	(void)arg;
	return SSL_write(raw_tls(c), " ", 1) == 1;
}

/* The body that they make up is within all limits. */
bool
attack_small_records(const struct stage *s)
{
	static const char head[] = "POST /v1/challenges HTTP/1.1\r\nHost: x\r\n"
	                           "Content-Type: application/json\r\n"
	                           "Content-Length: 20000\r\n\r\n";

	do {
		AUTO(raw_free)
		struct raw *c =
		        raw_open(s->rig->hostile, s->rig->port, "http/1.1");

		if (!c || !raw_send(c, bytes_of_str(head)))
			return false;
		if (hostile_pile(c, SMALL_RECORDS, say_byte, NULL) &&
		    raw_receive(c) != 0)
			return false; /* it was taken, and answered */
	} while (!stage_over(s));
	return true;
}

/* A ClientHello that OpenSSL made, in records of one byte (RFC 8446, section
 * 5.1, allows it). */
static size_t
split_hello(const struct stage *s, uint8_t *out, size_t room)
{
	SSL *ssl = SSL_new(client_identity_tls(s->rig->hostile));
	BIO *in = BIO_new(BIO_s_mem()), *made = BIO_new(BIO_s_mem());
	size_t n = 0;
	uint8_t *hello;

	SSL_set_bio(ssl, in, made);
	(void)SSL_connect(ssl);
	ERR_clear_error();
	long len = BIO_get_mem_data(made, &hello);
	for (long i = SSL3_RT_HEADER_LENGTH; i < len && n + 6 <= room; i++) {
		const uint8_t record[] = { SSL3_RT_HANDSHAKE, 3, 1, 0, 1,
			                   hello[i] };

		memcpy(out + n, record, sizeof(record));
		n += sizeof(record);
	}
	SSL_free(ssl);
	return n;
}

/* The front ends the connection before it has worked on the ClientHello. */
bool
attack_small_hello(const struct stage *s)
{
	uint8_t hello[16384];
	size_t len = split_hello(s, hello, sizeof(hello));

	do {
		char byte;
		int fd = client_connect(s->rig->port);
		bool sent = send(fd, hello, len, MSG_NOSIGNAL) == (ssize_t)len;
		bool answered = sent && recv(fd, &byte, 1, 0) > 0;

		close(fd);
		if (len == 0 || answered)
			return false;
	} while (!stage_over(s));
	return true;
}

/* What a handshake costs the front, it costs the client. */
bool
attack_handshakes(const struct stage *s)
{
	do {
		AUTO(raw_free)
		struct raw *c =
		        raw_open(s->rig->hostile, s->rig->port, "http/1.1");

		if (!c)
			return false;
	} while (!stage_over(s));
	return true;
}
