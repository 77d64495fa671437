/*
 * claims.h - labels of a challenge and names of a result: what a verifier of
 * either looks for.  docs/formats.md has both formats to the byte.
 *
 * For C and C++, by itself; nothing to link.
 */
#ifndef ANCHORD_CLAIMS_H
#define ANCHORD_CLAIMS_H

/* A challenge: CBOR map keys of its claims, and of its receipt's CWT claims. */
enum anchord_label {
	ANCHORD_LABEL_ISS = 1,           /* RFC 8392: the service */
	ANCHORD_LABEL_AUD = 3,           /* RFC 8392: the tenant */
	ANCHORD_LABEL_EXP = 4,           /* RFC 8392: seconds since 1970 */
	ANCHORD_LABEL_IAT = 6,           /* RFC 8392: seconds since 1970 */
	ANCHORD_LABEL_CTI = 7,           /* RFC 8392: ANCHORD_CTI_SIZE bytes */
	ANCHORD_LABEL_EAT_NONCE = 10,    /* RFC 9711: a salt of 32 bytes */
	ANCHORD_LABEL_EAT_PROFILE = 265, /* RFC 9711 */
	/* Private use (RFC 8392, section 9.1) from here on. */
	ANCHORD_LABEL_WORKFLOW = -65537,
	ANCHORD_LABEL_DEVICE_HANDLE = -65538,
	ANCHORD_LABEL_TRANSPORT = -65539,
	ANCHORD_LABEL_REQUEST = -65540,
	ANCHORD_LABEL_CHANNEL = -65541,
	ANCHORD_LABEL_TRANSACTION = -65542,
	ANCHORD_LABEL_EPOCH = -65543,      /* of the receipt alone */
	ANCHORD_LABEL_BATCH_SIZE = -65544, /* of the receipt alone */
	ANCHORD_LABEL_RELEASE = -65545,
	ANCHORD_LABEL_ACCOUNT = -65546,
	ANCHORD_LABEL_PRIVATE = -65547 /* of a result: enum anchord_member */
};

#define ANCHORD_CHALLENGE_PROFILE "urn:x-anchord:challenge:1"
#define ANCHORD_CHALLENGE_TYP "application/x-anchord-challenge+cose"

/* A result: a JWT whose claims are those of draft-ietf-rats-ear-04 and one
 * private claim, ANCHORD_CLAIM_PRIVATE, an object with the members below. */
#define ANCHORD_RESULT_PROFILE "tag:ietf.org,2026:rats/ear#04"
#define ANCHORD_RESULT_TYP "eat+jwt" /* RFC 9782 */

/* A result in CBOR (RFC 9782): its media type, and the typ of its receipt. */
#define ANCHORD_RESULT_CWT_MEDIA "application/eat+cwt"
#define ANCHORD_RESULT_RECEIPT_TYP "application/x-anchord-result+cose"

/* Labels of such a result beside those of enum anchord_label: draft-ietf-rats-ear-04,
 * but cnf (RFC 8747) and submods (RFC 9711). */
enum anchord_ear_label {
	ANCHORD_EAR_CNF = 8,
	ANCHORD_EAR_SUBMODS = 266,
	ANCHORD_EAR_STATUS = 1000,
	ANCHORD_EAR_VECTOR = 1001,
	ANCHORD_EAR_POLICY_IDS = 1003,
	ANCHORD_EAR_VERIFIER_ID = 1004
};

/* Keys of the map ANCHORD_LABEL_PRIVATE. */
enum anchord_member {
	ANCHORD_KEY_ELIGIBLE = 0,
	ANCHORD_KEY_REASONS = 1,
	ANCHORD_KEY_EVIDENCE = 2,
	ANCHORD_KEY_SEQUENCE = 3,
	ANCHORD_KEY_TRUST_VERSION = 4,
	ANCHORD_KEY_TRUST_DIGEST = 5,
	ANCHORD_KEY_WORKFLOW = 6,
	ANCHORD_KEY_CTI = 7,
	ANCHORD_KEY_BINDINGS = 8, /* a map with the labels of a challenge */
	ANCHORD_KEY_DEVICE_HANDLE = 9,
	ANCHORD_KEY_ENROLMENT = 10,
	ANCHORD_KEY_DEVICE_STATE = 11,
	ANCHORD_KEY_POLICY = 12, /* { 0: id, 1: version, 2: digest } */
	ANCHORD_KEY_ROLLOUT =
	        13 /* the same; 3: group, 4: stage, 5: retry_after */
};
#define ANCHORD_CLAIM_STATUS "ear_status"
#define ANCHORD_CLAIM_SUBMODS "submods"
#define ANCHORD_CLAIM_CNF "cnf" /* RFC 7800: by whose proof it counts */
#define ANCHORD_CLAIM_PRIVATE "anchord"
#define ANCHORD_MEMBER_ELIGIBLE "eligible" /* true: for this one thing */
#define ANCHORD_MEMBER_REASONS "reasons"   /* codes of reason.h */
#define ANCHORD_MEMBER_WORKFLOW "workflow"
#define ANCHORD_MEMBER_CTI "cti" /* hexadecimal, of the challenge */
#define ANCHORD_MEMBER_BINDINGS "bindings"
#define ANCHORD_MEMBER_DEVICE_HANDLE "device_handle"
#define ANCHORD_MEMBER_POLICY "policy"
#define ANCHORD_MEMBER_ROLLOUT "rollout" /* file, group, stage, retry_after */
#define ANCHORD_MEMBER_SEQUENCE "sequence"

#endif
