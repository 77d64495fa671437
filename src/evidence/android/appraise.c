/*
 * appraise.c - appraises an Android key attestation.
 *
 * A key is trusted if a chain that keeps the rules of chain.c leads to a pinned
 * root.  The hardware's description of the device is then judged by the policy;
 * without a policy it is only shown.
 */
#include "evidence/android/levels.h"
#include "evidence/android/trust.h"

#include "crypto/digest.h"
#include "base/encode.h"
#include "policy/policy.h"
#include "evidence/android/policy.h"
#include "crypto/keys/signature.h"

/* Values of AR4SI claims that do not follow from a reason; those of reasons are
 * in reason.def.  docs/formats-android-verdicts.md has the table. */
#define CLAIM_AFFIRMED 2
#define CLAIM_BOOT_APPROVED 3
#define CLAIM_WARNING 32

#define BOOT_KEY_MAX 64 /* bytes of a fact's value; devices have 32 */

static bool
has_key_reason(reason_set reasons, enum reason reason)
{
	return reasons & reason_bit(reason);
}

/* True if the evidence proves nothing; then sets only the claims about the key
 * and its hardware, to the value of the gravest reason. */
static bool
set_unproved(const struct android_chain *chain, struct appraisal *a)
{
	enum reason why = REASON_COUNT;

	if (has_key_reason(a->reasons, REASON_EVIDENCE_SIGNATURE))
		why = REASON_EVIDENCE_SIGNATURE;
	else if (has_key_reason(a->reasons, REASON_CHAIN_REVOKED))
		why = REASON_CHAIN_REVOKED;
	else if (!chain->signature_good ||
	         has_key_reason(a->reasons, REASON_CHAIN_MALFORMED))
		why = REASON_CHAIN_MALFORMED;
	if (why == REASON_COUNT)
		return false;
	a->vector[VECTOR_INSTANCE_IDENTITY] = reason_claim(why).number;
	a->vector[VECTOR_HARDWARE] = reason_claim(why).number;
	return true;
}

/* Sets the claims that the evidence affirms, then lowers those that a reason
 * contradicts. */
static void
set_android_vector(const struct android_chain *chain, bool policy,
                   struct appraisal *a)
{
	if (set_unproved(chain, a))
		return;
	a->vector[VECTOR_INSTANCE_IDENTITY] =
	        chain->revocation_late ? CLAIM_WARNING : CLAIM_AFFIRMED;
	a->vector[VECTOR_HARDWARE] = CLAIM_AFFIRMED;
	if (policy) {
		a->vector[VECTOR_EXECUTABLES] = CLAIM_BOOT_APPROVED;
		a->vector[VECTOR_CONFIGURATION] = CLAIM_AFFIRMED;
	}
	reason_set_claims(a->reasons, a->vector);
}

/* Before enrolment only the chain identifies a key, so a proof by another key
 * is refused. */
static void
judge_proof(struct android_evidence *e, bool enroll, struct appraisal *a)
{
	if (e->proof.len == 0)
		return;
	if (!e->proof_good)
		a->reasons |= reason_bit(REASON_EVIDENCE_SIGNATURE);
	else if (enroll && !android_proof_is_own(e))
		a->reasons |= reason_bit(REASON_DEVICE_KEY_MISMATCH);
}

/* A key whose signatures this program cannot verify, such as X25519 or ML-DSA,
 * can be attested, but after its enrolment no proof by it could be verified. */
static void
judge_enrolled(const struct android_evidence *e, struct appraisal *a)
{
	const struct x509_cert *cert = e->certs[e->vouched].x509;

	if (signature_check_key(x509_cert_spki(cert)) != OK)
		a->reasons |= reason_bit(REASON_KEY_UNSUPPORTED);
}

/* The identity is the key that signed the proof or, without a proof, the key
 * that the hardware attests.  Keys that an attest key attests have the identity
 * of the attest key. */
static void
set_identity(const struct android_evidence *e, struct appraisal *a)
{
	bool by_proof = e->proof.len > 0;

	if (!e->chain.signature_good || (by_proof && !e->proof_good))
		return;
	digest_sha256(by_proof ? buf_bytes(&e->proof_key)
	                       : x509_cert_spki(e->certs[e->vouched].x509),
	              a->identity);
	a->identified = true;

	/* Only the enrolment of the attested key itself proves that this chain
	 * was valid earlier. */
	if (by_proof && !android_proof_is_own(e) && e->chain.end_s != 0)
		a->reasons |= reason_bit(REASON_CHAIN_EXPIRED);
	else
		a->chain_end_s = e->chain.end_s;
}

