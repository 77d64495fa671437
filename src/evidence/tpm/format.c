/*
 * format.c - the functions of the format "tpm2-quote", in one table.
 */
#include "evidence/tpm/certify.h"
#include "evidence/tpm/policy.h"
#include "evidence/tpm/quote.h"

const struct evidence_format evidence_tpm2_quote = {
	.name = "tpm2-quote",
	.help = "a quote of a TPM 2.0",
	.enroll = tpm_quote_enroll,
	.read = tpm_quote_read,
	.read_files = tpm_quote_read_files,
	.parse = tpm_quote_parse,
	.nonce = tpm_quote_nonce,
	.leniencies = tpm_quote_leniencies,
	.offline = tpm_quote_offline,
	.appraise = tpm_quote_appraise,
	.policy = &tpm_policy_group,
	.show_policy = tpm_policy_show,
	.inspect = tpm_quote_inspect,
	.claims = tpm_quote_claims,
	.not_appraised = tpm_quote_not_appraised,
	.certifier = &tpm_certifier,
	.free = tpm_quote_free,
};
