/*
 * test_android_kit.h - what the tests with software Android devices share: a
 * chain handed in as a request, and the judgement on it.
 */
#ifndef UNIT_EVIDENCE_TEST_ANDROID_KIT_H
#define UNIT_EVIDENCE_TEST_ANDROID_KIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/keymint/defects.h"
#include "tests/keymint/description.h"
#include "tests/keymint/keymint.h"
#include "tests/keymint/keys.h"
#include "evidence/appraise.h"
#include "base/encode.h"
#include "evidence/evidence.h"
#include "policy/policy.h"

#define KIT_POLICY_MAX 4096

static const uint8_t kit_nonce[HASH_SIZE] = "the nonce of a unit test, 32 B.";

static inline struct km_chain *
kit_chain(enum km_shape shape, enum km_level level)
{
	struct km_chain *chain = NULL;

	if (km_chain_new(shape, level, bytes_of(kit_nonce, HASH_SIZE),
	                 &chain) != OK)
		abort();
	return chain;
}

/* A policy for the devices of keymint.h, and some items more. */
static inline struct policy *
kit_policy(const char *items)
{
	AUTO(buf_release) struct buf text = buf_of(KIT_POLICY_MAX);
	AUTO(buf_release) struct buf why = buf_of(256);
	struct km_root root = km_root_of(0);
	struct policy *policy = NULL;

	buf_append_str(&text,
	               "id = \"kit\"; version = 1; workflows: { metadata: {"
	               " bindings = []; formats = [\"android-key\"]; }; };"
	               " android: { boot_states = [\"self_signed\"];"
	               " boot_keys = [\"");
	encode_hex(&text, bytes_of(root.key, root.key_len));
	buf_printf(&text, "\"]; %s };", items);
	if (policy_parse(buf_bytes(&text), &why, &policy) != OK) {
		fprintf(stderr, "policy: %s\n", buf_str(&why));
		return NULL;
	}
	return policy;
}

/* The certificate that a person trusts, as a file. */
static inline struct bytes
kit_root(const struct km_chain *chain)
{
	return buf_bytes(&chain->certs[chain->n - 1].der);
}

/* Judges the chain as it is made.  All bits: it is no evidence at all. */
static inline reason_set
kit_judge_listed(const struct km_chain *chain, struct bytes root,
                 const struct policy *policy, const struct revocations *list)
{
	AUTO(buf_release) struct buf json = buf_of(EVIDENCE_JSON_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(evidence_release) struct evidence e = { 0 };
	const struct evidence_trust trust = { .file = root };
	const struct evidence_offline offline = { .trust = &trust,
		                                  .n_trust = 1,
		                                  .at_s = KM_AT,
		                                  .revocations = list };
	struct appraisal a = { 0 };

	if (km_evidence(chain, &json) != OK ||
	    evidence_open(buf_bytes(&json), &why, &e) != OK ||
	    e.format->offline(e.own, &offline, &why) != OK)
		return ~(reason_set)0;
	appraise_evidence(&e, bytes_of(kit_nonce, HASH_SIZE), policy, &a);
	return a.reasons;
}

static inline reason_set
kit_judge_by(const struct km_chain *chain, struct bytes root,
             const struct policy *policy)
{
	return kit_judge_listed(chain, root, policy, NULL);
}

static inline const char *
kit_reasons(reason_set set, struct buf *out)
{
	buf_reset(out);
	for (int i = 0; i < REASON_COUNT; i++)
		if (set & reason_bit((enum reason)i))
			buf_printf(out, " %s", reason_code((enum reason)i));
	return buf_str(out);
}

#endif
