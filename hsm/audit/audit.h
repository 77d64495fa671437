/*
 * audit.h - audits a token: which attributes it reports for its keys, and
 * whether it enforces them.
 *
 * Besides reading attributes the audit tries what must not work: it reads every
 * private value and tries to wrap every key under a wrapping key of its own,
 * which exists for the session only.  It leaves nothing in the token.  Values
 * that are returned are wiped at once and never reported.
 *
 * Every result is a row of audit.def.  A failed call is a finding, too
 * (AUDIT_CALL_FAILED), and the audit continues.  Errors are those of
 * hsm/admin/admin.h: no such module or token, or out of memory.
 */
#ifndef HSM_AUDIT_AUDIT_H
#define HSM_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "hsm/admin/list.h"

/* Limits. */
#define AUDIT_KEYS_MAX 256       /* keys in one audit */
#define AUDIT_MECHANISMS_MAX 512 /* of a token */
#define AUDIT_ALLOWED_MAX 16     /* of one key */
#define AUDIT_DETAIL_MAX 160     /* bytes of a finding's detail with its NUL */

enum audit_severity {
	AUDIT_ERROR,
	AUDIT_WARNING,
	AUDIT_NOTE,
	AUDIT_SEVERITIES
};
enum audit_profile { AUDIT_PRODUCTION, AUDIT_REHEARSAL, AUDIT_PROFILES };

enum audit_code {
#define FINDING(name, code, production, rehearsal, text, remedy) AUDIT_##name,
#include "hsm/audit/audit.def"
#undef FINDING
	AUDIT_CODES
};

/* A row of audit.def. */
struct audit_row {
	const char *code;
	enum audit_severity severity[AUDIT_PROFILES];
	const char *text, *remedy;
};
const struct audit_row *hsm_audit_row(enum audit_code code);
const char *hsm_audit_severity_name(enum audit_severity severity);

/* The token, its slot and its module. */
struct audit_token {
	struct hsm_token token;
	char library[33], library_maker[33], slot[65];
	unsigned library_version[2], hardware[2], firmware[2];
	unsigned long pin_min, pin_max;
	bool hardware_slot;
	bool logged_in;                  /* private objects were read */
	char known[64];                  /* name of the software token, or "" */
	char known_by[AUDIT_DETAIL_MAX]; /* the marks that matched */
};

#define AUDIT_UNSAID UINT64_MAX /* mechanism not reported */

struct audit_mechanism {
	uint64_t type;
	unsigned long min, max; /* key sizes, in the token's own unit */
	bool hardware, sign, verify, wrap, unwrap, derive, generate;
};

/* For example "CKM_ECDSA" or "TPM_ALG_HMAC"; "" for a mechanism that the
 * backends' tables do not name. */
const char *hsm_mechanism_name(uint64_t type);

/* The outcome of an attempt. */
#define AUDIT_OUTCOMES(O)         \
	O(NOT_TRIED, "not-tried") \
	O(GOOD, "good")           \
	O(BAD, "bad")             \
	O(REFUSED, "refused")     \
	O(SUCCEEDED, "succeeded") \
	O(LEAKED, "leaked")       \
	O(OFFERED, "offered")     \
	O(UNCLEAR, "unclear")

enum audit_outcome {
#define AUDIT_OUTCOME_ENUM(name, text) AUDIT_##name,
	AUDIT_OUTCOMES(AUDIT_OUTCOME_ENUM)
#undef AUDIT_OUTCOME_ENUM
};
const char *hsm_audit_outcome_name(enum audit_outcome outcome);

struct audit_key {
	struct hsm_object object;
	unsigned long bits; /* 0: not known */
	uint64_t made_by;   /* mechanism, or AUDIT_UNSAID */
	size_t n_allowed;   /* 0: no limit is reported */
	uint64_t allowed[AUDIT_ALLOWED_MAX];
	enum audit_outcome sign; /* GOOD, BAD, UNCLEAR, NOT_TRIED */
	/* REFUSED; SUCCEEDED: returned OK with bytes; LEAKED: returned an error
	 * but wrote bytes; OFFERED: would return bytes into a larger buffer;
	 * UNCLEAR; NOT_TRIED.  The bytes are never examined. */
	enum audit_outcome read;
	enum audit_outcome wrap; /* the same, without LEAKED */
	const char *read_what;   /* the attribute, or the mechanism, or "" */
	const char *wrap_what;
};

/* True if both have an id and it is the same, as a key pair in a token has. */
bool hsm_audit_same_id(const struct audit_key *a, const struct audit_key *b);

/* Called with the results: token() first and once, the others any number of
 * times.  key is NULL in a finding about the token; detail may be "". */
struct audit_ops {
	void (*token)(void *arg, const struct audit_token *token);
	void (*mechanism)(void *arg, const struct audit_mechanism *mechanism);
	void (*key)(void *arg, const struct audit_key *key);
	void (*finding)(void *arg, enum audit_code code,
	                const struct audit_key *key, const char *detail);
	void *arg;
};

/*
 * What to audit.  The PIN is tried once, but not when the token reports that
 * its next failure is the last.  Without a PIN only public objects are read,
 * which is a finding.
 *
 * Of a TPM only the keys and the counter that the URI names are audited, since
 * other objects belong to the platform.  Without a PIN no key is used.
 */
struct hsm_audited {
	struct hsm_token_name name;
	const char *lockout_off; /* token.lockout_off; NULL or "": no reason */
	/* Of a TPM: URIs of the pinned signing keys.  They replace the key that
	 * its URI names, which after a rotation is none of them. */
	const char *const *pinned;
	size_t n_pinned;
};
MUST_CHECK err_t hsm_token_audit(const struct hsm_audited *asked,
                                 const struct secret *pin,
                                 const struct audit_ops *ops, struct buf *why);

#endif
