/*
 * ssh_key.h - an officer's public key, in OpenSSH's format.
 *
 * Accepted types, each in its one canonical encoding (RFC 4253 section 6.6, RFC
 * 5656 section 3.1, RFC 8709 section 4, OpenSSH's PROTOCOL.u2f):
 *
 *	ecdsa-sha2-nistp256, ecdsa-sha2-nistp384
 *	ssh-ed25519
 *	ssh-rsa                                   2048 to 4096 bits
 *	sk-ssh-ed25519@openssh.com                FIDO
 *	sk-ecdsa-sha2-nistp256@openssh.com        FIDO
 *
 * So two texts are the same key if and only if they are the same bytes.  Points
 * lie on their curve, numbers are as short as they can be, and what
 * key_identify() refuses is no key (crypto/keys/keyring.h).
 *
 * The application of a FIDO key begins with "ssh:", as ssh-keygen demands: by a
 * key of a web site, that site could have an officer sign.
 */
#ifndef TRUST_SSH_KEY_H
#define TRUST_SSH_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/alg.h"

#define SSH_KEY_BLOB_MAX 900 /* bytes; RSA of 4096 bits has 535 */
#define SSH_KEY_SPKI_MAX 600 /* bytes of the SubjectPublicKeyInfo */

enum ssh_key_type {
	SSH_KEY_ECDSA_P256,
	SSH_KEY_ECDSA_P384,
	SSH_KEY_ED25519,
	SSH_KEY_RSA,
	SSH_KEY_SK_ED25519,
	SSH_KEY_SK_ECDSA_P256,
	SSH_KEY_TYPES
};

struct ssh_key {
	enum ssh_key_type type;
	size_t blob_len, spki_len;
	uint8_t blob[SSH_KEY_BLOB_MAX]; /* as in the base64 of the text */
	uint8_t spki[SSH_KEY_SPKI_MAX]; /* the same key, X.509 in DER */
	uint8_t id[HASH_SIZE];          /* SHA-256 of the blob */
	char application[64];           /* of a FIDO key, otherwise "" */
};

/* As it stands in the text: "ssh-ed25519". */
const char *ssh_key_type_name(enum ssh_key_type type);

/* Parses "TYPE BASE64", with nothing before or after.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t ssh_key_parse(struct bytes text, struct ssh_key *ret_key);

/* Parses the blob alone.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t ssh_key_parse_blob(struct bytes blob, struct ssh_key *ret_key);

/* Makes the SSH key of a SubjectPublicKeyInfo (P-256, P-384, Ed25519, RSA), for
 * a key in a PKCS#11 token.  E_MALFORMED, E_NOMEM. */
MUST_CHECK err_t ssh_key_of_spki(struct bytes spki, struct ssh_key *ret_key);

/* Appends "TYPE BASE64". */
void ssh_key_put(struct buf *out, const struct ssh_key *key);

/* Appends "SHA256:..." as `ssh-keygen -l` prints it. */
void ssh_key_fingerprint(struct buf *out, const struct ssh_key *key);

bool ssh_key_is_fido(const struct ssh_key *key);

#endif
