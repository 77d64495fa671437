/*
 * evidence.h - evidence formats behind one interface.
 *
 * A format turns bytes from outside into facts and says which nonce they
 * carry.  It does not decide freshness: appraise.h compares the nonce before
 * it asks a format for anything else.  Adding a format is one folder with one
 * const struct evidence_format, one row in formats.def, one fuzz target; what it
 * keeps of a device are facts (facts.h), which nobody else knows.
 *
 * Pure: no descriptor, no clock, no log.
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
#include "evidence/trust_context.h"
#include "wire/facts.h"
#include "wire/reason.h"
#include "wire/terms.h"

struct policy;
struct policy_group;

/* What a format found out.  reasons empty: the evidence is good. */
struct appraisal {
	reason_set reasons;
	int8_t vector[VECTOR_COUNT]; /* AR4SI, 0: nothing said */
	uint8_t identity[HASH_SIZE]; /* SHA-256 of the device's key name */
	bool identified;             /* identity is set and proved */
	struct facts facts; /* what outlives the verdict, when proved */

	/* Not 0: the chain above the key had this end, and it is past.  Only
	 * who enrolled the key before may let it pass. */
	uint64_t chain_end_s;
};

struct enrollee {
	uint8_t identity[HASH_SIZE]; /* as appraisals of its evidence give it */
	struct facts facts;
};

struct evidence_format {
	const char *name; /* as its row says it */
	const char *help; /* one line, for anchorctl */
	bool enrolls;     /* a good appraisal can enrol its key */

	/* Its evidence proves what holds the key, by a chain.  Otherwise that
	 * is the enrolment's to say, and without one nothing may be claimed. */
	bool self_proving;

	/* Whom a statement of POST /v1/enrollments/<path> names; NULL: evidence
	 * enrols.  E_MALFORMED; E_DENIED: it may not say that; why tells. */
	err_t (*enroll)(struct bytes statement, struct buf *why,
	                struct enrollee *ret_enrollee);

	/* Reads the members of the JSON object, base64 undone.  E_MALFORMED:
	 * a member missing, unknown, of the wrong type or badly encoded: a
	 * malformed request, why says which.  Undecodable content is no error
	 * here: it is found by parse(). */
	err_t (*read)(const json_t *object, struct buf *why, void **ret_own);

	/* The same from files whose kinds are recognised by content. */
	err_t (*read_files)(const struct bytes *files, size_t n,
	                    struct buf *why, void **ret_own);

	/* Parses strictly.  E_MALFORMED: evidence-malformed.  Then the nonce
	 * that the evidence carries; a view into own. */
	err_t (*parse)(void *own, struct buf *why);
	struct bytes (*nonce)(const void *own);

	/* Makes appraise() also judge the key, by what a person trusts.
	 * E_MALFORMED: a file of trust is none.  E_NOT_FOUND: no such
	 * leniency.  The service never calls it: there the ledger compares
	 * the appraisal's identity with the enrolled one. */
	const struct evidence_leniency *leniencies;
	err_t (*offline)(void *own, const struct evidence_offline *offline,
	                 struct buf *why);

	/* The same by what the service trusts; called before each appraise().
	 * NULL: the format's keys are the ledger's to compare. */
	void (*vouch)(void *own, const struct trust_context *context);
	enum anchor_purpose purpose; /* of the roots that it gets */

	/* Drops roots that are nobody's hardware, since their private keys are
	 * public.  NULL: there are none. */
	void (*drop_roots)(struct x509_roots *roots);

	/* Signature, key, policy.  policy NULL: authenticity only. */
	err_t (*appraise)(void *own, const struct policy *policy,
	                  struct appraisal *ret_appraisal);

	/* Its group of a policy, and members of `anchorctl policy check` that
	 * say what the group asks; NULL: none. */
	const struct policy_group *policy;
	void (*show_policy)(const struct policy *policy, json_t *o);

	/* Every field, no trust implied; a new object.  Also of evidence that
	 * does not parse: then "malformed" lists what.  claims() adds what the
	 * last appraise() found about the key. */
	json_t *(*inspect)(const void *own);
	json_t *(*claims)(const void *own);

	/* Names of the members that appraise() does not look at; an array. */
	json_t *(*not_appraised)(const void *own);
	void (*free)(void *own); /* accepts NULL */
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
};

#define EVIDENCE_JSON_MAX (160 * 1024) /* bytes; fits one packet */

/* Opens the evidence object of a request.  E_MALFORMED: see read().
 * E_NOT_FOUND: no such format (evidence-unsupported). */
MUST_CHECK err_t evidence_open(struct bytes json, struct buf *why,
                               struct evidence *ret_evidence);

/* The same from files.  E_NOT_FOUND, E_MALFORMED. */
MUST_CHECK err_t evidence_open_files(const char *format,
                                     const struct bytes *files, size_t n,
                                     struct buf *why,
                                     struct evidence *ret_evidence);

void evidence_release(struct evidence *evidence);
DEFINE_AUTO_REF(struct evidence, evidence_release);

void evidence_drop_roots(struct x509_roots *roots); /* all formats */

/* The format's row, or NULL; and the i-th row, NULL past the end. */
const struct evidence_format *evidence_find(struct bytes name);
const struct evidence_format *evidence_at(size_t i);

#endif
