/*
 * appraise_job.h - evidence that is appraised offline, for the verbs `appraise` and
 * `policy explain`.
 */
#ifndef ANCHORCTL_APPRAISE_JOB_H
#define ANCHORCTL_APPRAISE_JOB_H

#include "evidence/appraise.h"
#include "provisioning/anchorctl/verb_evidence.h"

/* The options of both verbs.  policy: whether --policy must be given. */
#define APPRAISE_JOB_OPTIONS(policy_required)                                \
	{ "format", "NAME", true, "the format of the evidence, see below" }, \
	        { "evidence", "FILE...", true,                               \
		  "parts of the evidence, in any order" },                   \
	        { "nonce", "HEX", true,                                      \
		  "the nonce that the evidence must contain" },              \
	        { "trust", "FILE_OR_DIR...", true,                           \
		  "trusted keys and CA certificates" },                      \
	        { "at", "RFC3339", false,                                    \
		  "check certificates as of this time" },                    \
	        { "policy", "FILE", policy_required,                         \
		  "the policy, see anchord-policy(5)" },                     \
	        { "revocations", "FILE", false,                              \
		  "list of revoked certificates (JSON)" },                   \
	{                                                                    \
		"allow", "NAME...", false,                                   \
		        "a leniency of the format, see below"                \
	}

/* The state of one command. */
struct appraise_job {
	const struct cli *cli;
	const char *format;
	struct buf nonce, why;
	struct verb_files *evidence_files, *trust_files;
	struct policy *policy; /* NULL: none was given */
	struct revocations *revocations;
	struct evidence_trust *trust;
	uint64_t at_ms;
};

struct appraise_job appraise_job_of(const struct cli *cli);
void appraise_job_release(struct appraise_job *job);
DEFINE_AUTO_REF(struct appraise_job, appraise_job_release);

/* Reads the options and all files.  A failure is printed; enum verb_exit. */
MUST_CHECK int appraise_job_read(struct appraise_job *job);

/* Sets the trust of opened evidence.  A failure is printed; enum verb_exit. */
MUST_CHECK int appraise_job_trust(struct appraise_job *job,
                                  struct evidence *evidence);

/* An array of the reasons' codes. */
json_t *appraise_job_reasons(reason_set reasons);

#endif
