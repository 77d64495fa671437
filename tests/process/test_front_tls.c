/*
 * test_front_tls.c - TLS by hand where it has hurt others: sessions that are
 * resumed, requests in early data, chains of many certificates, other protocols.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/clock.h"

#include "front/limits.h"

#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define SAN "URI:spiffe://test/backend-a"

static void
test_start(void)
{
	begin_front(NULL);
}

/* "extra", or no certificate at all. */
static struct client_identity *
identity(bool with_certificate)
{
	char ca[128], cert[128], key[128];
	struct client_identity *id = NULL;

	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", rig->dir);
	(void)snprintf(cert, sizeof(cert), "%s/extra.pem", rig->dir);
	(void)snprintf(key, sizeof(key), "%s/extra.key", rig->dir);
	CU_ASSERT_EQUAL_FATAL(
	        client_identity_new(ca, with_certificate ? cert : NULL,
	                            with_certificate ? key : NULL, &id),
	        OK);
	return id;
}

static unsigned long
answered(const char *route)
{
	AUTO(raw_free) struct raw *m = raw_open(rig->monitor, rig->port, NULL);
	char line[128];

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(raw_get(m, "/metrics"), 200);
	(void)snprintf(line, sizeof(line),
	               "\nanchord_front_requests_total{route=\"%s\",status="
	               "\"200\"} ",
	               route);
	const char *at = strstr(raw_body(m), line);
	return at ? strtoul(at + strlen(line), NULL, 10) : 0;
}

/* --- sessions ------------------------------------------------------------------ */

/* A session from nowhere, which allows early data: what a client would have that
 * got a ticket, once. */
static int
use_session(SSL *ssl, const EVP_MD *md, const unsigned char **id,
            size_t *id_len, SSL_SESSION **ret_session)
{
	static const unsigned char suite[] = { 0x13, 0x01 }, name[] = "ticket",
	                           key[32] = { 7 };
	SSL_SESSION *session = SSL_SESSION_new();

	(void)md;
	CU_ASSERT(SSL_SESSION_set1_master_key(session, key, sizeof(key)) == 1);
	CU_ASSERT(SSL_SESSION_set_cipher(session,
	                                 SSL_CIPHER_find(ssl, suite)) == 1);
	CU_ASSERT(SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) ==
	          1);
	CU_ASSERT(SSL_SESSION_set_max_early_data(session, 16384) == 1);
	*id = name;
	*id_len = sizeof(name) - 1;
	*ret_session = session;
	return 1;
}

struct attempt {
	SSL *ssl;
	int fd;
};

static void
attempt_end(struct attempt *a)
{
	ERR_clear_error();
	SSL_free(a->ssl);
	if (a->fd > 0)
		close(a->fd);
}
DEFINE_AUTO_REF(struct attempt, attempt_end);

static void
attempt_begin(struct attempt *a, const struct client_identity *id)
{
	SSL_CTX *tls = client_identity_tls(id);

	SSL_CTX_set_psk_use_session_callback(tls, use_session);
	a->fd = client_connect(rig->port);
	a->ssl = SSL_new(tls);
	CU_ASSERT_FATAL(a->fd > 0 && a->ssl && SSL_set_fd(a->ssl, a->fd) == 1);
}

static const char ask_openapi[] = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n"
                                  "\r\n";
