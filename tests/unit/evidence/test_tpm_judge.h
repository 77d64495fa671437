/*
 * test_tpm_judge.h - quotes of a soft TPM put before the judge, whole or in
 * parts that a test may change.
 */
#ifndef UNIT_EVIDENCE_TEST_TPM_JUDGE_H
#define UNIT_EVIDENCE_TEST_TPM_JUDGE_H

#include "evidence/appraise.h"
#include "base/encode.h"
#include "policy/policy.h"
#include "tests/unit/evidence/test_tpm_kit.h"

#define BIT(name) reason_bit(REASON_##name)

/* Judges JSON evidence against a nonce, as the service does. */
static inline reason_set
judge(struct bytes json, struct bytes nonce, const struct policy *policy,
      struct appraisal *a)
{
	AUTO(evidence_release) struct evidence e = { 0 };
	AUTO(buf_release) struct buf why = buf_of(1024);

	CU_ASSERT_EQUAL_FATAL(evidence_open(json, &why, &e), OK);
	appraise_evidence(&e, nonce, policy, a);
	return a->reasons;
}

/* What a soft TPM says about a quote, judged. */
static inline reason_set
judge_quote(const struct soft_tpm *tpm, const struct soft_quote *q,
            const struct policy *policy, struct appraisal *a)
{
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);

	CU_ASSERT_EQUAL_FATAL(soft_tpm_evidence(tpm, q, &json), OK);
	return judge(buf_bytes(&json), bytes_of(kit_nonce, HASH_SIZE), policy,
	             a);
}

static inline struct soft_quote
good_quote(void)
{
	return soft_quote_of(bytes_of(kit_nonce, HASH_SIZE));
}

static inline reason_set
judge_changed(const struct soft_quote *q)
{
	AUTO(soft_tpm_free) struct soft_tpm *tpm = kit_tpm(SOFT_ECC);
	struct appraisal a;

	return judge_quote(tpm, q, NULL, &a);
}

/* A good quote in its parts, to be put together again. */
struct parts {
	struct soft_tpm *tpm;
	struct buf quote, signature, public;
};

static inline struct parts
parts_of(enum soft_alg type)
{
	struct parts p = { .tpm = kit_tpm(type), .quote = kit_attest() };

	p.signature = buf_of(4096);
	p.public = kit_public(p.tpm);
	CU_ASSERT_EQUAL_FATAL(
	        soft_tpm_sign(p.tpm, buf_bytes(&p.quote), &p.signature), OK);
	return p;
}

static inline void
parts_release(struct parts *p)
{
	soft_tpm_free(p->tpm);
	buf_release(&p->quote);
	buf_release(&p->signature);
	buf_release(&p->public);
}
DEFINE_AUTO_REF(struct parts, parts_release);

static inline void
put_member(struct buf *json, const char *name, struct bytes v)
{
	buf_printf(json, ",\"%s\":\"", name);
	encode_base64(json, v);
	buf_append_str(json, "\"");
}

static inline reason_set
judge_parts(const struct parts *p, const char *more)
{
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	struct appraisal a;

	buf_append_str(&json, "{\"format\":\"tpm2-quote\"");
	put_member(&json, "quote", buf_bytes(&p->quote));
	put_member(&json, "signature", buf_bytes(&p->signature));
	put_member(&json, "ak_public", buf_bytes(&p->public));
	buf_printf(&json, "%s}", more);
	return judge(buf_bytes(&json), bytes_of(kit_nonce, HASH_SIZE), NULL,
	             &a);
}

#endif
