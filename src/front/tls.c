/*
 * tls.c - see tls.h: the context that all connections share.
 */
#include "front/tls.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/log.h"
#include "proc/role.h"
#include "base/secret.h"

struct tls {
	SSL_CTX *ctx;
};

DEFINE_AUTO(BIO *, BIO_free);
DEFINE_AUTO(X509 *, X509_free);
DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);

/* Refuses a passphrase, so that OpenSSL does not ask on the terminal. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* Logs OpenSSL's error once, for the person who corrects the files. */
static err_t
refuse_tls_file(const char *what)
{
	char why[160];

	ERR_error_string_n(ERR_get_error(), why, sizeof(why));
	ERR_clear_error();
	log_event(LOG_ERROR, "tls-refused", LOG_STR("what", what),
	          LOG_STR("why", why));
	return E_CONFIG;
}

/* Reads the whole file into one allocation, so that growing leaves no
 * copies. */
static err_t
read_pem(const struct role *r, const char *name, struct buf *out)
{
	*out = buf_of(LIMIT_PEM_BYTES);
	if (!buf_extend(out, LIMIT_PEM_BYTES))
		return E_NOMEM;
	buf_reset(out);

	err_t err = role_file_read(r, name, out);
	if (err != OK)
		log_event(LOG_ERROR, "tls-file", LOG_STR("name", name),
		          LOG_ERR(err));
	return err;
}

static void
wipe_buf(struct buf *b)
{
	if (b->data)
		secret_wipe(b->data, b->room);
	buf_release(b);
}
DEFINE_AUTO_REF(struct buf, wipe_buf);

static err_t
load_chain(SSL_CTX *ctx, BIO *in)
{
	AUTO(X509_free)
	X509 *leaf = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);

	if (!leaf || SSL_CTX_use_certificate(ctx, leaf) != 1)
		return refuse_tls_file("certificate");
	for (;;) {
		X509 *next = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);

		if (!next)
			break;
		if (SSL_CTX_add0_chain_cert(ctx, next) != 1) {
			X509_free(next);
			return refuse_tls_file("certificate chain");
		}
	}
	ERR_clear_error(); /* set by reading to the end */
	return OK;
}

static err_t
load_key(SSL_CTX *ctx, BIO *in)
{
	AUTO(EVP_PKEY_free)
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);

	if (!key || SSL_CTX_use_PrivateKey(ctx, key) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return refuse_tls_file("key");
	return OK;
}

/* The CA names are sent to clients, which select a certificate by them. */
static err_t
load_client_ca(SSL_CTX *ctx, BIO *in)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	unsigned count = 0;

	for (;; count++) {
		AUTO(X509_free)
		X509 *ca = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);

		if (!ca)
			break;
		if (X509_STORE_add_cert(store, ca) != 1 ||
		    SSL_CTX_add_client_CA(ctx, ca) != 1)
			return refuse_tls_file("client authority");
	}
	if (count == 0)
		return refuse_tls_file("client authorities: none");
	ERR_clear_error();
	return OK;
}

static err_t
load_pem_file(const struct role *r, const char *name, SSL_CTX *ctx,
              err_t (*take)(SSL_CTX *ctx, BIO *in))
{
	AUTO(wipe_buf) struct buf pem = { 0 };

	TRY(read_pem(r, name, &pem));
	AUTO(BIO_free) BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (!in)
		return E_NOMEM;
	return take(ctx, in);
}

/* ALPN (RFC 7301): HTTP/2 is preferred.  A client that offers neither HTTP/2
 * nor HTTP/1.1 is refused (section 3.2). */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x02h2\x08http/1.1";
	unsigned char *chosen = NULL;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in,
	                          in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* A record was received: `head` is its plaintext header. */
static void
count_record(struct tls_meter *m, const SSL *ssl, const uint8_t *head)
{
	/* content type and AEAD tag (RFC 8446, section 5.2) */
	size_t len = (size_t)head[3] << 8 | head[4];
	bool small = len < LIMIT_SMALL_BYTES + 1 + EVP_GCM_TLS_TAG_LEN;

	if (!SSL_is_init_finished(ssl))
		m->handshake++;
	else if (small)
		m->small++;
}

/* OpenSSL reports each record that it reads, even inside one call that would
 * read on; setting the shutdown flag stops it. */
static void
on_record(int written, int version, int type, const void *data, size_t len,
          SSL *ssl, void *arg)
{
	struct tls_meter *m = arg;
	const uint8_t *bytes = data;

	(void)version;
	if (written || !m)
		return;
	if (type == SSL3_RT_HEADER && len == SSL3_RT_HEADER_LENGTH)
		count_record(m, ssl, bytes);
	else if (type == SSL3_RT_INNER_CONTENT_TYPE && len == 1 &&
	         *bytes != SSL3_RT_APPLICATION_DATA &&
	         SSL_is_init_finished(ssl))
		m->messages++;
	if (m->handshake <= LIMIT_HANDSHAKE_RECORDS &&
	    m->messages <= LIMIT_TLS_MESSAGES && m->small <= LIMIT_SMALL)
		return;
	m->flooded = true;
	SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

static err_t
set_rules(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
	                                 SSL_OP_NO_COMPRESSION |
	                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_security_level(ctx, 2);
	SSL_CTX_set_verify(
	        ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_verify_depth(ctx, LIMIT_CHAIN_DEPTH);
	SSL_CTX_set_max_cert_list(ctx, LIMIT_CHAIN_BYTES);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	SSL_CTX_set_msg_callback(ctx, on_record);
	/* otherwise one read would process all KeyUpdates that wait */
	(void)SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	/* the output buffer may move between two writes */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                              SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1 ||
	    SSL_CTX_set_max_early_data(ctx, 0) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx,
	                             "TLS_AES_128_GCM_SHA256:"
	                             "TLS_AES_256_GCM_SHA384:"
	                             "TLS_CHACHA20_POLY1305_SHA256") != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1)
		return refuse_tls_file("settings");
	/* a trusted CA may be an intermediate one */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx),
	                            X509_V_FLAG_PARTIAL_CHAIN);
	return OK;
}

err_t
tls_new(const struct role *r, struct tls **ret_tls)
{
	AUTO(tls_free) struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return E_NOMEM;
	t->ctx = SSL_CTX_new(TLS_server_method());
	if (!t->ctx)
		return E_NOMEM;
	TRY(set_rules(t->ctx));
	TRY(load_pem_file(r, "tls-cert", t->ctx, load_chain));
	TRY(load_pem_file(r, "tls-key", t->ctx, load_key));
	TRY(load_pem_file(r, "tls-client-ca", t->ctx, load_client_ca));

	*ret_tls = TAKE(t);
	return OK;
}

STACK_OF(X509) * tls_authorities(const struct tls *t)
{
	return X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(t->ctx));
}

void
tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

struct ssl_st *
tls_session(struct tls *t, struct tls_meter *meter)
{
	SSL *ssl = SSL_new(t->ctx);

	if (ssl)
		SSL_set_msg_callback_arg(ssl, meter);
	else
		ERR_clear_error();
	return ssl;
}

void
tls_session_free(struct ssl_st *ssl)
{
	SSL_free(ssl);
}