static const char ask_health[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n"
                                 "Connection: close\r\n\r\n";

/* The status of the first answer that comes. */
static int
first_status(SSL *ssl)
{
	char text[4096];
	int n = SSL_read(ssl, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return n > 12 && strncmp(text, "HTTP/1.1 ", 9) == 0
	               ? (int)strtol(text + 9, NULL, 10)
	               : 0;
}

/* A request in early data could be sent again by whoever saw it: it is not read.
 * The connection is a new one, and serves. */
static void
test_early_data(void)
{
	unsigned long before = answered("openapi");
	AUTO(attempt_end) struct attempt a = { 0 };
	size_t written = 0;

	CU_ASSERT_EQUAL_FATAL(certs_issue(rig->certs, "extra", SAN), OK);
	AUTO(client_identity_free)
	struct client_identity *id = identity(true);
	attempt_begin(&a, id);
	CU_ASSERT_EQUAL_FATAL(SSL_write_early_data(a.ssl, ask_openapi,
	                                           sizeof(ask_openapi) - 1,
	                                           &written),
	                      1);
	CU_ASSERT_EQUAL(written, sizeof(ask_openapi) - 1);
	CU_ASSERT_EQUAL_FATAL(SSL_connect(a.ssl), 1);
	CU_ASSERT_EQUAL(SSL_get_early_data_status(a.ssl),
	                SSL_EARLY_DATA_REJECTED);
	CU_ASSERT_FALSE(SSL_session_reused(a.ssl));
	CU_ASSERT_EQUAL(SSL_write(a.ssl, ask_health, sizeof(ask_health) - 1),
	                (int)sizeof(ask_health) - 1);
	CU_ASSERT_EQUAL(first_status(a.ssl), 200);
	CU_ASSERT_EQUAL(answered("openapi"), before);
}

/* Without its certificate a session is nobody's. */
static void
test_no_resumption(void)
{
	AUTO(attempt_end) struct attempt a = { 0 };
	AUTO(client_identity_free)
	struct client_identity *id = identity(false);

	attempt_begin(&a, id);
	CU_ASSERT_EQUAL(SSL_connect(a.ssl),
	                1); /* TLS 1.3: refused after that */
	CU_ASSERT_FALSE(SSL_session_reused(a.ssl));
	(void)SSL_write(a.ssl, ask_health, sizeof(ask_health) - 1);
	CU_ASSERT_EQUAL(first_status(a.ssl), 0);
}

static unsigned tickets;

static int
on_ticket(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	(void)session;
	tickets++;
	return 0;
}

/* Nor does the session of a connection that was: no ticket came, however long it
 * was used, and none is asked for. */
static void
test_old_session(void)
{
	AUTO(client_identity_free)
	struct client_identity *id = identity(true);
	SSL_CTX *tls = client_identity_tls(id);

	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(tls, on_ticket);
	AUTO(raw_free) struct raw *c = raw_open(id, rig->port, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	for (unsigned i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
	SSL_SESSION *old = SSL_get1_session(raw_tls(c));
	CU_ASSERT_EQUAL(tickets, 0);
	CU_ASSERT_FALSE(SSL_SESSION_is_resumable(old));

	AUTO(attempt_end) struct attempt a = { 0 };
	a.fd = client_connect(rig->port);
	a.ssl = SSL_new(tls);
	CU_ASSERT_FATAL(a.fd > 0 && a.ssl && SSL_set_fd(a.ssl, a.fd) == 1);
	(void)SSL_set_session(a.ssl, old);
	CU_ASSERT_EQUAL(SSL_connect(a.ssl), 1);
	CU_ASSERT_FALSE(SSL_session_reused(a.ssl));
	SSL_SESSION_free(old);
}

/* --- chains ---------------------------------------------------------------------- */

static int
status_of_extra(void)
{
	AUTO(client_identity_free)
	struct client_identity *id = identity(true);
	AUTO(raw_free) struct raw *c = raw_open(id, rig->port, NULL);

	return c ? raw_get(c, "/healthz") : 0;
}

static void
test_depth(void)
{
	CU_ASSERT_EQUAL(
	        certs_issue_below(rig->certs, "extra", SAN, LIMIT_CHAIN_DEPTH),
	        OK);
	CU_ASSERT_EQUAL(status_of_extra(), 200);
	CU_ASSERT_EQUAL(certs_issue_below(rig->certs, "extra", SAN,
	                                  LIMIT_CHAIN_DEPTH + 1),
	                OK);
	CU_ASSERT_EQUAL(status_of_extra(), 0);
}

/* A good certificate with so many others behind it. */
static int
status_with(unsigned others)
{
	AUTO(client_identity_free)
	struct client_identity *id = identity(true);
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/ca.pem", rig->dir);
	BIO *in = BIO_new_file(path, "r");
	X509 *ca = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	for (unsigned i = 0; i < others; i++)
		SSL_CTX_add1_chain_cert(client_identity_tls(id), ca);
	X509_free(ca);
	BIO_free(in);
	AUTO(raw_free) struct raw *c = raw_open(id, rig->port, NULL);
	return c ? raw_get(c, "/healthz") : 0;
}

#define CERTIFICATE 300 /* bytes of the rig's authority, at least */

static void
test_long_chain(void)
{
	CU_ASSERT_EQUAL(certs_issue(rig->certs, "extra", SAN), OK);
	CU_ASSERT_EQUAL(status_with(20), 200);
	CU_ASSERT_EQUAL(status_with(LIMIT_CHAIN_BYTES / CERTIFICATE + 1), 0);
	CU_ASSERT_EQUAL(status_with(0), 200);
}

/* The answer to who has backend-a's name and one more. */
static int
status_named(const char *more)
{
	char san[128];

	(void)snprintf(san, sizeof(san), SAN "%s", more);
	CU_ASSERT_EQUAL_FATAL(certs_issue(rig->certs, "extra", san), OK);
	AUTO(client_identity_free)
	struct client_identity *id = identity(true);
	AUTO(raw_free) struct raw *c = raw_open(id, rig->port, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return raw_get(c, "/openapi.json");
}

/* A certificate with a name that is not plain text has no name at all. */
static void
test_names(void)
{
	static const char *const plain[] = { "", ",URI:a!b", ",DNS:a~b" };
	static const char *const odd[] = { ",URI:a\x7f"
		                           "b",
		                           ",DNS:a\x7f"
		                           "b",
		                           ",URI:a b",
		                           ",URI:a\x1f"
		                           "b",
		                           ",URI:a\x80"
		                           "b" };

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		CU_ASSERT_EQUAL(status_named(plain[i]), 200);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		CU_ASSERT_EQUAL(status_named(odd[i]), 403);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "a request in early data is not read", test_early_data },
	{ "a session without its certificate", test_no_resumption },
	{ "a session of an earlier connection", test_old_session },
	{ "a chain of so many authorities", test_depth },
	{ "a chain of so many bytes", test_long_chain },
	{ "a name that is not plain text", test_names },
	{ "(ends)", end_front },
	{ NULL, NULL },
};

HARNESS_MAIN("front_tls", tests)
