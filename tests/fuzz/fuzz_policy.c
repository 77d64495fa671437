/*
 * fuzz_policy.c - policies: every query works on a policy that parses.
 */
#include <stdlib.h>

#include "evidence/tpm/policy.h"
#include "policy/select.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 leaks the buffer of a string in which a syntax error occurs: 64
 * bytes, once, because a process parses its text only at its start. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static void
abort_told(void *arg, const struct policy_change *change)
{
	(void)arg;
	(void)change;
	abort();
}

/* Rules do not differ from themselves, and a selector contains itself. */
static void
check_group(const struct policy_group *group, const void *rules,
            const void *match)
{
	if (!group->walk_match)
		return;
	group->compare(rules, rules, abort_told, NULL);
	if (match && !group->covers(match, match))
		abort();
}

static void
check_groups(const struct policy *p)
{
	const struct policy_group *group;

	for (size_t g = 0; (group = policy_group_at(g)); g++) {
		check_group(group, policy_rules(p, group), NULL);
		for (size_t i = 0; i < policy_devices_count(p); i++)
			check_group(
			        group,
			        policy_rules(policy_devices_rules(p, i), group),
			        policy_devices_match(p, i, group));
	}
	for (size_t i = 0; i < policy_devices_count(p); i++)
		if (policy_devices_find(p, policy_devices_name(p, i)) != i)
			abort();
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
	check_groups(p);
	return 0;
}
