/*
 * verbs.h - all verbs of anchorctl; anchorctl.c has their rows.
 */
#ifndef ANCHORCTL_VERBS_H
#define ANCHORCTL_VERBS_H

#include "provisioning/anchorctl/verb.h"

extern const struct verb verb_appraise;
extern const struct verb verb_ceremony_plan;
extern const struct verb verb_ceremony_run;
extern const struct verb verb_ceremony_sign;
extern const struct verb verb_ceremony_verify;
extern const struct verb verb_challenge_verify;
extern const struct verb verb_device_approve;
extern const struct verb verb_device_delete;
extern const struct verb verb_device_forget;
extern const struct verb verb_device_known;
extern const struct verb verb_device_list;
extern const struct verb verb_device_preregister;
extern const struct verb verb_device_rekey;
extern const struct verb verb_device_resume;
extern const struct verb verb_device_retire;
extern const struct verb verb_device_show;
extern const struct verb verb_device_suspend;
extern const struct verb verb_inspect;
extern const struct verb verb_ledger_backup;
extern const struct verb verb_ledger_clock_repair;
extern const struct verb verb_ledger_restore;
extern const struct verb verb_ledger_verify;
extern const struct verb verb_officer_add;
extern const struct verb verb_officer_list;
extern const struct verb verb_officer_remove;
extern const struct verb verb_outcome_list;
extern const struct verb verb_permit_list;
extern const struct verb verb_pins_show;
extern const struct verb verb_policy_check;
extern const struct verb verb_policy_diff;
extern const struct verb verb_policy_explain;
extern const struct verb verb_request_digest;
extern const struct verb verb_result_verify;
extern const struct verb verb_revocation_accept;
extern const struct verb verb_revocation_import;
extern const struct verb verb_revocation_show;
extern const struct verb verb_rollout_check;
extern const struct verb verb_rollout_explain;
extern const struct verb verb_rollout_seed;
extern const struct verb verb_rollout_simulate;
extern const struct verb verb_rollout_stop;
extern const struct verb verb_rollout_zone;
extern const struct verb verb_tenant_erase;
extern const struct verb verb_token_audit;
extern const struct verb verb_token_init;
extern const struct verb verb_token_keygen;
extern const struct verb verb_token_list;
extern const struct verb verb_token_public;
extern const struct verb verb_token_rotate;
extern const struct verb verb_token_so_pin;
extern const struct verb verb_token_strays;
extern const struct verb verb_token_take_ownership;
extern const struct verb verb_token_trust;
extern const struct verb verb_token_unlatch;
extern const struct verb verb_trust_anchor;
extern const struct verb verb_trust_apply;
extern const struct verb verb_trust_approve;
extern const struct verb verb_trust_device;
extern const struct verb verb_trust_export;
extern const struct verb verb_trust_list;
extern const struct verb verb_trust_propose;
extern const struct verb verb_trust_review;
extern const struct verb verb_trust_show;
extern const struct verb verb_trust_verify;

#endif
