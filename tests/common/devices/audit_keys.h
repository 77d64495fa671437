/*
 * audit_keys.h - creates keys with one defect in a test's token.
 */
#ifndef COMMON_DEVICES_AUDIT_KEYS_H
#define COMMON_DEVICES_AUDIT_KEYS_H

#include "tests/common/fakes/liar.h"

CK_ATTRIBUTE audit_flag(CK_ATTRIBUTE_TYPE type, bool value);

/* Imports a P-256 pair with the private key 1 or 2.  Its public half is always
 * that of 1, so the halves of 2 do not belong together. */
struct audit_import {
	uint8_t private;
	bool sensitive, extractable;
};
void audit_import_pair(const struct softtoken *t,
                       const struct audit_import *key);

/* Generates a secret key in the token that is correct except for one
 * attribute. */
struct audit_made {
	CK_MECHANISM_TYPE by;
	CK_ULONG size;
	const char *label;
	CK_ATTRIBUTE odd; /* an additional or different attribute */
};
void audit_make_secret(const struct softtoken *t, const struct audit_made *m);

/* Generates a key pair in the token that is correct except for its type and
 * size. */
struct audit_pair {
	CK_MECHANISM_TYPE by;
	CK_ATTRIBUTE size;
};
void audit_make_pair(const struct softtoken *t, const struct audit_pair *p);
/* Generates a P-256 pair that requires the PIN for each signature. */
void audit_make_asking_pair(const struct softtoken *t);
/* Generates a P-256 pair whose public half is a private object, too. */
void audit_make_hidden_pair(const struct softtoken *t);

#endif
