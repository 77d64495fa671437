/*
 * liar.h - a SoftHSM whose answers a test can replace by those of a failing or
 * hostile device.
 *
 * liar_honest_again() replaces functions in SoftHSM's own function list; struct
 * lie then selects the answers to falsify.
 */
#ifndef COMMON_FAKES_LIAR_H
#define COMMON_FAKES_LIAR_H

#include "hsm/pkcs11/int.h"
#include "hsm/core/hsm.h"
#include "tests/common/devices/softtoken.h"

struct lie {
	unsigned logins, signs, guards; /* counts of calls */
	err_t outcome;             /* reported to the guard after the login */
	CK_FLAGS token_flags;      /* added to the token's flags */
	CK_ATTRIBUTE_TYPE lie;     /* this attribute reads inverted */
	bool silent;               /* reading attributes writes nothing */
	CK_ATTRIBUTE_TYPE mute;    /* the same for this attribute only */
	CK_ATTRIBUTE instead;      /* replaces the value of this attribute */
	CK_RV login, sign, random; /* returned in place of the call */
	bool login_judged;         /* but the token gets the PIN */
	size_t sign_cut;           /* bytes missing from a signature */
	bool sign_flip;            /* one bit of a signature is wrong */
	unsigned sign_good;        /* correct signatures before that */
	int random_fill;           /* -1: real; else every byte is this */
	bool random_again;         /* every draw returns the same bytes */
	bool keep_old;             /* C_CreateObject does nothing */
	bool rival;                /* another process creates the same */
	CK_RV destroy;             /* returned by C_DestroyObject */
	bool die;                  /* C_DestroyObject kills the process */
	unsigned values;           /* reads of only CKA_VALUE so far */
	unsigned value_nth;        /* the nth such read ... */
	CK_RV value;               /* ... returns this */
	CK_RV several;             /* of reads of several attributes */
	CK_ATTRIBUTE_TYPE no_such; /* unknown, also to C_FindObjectsInit */
	CK_ATTRIBUTE crowd; /* without CKA_ID only this is found, endlessly */
	CK_ATTRIBUTE_TYPE refuse[3]; /* C_CreateObject refuses these */
	CK_RV so_create;  /* returned by C_CreateObject while the SO is in */
	bool so;          /* the SO is logged in */
	unsigned creates; /* calls of C_CreateObject */
	bool keep_pin;    /* C_SetPIN does nothing */
	CK_RV set_pin;    /* returned by C_SetPIN */
	CK_MECHANISM_TYPE no_mechanism;
};
extern struct lie lie;

/* The module's original functions, and the text of the last failure to open. */
extern CK_FUNCTION_LIST liar_honest;
extern char liar_why[256];

/* Replaces the functions at the first call, and clears struct lie. */
void liar_honest_again(const char *module);

/* Creates a token for the test, whose module answers honestly. */
#define RIG(t)                                    \
	AUTO(softtoken_close) struct softtoken t; \
	if (!softtoken_open(&(t)))                \
		return;                           \
	liar_honest_again((t).module)

struct hsm_options liar_options(const struct softtoken *t);
err_t liar_open_with(const struct hsm_options *options,
                     const struct secret *pin, struct hsm **ret_hsm);
err_t liar_open(const struct softtoken *t, struct hsm **ret_hsm);

/* Fails the test unless opening fails with that error and does not change the
 * outputs. */
void liar_refused(const struct softtoken *t, err_t wanted, const char *what);

extern const CK_BBOOL liar_yes, liar_no;
extern const uint8_t liar_id_1[1], liar_id_2[1], liar_p256[10];

/* Opens a logged-in session on the token, for changing its objects; the
 * functions below make the usual changes in one. */
struct p11 *liar_meddle(const struct softtoken *t);
/* The same without a login: whoever reaches the module. */
struct p11 *liar_visit(const struct softtoken *t);
void liar_add_pair(const struct softtoken *t, const char *label,
                   struct bytes id, bool extractable);
/* Adds a second key pair with one additional attribute. */
void liar_add_pair_with(const struct softtoken *t, const char *label,
                        struct bytes id, CK_ATTRIBUTE more);
void liar_add_object(const struct softtoken *t, CK_ATTRIBUTE *object,
                     CK_ULONG n);
void liar_drop_objects(const struct softtoken *t, CK_OBJECT_CLASS class,
                       const char *label);

#endif
