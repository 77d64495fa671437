/*
 * strays.h - finds objects in a PKCS#11 token that somebody without the PIN may
 * have created: whoever can load the module can create public objects, under
 * any name.
 *
 * The service ignores them, an audit reports them, and officers remove them.
 * Only objects with a name of the service can be strays: a label that begins
 * with "anchord", or the label or id of a key that needs the PIN.
 *
 * Errors are those of hsm/admin/admin.h.
 */
#ifndef HSM_AUDIT_STRAYS_H
#define HSM_AUDIT_STRAYS_H

#include "hsm/admin/list.h"

#define HSM_STRAYS(S)                                                          \
	S(EPOCH_OPEN, "a public object under the counter's label: it never "   \
	              "counted")                                               \
	S(EPOCH_ODD, "no counter, under the counter's label")                  \
	S(EPOCH_OLD, "a counter below the one in use")                         \
	S(HALF, "a public key that belongs to no private key of its names: "   \
	        "another one does")                                            \
	S(ALONE, "a public key under a name of the service's, without a "      \
	         "private half")                                               \
	S(KEY_OPEN, "a key that can be used without the PIN, under a name of " \
	            "the service's")

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

/* What was done with it: listed only; removed; or the token refused to remove
 * it. */
enum hsm_stray_outcome { HSM_STRAY_THERE, HSM_STRAY_GONE, HSM_STRAY_KEPT };

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
