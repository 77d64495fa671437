/*
 * keymint.h - an Android device made of software: attestations by the thousand.
 *
 * It does what a KeyMint and the factory or the provisioning server behind it
 * do: roots, intermediates, an attestation certificate, and below it a key
 * with a KeyDescription.  All of it is plain data that a test may change
 * before km_chain_make() turns it into certificates, so that any chain can be
 * made that no device would make.  defects.h has the known bad ones by name.
 *
 *	km_chain_new(KM_RKP, LEVEL, nonce, &chain);
 *	km_int(&chain->certs[0].description->hardware, 706, 201801);
 *	km_chain_make(chain);
 *
 * Certificates are leaf first, as the evidence has them.  Keys are made once
 * in a process and used again; km_keys_in() keeps them in files, too.
 */
#ifndef KEYMINT_H
#define KEYMINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#include "tests/keymint/description.h"

#define KM_CERTS 12        /* of one chain: two more than the product takes */
#define KM_TEXT 160        /* bytes of a name */
#define KM_EXTRA 2         /* further extensions of a certificate */
#define KM_AT 1790000000LL /* 2026-09-21: chains are good at this time */

/* The signer of the application that asks for the keys. */
#define KM_SIGNER_HEX                      \
	"7369676e6572206f6620746865207570" \
	"64617465722c20333220627974650000"

enum km_alg {
	KM_P256,
	KM_P384,
	KM_RSA2048,
	KM_RSA4096,
	KM_ED25519,
	KM_P521,
	KM_RSA1024
};
enum km_level { KM_SOFTWARE, KM_TEE, KM_STRONGBOX };
enum km_shape {
	KM_FACTORY,    /* root, intermediate, batch, key */
	KM_RKP,        /* root, CA2, CA3, attestation with provisioning, key */
	KM_ATTEST_KEY, /* as RKP; an attest key above the key */
	KM_NEW_ATTEST_KEY, /* as RKP; the attest key itself, to be enrolled */
	KM_FACTORY_ATTEST_KEY, /* as factory; an attest key above the key */
};

/* CBOR of the provisioning extension. */
struct km_provisioning {
	bool present;
	int64_t issued;     /* key 1; below zero: absent */
	const char *entity; /* key 4; NULL: absent */
	int lost;           /* key 6; below zero: absent */
	struct bytes raw;   /* borrowed; instead of all, when not empty */
};

enum km_basic { KM_CA, KM_NO_CA, KM_NO_BASIC };

struct km_extension {
	const char *oid; /* NULL: none */
	struct bytes content;
	bool critical;
};

struct km_cert {
	char subject[KM_TEXT]; /* "CN=x,O=y" */
	char issuer[KM_TEXT];  /* empty: the subject of the one above */
	char serial[64];       /* hex */
	int64_t not_before, not_after;
	const char *utc_after; /* instead: a UTCTime, good or not */
	enum km_basic basic;
	int path_length;   /* below zero: none */
	const char *usage; /* OpenSSL's words; NULL: none */
	enum km_alg alg;
	unsigned slot; /* which key of that alg */
	const char
	        *key_oid; /* instead: a key of this algorithm, of bits that */
	struct bytes key_bits; /* nobody made; borrowed */
	int signer_alg;        /* below zero: the key of the one above */
	unsigned signer_slot;  /* of signer_alg */
	bool sha1;
	struct km_description *description; /* owned; NULL: none */
	struct km_provisioning provisioning;
	struct km_extension extra[KM_EXTRA]; /* borrowed */

	struct buf der; /* what km_chain_make() made */
};

struct km_chain {
	enum km_shape shape;
	enum km_level level;
	size_t n;
	struct km_cert certs[KM_CERTS];
	struct buf proof, proof_key; /* members of the evidence, when set */
	struct buf scratch; /* for borrowed things that belong to a defect */
};

/* Chains made from now on are good at this time. */
void km_time_is(int64_t seconds);
int64_t km_time(void);

/* A good chain of a locked device with its own system; not made yet. */
MUST_CHECK err_t km_chain_new(enum km_shape shape, enum km_level level,
                              struct bytes nonce, struct km_chain **ret);
void km_chain_free(struct km_chain *chain); /* accepts NULL */
DEFINE_AUTO(struct km_chain *, km_chain_free);

/* Sets the version and what belongs to it: 1..500. */
void km_set_version(struct km_chain *chain, uint64_t version);

/* Another kind of key in a certificate, and what is said of it. */
void km_set_alg(struct km_chain *chain, size_t i, enum km_alg alg);

/* Another device, another key: slots of both follow from it. */
void km_set_device(struct km_chain *chain, unsigned device, unsigned key);

/* Room for a certificate at position at; the one there moves up. */
struct km_cert *km_insert(struct km_chain *chain, size_t at);
void km_remove(struct km_chain *chain, size_t at);

/* Certificates as DER in certs[].der; again after any change. */
MUST_CHECK err_t km_chain_make(struct km_chain *chain);

/* A signature over the nonce by the key of that slot, and the key's SPKI. */
MUST_CHECK err_t km_prove(struct km_chain *chain, enum km_alg alg,
                          unsigned slot, struct bytes nonce);

/* The slot of a device's nth key, see km_set_device(). */
unsigned km_key_slot(unsigned device, unsigned key);

/* The evidence object: x5c, and the proof's members when there is one. */
MUST_CHECK err_t km_evidence(const struct km_chain *chain, struct buf *out);
void km_pem(struct bytes der, struct buf *out);

#endif
