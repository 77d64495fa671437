/*
 * liar.h - a SoftHSM that tells the truth until a test says otherwise.
 *
 * SoftHSM's own function list is the seam: liar_honest_again() puts functions
 * of ours into it, struct lie then says which answers are those of a failing
 * or hostile device.
 */
#ifndef COMMON_FAKES_LIAR_H
#define COMMON_FAKES_LIAR_H

#include "hsm/pkcs11/int.h"
#include "hsm/core/hsm.h"
#include "tests/common/devices/softtoken.h"

struct lie {
	unsigned logins, signs, guards;
	err_t outcome;               /* what the guard was told of the login */
	CK_FLAGS token_flags;        /* added to what the token says */
	CK_ATTRIBUTE_TYPE lie;       /* this attribute reads inverted */
	bool silent;                 /* attributes: OK, and nothing written */
	CK_ATTRIBUTE_TYPE mute;      /* the same for this one alone */
	CK_ATTRIBUTE instead;        /* this one's value is another */
	CK_RV login, sign, random;   /* answered in place of a call */
	bool login_judged;           /* the token sees the PIN all the same */
	size_t sign_cut;             /* bytes too few */
	bool sign_flip;              /* one bit wrong */
	unsigned sign_good;          /* signatures before the lie begins */
	int random_fill;             /* -1: real; else this byte */
	bool random_again;           /* the same draw each time */
	bool keep_old;               /* C_CreateObject: OK, nothing done */
	bool rival;                  /* another makes the same, with its mark */
	CK_RV destroy;               /* answered by C_DestroyObject */
	bool die;                    /* C_DestroyObject: killed there */
	unsigned values;             /* reads of a CKA_VALUE alone, so far */
	unsigned value_nth;          /* this one of them ... */
	CK_RV value;                 /* ... is answered by this */
	CK_ATTRIBUTE_TYPE no_such;   /* not known, not to C_FindObjectsInit */
	CK_ATTRIBUTE_TYPE refuse[3]; /* C_CreateObject: not with these */
	CK_RV so_create; /* C_CreateObject, while the SO is logged in */
	bool so;         /* he is */
	unsigned creates;
	bool keep_pin; /* C_SetPIN: OK, nothing done */
	CK_RV set_pin; /* what it answers, done or not */
	CK_MECHANISM_TYPE no_mechanism;
};
extern struct lie lie;

/* The module as it was, and one line about the last refusal to open. */
extern CK_FUNCTION_LIST liar_honest;
extern char liar_why[256];

/* Puts the seam in, once, and makes the module honest again. */
void liar_honest_again(const char *module);

/* A token of the test's own, its module liar_honest. */
#define RIG(t)                                    \
	AUTO(softtoken_close) struct softtoken t; \
	if (!softtoken_open(&(t)))                \
		return;                           \
	liar_honest_again((t).module)

struct hsm_options liar_options(const struct softtoken *t);
err_t liar_open_with(const struct hsm_options *options,
                     const struct secret *pin, struct hsm **ret_hsm);
err_t liar_open(const struct softtoken *t, struct hsm **ret_hsm);

/* Opening must fail with this, and touch nothing. */
void liar_refused(const struct softtoken *t, err_t wanted, const char *what);

extern const CK_BBOOL liar_yes, liar_no;
extern const uint8_t liar_id_1[1], liar_id_2[1], liar_p256[10];

/* A logged-in session on the token, to put strange objects into it; and the
 * three things that are mostly done in one. */
struct p11 *liar_meddle(const struct softtoken *t);
/* The same without a login: whoever reaches the module. */
struct p11 *liar_visit(const struct softtoken *t);
void liar_add_pair(const struct softtoken *t, const char *label,
                   struct bytes id, bool extractable);
/* A second key pair, with one attribute of its own. */
void liar_add_pair_with(const struct softtoken *t, const char *label,
                        struct bytes id, CK_ATTRIBUTE more);
void liar_add_object(const struct softtoken *t, CK_ATTRIBUTE *object,
                     CK_ULONG n);
void liar_drop_objects(const struct softtoken *t, CK_OBJECT_CLASS class,
                       const char *label);

#endif