/* A level that no device can have yet counts as absent, because the ledger
 * remembers the highest one and refuses lower ones. */
static uint32_t
patch_of(uint64_t level, uint64_t at_s)
{
	return android_patch_exists(level, at_s) ? (uint32_t)level : 0;
}

static uint32_t
version_of(uint64_t version, uint64_t at_s)
{
	return android_version_exists(version, at_s) ? (uint32_t)version : 0;
}

/* The names are those of members of enrolments in the API (docs/api.md). */
static err_t
add_levels(const struct android_list *h, uint64_t at_s, struct facts *facts)
{
	const struct {
		const char *name;
		enum fact_rule rule;
		uint32_t value;
	} rows[] = {
		{ "os_version", FACT_NOT_BELOW,
		  version_of(h->os_version, at_s) },
		{ "os_patch_level", FACT_NOT_BEFORE,
		  patch_of(h->os_patch_level, at_s) },
		{ "vendor_patch_level", FACT_NOT_BEFORE,
		  patch_of(h->vendor_patch_level, at_s) },
		{ "boot_patch_level", FACT_NOT_BEFORE,
		  patch_of(h->boot_patch_level, at_s) },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		TRY(facts_add_number(facts, rows[i].rule,
		                     bytes_of_str(rows[i].name),
		                     rows[i].value));
	return OK;
}

static err_t
set_facts(const struct android_evidence *e, uint64_t at_s, struct appraisal *a)
{
	const struct android_list *h = &android_target(e)->hardware_enforced;
	struct bytes boot_key = h->root_of_trust.verified_boot_key;

	if (!e->chain.signature_good)
		return OK;
	if (boot_key.len > BOOT_KEY_MAX) {
		a->reasons |= reason_bit(REASON_BOOT_STATE);
		boot_key = bytes_of(NULL, 0);
	}
	TRY(facts_add_bytes(&a->facts, FACT_EQUAL,
	                    bytes_of_str("verified_boot_key"), boot_key));
	return add_levels(h, at_s, &a->facts);
}

/* A signature by the key before is worth what a proof is: it does not say that both
 * keys are in one device.  So a policy that takes no proofs takes none of it. */
static reason_set
judge_succession(const struct android_trust *trust,
                 const struct policy_android *rules)
{
	return trust->succeeds && rules && rules->no_proofs
	               ? reason_bit(REASON_KEY_ORIGIN)
	               : 0;
}

/* The root names no device, so it is left out. */
static void
set_chain(const struct android_evidence *e, struct appraisal *a)
{
	_Static_assert(ANDROID_CHAIN_MAX <= APPRAISAL_CHAIN_MAX,
	               "each certificate has a digest");
	for (size_t i = e->vouched; a->reasons == 0 && i + 1 < e->n; i++)
		digest_sha256(buf_bytes(&e->certs[i].der),
		              a->chain[a->n_chain++]);
}

static void
judge_signatures(struct android_evidence *e, const struct android_trust *trust,
                 bool lenient)
{
	unsigned as = lenient ? ANDROID_LENIENT : ANDROID_STRICT;

	if (e->judged == as)
		return;
	android_chain_judge(e, trust, lenient, &e->chain);
	e->proof_good = e->proof.len > 0 && android_proof_holds(e);
	e->judged = as;
}

err_t
android_appraise(void *own, const struct policy *policy,
                 struct appraisal *ret_appraisal)
{
	static const struct android_trust none = { 0 };
	struct android_evidence *e = own;
	const struct android_trust *trust = e->trust ? e->trust : &none;
	const struct policy_android *rules =
	        policy ? policy_android(policy) : NULL;
	struct appraisal a = { 0 };

	judge_signatures(e, trust,
	                 trust->batch_not_ca || (rules && rules->batch_not_ca));
	a.reasons = e->chain.reasons;
	/* Without a good chain and signature, the description proves nothing
	 * and is not judged. */
	if (rules && e->chain.signature_good) {
		a.reasons |=
		        android_rules_judge(e, &e->chain, rules, trust->at_s);
		a.state = android_rules_state(
		        rules, &android_target(e)->hardware_enforced);
	}
	a.reasons |= judge_succession(trust, rules);
	judge_proof(e, trust->enroll, &a);
	if (trust->enroll)
		judge_enrolled(e, &a);
	set_identity(e, &a);
	TRY(set_facts(e, trust->at_s, &a));
	e->confirmation.len = 0;
	if (a.reasons == 0)
		e->confirmation = android_possession(e);
	set_chain(e, &a);
	a.confirmation = e->confirmation;
	set_android_vector(&e->chain, rules != NULL, &a);
	*ret_appraisal = a;
	return OK;
}

/* --- the claims as JSON --------------------------------------------------- */

static const char *
kind_name(enum android_kind kind)
{
	static const char *const names[] = {
		[ANDROID_KIND_UNKNOWN] = "unknown",
		[ANDROID_KIND_FACTORY] = "factory",
		[ANDROID_KIND_RKP] = "rkp",
	};

	return names[kind];
}

static const char *
fault_name(enum x509_fault fault)
{
	static const char *const names[] = {
		[X509_FAULT_NONE] = "",
		[X509_FAULT_ANCHOR] = "no pinned root",
		[X509_FAULT_NAME] = "issuer is not the next subject",
		[X509_FAULT_SIGNATURE] = "signature does not verify",
		[X509_FAULT_NOT_YET] = "not yet valid",
		[X509_FAULT_EXPIRED] = "expired",
		[X509_FAULT_DATE] = "a date does not decode",
		[X509_FAULT_NOT_CA] = "issuer is not a CA",
		[X509_FAULT_PATH_LENGTH] = "path length exceeded",
		[X509_FAULT_KEY] = "key not allowed",
		[X509_FAULT_DIGEST] = "weak signature algorithm",
		[X509_FAULT_RULE] = "refused by path validation",
	};

	return names[fault];
}

static json_t *
anchor_json(const struct android_chain *c)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE));

	encode_hex(&hex, bytes_of(c->anchor, HASH_SIZE));
	return json_string(buf_str(&hex));
}

