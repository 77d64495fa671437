/*
 * test_front_admission.c - who may be connected, and how long: what a
 * certificate must say, its end, a list of denied ones, the authorities of now,
 * a greatest age; and TLS files that are replaced under a running front.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "base/encode.h"

#include "tests/common/base/h2_client.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define AGE_MS 10000 /* the least that may be configured */

static void
test_start(void)
{
	front_rig_denied = "# nobody yet\n\n";
	begin_front("listen: { connection_age = 10; };\n");
	front_rig_denied = NULL;
}

static int
status_for(const struct client_identity *id)
{
	AUTO(raw_free) struct raw *c = raw_open(id, rig->port, NULL);

	return c ? raw_get(c, "/healthz") : 0;
}

static struct client_identity *
odd(const char *usage, long life_s)
{
	char cert[128], key[128], ca[128];
	struct client_identity *id = NULL;

	if (certs_issue_odd(rig->certs, "extra", "URI:spiffe://test/backend-a",
	                    usage, life_s) != OK)
		return NULL;
	(void)snprintf(cert, sizeof(cert), "%s/extra.pem", rig->dir);
	(void)snprintf(key, sizeof(key), "%s/extra.key", rig->dir);
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", rig->dir);
	return client_identity_new(ca, cert, key, &id) == OK ? id : NULL;
}

