/*
 * test_front_wire.c - the front against clients that are not whom, or do not
 * speak what, they should: TLS, names, numbers of connections, framing.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

static void
test_start(void)
{
	begin_front("listen: { connections_client=4; "
	            "connections=6; };\n"
	            "limits: { deadline_ms=20000; };\n");
}

/* Six may be open, and the front may not have heard yet that those of the
 * test before were closed: a client would try again, too. */
static struct raw *
patient_backend(void)
{
	struct raw *c = NULL;

	for (int i = 0; !c && i < 20; i++) {
		if (i > 0)
			(void)nanosleep(
			        &(struct timespec){ .tv_nsec = 50000000 },
			        NULL);
		c = raw_open(rig->backend, rig->port, "http/1.1");
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

/* Does this identity get an answer at all? */
static int
status_for(const struct client_identity *id, const char *alpn)
{
	AUTO(raw_free)
	struct raw *c = id ? raw_open(id, rig->port, alpn) : NULL;

	return c ? raw_get(c, "/healthz") : 0;
}

static struct client_identity *
identity_of(const char *name)
{
	struct client_identity *id = NULL;
	char ca[128], cert[128], key[128];

	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", rig->dir);
	(void)snprintf(cert, sizeof(cert), "%s/%s.pem", rig->dir, name);
	(void)snprintf(key, sizeof(key), "%s/%s.key", rig->dir, name);
	CU_ASSERT_EQUAL(client_identity_new(ca, name[0] ? cert : NULL,
	                                    name[0] ? key : NULL, &id),
	                OK);
	return id;
}

static void
test_no_certificate(void)
{
	AUTO(client_identity_free)
	struct client_identity *id = identity_of("");

	AUTO(raw_free) struct raw *c = raw_open(id, rig->port, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c); /* TLS 1.3: refused thereafter */

	char byte;
	CU_ASSERT(SSL_read(raw_tls(c), &byte, 1) <= 0);
	CU_ASSERT_EQUAL(ERR_GET_REASON(ERR_get_error()),
	                SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
	CU_ASSERT_EQUAL(status_for(rig->backend, NULL), 200);
}

static void
test_foreign_authority(void)
{
	char dir[] = "/tmp/front-other.XXXXXX";
	char command[64], cert[64], key[64], ca[128];
	AUTO(certs_free) struct certs *other = NULL;
	AUTO(client_identity_free) struct client_identity *id = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	CU_ASSERT_EQUAL_FATAL(certs_new(dir, &other), OK);
	CU_ASSERT_EQUAL_FATAL(
	        certs_issue(other, "x", "URI:spiffe://test/backend-a"), OK);
	(void)snprintf(cert, sizeof(cert), "%s/x.pem", dir);
	(void)snprintf(key, sizeof(key), "%s/x.key", dir);
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", rig->dir);
	CU_ASSERT_EQUAL(client_identity_new(ca, cert, key, &id), OK);
	CU_ASSERT_EQUAL(status_for(id, NULL), 0);

	(void)unlink(cert);
	(void)unlink(key);
	(void)snprintf(command, sizeof(command), "%s/ca.pem", dir);
	(void)unlink(command);
	(void)rmdir(dir);
}

static void
test_old_tls(void)
{
	AUTO(client_identity_free)
	struct client_identity *id = identity_of("backend-a");
	SSL_CTX *tls = client_identity_tls(id);

	CU_ASSERT_EQUAL(status_for(id, NULL), 200);
	(void)SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	(void)SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
	CU_ASSERT_EQUAL(status_for(id, NULL), 0);
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

static void
test_no_tickets(void)
{
	AUTO(client_identity_free)
	struct client_identity *id = identity_of("backend-a");
	SSL_CTX *tls = client_identity_tls(id);

	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(tls, on_ticket);
	CU_ASSERT_EQUAL(status_for(id, "http/1.1"), 200);
	CU_ASSERT_EQUAL(tickets, 0);
}

static void
test_alpn(void)
{
	CU_ASSERT_EQUAL(status_for(rig->backend, "http/1.1"), 200);
	CU_ASSERT_EQUAL(status_for(rig->backend, NULL), 200);
	CU_ASSERT_EQUAL(status_for(rig->backend, "http/1.0"), 0);
	CU_ASSERT_EQUAL(status_for(rig->backend, "h3"), 0);
}

/* Names: exactly one may match, and the common name is none of them. */
static void
test_names(void)
{
	static const struct {
		const char *san;
		int status;
	} rows[] = {
		{ "URI:spiffe://test/backend-a,DNS:other.test", 200 },
		{ "URI:spiffe://test/backend-a,DNS:monitor.test", 403 },
		{ "DNS:Monitor.test", 403 },
		{ "URI:DNS:monitor.test", 403 },
		{ "URI:spiffe://test/backend-a/", 403 },
		{ "email:monitor.test", 403 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(client_identity_free)
		struct client_identity *id =
		        front_rig_identity(rig, rows[i].san);

		CU_ASSERT_EQUAL(status_for(id, NULL), rows[i].status);
	}

	CU_ASSERT_EQUAL(certs_issue(rig->certs, "monitor.test", "DNS:x.test"),
	                OK);
	AUTO(client_identity_free)
	struct client_identity *named = identity_of("monitor.test");
	CU_ASSERT_EQUAL(status_for(named, NULL), 403);
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/monitor.test.pem", rig->dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/monitor.test.key", rig->dir);
	(void)unlink(path);
}

/* Four of one certificate; the fifth is closed, others still get in. */
static void
test_connections_client(void)
{
	struct raw *all[4];

	for (size_t i = 0; i < 4; i++) {
		all[i] = patient_backend();
		CU_ASSERT_EQUAL(raw_get(all[i], "/healthz"), 200);
	}
	CU_ASSERT_EQUAL(status_for(rig->backend, NULL), 0);
	CU_ASSERT_EQUAL(status_for(rig->monitor, NULL), 200);
	for (size_t i = 0; i < 4; i++)
		raw_free(all[i]);
	(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	CU_ASSERT_EQUAL(status_for(rig->backend, NULL), 200);
}

/* A crowd without TLS fills all six places and gives way one by one. */
static void
test_crowd(void)
{
	int crowd[6];

	for (size_t i = 0; i < ARRAY_LEN(crowd); i++)
		crowd[i] = client_connect(rig->port);
	CU_ASSERT_EQUAL(status_for(rig->backend, NULL), 200);
	CU_ASSERT_EQUAL(status_for(rig->monitor, NULL), 200);
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++)
		close(crowd[i]);
}

static const struct {
	const char *text;
	int status;
	const char *problem;
} framings[] = {
	{ "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET", 400,
	  "http-pipelined" },
	{ "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: "
	  "application/json\r\nContent-Length: 2\r\n\r\n{}X",
	  400, "http-pipelined" },
	{ "GET /healthz HTTP/1.1\nHost: x\n\n", 400, "http-malformed" },
	{ "GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n", 400, "http-malformed" },
	{ "GET /healthz HTTP/1.1\r\n\r\n", 400, "http-malformed" },
	{ "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	  "chunked\r\n\r\n0\r\n\r\n",
	  400, "http-unsupported" },
	{ "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nExpect: 100-continue"
	  "\r\nContent-Length: 2\r\n\r\n",
	  400, "http-unsupported" },
	{ "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Length: 999999"
	  "\r\nContent-Type: application/json\r\n\r\n",
	  413, "body-too-large" },
};

static void
test_framing(void)
{
	for (size_t i = 0; i < ARRAY_LEN(framings); i++) {
		AUTO(raw_free) struct raw *c = patient_backend();

		CU_ASSERT_EQUAL(raw_ask(c, framings[i].text),
		                framings[i].status);
		CU_ASSERT_STRING_EQUAL(raw_problem(c), framings[i].problem);
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(raw_head(c), "connection: close\r\n"));
		CU_ASSERT(raw_closed(c));
	}
}

static void
test_keep_alive(void)
{
	AUTO(raw_free) struct raw *c = patient_backend();

	for (int i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
	CU_ASSERT_EQUAL(raw_get(c, "/nothing"), 404);
	CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
	CU_ASSERT_EQUAL(raw_ask(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n"
	                           "Connection: close\r\n\r\n"),
	                200);
	CU_ASSERT(raw_closed(c));
}

static void
send_challenge(struct raw *c)
{
	CU_ASSERT(raw_send_post(c, "/v1/challenges", RIG_BODY));
}

/* Bytes behind a request that runs: its answer is the last. */
static void
test_impatient(void)
{
	AUTO(raw_free) struct raw *c = patient_backend();

	send_challenge(c);
	(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	CU_ASSERT(raw_send(c, bytes_of_str("GET /healthz HTTP/1.1\r\n")));
	(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	CU_ASSERT(front_rig_make(rig, 1));
	CU_ASSERT_EQUAL(raw_receive(c), 201);
	CU_ASSERT_PTR_NOT_NULL(strstr(raw_head(c), "connection: close\r\n"));
	CU_ASSERT(raw_closed(c));
}

/* Runs curl as a client would; its exit status. */
static int
run_curl(const char *version)
{
	char url[64], ca[128], cert[128], key[128];

	(void)snprintf(url, sizeof(url), "https://localhost:%u/v1/keys",
	               rig->port);
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", rig->dir);
	(void)snprintf(cert, sizeof(cert), "%s/backend-a.pem", rig->dir);
	(void)snprintf(key, sizeof(key), "%s/backend-a.key", rig->dir);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execlp("curl", "curl", "-sSf", "-m", "10", "-o", "/dev/null",
		       version, "--cacert", ca, "--cert", cert, "--key", key,
		       url, (char *)NULL);
		_exit(127);
	}
	int status = 0;
	(void)waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void
test_curl(void)
{
	int status = run_curl("--http1.1");

	if (status == 127) {
		harness_skip("curl is not installed");
		return;
	}
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(run_curl("--http2"), 0);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "no certificate, no connection", test_no_certificate },
	{ "another authority's certificate", test_foreign_authority },
	{ "nothing older than TLS 1.3", test_old_tls },
	{ "no session tickets", test_no_tickets },
	{ "ALPN: h2, http/1.1 or none", test_alpn },
	{ "exactly one name, and no common name", test_names },
	{ "connections of one certificate", test_connections_client },
	{ "a crowd without certificates gives way", test_crowd },
	{ "framing that ends a connection", test_framing },
	{ "connections are kept", test_keep_alive },
	{ "bytes during an answer", test_impatient },
	{ "curl, by both protocols", test_curl },
	{ "(ends)", end_front },
	{ NULL, NULL },
};

HARNESS_MAIN("front_wire", tests)
