/*
 * anchorctl.c - the program for auditors and officers: the table of its verbs.
 *
 * cli.c parses the command line, verb_<words>.c does the work.
 */
#include <stddef.h>

#include "provisioning/anchorctl/cli.h"
#include "provisioning/anchorctl/verbs.h"

/* clang-format off */
static const struct verb *const verbs[] = {
	&verb_inspect,
	&verb_appraise,
	&verb_challenge_verify,
	&verb_result_verify,
	&verb_request_digest,
	&verb_outcome_list,
	&verb_permit_list,
	&verb_pins_show,
	&verb_policy_check,
	&verb_policy_diff,
	&verb_policy_explain,
	&verb_ceremony_plan,
	&verb_ceremony_run,
	&verb_ceremony_sign,
	&verb_ceremony_verify,
	&verb_device_approve,
	&verb_device_delete,
	&verb_device_forget,
	&verb_device_known,
	&verb_device_list,
	&verb_device_preregister,
	&verb_device_rekey,
	&verb_device_resume,
	&verb_device_retire,
	&verb_device_show,
	&verb_device_suspend,
	&verb_ledger_backup,
	&verb_ledger_clock_repair,
	&verb_ledger_restore,
	&verb_ledger_verify,
	&verb_officer_add,
	&verb_officer_list,
	&verb_officer_remove,
	&verb_revocation_accept,
	&verb_revocation_import,
	&verb_revocation_show,
	&verb_rollout_check,
	&verb_rollout_explain,
	&verb_rollout_seed,
	&verb_rollout_simulate,
	&verb_rollout_stop,
	&verb_rollout_zone,
	&verb_tenant_erase,
	&verb_token_audit,
	&verb_token_init,
	&verb_token_keygen,
	&verb_token_list,
	&verb_token_public,
	&verb_token_rotate,
	&verb_token_so_pin,
	&verb_token_take_ownership,
	&verb_token_strays,
	&verb_token_trust,
	&verb_token_unlatch,
	&verb_trust_anchor,
	&verb_trust_apply,
	&verb_trust_approve,
	&verb_trust_device,
	&verb_trust_export,
	&verb_trust_list,
	&verb_trust_propose,
	&verb_trust_review,
	&verb_trust_show,
	&verb_trust_verify,
	NULL,
};
/* clang-format on */

int
main(int argc, char **argv)
{
	return cli_main(verbs, argc, argv);
}
