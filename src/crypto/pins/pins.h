/*
 * pins.h - the pins file: the public keys of this service and their times.
 *
 * It is the only source of public keys (trust.pins).  `anchorctl token keygen`
 * and `token rotate` write it; the supervisor opens and checks it and hands it
 * to the roles.  A key that is not in it is not announced, not published and
 * not trusted.  It has the syntax of the configuration, exactly as pins_put()
 * writes it: no comments, no other spacing, no unknown setting.
 *
 *	format = 1;
 *	version = 2;
 *	keys = (
 *	  {
 *	    kid = "...";                     its RFC 7638 thumbprint
 *	    token = "token";                 token.name of the token that has it
 *	    uri = "pkcs11:token=a;object=b"; the private half
 *	    node = 1;                        in the ids of its challenges
 *	    alg = "ES256";
 *	    public = "...";                  SubjectPublicKeyInfo, DER in base64
 *	    publish = "2026-11-23T12:00:00Z";
 *	    from = "2026-11-23T12:02:00Z";   signs from this time on
 *	    until = "2026-11-23T12:30:00Z";  all that it signed has expired
 *	  }
 *	);
 *
 * The rows of one token are adjacent and in the order in which the keys sign.
 * A key signs until the `from` of the next row, and it has an `until` if and
 * only if there is a next row.  Only in a token's first row may `publish` and
 * `from` be missing; that key has always signed.  At most two keys of a token
 * are in use at a time.
 */
#ifndef CRYPTO_PINS_PINS_H
#define CRYPTO_PINS_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/keys/keyring.h"

#define PINS_MAX KEYRING_MAX         /* keys */
#define PINS_FILE_MAX (128 * 1024)   /* bytes */
#define PINS_KEPT_FILE "pins"        /* name in service.state_directory */
#define PINS_TOKEN_SIZE 33           /* bytes of a token's name with the NUL */
#define PINS_URI_SIZE 1024           /* bytes with the NUL */
#define PINS_SPKI_MAX 600            /* bytes; RSA of 4096 bits has 550 */
#define PINS_VERSION_MAX 0xffffffffu /* the last possible version */

/* Seconds that a client may cache /v1/keys.  A new key is published at least
 * that long before it signs, unless the officer decides otherwise. */
#define PINS_CACHE_S 30

/* Seconds that an old key stays published after the last thing that it signed
 * has expired, to allow for clock skew and a batch in progress. */
#define PINS_MARGIN_S 30

struct pin {
	char kid[KID_SIZE];
	char token[PINS_TOKEN_SIZE];
	char uri[PINS_URI_SIZE];
	uint32_t node;
	enum alg alg;
	size_t spki_len;
	uint8_t spki[PINS_SPKI_MAX];
	uint64_t publish_s, from_s; /* 0: always */
	uint64_t until_s;           /* 0: no successor */
};

struct pins {
	uint32_t version; /* from 1; grows with each file */
	size_t n;
	struct pin keys[PINS_MAX];
};

void pins_free(struct pins *pins); /* accepts NULL */
DEFINE_AUTO(struct pins *, pins_free);

/* Parses a file without libcrypto, and so does not check that kid and public
 * key fit: a role that uses the keys calls pins_check().  E_MALFORMED: why has
 * the cause and, if there is one, the line.  E_NOMEM. */
MUST_CHECK err_t pins_parse(struct bytes text, struct buf *why,
                            struct pins **ret_pins);

/* Appends the file's text. */
void pins_put(struct buf *out, const struct pins *pins);

/* Checks the rules above for each row and for all rows together.  pins_parse()
 * does that; call it after changing rows.  E_MALFORMED. */
MUST_CHECK err_t pins_judge(const struct pins *pins, struct buf *why);

/* Checks that every public key decodes, that its kid is the thumbprint and that
 * the algorithm fits.  E_MALFORMED. */
MUST_CHECK err_t pins_check(const struct pins *pins, struct buf *why);

/* The row with that kid, or NULL. */
const struct pin *pins_find(const struct pins *pins, struct bytes kid);
/* The token's row that signs at that time; before the `from` of the first row,
 * the first.  NULL: the token has no row. */
const struct pin *pins_signer(const struct pins *pins, const char *token,
                              uint64_t now_s);
/* The next row of the same token, or NULL. */
const struct pin *pins_next(const struct pins *pins, const struct pin *pin);

bool pin_published(const struct pin *pin, uint64_t now_s);
bool pin_over(const struct pin *pin, uint64_t now_s); /* `until` has passed */
/* True if a key of the node may have signed a challenge with these times; for a
 * role that does not see the signature and so does not know the key. */
bool pins_cover(const struct pins *pins, uint32_t node, uint64_t issued_s,
                uint64_t expires_s);
struct bytes pin_spki(const struct pin *pin);
struct key_terms pin_terms(const struct pin *pin);

/* A ring of all keys with their terms: node, from, until.  E_MALFORMED as
 * pins_check() returns it, E_NOMEM. */
MUST_CHECK err_t pins_ring(const struct pins *pins, struct keyring **ret_ring);

#endif
