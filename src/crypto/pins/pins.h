/*
 * pins.h - the pins file: the public keys that this service believes, and when.
 *
 * The one place that public keys come from (trust.pins): written by `anchorctl
 * token keygen` and `token rotate`, opened, judged and handed on by the
 * supervisor.  A key that is not in it is not announced, not published and not
 * believed.  Text in the language of the configuration, and only as pins_put()
 * writes it: no comments, no other spacing, nothing unknown.
 *
 *	format = 1;
 *	version = 2;
 *	keys = (
 *	  {
 *	    kid = "...";                     its RFC 7638 thumbprint
 *	    token = "token";                 token.name of who may hold it
 *	    uri = "pkcs11:token=a;object=b"; where the private half is
 *	    node = 1;                        in the ids of what it signs
 *	    alg = "ES256";
 *	    public = "...";                  SubjectPublicKeyInfo, DER in base64
 *	    publish = "2026-11-23T12:00:00Z";
 *	    from = "2026-11-23T12:02:00Z";   signs from then on
 *	    until = "2026-11-23T12:30:00Z";  the last it signed has expired
 *	  }
 *	);
 *
 * The rows of one token stand together, in the order in which they sign: a key
 * signs until the next one's `from`, and has an `until` if and only if there is
 * a next one.  `publish` and `from` may be missing in a token's first row only:
 * it always did.  At most two keys of a token are alive at a time.  Another
 * list of keys that sign nothing (handles) may join `keys` in a later format.
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
#define PINS_KEPT_FILE "pins"        /* in service.state_directory */
#define PINS_TOKEN_SIZE 33           /* bytes of a token's name with the NUL */
#define PINS_URI_SIZE 1024           /* bytes with the NUL */
#define PINS_SPKI_MAX 600            /* bytes; RSA of 4096 bits has 550 */
#define PINS_VERSION_MAX 0xffffffffu /* nothing follows it */

/* How long /v1/keys may be kept by those who asked: a new key is published at
 * least that long before it signs, unless the officer says otherwise. */
#define PINS_CACHE_S 30

/* Seconds that an old key stays published after the last thing that it signed
 * has expired: clocks differ, and a batch may be under way. */
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
	uint64_t until_s;           /* 0: nothing follows it */
};

struct pins {
	uint32_t version; /* from 1; a later file has a greater one */
	size_t n;
	struct pin keys[PINS_MAX];
};

void pins_free(struct pins *pins); /* accepts NULL */
DEFINE_AUTO(struct pins *, pins_free);

/* Reads a file; needs no libcrypto, so it takes kid and public key for what
 * they say: pins_check() is for whoever uses the keys.  E_MALFORMED: why has
 * the cause, and its line if there is one.  E_NOMEM. */
MUST_CHECK err_t pins_parse(struct bytes text, struct buf *why,
                            struct pins **ret_pins);

/* Appends the file. */
void pins_put(struct buf *out, const struct pins *pins);

/* Is every row by itself, and are all together, as above?  pins_parse() asks
 * that; also for who changed them.  E_MALFORMED. */
MUST_CHECK err_t pins_judge(const struct pins *pins, struct buf *why);

/* Is every public key one, its kid the thumbprint, its algorithm one that it
 * can have?  E_MALFORMED. */
MUST_CHECK err_t pins_check(const struct pins *pins, struct buf *why);

/* A row, or NULL. */
const struct pin *pins_find(const struct pins *pins, struct bytes kid);
/* The row of that token that signs at that time; before the first one's `from`
 * that is the first.  NULL: the token has none. */
const struct pin *pins_signer(const struct pins *pins, const char *token,
                              uint64_t now_s);
/* The row that follows it at its token, or NULL. */
const struct pin *pins_next(const struct pins *pins, const struct pin *pin);

bool pin_published(const struct pin *pin, uint64_t now_s);
bool pin_over(const struct pin *pin, uint64_t now_s); /* `until` has passed */
/* May one of the node's keys have signed what is dated so?  Which one is not
 * asked: for those who never see the signature. */
bool pins_cover(const struct pins *pins, uint32_t node, uint64_t issued_s,
                uint64_t expires_s);
struct bytes pin_spki(const struct pin *pin);
struct key_terms pin_terms(const struct pin *pin);

/* A ring of all keys with their terms: node, from, until.  E_MALFORMED as pins_check(), E_NOMEM. */
MUST_CHECK err_t pins_ring(const struct pins *pins, struct keyring **ret_ring);

#endif
