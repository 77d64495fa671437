/*
 * toy.h - the evidence "toy" between its files: a JSON statement, signed.
 *
 *	toy.c         the format: read, parse, appraise, enroll
 *	toy_policy.c  its group of a policy
 *
 * It is here to show that a format is one folder and one row; docs/formats.md
 * says nothing of it.  A statement is the text of a JSON object:
 *
 *	{"counter": 7, "key": "<base64 SPKI>", "nonce": "<base64>",
 *	 "serial": "A-1"}
 *
 * Evidence is {"format": "toy", "signature": "<base64>", "statement": "<text>"};
 * a card, by which a device is enrolled, is the same without a nonce.
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

/* What a statement says. */
struct toy_said {
	uint64_t counter; /* of boots: never goes back */
	struct buf key, nonce;
	char serial[TOY_SERIAL_MAX + 1];
};

struct toy {
	struct buf text, signature;
	struct toy_said said;
	bool signature_good;
	struct buf trusted; /* offline: the one key that a person trusts */
	bool offline;
};

/* toy_policy.c */
struct toy_rules {
	uint64_t counter_min; /* 0: nothing is asked */
};
extern const struct policy_group toy_policy_group;

#endif
