/*
 * quote.c - appraises a TPM 2.0 quote.
 *
 * A quote is authentic if an attestation key signed it: a key that was created
 * in its TPM, cannot leave it, and signs only structures that the TPM has
 * produced (public.h).  PCR values are authentic if their digest is the
 * quote's.  Whether the key belongs to this device is decided by the ledger's
 * enrolment or, offline, by the files that the caller trusts (trust.h).
 *
 * Freshness is not checked here: appraise.c compares the nonce before it calls
 * tpm_quote_appraise().
 */
#include "evidence/tpm/quote.h"

#include <string.h>

#include "evidence/tpm/ak.h"
#include "crypto/digest.h"
#include "evidence/tpm/parse.h"
#include "evidence/tpm/policy_rules.h"

/* Values of AR4SI claims that do not follow from a reason alone; those of
 * reasons are in reason.def.  docs/formats-tpm2.md has the table. */
#define CLAIM_AFFIRMED 2
#define CLAIM_BOOT_APPROVED 3
#define CLAIM_UNRECOGNISED 97

static const char sha1_leniency[] = "sha1";

const struct evidence_leniency tpm_quote_leniencies[] = {
	{ sha1_leniency, "signatures over SHA-1, by TPMs from before 2016" },
	{ NULL, NULL },
};

err_t
tpm_quote_parse_ak(const struct tpm_quote *q, struct buf *why,
                   struct tpm_public *ret_public)
{
	struct bytes in = buf_bytes(&q->ak_bytes);

	return q->ak_form == AK_TPM2B ? tpm2b_public_parse(in, why, ret_public)
	                              : tpmt_public_parse(in, why, ret_public);
}

err_t
tpm_quote_parse(void *own, struct buf *why)
{
	struct tpm_quote *q = own;

	q->judged = TPM_UNJUDGED;
	TRY(tpm_attest_parse(buf_bytes(&q->attest_bytes), why, &q->attest));
	if (q->attest.type != TPM_ATTEST_QUOTE)
		return tpm_malformed(why, "attest: the type is not QUOTE");
	TRY(tpm_signature_parse(buf_bytes(&q->signature_bytes), why,
	                        &q->signature));
	if (q->attest.pcr_digest.len != tpm_hash_size(q->signature.hash))
		return tpm_malformed(why,
		                     "attest: pcrDigest does not have the size "
		                     "of the signature's hash");
	if (q->ak_form == AK_TPM2B || q->ak_form == AK_TPMT)
		TRY(tpm_quote_parse_ak(q, why, &q->ak));
	return OK;
}

struct bytes
tpm_quote_nonce(const void *own)
{
	const struct tpm_quote *q = own;

	return q->attest.extra_data;
}

static err_t
add_trust(void *trust, struct bytes file, struct buf *why)
{
	return tpm_trust_add(trust, file, why);
}

err_t
tpm_quote_offline(void *own, const struct evidence_offline *offline,
                  struct buf *why)
{
	struct tpm_quote *q = own;
	AUTO(tpm_trust_free) struct tpm_trust *trust = NULL;

	for (size_t i = 0; i < offline->n_allow; i++) {
		if (strcmp(offline->allow[i], sha1_leniency) != 0)
			return E_NOT_FOUND;
		q->allow_sha1 = true;
	}
	TRY(tpm_trust_new(offline->at_s, &trust));
	TRY(evidence_trust_read(offline, add_trust, trust, why));
	tpm_trust_free(q->trust);
	q->trust = TAKE(trust);
	q->judged = TPM_UNJUDGED;
	return OK;
}

/* --- the key -------------------------------------------------------------- */

static bool
has_area(const struct tpm_quote *q)
{
	return q->ak_form == AK_TPM2B || q->ak_form == AK_TPMT;
}

static err_t
find_key(const struct tpm_quote *q, struct tpm_key **ret_key)
{
	AUTO(buf_release) struct buf why = buf_of(256);

	if (q->ak_form == AK_NONE)
		return tpm_key_of_certificate(buf_bytes(&q->certs[0]), ret_key);
	if (q->ak_form == AK_SPKI)
		return q->trust ? tpm_key_of_spki(buf_bytes(&q->ak_bytes),
		                                  ret_key)
		                : E_DENIED;
	TRY(tpm_public_check_ak(&q->ak, &why));
	return tpm_key_of_public(&q->ak, ret_key);
}

static bool
scheme_supported(uint16_t scheme)
{
	return scheme == TPM_ALG_RSASSA || scheme == TPM_ALG_RSAPSS ||
	       scheme == TPM_ALG_ECDSA;
}

