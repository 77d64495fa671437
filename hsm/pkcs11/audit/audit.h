/*
 * audit.h - shared by the files of this directory; see hsm/audit/audit.h.
 */
#ifndef HSM_PKCS11_AUDIT_AUDIT_H
#define HSM_PKCS11_AUDIT_AUDIT_H

#include "hsm/audit/int.h"
#include "hsm/pkcs11/admin/admin.h"

/* The state of one audit. */
struct audit {
	struct p11 *p11;
	const struct audit_ops *ops;
	const char *module; /* its path */
	CK_TOKEN_INFO info;
	struct audit_failures failures;
	bool logged_in;
	size_t n_keys;
	struct audit_key *keys;    /* AUDIT_KEYS_MAX */
	CK_OBJECT_HANDLE *handles; /* of the same keys */
	CK_OBJECT_HANDLE wrap_key; /* a session object of this audit */
	size_t n_needed;           /* signature mechanisms checked so far */
	CK_MECHANISM_TYPE needed[ALG_COUNT];
};

/* audit.c, mechanism.c: members of struct hsm_admin. */
MUST_CHECK err_t p11_token_audit(const struct hsm_audited *asked,
                                 const struct secret *pin,
                                 const struct audit_ops *ops, struct buf *why);
const char *p11_mechanism_name(uint64_t type);

/* step.c: hsm_audit_failed() with the cause in a->p11; err is the result of a
 * call with a->p11, and key may be NULL. */
MUST_CHECK err_t p11_audit_step(struct audit *a, const char *doing, err_t err,
                                const struct audit_key *key);

bool p11_audit_is(const struct audit_key *key, const char *class);
bool p11_audit_type(const struct audit_key *key, const char *type);
/* True if one may be the public half of the other, by type and id.  Only a
 * signature proves it. */
bool p11_audit_are_halves(const struct audit_key *a, const struct audit_key *b);

/* token.c: reports the token, its slot, its module, its flags and PIN state;
 * p11_audit_may_log_in() returns whether the PIN may be tried. */
MUST_CHECK err_t p11_audit_token(struct audit *a);
bool p11_audit_may_log_in(const struct audit *a);

/* mechanism.c */
MUST_CHECK err_t p11_audit_mechanisms(struct audit *a);
/* Checks the mechanism by which this key signs, once for each mechanism. */
MUST_CHECK err_t p11_audit_needed(struct audit *a, const struct audit_key *key);

/* read.c: reads every key into a->keys. */
MUST_CHECK err_t p11_audit_read_keys(struct audit *a);

/* keys.c: reports findings about one key, and about the set of all keys. */
void p11_audit_key(const struct audit *a, const struct audit_key *key);
void p11_audit_set(const struct audit *a);

/* try.c: makes the attempts on the i-th key and stores their outcomes. */
void p11_audit_try(struct audit *a, size_t i);

#endif
