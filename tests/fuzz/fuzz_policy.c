/*
 * fuzz_policy.c - policies: what parses answers every question.
 */
#include <stdlib.h>

#include "evidence/tpm/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 loses the buffer of a string that a syntax error cuts off: 64
 * bytes, once, of a text that is read at the start of a process. */
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
			abort(); /* whoever refuses says why */
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
