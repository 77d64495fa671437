/*
 * hsm_admin.h - what officers do to a PKCS#11 token: prepare it, make the
 * service's two keys, look at what is there.
 *
 * Only anchorctl and the tests use this; the key holder never does.  Each call
 * loads the module, does one thing and finalises it.  PINs come as secrets.
 *
 * Errors   E_CONFIG: unusable module.  E_NOT_FOUND: no such token, or no free
 *          slot.  E_CONFLICT: it exists already, or two tokens fit.
 *          E_LATCHED: PIN refused or near its last try.  E_DENIED: the token
 *          refuses the call.  E_DEVICE: it failed.  why receives one line.
 */
#ifndef HSM_ADMIN_H
#define HSM_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alg.h"
#include "buf.h"
#include "bytes.h"
#include "err.h"

struct secret;

#define HSM_TEXT_MAX 160   /* bytes of a name with its NUL */
#define HSM_ADMIN_SPKI 600 /* bytes of a SubjectPublicKeyInfo */

/* "anchord" and SoftHSM: keys of a software token are no evidence. */
#define HSM_SOFTWARE_WARNING "SOFTWARE TOKEN: NOT EVIDENCE"

struct hsm_token {
	char label[33], serial[17], manufacturer[33], model[17];
	bool initialized, user_pin, pin_count_low, pin_final_try, pin_locked;
	bool software; /* manufacturer is SoftHSM */
};

/* Which token: label must be given, serial may be "". */
struct hsm_token_name {
	const char *module, *label, *serial;
};

/* Initialises a free slot's token and sets its user PIN.  E_CONFLICT: a token
 * has this label already. */
MUST_CHECK err_t hsm_token_init(const struct hsm_token_name *name,
                                const struct secret *so_pin,
                                const struct secret *pin, struct buf *why,
                                struct hsm_token *ret_token);

struct hsm_keygen {
	enum alg alg;             /* RSA: of 3072 bits; in a TPM 2048 */
	const char *label;        /* of the signing key */
	struct bytes id;          /* its CKA_ID, 1..64 bytes */
	const char *handle_label; /* of the HMAC key, made when missing */
};

struct hsm_keygen_result {
	struct hsm_token token;
	bool handle_made;
	char uri[512]; /* for token.uri */
	enum alg alg;
	size_t spki_len;
	uint8_t spki[HSM_ADMIN_SPKI];
};

/* E_CONFLICT: a key of this label or id is there already. */
MUST_CHECK err_t hsm_token_keygen(const struct hsm_token_name *name,
                                  const struct secret *pin,
                                  const struct hsm_keygen *wanted,
                                  struct buf *why,
                                  struct hsm_keygen_result *ret_result);

/*
 * The same in a TPM 2.0.  The URI names the TPM and, where it says more, the
 * places (hsm/tpm2_uri.c); the result's URI has all of them, and the name of
 * the parent key, by which the key holder knows this TPM.  The parent is made
 * when missing, as are the handle key and the epoch's counter.  E_CONFLICT:
 * something is where the signing key should go.  The owner's authorisation
 * must be empty.
 */
struct hsm_tpm2_keygen {
	const char *uri;
	const struct secret *pin; /* 1..32 bytes */
	enum alg alg;
};
MUST_CHECK err_t hsm_tpm2_keygen(const struct hsm_tpm2_keygen *wanted,
                                 struct buf *why,
                                 struct hsm_keygen_result *ret_result);

/* One attribute of an object: a token may not have it. */
enum hsm_tristate { HSM_NO, HSM_YES, HSM_UNSAID };

#define HSM_ATTRIBUTES(A)                         \
	A(TOKEN, "token")                         \
	A(PRIVATE, "private")                     \
	A(SENSITIVE, "sensitive")                 \
	A(ALWAYS_SENSITIVE, "always_sensitive")   \
	A(EXTRACTABLE, "extractable")             \
	A(NEVER_EXTRACTABLE, "never_extractable") \
	A(LOCAL, "local")                         \
	A(MODIFIABLE, "modifiable")               \
	A(SIGN, "sign")                           \
	A(VERIFY, "verify")                       \
	A(ENCRYPT, "encrypt")                     \
	A(DECRYPT, "decrypt")                     \
	A(WRAP, "wrap")                           \
	A(UNWRAP, "unwrap")                       \
	A(DERIVE, "derive")

enum hsm_attribute {
#define HSM_ATTRIBUTE_ENUM(name, text) HSM_ATTRIBUTE_##name,
	HSM_ATTRIBUTES(HSM_ATTRIBUTE_ENUM)
#undef HSM_ATTRIBUTE_ENUM
	        HSM_ATTRIBUTE_COUNT
};

struct hsm_object {
	const char *class; /* "private-key" */
	const char *type;  /* "ec"; "" for data */
	char label[HSM_TEXT_MAX];
	size_t id_len;
	uint8_t id[64];
	enum hsm_tristate attributes[HSM_ATTRIBUTE_COUNT];
	size_t spki_len; /* of an EC public key */
	uint8_t spki[HSM_ADMIN_SPKI];
};

const char *hsm_attribute_name(enum hsm_attribute a);

struct hsm_list_ops {
	void (*token)(void *arg, const struct hsm_token *token);
	void (*object)(void *arg, const struct hsm_object *object);
	void *arg;
};

/* Every token of the module, or the named one (label not empty) with its
 * objects; without a PIN only the public ones. */
MUST_CHECK err_t hsm_token_list(const struct hsm_token_name *name,
                                const struct secret *pin,
                                const struct hsm_list_ops *ops,
                                struct buf *why);

/* A TPM, and what is at its persistent handles. */
MUST_CHECK err_t hsm_tpm2_list(const char *uri, const struct hsm_list_ops *ops,
                               struct buf *why);

#endif
