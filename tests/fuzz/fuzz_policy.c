/*
 * fuzz_policy.c - policies: every query works on a policy that parses.
 */
#include <stdlib.h>

#include "evidence/tpm/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 leaks the buffer of a string in which a syntax error occurs: 64
 * bytes, once, because a process parses its text only at its start. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(policy_free) struct policy *p = NULL;

	if (policy_parse(bytes_of(data, size), &why, &p) != OK) {
		if (why.len == 0)
			abort(); /* a refusal must have a cause */
		return 0;
	}
	for (unsigned w = 0; w < WORKFLOW_COUNT; w++)
		if (policy_required(p, w) & ~BINDING_ALL)
			abort();
	for (size_t i = 0; i < policy_pcr_count(p); i++)
		if (policy_pcr_at(p, i)->n_values == 0 ||
		    policy_pcr_at(p, i)->index > 23)
			abort();
	if (policy_tpm2_hash_allowed(p, 0x0004))
		abort(); /* SHA-1 */
	return 0;
}
