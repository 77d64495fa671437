/*
 * evidence.h - the interface of the evidence formats.
 *
 * A format parses untrusted bytes, returns the nonce that they contain, and
 * judges whether they prove what they claim.  It does not decide freshness:
 * appraise.c compares the nonce before it calls appraise().  README.md says how
 * to add a format.
 *
 * Pure: uses no descriptor and no clock, and logs nothing.
 */
#ifndef EVIDENCE_EVIDENCE_H
#define EVIDENCE_EVIDENCE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "evidence/appraisal.h"
#include "evidence/trust_context.h"

struct policy;
struct policy_group;

struct evidence_format {
	const char *name; /* as in wire/formats.def */
	const char *help; /* one line, for anchorctl */
	bool enrolls;     /* a good appraisal can enrol its key */

	/* A chain in the evidence proves that hardware holds the key.  If
	 * false, only an enrolment does, and without one no claim affirms. */
	bool self_proving;

	/* An appraisal may have a confirmation key.  If false, the key of the
	 * evidence signs no data from outside, and a workflow that demands
	 * possession refuses the format. */
	bool confirms;

	/* Its keys sign data from outside, and the identity of one is the SHA-256
	 * of its SubjectPublicKeyInfo: so a device's key can sign the next one
	 * (key_change.h).  If false, only an officer changes a key. */
	bool successors;

	/* The identity in a statement of POST /v1/enrollments/<path>; NULL:
	 * evidence enrols.  E_MALFORMED; E_DENIED: such a key must not be
	 * enrolled; why has the cause. */
	err_t (*enroll)(struct bytes statement, struct buf *why,
	                struct enrollee *ret_enrollee);

	/* Reads the members of the JSON object and decodes base64; the caller
	 * owns *ret_own.  E_MALFORMED: a member is missing, unknown, of another
	 * type or not base64: a malformed request; why names the member.  The
	 * decoded bytes are not parsed until parse(). */
	err_t (*read)(const json_t *object, struct buf *why, void **ret_own);

	/* The same from files, whose kinds are recognised by content. */
	err_t (*read_files)(const struct bytes *files, size_t n,
	                    struct buf *why, void **ret_own);

	/* Parses strictly.  E_MALFORMED: evidence-malformed.  After success
	 * nonce() returns the nonce in the evidence, a view into own. */
	err_t (*parse)(void *own, struct buf *why);
	struct bytes (*nonce)(const void *own);

	/* Offline: sets the trust by which appraise() also judges the key.
	 * E_MALFORMED: a file is not one of trust.  E_NOT_FOUND: unknown
	 * leniency.  In the service the ledger compares the identity. */
	const struct evidence_leniency *leniencies;
	err_t (*offline)(void *own, const struct evidence_offline *offline,
	                 struct buf *why);

	/* Sets the trust of the service; called before the first appraise(),
	 * which a second policy follows.  NULL: only the ledger decides whether
	 * the key is trusted. */
	void (*vouch)(void *own, const struct trust_context *context);
	enum anchor_purpose purpose; /* of the roots that it gets */

	/* Removes roots whose private keys are public.  NULL: there are none. */
	void (*drop_roots)(struct x509_roots *roots);

	/* Judges signature, key and policy.  policy NULL: authenticity only.
	 * May be called again, with another policy. */
	err_t (*appraise)(void *own, const struct policy *policy,
	                  struct appraisal *ret_appraisal);

	/* Its group of a policy; tells `anchorctl policy check` of it, or NULL. */
	const struct policy_group *policy;
	void (*show_policy)(const struct policy *policy, json_t *o);

	/* A new object with every field, unverified.  Parts that do not parse
	 * are listed under "malformed".  claims() adds what the last
	 * appraise() found about the key. */
	json_t *(*inspect)(const void *own);
	json_t *(*claims)(const void *own);

	/* An array of the names of members that appraise() ignores. */
	json_t *(*not_appraised)(const void *own);
	const struct certifier *certifier; /* certify.h, or NULL */
	void (*free)(void *own);           /* accepts NULL */
};

#define FORMAT_BY_STATEMENT(symbol, name, path, member) \
	extern const struct evidence_format evidence_##symbol;
#define FORMAT_BY_EVIDENCE(symbol, name, path) \
	extern const struct evidence_format evidence_##symbol;
#include "wire/formats.def"
#undef FORMAT_BY_STATEMENT
#undef FORMAT_BY_EVIDENCE

struct evidence {
	const struct evidence_format *format;
	void *own;

	/* Whether the format's parse() was called, and what it said: a second
	 * policy judges what was parsed for the first (appraise.c). */
	enum { EVIDENCE_UNPARSED, EVIDENCE_PARSED, EVIDENCE_BROKEN } state;
	bool vouched; /* vouch() was called */
};

#define EVIDENCE_JSON_MAX (160 * 1024) /* bytes; fits one packet */

/* Reads the evidence object of a request; the caller releases *ret_evidence.
 * E_MALFORMED: see read().  E_NOT_FOUND: unknown format
 * (evidence-unsupported). */
MUST_CHECK err_t evidence_open(struct bytes json, struct buf *why,
                               struct evidence *ret_evidence);

/* The same from files.  E_NOT_FOUND, E_MALFORMED. */
MUST_CHECK err_t evidence_open_files(const char *format,
                                     const struct bytes *files, size_t n,
                                     struct buf *why,
                                     struct evidence *ret_evidence);

void evidence_release(struct evidence *evidence);
DEFINE_AUTO_REF(struct evidence, evidence_release);

void evidence_drop_roots(struct x509_roots *roots); /* of all formats */

/* The format of this name, or NULL; the i-th format, NULL past the end. */
const struct evidence_format *evidence_find(struct bytes name);
const struct evidence_format *evidence_at(size_t i);

#endif
