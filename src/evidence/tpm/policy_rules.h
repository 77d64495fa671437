/*
 * policy_rules.h - the parsed settings of a policy's group "tpm2", shared by
 * the files that parse, apply, compare and explain them.
 *
 * A selector of a device group (policy/group.h) has the same struct, in which
 * an empty set or list means that anything is taken.
 */
#ifndef EVIDENCE_TPM_POLICY_RULES_H
#define EVIDENCE_TPM_POLICY_RULES_H

#include "evidence/tpm/policy.h"

/* Limits of one policy. */
#define POLICY_PCRS_MAX 96     /* PCR rules: four banks of 24 PCRs */
#define POLICY_VALUES_MAX 1024 /* values of one PCR rule */
#define POLICY_ALGS_MAX 4      /* schemes, and hashes */

/* A set of algorithm ids. */
struct policy_algs {
	size_t n;
	uint16_t ids[POLICY_ALGS_MAX];
};

/* Rules of which all must hold. */
struct policy_pcrs {
	size_t n;
	struct policy_pcr *rules; /* allocated for as many as the list has */
};

/* One of the states of which a device must be in one. */
struct tpm_state {
	char name[POLICY_NAME_SIZE];
	struct policy_pcrs pcrs;
};

struct tpm_rules {
	struct policy_algs schemes, hashes;
	struct policy_pcrs pcrs;
	size_t n_states; /* 0: the PCRs above are all that is asked */
	struct tpm_state *states;
	struct policy_pcrs *filling; /* while the group is parsed */
};

bool tpm_algs_have(const struct policy_algs *set, uint16_t id);
bool tpm_rule_lists(const struct policy_pcr *rule, struct bytes value);

/* The functions of struct policy_group. */
MUST_CHECK err_t tpm_policy_walk(struct walk *w,
                                 const struct config_setting_t *group);
MUST_CHECK err_t tpm_policy_walk_match(struct walk *w,
                                       const struct config_setting_t *group);
void tpm_policy_defaults(void *rules);
void tpm_policy_release(void *rules);
bool tpm_policy_covers(const void *wide, const void *narrow);
void tpm_policy_explain(const void *rules, const void *own,
                        policy_line_fn *tell, void *arg);
void tpm_policy_compare(const void *before, const void *after,
                        policy_change_fn *tell, void *arg);

/* A rule as its setting: "pcrs sha256:7". */
#define TPM_RULE_NAME_SIZE 96
void tpm_rule_name(const struct policy_pcr *rule, const char *state,
                   char out[static TPM_RULE_NAME_SIZE]);

#endif
