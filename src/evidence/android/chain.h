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

/* How the device got its attestation key.  A factory's chain may have expired;
 * another one only above an attest key that was enrolled before. */
enum android_kind {
	ANDROID_KIND_UNKNOWN, /* judged as strictly as RKP */
	ANDROID_KIND_FACTORY, /* from the factory, for the device's life */
	ANDROID_KIND_RKP,     /* provisioned remotely, for weeks */
};

/* Filled in by android_chain_judge(). */
struct android_chain {
	reason_set reasons;
	enum android_kind kind;
	bool anchored;        /* the path leads to a pinned key */
	bool signature_good;  /* anchored, and the target's signature holds */
	bool attest_key;      /* an attest key signed the target */
	bool batch_not_ca;    /* the leniency was used */
	bool revocation_late; /* the list is within revocation.grace */
	struct x509_finding finding; /* why it is not anchored */
	bool misshapen;    /* anchored, but of wrong length for its kind */
	bool revoked;      /* the next two members are set */
	size_t revoked_at; /* index of the revoked certificate */
	struct revocation revocation;
	uint8_t anchor[HASH_SIZE]; /* SHA-256 of the root's key */
	uint64_t end_s; /* if not 0, the chain expired at this time and the
	                 * ledger decides whether the key was enrolled before */
};

#endif