/* The service never accepts SHA-1; only an offline appraisal can allow it. */
static bool
hash_supported(const struct tpm_quote *q, uint16_t hash)
{
	return hash == TPM_ALG_SHA256 || hash == TPM_ALG_SHA384 ||
	       hash == TPM_ALG_SHA512 ||
	       (hash == TPM_ALG_SHA1 && q->allow_sha1);
}

static bool
algorithms_allowed(const struct tpm_quote *q, const struct policy *policy)
{
	const struct tpm_signature *s = &q->signature;

	if (!scheme_supported(s->scheme) || !hash_supported(q, s->hash))
		return false;
	return !policy || (policy_tpm2_scheme_allowed(policy, s->scheme) &&
	                   policy_tpm2_hash_allowed(policy, s->hash));
}

/* A restricted key signs only with the scheme and hash of its public area. */
static bool
scheme_fits(const struct tpm_quote *q)
{
	return !has_area(q) || (q->signature.scheme == q->ak.scheme &&
	                        q->signature.hash == q->ak.scheme_hash);
}

static reason_set
judge_signature(struct tpm_quote *q, const struct tpm_key *key)
{
	q->signature_good =
	        scheme_fits(q) &&
	        tpm_key_verify(key, &q->signature, buf_bytes(&q->attest_bytes));
	return q->signature_good ? 0 : reason_bit(REASON_EVIDENCE_SIGNATURE);
}

static reason_set
judge_trust(struct tpm_quote *q, const struct tpm_key *key)
{
	struct tpm_certs certs = { .n = q->n_certs };

	if (!q->trust)
		return 0;
	for (size_t i = 0; i < q->n_certs; i++)
		certs.der[i] = buf_bytes(&q->certs[i]);
	struct bytes area = has_area(q) ? q->ak.area : bytes_of(NULL, 0);
	reason_set reasons = tpm_trust_judge(q->trust, key, area, &certs,
	                                     &q->attributes_proved);
	q->key_trusted = reasons == 0;
	return reasons;
}

/* For evidence without a key, offline: one of the trusted keys must have signed
 * it. */
static reason_set
judge_without_key(struct tpm_quote *q)
{
	err_t err = q->trust ? OK : E_NOT_FOUND;
	bool any = false;

	for (size_t i = 0; err != E_NOT_FOUND; i++) {
		AUTO(tpm_key_free) struct tpm_key *key = NULL;

		err = tpm_trust_candidate(q->trust, i, &key);
		if (err != OK)
			continue;
		any = true;
		if (judge_signature(q, key) == 0)
			return judge_trust(q, key);
	}
	return reason_bit(any ? REASON_EVIDENCE_SIGNATURE
	                      : REASON_CHAIN_UNTRUSTED);
}

/* Offline, a certificate is enough, because it contains the key. */
static bool
has_key(const struct tpm_quote *q)
{
	return q->ak_form != AK_NONE || (q->trust && q->n_certs > 0);
}

static reason_set
judge_key(struct tpm_quote *q, bool allowed)
{
	AUTO(tpm_key_free) struct tpm_key *key = NULL;

	if (!allowed && !has_key(q))
		return 0;
	if (!has_key(q))
		return judge_without_key(q);
	err_t err = find_key(q, &key);
	if (err != OK)
		return reason_bit(err == E_MALFORMED && q->ak_form == AK_NONE
		                          ? REASON_CHAIN_MALFORMED
		                          : REASON_KEY_ORIGIN);
	return judge_trust(q, key) | (allowed ? judge_signature(q, key) : 0);
}

/* Verifies once for all policies: see `judged` of struct tpm_quote. */
static reason_set
judge_key_once(struct tpm_quote *q, bool allowed)
{
	unsigned as = allowed ? TPM_SIGNATURE_JUDGED : TPM_KEY_JUDGED;

	if (q->judged == as)
		return q->key_reasons;
	q->signature_good = q->key_trusted = false;
	q->attributes_proved = false;
	q->key_reasons = judge_key(q, allowed);
	q->judged = as;
	return q->key_reasons;
}

/* --- the verdict ---------------------------------------------------------- */

static bool
has_quote_reason(reason_set reasons, enum reason reason)
{
	return reasons & reason_bit(reason);
}

static void
set_quote_vector(const struct tpm_quote *q, const struct policy *policy,
                 struct appraisal *a)
{
	int8_t *v = a->vector;

