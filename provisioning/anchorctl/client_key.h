/*
 * client_key.h - a client's key that stays in a smart card or an HSM: --key is a
 * pkcs11: URI (RFC 7512), and TLS has the token sign.
 *
 * The token is used as `trust approve` uses an officer's: by --module, with the
 * PIN of --pin-file or of the terminal, one login for each signature, and none
 * when one more wrong PIN would lock it.  After a signature that failed there is
 * no other one, whatever TLS asks for.
 *
 * TLS 1.3 knows no RSA signature that a token makes for `trust approve` (RFC 8446
 * section 4.2.3), so the key is of P-256, P-384 or Ed25519.
 */
#ifndef ANCHORCTL_CLIENT_KEY_H
#define ANCHORCTL_CLIENT_KEY_H

#include <stdbool.h>

#include "base/auto.h"
#include "provisioning/anchorctl/verb.h"

struct client_key;

struct client_key_place {
	const char *uri, *module; /* module may be NULL, which is refused */
	const char *pin_file;     /* NULL: the terminal */
	const char *cert;         /* PEM, with its chain */
};

/* True if --key names a key in a token, and no file. */
bool client_key_in_token(const char *key);

/* Finds the key's public half, and reads the PIN, which is not tried yet.  The
 * strings of the place are borrowed.  VERB_GOOD, or another status after a
 * message. */
MUST_CHECK int client_key_open(const struct cli *cli,
                               const struct client_key_place *place,
                               struct client_key **ret_key);
void client_key_close(struct client_key *key); /* accepts NULL */
DEFINE_AUTO(struct client_key *, client_key_close);

/* Gives certificate and key to an SSL_CTX, which must end before the key is
 * closed.  False: client_key_fail() has the cause. */
MUST_CHECK bool client_key_use(struct client_key *key, void *ssl_ctx);

/* True if client_key_use() or a signature failed: then client_key_fail() prints
 * the cause, and returns the exit status. */
bool client_key_failed(const struct client_key *key); /* accepts NULL */
int client_key_fail(struct client_key *key);

#endif
