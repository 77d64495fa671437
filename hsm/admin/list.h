/*
 * list.h - lists the objects of a token with the attributes that it reports.
 *
 * Errors are those of admin.h.
 */
#ifndef HSM_ADMIN_LIST_H
#define HSM_ADMIN_LIST_H

#include "hsm/admin/admin.h"
#include "hsm/core/tristate.h"

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
	A(DERIVE, "derive")                       \
	A(ALWAYS_AUTHENTICATE, "always_authenticate")

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
	size_t spki_len; /* of a public key that the service could use */
	uint8_t spki[HSM_ADMIN_SPKI];
};

const char *hsm_attribute_name(enum hsm_attribute a);

struct hsm_list_ops {
	void (*token)(void *arg, const struct hsm_token *token);
	void (*object)(void *arg, const struct hsm_object *object);
	void *arg;
};

/* Reports every token of the module, or the named one (label not empty) with
 * its objects; without a PIN only with its public objects.  Of a TPM it reports
 * the objects at its persistent handles, which needs no PIN. */
MUST_CHECK err_t hsm_token_list(const struct hsm_token_name *name,
                                const struct secret *pin,
                                const struct hsm_list_ops *ops,
                                struct buf *why);

#endif
