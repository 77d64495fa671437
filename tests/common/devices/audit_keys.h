/*
 * audit_keys.h - keys with one defect, put into a test's token.
 */
#ifndef COMMON_DEVICES_AUDIT_KEYS_H
#define COMMON_DEVICES_AUDIT_KEYS_H

#include "tests/common/fakes/liar.h"

CK_ATTRIBUTE audit_flag(CK_ATTRIBUTE_TYPE type, bool value);

/* P-256 with the private key 1 or 2; the public half is always that of 1. */
struct audit_import {
	uint8_t private;
	bool sensitive, extractable;
};
void audit_import_pair(const struct softtoken *t,
                       const struct audit_import *key);

/* A secret key made in the token, faultless but for one attribute. */
struct audit_made {
	CK_MECHANISM_TYPE by;
	CK_ULONG size;
	const char *label;
	CK_ATTRIBUTE odd; /* what it has besides, or instead */
};
void audit_make_secret(const struct softtoken *t, const struct audit_made *m);

/* A pair made in the token, faultless but for its kind and size. */
struct audit_pair {
	CK_MECHANISM_TYPE by;
	CK_ATTRIBUTE size;
};
void audit_make_pair(const struct softtoken *t, const struct audit_pair *p);
/* A P-256 pair that asks for the PIN at each signature. */
void audit_make_asking_pair(const struct softtoken *t);

#endif
