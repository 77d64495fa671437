/*
 * strays.h - finds objects in a PKCS#11 token that may have been created
 * without the PIN.
 *
 * Every process that can load the module can create public objects in the
 * token, with any label and id.  The service ignores such objects, an audit
 * reports them, and an officer removes them.  Only objects with a name of the
 * service can be strays: a label that begins with "anchord", or the label or id
 * of a key that needs the PIN.
 *
 * Errors are those of hsm/admin/admin.h.
 */
#ifndef HSM_AUDIT_STRAYS_H
#define HSM_AUDIT_STRAYS_H

#include "hsm/admin/list.h"

#define HSM_STRAYS(S)                                                         \
	S(EPOCH_OPEN, "a public object with the counter's label, which the "  \
	              "service ignores")                                      \
	S(EPOCH_ODD, "an object with the counter's label that is no counter") \
	S(EPOCH_OLD, "an old counter, below the one in use")                  \
	S(HALF, "a public key with the names of a private key to which "      \
	        "another public key belongs")                                 \
	S(ALONE, "a public key with a name of the service, without a "        \
	         "private half")                                              \
	S(KEY_OPEN, "a key with a name of the service that can be used "      \
	            "without the PIN")                                        \
	S(TRUST_OPEN, "a public object with the name of a trust object, "     \
	              "which does not count")

enum hsm_stray_kind {
#define HSM_STRAY_ENUM(name, text) HSM_STRAY_##name,
	HSM_STRAYS(HSM_STRAY_ENUM)
#undef HSM_STRAY_ENUM
	        HSM_STRAY_KINDS
};
const char *hsm_stray_text(enum hsm_stray_kind kind);

struct hsm_stray {
	enum hsm_stray_kind kind;
	struct hsm_object object;
};

enum hsm_stray_outcome {
	HSM_STRAY_THERE, /* listed only */
	HSM_STRAY_GONE,  /* removed */
	HSM_STRAY_KEPT,  /* the token refused to remove it */
};

struct hsm_strays_ops {
	void (*token)(void *arg, const struct hsm_token *token);
	void (*stray)(void *arg, const struct hsm_stray *stray,
	              enum hsm_stray_outcome outcome);
	void *arg;
};

/* Logs in and reports each stray; with remove set it removes each and checks
 * the result.  The highest counter is never a stray. */
MUST_CHECK err_t hsm_token_strays(const struct hsm_token_name *name,
                                  const struct secret *pin, bool remove,
                                  const struct hsm_strays_ops *ops,
                                  struct buf *why);

#endif
