/*
 * toy.h - declarations that the files of the evidence format "toy" share.
 *
 *	toy.c         the format: read, parse, appraise, enroll
 *	toy_policy.c  its group of a policy
 *
 * The format shows that a new format needs one directory and one row in a
 * table; it is not part of the product and not in docs/formats.md.  A statement
 * is the text of a JSON object:
 *
 *	{"counter": 7, "key": "<base64 SPKI>", "nonce": "<base64>",
 *	 "serial": "A-1"}
 *
 * Evidence is {"format": "toy", "signature": "<base64>", "statement":
 * "<text>"}. A card, with which a device is enrolled, is the same without a
 * nonce.
 */
#ifndef TOY_H
#define TOY_H

#include "base/auto.h"
#include "evidence/evidence.h"
#include "policy/group.h"

/* Bytes. */
#define TOY_STATEMENT_MAX 2048
#define TOY_SIGNATURE_MAX 1024
#define TOY_KEY_MAX 1024
#define TOY_NONCE_MAX 64
#define TOY_SERIAL_MAX 32

/* The members of a statement. */
struct toy_said {
	uint64_t counter; /* counts boots, never decreases */
	struct buf key, nonce;
	char serial[TOY_SERIAL_MAX + 1];
};

struct toy {
	struct buf text, signature;
	struct toy_said said;
	bool signature_good;
	struct buf trusted; /* only offline: the key given by --trust */
	bool offline;
};

/* toy_policy.c */
struct toy_rules {
	uint64_t counter_min; /* 0: no minimum */
};
extern const struct policy_group toy_policy_group;

#endif
