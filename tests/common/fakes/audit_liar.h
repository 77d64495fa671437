/*
 * audit_liar.h - false answers of a token that only an audit asks for, in
 * addition to those of liar.h: it gives keys away, hides what it is, or
 * describes itself wrongly.  Also runs an audit and counts its findings.
 */
#ifndef COMMON_FAKES_AUDIT_LIAR_H
#define COMMON_FAKES_AUDIT_LIAR_H

#include "hsm/audit/audit.h"
#include "tests/common/fakes/liar.h"

/* What C_GetAttributeValue does for a private value. */
enum value_lie {
	VALUE_HONEST,
	VALUE_GIVEN,       /* returns OK and the bytes */
	VALUE_LEAKED,      /* returns a refusal, but also the bytes */
	VALUE_TOO_SMALL,   /* returns "buffer too small" */
	VALUE_UNAVAILABLE, /* returns OK and the length "unavailable" */
	VALUE_ERROR,       /* returns an error that is not about the key */
	VALUE_NOTHING,     /* returns OK and writes nothing */
};

/* Calls that fail. */
enum audit_fail {
	FAIL_SLOT_INFO,
	FAIL_INFO,
	FAIL_MECHANISM_LIST,
	FAIL_MECHANISM_INFO,
	FAIL_SECRET_KEYS, /* to search for them */
	FAIL_LABELS,      /* to read a label */
	FAILS
};

struct audit_lie {
	bool fails[FAILS];
	CK_FLAGS flags_off;       /* removed from the token's flags */
	CK_FLAGS slot_flags;      /* added to the slot's */
	CK_FLAGS mechanism_flags; /* added to each mechanism's */
	const char *token_maker;  /* each replaces SoftHSM's own text */
	const char *token_model;
	const char *library_maker;
	const char *library_text;
	const char *slot_text;
	const char
	        *module; /* the path by which it is loaded; NULL: a link whose
	                     * name tells nothing */
	bool no_serial;
	enum value_lie value;
	CK_RV wrap;                 /* returned by C_WrapKey, except for... */
	CK_MECHANISM_TYPE wraps_by; /* ...this mechanism, which works */
	CK_RV keygen;               /* returned by C_GenerateKey */
	CK_ATTRIBUTE_TYPE number;   /* this attribute reads as number_is */
	CK_ULONG number_is;
	bool random_skewed, random_silent;
	bool mac_constant, mac_fickle;
	bool same_object_for_ever;
	CK_ULONG mechanisms; /* number of mechanisms in the list */
};
extern struct audit_lie audit_lie;

/* Like RIG() of liar.h, and also installs the functions of this file. */
#define AUDIT_RIG(t) \
	RIG(t);      \
	audit_liar_again((t).module)
void audit_liar_again(const char *module);

/* The outcome of one audit. */
struct audit_seen {
	err_t err;
	unsigned found[AUDIT_CODES];
	struct audit_token token;
	unsigned tokens, keys, mechanisms;
	char why[256];
};
struct audit_seen audit_liar_run(const struct softtoken *t, const char *serial,
                                 bool login);

/* Fails the test unless the audit finds exactly these codes (a list that ends
 * with AUDIT_CODES) and those that it finds in every SoftHSM token. */
void audit_liar_expect(const struct softtoken *t, const char *what,
                       const enum audit_code *codes);
#define EXPECT(t, what, ...) \
	audit_liar_expect(   \
	        (t), (what), \
	        (const enum audit_code[]){ __VA_ARGS__, AUDIT_CODES })
#define NOTHING AUDIT_CODES

#endif
