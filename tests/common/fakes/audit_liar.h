/*
 * audit_liar.h - the lies that only an audit meets, on top of liar.h's: a
 * token that gives its keys away, denies what it is, or describes itself
 * wrongly.  And one audit as a count of what it found.
 */
#ifndef COMMON_FAKES_AUDIT_LIAR_H
#define COMMON_FAKES_AUDIT_LIAR_H

#include "hsm/audit/audit.h"
#include "tests/common/fakes/liar.h"

/* What C_GetAttributeValue does when asked for a private value. */
enum value_lie {
	VALUE_HONEST,
	VALUE_GIVEN,       /* OK, and bytes */
	VALUE_LEAKED,      /* a refusal, and bytes all the same */
	VALUE_TOO_SMALL,   /* it would, had we room */
	VALUE_UNAVAILABLE, /* OK, and "there is none" */
	VALUE_ERROR,       /* fails, without a word about the key */
	VALUE_NOTHING,     /* OK, and writes nothing */
};

/* Calls that fail. */
enum audit_fail {
	FAIL_SLOT_INFO,
	FAIL_INFO,
	FAIL_MECHANISM_LIST,
	FAIL_MECHANISM_INFO,
	FAIL_SECRET_KEYS, /* looking for them */
	FAIL_LABELS,      /* reading one */
	FAILS
};

struct audit_lie {
	bool fails[FAILS];
	CK_FLAGS flags_off;       /* taken from the token's flags */
	CK_FLAGS slot_flags;      /* added to the slot's */
	CK_FLAGS mechanism_flags; /* added to each mechanism's */
	const char *token_maker;  /* in place of SoftHSM, each alone */
	const char *token_model;
	const char *library_maker;
	const char *library_text;
	const char *slot_text;
	const char
	        *module; /* the path by which it is loaded; NULL: a link whose
	                     * name tells nothing */
	bool no_serial;
	enum value_lie value;
	CK_RV wrap;                 /* answered by C_WrapKey, unless... */
	CK_MECHANISM_TYPE wraps_by; /* ...this one, which then works */
	CK_RV keygen;               /* answered by C_GenerateKey */
	CK_ATTRIBUTE_TYPE number;   /* this attribute reads as number_is */
	CK_ULONG number_is;
	bool random_skewed, random_silent;
	bool mac_constant, mac_fickle;
	bool same_object_for_ever;
	CK_ULONG mechanisms; /* so many are listed */
};
extern struct audit_lie audit_lie;

/* RIG() of liar.h, and this seam too. */
#define AUDIT_RIG(t) \
	RIG(t);      \
	audit_liar_again((t).module)
void audit_liar_again(const char *module);

/* One audit. */
struct audit_seen {
	err_t err;
	unsigned found[AUDIT_CODES];
	struct audit_token token;
	unsigned tokens, keys, mechanisms;
	char why[256];
};
struct audit_seen audit_liar_run(const struct softtoken *t, const char *serial,
                                 bool login);

/* The audit must find exactly these (a list that ends with AUDIT_CODES), and
 * what every SoftHSM token shows besides. */
void audit_liar_expect(const struct softtoken *t, const char *what,
                       const enum audit_code *codes);
#define EXPECT(t, what, ...) \
	audit_liar_expect(   \
	        (t), (what), \
	        (const enum audit_code[]){ __VA_ARGS__, AUDIT_CODES })
#define NOTHING AUDIT_CODES

#endif