static json_t *
finding_json(size_t at, const char *what)
{
	return json_pack("{s:I, s:s}", "certificate", (json_int_t)at, "what",
	                 what);
}

/* What is wrong with the chain; NULL: nothing. */
static json_t *
found_json(const struct android_evidence *e)
{
	const struct android_chain *c = &e->chain;

	if (c->finding.fault != X509_FAULT_NONE)
		return finding_json(c->finding.at,
		                    fault_name(c->finding.fault));
	if (e->second > 0)
		return finding_json(e->second,
		                    "a second chain behind the first");
	return c->misshapen ? finding_json(e->vouched + 1,
	                                   "not as many certificates below the "
	                                   "root as a chain of this kind has")
	                    : NULL;
}

static json_t *
chain_json(const struct android_evidence *e)
{
	const struct android_chain *c = &e->chain;
	json_t *found = found_json(e);
	json_t *o = json_pack("{s:b, s:s, s:b}", "trusted", c->anchored, "kind",
	                      kind_name(c->kind), "attest_key", c->attest_key);

	if (c->anchored)
		json_object_set_new(o, "root_spki_sha256", anchor_json(c));
	if (found)
		json_object_set_new(o, "finding", found);
	if (c->batch_not_ca)
		json_object_set_new(o, "leniencies",
		                    json_pack("[s]", "batch-not-ca"));
	if (c->revoked) {
		json_t *r = finding_json(
		        c->revoked_at,
		        revocation_status_name(c->revocation.status));

		json_object_set_new(r, "reason",
		                    json_string(revocation_reason_name(
		                            c->revocation.reason)));
		json_object_set_new(o, "revoked", r);
	}
	return o;
}

json_t *
android_claims(const void *own)
{
	const struct android_evidence *e = own;
	json_t *o = android_inspect(own);

	json_t *cnf = NULL;

	json_object_set_new(o, "chain", chain_json(e));
	if (e->confirmation.len > 0 &&
	    confirmation_json(confirmation_spki(&e->confirmation), &cnf) == OK)
		json_object_set_new(o, "cnf", cnf);
	if (e->proof.len > 0)
		json_object_set_new(o, "proof_good",
		                    json_boolean(e->proof_good));
	return o;
}

json_t *
android_not_appraised(const void *own)
{
	const struct android_evidence *e = own;
	json_t *list = json_array();

	/* Whether proof_key is enrolled, only the ledger knows. */
	if (e->proof_key.len > 0)
		json_array_append_new(list, json_string("proof_key"));
	return list;
}
