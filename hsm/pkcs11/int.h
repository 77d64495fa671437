/*
 * int.h - shared by the files of this directory: one loaded module, one
 * session, and the macro through which every call goes.
 *
 * Not thread-safe.  A process initialises a module at most once at a time and
 * never unloads it, because modules leave threads and exit handlers behind.
 */
#ifndef HSM_PKCS11_INT_H
#define HSM_PKCS11_INT_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "hsm/core/backend.h"
#include "base/bytes.h"
#include "base/err.h"

#define P11_SLOTS_MAX 256  /* slots examined */
#define P11_LABEL_MAX 128  /* bytes of an object's label */
#define P11_ID_MAX 64      /* bytes of an object's id */
#define P11_TOKEN_LABEL 32 /* CK_TOKEN_INFO's fixed fields */
#define P11_TOKEN_SERIAL 16

enum p11_class { P11_FINE, P11_LOST, P11_LATCH, P11_REFUSE };

/* rv.c: the table of return codes.  A code without a row is P11_LOST and
 * "unknown", and the token may have checked a PIN before it. */
enum p11_class p11_rv_class(CK_RV rv);
const char *p11_rv_name(CK_RV rv);
/* True if C_Login returned this code without checking the PIN. */
bool p11_rv_before_pin(CK_RV rv);
err_t p11_rv_err(CK_RV rv); /* OK, E_DEVICE, E_LATCHED, E_DENIED */

/* uri.c: the URI of a key of the service; all four parts are required. */
struct p11_uri {
	char token[P11_TOKEN_LABEL + 1];
	char serial[P11_TOKEN_SERIAL + 1];
	size_t label_len, id_len;
	uint8_t label[P11_LABEL_MAX];
	uint8_t id[P11_ID_MAX];
};

/* An initialised module, and its session once it is open. */
struct p11 {
	CK_FUNCTION_LIST *fn;
	bool confined; /* the sandbox is locked */
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE sign_key; /* the selected one of keys */
	CK_OBJECT_HANDLE keys[HSM_KEYS_MAX];
	CK_OBJECT_HANDLE mac_key;
	struct p11_uri uri; /* which token this is */
	CK_TOKEN_INFO info; /* as read before the login */
	CK_RV rv;           /* of the last function */
	void (*call_begins)(void *arg, bool slow);
	void *arg;
	char why[HSM_WHY_MAX];
};

/* Calls a function of the module, classifies its return code, and names the
 * failed function in why. */
#define P11_CALL(p11, name, ...)  \
	(p11_begin((p11), #name), \
	 p11_door((p11), #name, (p11)->fn->name(__VA_ARGS__)))
void p11_begin(struct p11 *p11, const char *call);
MUST_CHECK err_t p11_door(struct p11 *p11, const char *call, CK_RV rv);

/* Sets why and returns err. */
err_t p11_fail(struct p11 *p11, err_t err, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The only functions that cast const away, which PKCS#11's prototypes lack. */
CK_ATTRIBUTE p11_in(CK_ATTRIBUTE_TYPE type, const void *value, size_t len);
unsigned char *p11_unconst(struct bytes v);

/* module.c: loads and initialises; p11_unload() finalises without C_Logout. */
MUST_CHECK err_t p11_load(const struct hsm_options *options, struct buf *why,
                          struct p11 **ret_p11);
void p11_unload(struct p11 *p11); /* accepts NULL */
DEFINE_AUTO(struct p11 *, p11_unload);

MUST_CHECK err_t p11_uri_parse(const char *text, struct buf *why,
                               struct p11_uri *ret_uri);
/* Appends the URI by which the service finds a key. */
MUST_CHECK err_t p11_uri_format(const struct p11_uri *uri, struct buf *out);

/* session.c */
MUST_CHECK err_t p11_slots(struct p11 *p11, CK_BBOOL with_token,
                           CK_SLOT_ID slots[static P11_SLOTS_MAX],
                           CK_ULONG *ret_n);
/* The only slot whose token has this label and, if not empty, this serial. */
MUST_CHECK err_t p11_find_slot(struct p11 *p11, const char *label,
                               const char *serial, CK_TOKEN_INFO *ret_info);
MUST_CHECK err_t p11_open_session(struct p11 *p11);
MUST_CHECK err_t p11_login(struct p11 *p11, const CK_TOKEN_INFO *info,
                           const struct hsm_options *options,
                           const struct secret *pin);
/* Copies a fixed-length, blank-padded field to a string. */
void p11_text(const unsigned char *field, size_t len, char *ret_text);

/* object.c.  p11_find() finds at most *in_out_n objects and sets the number. */
#define P11_FIND_MAX 4096 /* objects that a listing reads */
MUST_CHECK err_t p11_find(struct p11 *p11, CK_ATTRIBUTE *wanted, CK_ULONG n,
                          CK_OBJECT_HANDLE *found, CK_ULONG *in_out_n);
/* E_CONFLICT: another process destroyed the object first. */
MUST_CHECK err_t p11_destroy(struct p11 *p11, CK_OBJECT_HANDLE object);
/* Reads one attribute and sets len.  E_NOT_FOUND: the token does not have it,
 * or it does not fit into room. */
struct p11_value {
	void *data;
	size_t room, len;
};
MUST_CHECK err_t p11_read(struct p11 *p11, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE_TYPE type, struct p11_value *value);
/* Reads a boolean attribute; fallback when the token does not have it. */
MUST_CHECK err_t p11_read_bool(struct p11 *p11, CK_OBJECT_HANDLE object,
                               CK_ATTRIBUTE_TYPE type, bool fallback,
                               bool *ret_value);

/* The public half as SubjectPublicKeyInfo; alg is PS256 for an RSA key. */
MUST_CHECK err_t p11_read_spki(struct p11 *p11, CK_OBJECT_HANDLE object,
                               struct hsm_found *ret_found);

/* sign.c, mac.c, epoch.c: see backend.h. */
MUST_CHECK err_t p11_sign(void *own, enum alg alg, struct bytes in,
                          struct hsm_signature *ret_signature);
MUST_CHECK err_t p11_mac(void *own, struct bytes msg,
                         uint8_t ret_mac[static HASH_SIZE]);
MUST_CHECK err_t p11_random(void *own, uint8_t *out, size_t n);
MUST_CHECK err_t p11_epoch(void *own, uint32_t *ret_epoch);

#endif
