/*
 * ear.h - the result: an EAT Attestation Result as a signed JWT; in CBOR it is that
 * of ear_cwt.h.
 *
 * Follows draft-ietf-rats-ear-04 with an AR4SI trustworthiness vector; compact
 * JWS (RFC 7515), header typ "eat+jwt" (RFC 9782).  The key holder composes the
 * claims from typed fields and never signs text that it received.
 * docs/formats.md lists every claim.
 */
#ifndef CRYPTO_TOKEN_EAR_H
#define CRYPTO_TOKEN_EAR_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/alg.h"
#include "anchord/claims.h"
#include "anchord/limits.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/keys/keyring.h"
#include "wire/choices.h"
#include "wire/reason.h"
#include "wire/terms.h"

#define EAR_PROFILE ANCHORD_RESULT_PROFILE
#define EAR_RESULT_MAX ANCHORD_RESULT_MAX /* bytes of a JWT */
#define EAR_POLICY_ID_MAX 64              /* bytes of a policy's id */
#define EAR_FORMAT_MAX 32 /* bytes of an evidence format's name */

/* At most EAR_FORMAT_MAX characters of [a-z0-9-]; empty is valid. */
bool ear_format_valid(struct bytes name);

/* A result in CBOR (ear_cwt.h) begins with it, a CBOR array of 2, and no JWT does:
 * it is not ASCII. */
#define EAR_CWT_FIRST_BYTE 0x82

/* The form of a result that was composed here. */
enum wire_result_form ear_form(struct bytes result);

/* ear_verifier_id */
#define EAR_DEVELOPER "urn:x-anchord"
#define EAR_BUILD "anchord 1"

/* The rollout file by which the ledger judged, and what it says of the device;
 * version 0 and all else empty: none did. */
struct ear_rollout {
	struct bytes id;
	uint32_t version;
	uint8_t digest[HASH_SIZE];
	struct bytes group, stage; /* empty: none */
	uint64_t retry_after_s;    /* 0: not known; of a refusal alone */
};

/* The content of a result.  Texts are views. */
struct ear_fields {
	uint8_t jti[CTI_SIZE];
	uint64_t issued_s, expires_s; /* seconds since 1970 */
	uint64_t sequence;
	struct bytes tenant;
	uint8_t redeemed; /* 1: this result redeemed the challenge */
	uint8_t cti[CTI_SIZE];
	uint8_t nonce[HASH_SIZE];
	uint8_t workflow; /* enum workflow */
	struct bindings bindings;
	reason_set reasons;
	int8_t vector[VECTOR_COUNT];
	struct bytes format;
	uint8_t evidence[HASH_SIZE]; /* SHA-256 of the appraised evidence */
	struct bytes policy_id;
	uint32_t policy_version;
	uint8_t policy_digest[HASH_SIZE];
	/* The policy's device group, and the state that it accepted; or empty. */
	struct bytes policy_group, policy_state;
	uint32_t trust_version; /* the trust bundle; 0: without officers */
	uint8_t trust_digest[HASH_SIZE];
	struct ear_rollout rollout;
	enum wire_enrolled enrolled;
	bool pending; /* enrolled now, and waits for an approval */
	struct bytes handle;
	struct bytes confirmation; /* SubjectPublicKeyInfo; empty: no "cnf" */
};

struct ear_issuer {
	struct bytes iss; /* the service's issuer name */
	struct bytes kid;
	enum alg alg;
};

/*
 * Appends the JWS signing input, base64url(header) "." base64url(payload).  The
 * same fields give the same bytes.  E_MALFORMED: a field breaks one of these
 * rules, and nothing is composed:
 *
 *	workflow, reasons, tenant, bindings, format, times, texts: in range
 *	nonce is zero (the challenge is not ours): not redeemed, and cti and
 *	bindings are empty
 *	no reasons (eligible): redeemed, with a format, a policy, and a vector
 *	whose worst claim is affirming or a warning
 *	policy_group and policy_state: only of a redemption, and with a policy
 *	trust_digest is zero if and only if trust_version is
 *	rollout.version is 0 if and only if the rest of it is empty, but for
 *	retry_after_s, which only a refusal has
 *	confirmation is not empty: no reasons, a key of confirmation.h
 *	enrolled is not 0: no reasons, workflow enroll, a handle, and no
 *	other handle in the bindings
 *	pending: enrolled now
 *
 * ear_status is the worst tier of the reasons and of the vector, where "none"
 * is worse than "affirming" and better than "warning".
 */
MUST_CHECK err_t ear_compose(struct buf *out, const struct ear_issuer *issuer,
                             const struct ear_fields *fields);

/* Appends "." and the signature, which makes out a JWT. */
void ear_seal(struct buf *out, struct bytes signature);

/*
 * Verifies a JWT of this service: typ, alg of the key, signature, profile, and
 * exp against now_s.  payload receives the claims as JSON text.  E_MALFORMED:
 * not such a JWT.  E_DENIED: unknown key or bad signature.  E_LIMIT: expired;
 * payload is filled in.  The caller compares issuer and audience.
 */
MUST_CHECK err_t ear_verify(struct bytes jwt, const struct keyring *ring,
                            uint64_t now_s, struct buf *payload);

#endif