static void
test_usage(void)
{
	static const struct {
		const char *usage;
		int status;
	} rows[] = {
		{ "clientAuth", 200 },
		{ "serverAuth", 0 },
		{ "emailProtection", 0 },
		{ NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(client_identity_free)
		struct client_identity *id = odd(rows[i].usage, 1000);

		CU_ASSERT_PTR_NOT_NULL_FATAL(id);
		CU_ASSERT_EQUAL(status_for(id), rows[i].status);
	}
}

static void
test_end_of_certificate(void)
{
	AUTO(client_identity_free)
	struct client_identity *id = odd("clientAuth", 4);
	uint64_t before = clock_mono_ms();

	CU_ASSERT_PTR_NOT_NULL_FATAL(id);
	AUTO(raw_free) struct raw *c = raw_open(id, rig->port, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
	/* a read waits five seconds; not for idleness, which is thirty */
	CU_ASSERT(raw_closed(c) || raw_closed(c));
	CU_ASSERT(clock_mono_ms() - before < harness_promised_ms(7000));
	CU_ASSERT_EQUAL(status_for(id), 0);
	CU_ASSERT_EQUAL(status_for(rig->backend), 200);
}

/* The fingerprint of rig->dir/name.pem as a line. */
static void
print_of(const char *name, char out[static 65])
{
	AUTO(buf_release) struct buf hex = buf_of(64);
	char path[128];
	uint8_t hash[HASH_SIZE];
	unsigned char *der = NULL;

	(void)snprintf(path, sizeof(path), "%s/%s.pem", rig->dir, name);
	BIO *in = BIO_new_file(path, "r");
	X509 *cert = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	int len = cert ? i2d_X509(cert, &der) : 0;
	CU_ASSERT_FATAL(len > 0);
	digest_sha256(bytes_of(der, (size_t)len), hash);
	encode_hex(&hex, bytes_of(hash, sizeof(hash)));
	(void)snprintf(out, 65, "%s", buf_str(&hex));
	OPENSSL_free(der);
	X509_free(cert);
	BIO_free(in);
}

/* Denies what name.pem is: those connections end at once, new ones are
 * refused, others stay; until the list is empty again. */
static void
deny(const char *name, const struct client_identity *victim,
     const struct client_identity *other)
{
	char line[65];
	AUTO(raw_free) struct raw *c = raw_open(victim, rig->port, NULL);
	AUTO(raw_free)
	struct raw *o = other ? raw_open(other, rig->port, NULL) : NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
	print_of(name, line);
	uint64_t before = clock_mono_ms();
	CU_ASSERT(lifeline_text(rig->front, "tls-denied", line));
	CU_ASSERT(raw_closed(c));
	CU_ASSERT(clock_mono_ms() - before < harness_promised_ms(1000));
	CU_ASSERT_EQUAL(status_for(victim), 0);
	if (o)
		CU_ASSERT_EQUAL(raw_get(o, "/healthz"), 200);

	/* one that is no list changes nothing, and it is said */
	CU_ASSERT(lifeline_text(rig->front, "tls-denied", "nonsense\n"));
	CU_ASSERT(lifeline_wait_status(rig->front, true, "denied",
	                               HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(status_for(victim), 0);
	CU_ASSERT(lifeline_text(rig->front, "tls-denied", "# none\n"));
	CU_ASSERT(lifeline_wait_status(rig->front, true, "", HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(status_for(victim), 200);
}

static void
test_denied(void)
{
	deny("backend-a", rig->backend, rig->monitor);
}

/* The authority above it, and with it all that it issued. */
static void
test_denied_authority(void)
{
	deny("ca", rig->backend, NULL);
}

/* Without a list that is configured nobody is let in: it does not start. */
static void
test_no_list(void)
{
	struct front_rig *none;

	front_rig_denied = "nonsense\n";
	none = front_rig_start(NULL);
	front_rig_denied = NULL;
	CU_ASSERT_PTR_NULL(none);
	front_rig_free(none);
}

static bool
hand(const char *name, const char *file)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", rig->dir, file);
	return lifeline_path(rig->front, name, path);
}

/* The serial number of the certificate that a new connection is shown. */
static uint64_t
serial_shown(void)
{
	AUTO(raw_free) struct raw *c = raw_open(rig->monitor, rig->port, NULL);
	uint64_t serial = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	X509 *cert = SSL_get1_peer_certificate(raw_tls(c));
	(void)ASN1_INTEGER_get_uint64(&serial, X509_get_serialNumber(cert));
	X509_free(cert);
	return serial;
}

/* Certificate first, then its key: between the two the old pair is used. */
static void
test_renewed(void)
{
	AUTO(raw_free) struct raw *old = raw_open(rig->backend, rig->port, 0);
	uint64_t before = serial_shown();

	CU_ASSERT_PTR_NOT_NULL_FATAL(old);
	CU_ASSERT_EQUAL_FATAL(
	        certs_issue(rig->certs, "extra", "DNS:localhost,IP:127.0.0.1"),
	        OK);
	CU_ASSERT(hand("tls-cert", "extra.pem"));
	CU_ASSERT(
	        lifeline_wait_status(rig->front, true, "TLS", HARNESS_WAIT_MS));
	CU_ASSERT_EQUAL(serial_shown(), before);
	CU_ASSERT(hand("tls-key", "extra.key"));
	CU_ASSERT(lifeline_wait_status(rig->front, true, "", HARNESS_WAIT_MS));
	CU_ASSERT_NOT_EQUAL(serial_shown(), before);
	CU_ASSERT_EQUAL(raw_get(old, "/healthz"), 200);
}

/* A file that is written in place is whole a moment later, and nobody says so. */
static void
test_written_in_place(void)
{
	char path[128];
	uint64_t before = serial_shown(), now = before;

	(void)snprintf(path, sizeof(path), "%s/server.pem", rig->dir);
	CU_ASSERT_EQUAL_FATAL(
	        certs_issue(rig->certs, "server", "DNS:localhost,IP:127.0.0.1"),
	        OK);
	AUTO(buf_release) struct buf text = buf_of(65536);
	FILE *f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (int c; (c = fgetc(f)) != EOF;)
		buf_u8(&text, (uint8_t)c);
	(void)fclose(f);
	CU_ASSERT_EQUAL(truncate(path, 100), 0);
	CU_ASSERT(hand("tls-key", "server.key"));
	CU_ASSERT(hand("tls-cert", "server.pem"));
	CU_ASSERT(
	        lifeline_wait_status(rig->front, true, "TLS", HARNESS_WAIT_MS));
	f = fopen(path, "r+");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(text.data, 1, text.len, f), text.len);
	(void)fclose(f);
	for (int i = 0; i < HARNESS_WAIT_MS / 50 && now == before; i++) {
		(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 },
		                NULL);
		now = serial_shown();
	}
	CU_ASSERT_NOT_EQUAL(now, before);
	CU_ASSERT(lifeline_wait_status(rig->front, true, "", HARNESS_WAIT_MS));
}

/* Told to go at its age: what is under way is answered, then it ends. */
static void
test_age(void)
{
	AUTO(h2_free) struct h2 *h = h2_open(rig->backend, rig->port);
	AUTO(raw_free) struct raw *c = raw_open(rig->backend, rig->port, 0);
	uint64_t began = clock_mono_ms();

	CU_ASSERT_FATAL(h && c);
	CU_ASSERT_EQUAL(
	        h2_ask(h, &(struct h2_request){ .path = "/healthz" })->status,
	        200);
	/* busy all the time, so that idleness is no reason */
	while (clock_mono_ms() - began < AGE_MS - AGE_MS / 10 - 500) {
		CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 100000000 },
		                NULL);
	}
	size_t n = h2_submit(h, &(struct h2_request){ .method = "POST",
	                                              .path = "/v1/challenges",
	                                              .body = RIG_BODY });
	CU_ASSERT(h2_flush(h));
	bool closed = false;
	while (!closed && clock_mono_ms() - began < AGE_MS + HARNESS_WAIT_MS) {
		closed = raw_get(c, "/healthz") != 200 ||
		         strstr(raw_head(c), "connection: close") != NULL;
		(void)nanosleep(&(struct timespec){ .tv_nsec = 100000000 },
		                NULL);
	}
	CU_ASSERT(closed);
	CU_ASSERT(clock_mono_ms() - began <=
	          AGE_MS + harness_promised_ms(2000));
	CU_ASSERT(front_rig_make(rig, 1));
	CU_ASSERT_EQUAL(h2_wait(h, n)->status, 201);
	CU_ASSERT(h2_ended(h));
	CU_ASSERT_EQUAL(status_for(rig->backend), 200);
}

/* Another authority in the place of ours: its clients come in, ours go. */
static void
test_authority_gone(void)
{
	AUTO(raw_free) struct raw *c = raw_open(rig->backend, rig->port, NULL);
	AUTO(certs_free) struct certs *others = NULL;
	char dir[] = "/tmp/front-other.XXXXXX", path[128];

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(raw_get(c, "/healthz"), 200);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	CU_ASSERT_EQUAL_FATAL(certs_new(dir, &others), OK);
	(void)snprintf(path, sizeof(path), "%s/ca.pem", dir);
	CU_ASSERT(lifeline_path(rig->front, "tls-client-ca", path));
	CU_ASSERT(raw_closed(c));
	CU_ASSERT_EQUAL(status_for(rig->backend), 0);
	CU_ASSERT(hand("tls-client-ca", "ca.pem"));
	CU_ASSERT_EQUAL(status_for(rig->backend), 200);
	(void)unlink(path);
	(void)rmdir(dir);
}

static const struct harness_test tests[] = {
	{ "(begins)", test_start },
	{ "a certificate must be one for clients", test_usage },
	{ "a connection ends with its certificate", test_end_of_certificate },
	{ "a denied certificate", test_denied },
	{ "a denied authority", test_denied_authority },
	{ "no start without a good list", test_no_list },
	{ "certificate and key are renewed, one after the other",
	  test_renewed },
	{ "a certificate that is written in place", test_written_in_place },
	{ "a connection ends with its age", test_age },
	{ "an authority that has gone", test_authority_gone },
	{ "(ends)", end_front },
	{ NULL, NULL },
};

HARNESS_MAIN("front_admission", tests)