	if (has_quote_reason(a->reasons, REASON_EVIDENCE_SIGNATURE)) {
		reason_set_claims(reason_bit(REASON_EVIDENCE_SIGNATURE), v);
		v[VECTOR_EXECUTABLES] = v[VECTOR_INSTANCE_IDENTITY];
		v[VECTOR_HARDWARE] = v[VECTOR_INSTANCE_IDENTITY];
		return;
	}
	if (has_quote_reason(a->reasons, REASON_KEY_ORIGIN)) {
		reason_set_claims(reason_bit(REASON_KEY_ORIGIN), v);
		v[VECTOR_HARDWARE] = CLAIM_UNRECOGNISED;
		return;
	}
	if (q->trust && !q->key_trusted)
		v[VECTOR_INSTANCE_IDENTITY] = CLAIM_UNRECOGNISED;
	if (!q->signature_good || (q->trust && !q->key_trusted))
		return; /* nothing is proved, so nothing is claimed */
	v[VECTOR_INSTANCE_IDENTITY] = CLAIM_AFFIRMED;
	/* Offline, only proved attributes show that a TPM holds the key.  In
	 * the service the ledger withdraws the claim unless the key is
	 * enrolled. */
	if (q->attributes_proved || !q->trust)
		v[VECTOR_HARDWARE] = CLAIM_AFFIRMED;
	if (policy && (policy_tpm2(policy)->pcrs.n > 0 ||
	               policy_tpm2(policy)->n_states > 0))
		v[VECTOR_EXECUTABLES] = CLAIM_BOOT_APPROVED;
	reason_set_claims(a->reasons & reason_bit(REASON_PCR_MISMATCH), v);
}

static err_t
name_of(const struct tpm_public *p, struct ak_identity *ret_identity)
{
	struct ak_identity id = { .name = { (uint8_t)(p->name_alg >> 8),
		                            (uint8_t)p->name_alg } };
	uint8_t digest[TPM_DIGEST_MAX];
	size_t size = tpm_hash_size(p->name_alg);

	TRY(tpm_hash(p->name_alg, p->area, digest));
	memcpy(id.name + 2, digest, size);
	id.name_len = 2 + size;
	digest_sha256(bytes_of(id.name, id.name_len), id.identity);
	*ret_identity = id;
	return OK;
}

static err_t
set_identity(const struct tpm_quote *q, struct appraisal *a)
{
	struct ak_identity id;

	if (!q->signature_good || !has_area(q) ||
	    (q->trust && !q->attributes_proved)) /* the name is not proved */
		return OK;
	TRY(name_of(&q->ak, &id));
	memcpy(a->identity, id.identity, HASH_SIZE);
	/* The name is not told as a fact: it would be the same at every
	 * tenant. */
	a->identified = true;
	return OK;
}

err_t
tpm_quote_appraise(void *own, const struct policy *policy,
                   struct appraisal *ret_appraisal)
{
	struct tpm_quote *q = own;
	struct appraisal a = { 0 };
	bool allowed = algorithms_allowed(q, policy);

	if (!allowed)
		a.reasons |= reason_bit(REASON_EVIDENCE_UNSUPPORTED);
	a.reasons |= judge_key_once(q, allowed);
	if (q->signature_good &&
	    !tpm_quote_pcrs_hold(q, policy ? policy_tpm2(policy) : NULL,
	                         &a.state))
		a.reasons |= reason_bit(REASON_PCR_MISMATCH);
	TRY(set_identity(q, &a));
	set_quote_vector(q, policy, &a);
	*ret_appraisal = a;
	return OK;
}

err_t
ak_identify(struct bytes tpm2b_public, struct buf *why,
            struct ak_identity *ret_identity)
{
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	struct tpm_public public;

	TRY(tpm2b_public_parse(tpm2b_public, why, &public));
	TRY(tpm_public_check_ak(&public, why));
	err_t err = tpm_key_of_public(&public, &key);
	if (err == E_DENIED)
		buf_append_str(why, "ak: its numbers are not a valid key");
	TRY(err);
	return name_of(&public, ret_identity);
}

/* No facts: the name of the key, which TPM tools print, would be the same at
 * every tenant. */
err_t
tpm_quote_enroll(struct bytes statement, struct buf *why,
                 struct enrollee *ret_enrollee)
{
	struct enrollee e = { 0 };
	struct ak_identity id;

	TRY(ak_identify(statement, why, &id));
	memcpy(e.identity, id.identity, HASH_SIZE);
	*ret_enrollee = e;
	return OK;
}
