/*
 * chain.h - the result of judging a certificate chain.
 */
#ifndef EVIDENCE_ANDROID_CHAIN_H
#define EVIDENCE_ANDROID_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/reason.h"
#include "evidence/revocation/revocation.h"
#include "crypto/x509/chain.h"

/* How the device got its attestation key; the rules about time differ. */
enum android_kind {
	ANDROID_KIND_UNKNOWN, /* judged as strictly as RKP */
	ANDROID_KIND_FACTORY, /* from the factory, for the device's life */
	ANDROID_KIND_RKP,     /* provisioned remotely, for weeks */
};

/* Filled in by android_chain_judge(). */
struct android_chain {
	reason_set reasons;
	enum android_kind kind;
	bool anchored;        /* a pinned key vouches for all certificates */
	bool signature_good;  /* the target's signature is good, too */
	bool attest_key;      /* an attest key signed the target */
	bool batch_not_ca;    /* the leniency was used */
	bool revocation_late; /* the list is within revocation.grace */
	struct x509_finding finding; /* why it is not anchored */
	bool misshapen; /* anchored, but of wrong length for its kind */
	bool revoked;   /* by the entry below*/
	size_t revoked_at;
	struct revocation revocation;
	uint8_t anchor[HASH_SIZE]; /* SHA-256 of the root's key */
	uint64_t end_s;            /* not 0: expired then; the ledger decides */
};

#endif
