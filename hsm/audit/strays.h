/*
 * strays.h - objects in a PKCS#11 token that nobody with the PIN need have
 * made: whoever reaches the module makes public objects, under any name.
 *
 * The service looks past them; an audit tells of them, and officers take them
 * away.  What has no name of the service's is none: neither a label that begins
 * with "anchord" nor label or id of a key that needs the PIN.
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

/* What came of it: it was only looked at, it is gone, or the token did not let
 * it go. */
enum hsm_stray_outcome { HSM_STRAY_THERE, HSM_STRAY_GONE, HSM_STRAY_KEPT };

struct hsm_strays_ops {
	void (*token)(void *arg, const struct hsm_token *token);
	void (*stray)(void *arg, const struct hsm_stray *stray,
	              enum hsm_stray_outcome outcome);
	void *arg;
};

/* Logs in, and tells of each stray; takes it away when remove is true, and looks
 * whether it is gone.  The highest counter is never one. */
MUST_CHECK err_t hsm_token_strays(const struct hsm_token_name *name,
                                  const struct secret *pin, bool remove,
                                  const struct hsm_strays_ops *ops,
                                  struct buf *why);

#endif
