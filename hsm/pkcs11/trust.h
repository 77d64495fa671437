/*
 * trust.h - the objects that hold trust in a PKCS#11 token; see
 * hsm/core/trust.h.
 *
 * A certificate is a CKO_CERTIFICATE.  The others are CKO_DATA with CKA_APPLICATION
 * "anchord"; integers are big-endian:
 *
 *	anchord-trust-genesis   the digest, 32 bytes; public, since the security
 *	                        officer makes it and can make nothing private
 *	anchord-trust-head      version (8 bytes) and digest (32); private
 *	anchord-trust-counter   the value, 8 bytes; private
 *
 * A data object's value cannot be changed, so a new value is a new object, and the
 * old one is destroyed afterwards.
 */
#ifndef HSM_PKCS11_TRUST_H
#define HSM_PKCS11_TRUST_H

#include "hsm/core/trust.h"
#include "hsm/pkcs11/data.h"

#define P11_TRUST_DATA_MAX 64 /* objects of one kind */

enum p11_trust_kind { P11_GENESIS, P11_HEAD, P11_COUNTER };

struct p11_trust_row {
	const char *label;
	size_t size; /* bytes of the value */
	bool private, numbered;
};
const struct p11_trust_row *p11_trust_row(enum p11_trust_kind kind);

struct p11_trust_datum {
	CK_OBJECT_HANDLE object;
	uint64_t number;           /* of a head or counter */
	uint8_t digest[HASH_SIZE]; /* of a head or genesis */
};
struct p11_trust_data {
	size_t n;   /* objects that are read, in the token's order */
	size_t odd; /* under this name, and none */
	struct p11_trust_datum datum[P11_TRUST_DATA_MAX];
};

/* E_NOT_FOUND: it is no such object.  E_CONFLICT: it is gone. */
MUST_CHECK err_t p11_trust_read_datum(struct p11 *p11, enum p11_trust_kind kind,
                                      CK_OBJECT_HANDLE object,
                                      struct p11_trust_datum *ret_datum);
/* E_LATCHED: more objects than P11_TRUST_DATA_MAX (of private ones); of public
 * ones the rest is not read. */
MUST_CHECK err_t p11_trust_read_data(struct p11 *p11, enum p11_trust_kind kind,
                                     struct p11_trust_data *ret_data);
/* The highest number; NULL: there is none. */
const struct p11_trust_datum *
p11_trust_highest(const struct p11_trust_data *data);

/* Certificates, those first that have CKA_TRUSTED; n_found may be more than
 * are listed. */
MUST_CHECK err_t p11_trust_find(struct p11 *p11, CK_OBJECT_HANDLE *found,
                                size_t room, size_t *ret_n, size_t *ret_found);
bool p11_is_listed(const CK_OBJECT_HANDLE *list, size_t n,
                   CK_OBJECT_HANDLE object);
/* What the token says of an object's protection.  E_CONFLICT: it is gone. */
MUST_CHECK err_t p11_trust_said(struct p11 *p11, CK_OBJECT_HANDLE object,
                                struct hsm_trust_said *ret_said);
/* Appends the value.  E_LIMIT: it is beyond the buffer's ceiling, which is judged
 * before memory is taken. */
MUST_CHECK err_t p11_trust_der(struct p11 *p11, CK_OBJECT_HANDLE object,
                               struct buf *out);

/* trust.c: see backend.h. */
MUST_CHECK err_t p11_trust_list(void *own, struct hsm_trust *ret_trust);
MUST_CHECK err_t p11_trust_certificate(void *own, uint64_t number,
                                       struct hsm_trust_certificate *ret_read);

#endif
