/*
 * chain_kit.h - chains of trust bundles for tests, honest until a test spoils
 * them.
 *
 * An officer of that name signs with the P-256 key of that name (soft_key.h).
 * Whatever fails here ends the program.
 *
 *	chain_kit_begin()    version 1: bundle_kit_whole() as a first version, by
 *	                     "alpha bravo"; officers are alpha, bravo, charlie
 *	                     and delta (FIDO), two of whom must sign, and
 *	                     sealed-1, -2, -3 are the recovery set
 *	chain_kit_add()      a next version, which the test may change
 *	chain_kit_seal()     writes what was added since, and has it signed
 *	chain_kit_sign()     another signature
 *	chain_kit_pack()     seals, and puts the first n versions in a pack
 *	chain_kit_walk()     seals, and asks trust_walk()
 */
#ifndef COMMON_FAKES_CHAIN_KIT_H
#define COMMON_FAKES_CHAIN_KIT_H

#include "base/buf.h"
#include "base/encode.h"
#include "trust/walk.h"

#define CHAIN_KIT_MAX 112 /* versions */
#define CHAIN_KIT_HOUR 3600u
#define CHAIN_KIT_DAY 86400u
#define CHAIN_KIT_HEX (HEX_LEN(HASH_SIZE) + 1)

struct chain_kit {
	size_t n, sealed; /* versions that there are, and that are written */
	struct bundle *bundles[CHAIN_KIT_MAX];
	const char *by[CHAIN_KIT_MAX]; /* who signs, between spaces */
	bool follows[CHAIN_KIT_MAX];   /* seal fills in what it follows */
	struct buf texts[CHAIN_KIT_MAX];
	struct buf signatures[CHAIN_KIT_MAX][TRUST_SIGNATURES_MAX];
	struct trust_version versions[CHAIN_KIT_MAX];
	uint8_t genesis[HASH_SIZE]; /* of version 1, once it is sealed */
	struct trust_time time; /* now_s 0: an hour after the last was issued */
};

void chain_kit_begin(struct chain_kit *k);
void chain_kit_release(struct chain_kit *k);
DEFINE_AUTO_REF(struct chain_kit, chain_kit_release);

/* The last version once more, issued an hour later. */
struct bundle *chain_kit_add(struct chain_kit *k, enum bundle_change change,
                             const char *by);

/* Once sealed, a test changes texts and signatures, not bundles. */
void chain_kit_seal(struct chain_kit *k);

/* Begins another chain from the same version 1. */
void chain_kit_fork(const struct chain_kit *k, struct chain_kit *ret_fork);

struct buf chain_kit_pack(struct chain_kit *k, size_t n);

/* Seals; the digest of version 1 in hex, as trust.genesis_sha256 has it. */
void chain_kit_genesis(struct chain_kit *k, char ret_hex[static CHAIN_KIT_HEX]);

/* Takes all signatures of version i + 1 away. */
void chain_kit_unsign(struct chain_kit *k, size_t i);

/* Adds a signature of somebody over a message to a version. */
void chain_kit_sign(struct chain_kit *k, size_t i, const char *name,
                    const char *namespace, struct bytes message);
/* Adds any text as a signature. */
void chain_kit_attach(struct chain_kit *k, size_t i, struct bytes text);

/* The rows of a bundle. */
struct officer *chain_kit_officer(struct officer_set *set, const char *name);
void chain_kit_drop_officer(struct officer_set *set, const char *name);
void chain_kit_drop_anchor(struct bundle *b, const char *name);
/* The last key. */
void chain_kit_drop_key(struct bundle *b);

/* why is not empty if and only if the chain is not sound. */
enum trust_fault chain_kit_walk(struct chain_kit *k, struct buf *why);

/* How a test spoils a chain, and what must be said of it. */
struct chain_kit_row {
	const char *name;
	void (*spoil)(struct chain_kit *k);
	enum trust_fault fault;
};
/* How many of the rows said something else; prints which. */
size_t chain_kit_run(const struct chain_kit_row *rows, size_t n);

#endif
