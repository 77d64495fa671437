/*
 * verb_appraise.c - `anchorctl appraise`: appraises evidence offline.
 *
 * It runs the code of the verifier.  The trust in the key, which the service
 * takes from the ledger, comes from --trust.  Without --policy the answer is
 * about authenticity and freshness only.
 */
#include "provisioning/anchorctl/appraise_job.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	APPRAISE_JOB_OPTIONS(false),
	{ NULL, NULL, false, NULL },
};

static json_t *
vector_json(const struct appraisal *a)
{
	json_t *vector = json_object();

	for (unsigned c = 0; c < VECTOR_COUNT; c++)
		if (a->vector[c] != 0)
			json_object_set_new(vector, vector_name(c),
			                    json_integer(a->vector[c]));
	return vector;
}

static void
print_text(const struct appraisal *a)
{
	cli_say("%s\n", a->reasons == 0 ? "accepted" : "rejected");
	for (enum reason r = reason_next(a->reasons, 0); r < REASON_COUNT;
	     r = reason_next(a->reasons, r + 1))
		cli_say("  %s: %s\n", reason_code(r), reason_text(r));
}

/* evidence is empty if it could not be parsed. */
static int
answer_appraisal(struct appraise_job *job, const struct evidence *evidence,
                 const struct appraisal *a)
{
	int code = a->reasons == 0 ? VERB_GOOD : VERB_REFUSED;

	if (!cli_json(job->cli)) {
		print_text(a);
		return code;
	}
	json_t *o = json_pack(
	        "{s:s, s:s, s:o, s:o}", "format", job->format, "verdict",
	        a->reasons == 0 ? "accepted" : "rejected", "reasons",
	        appraise_job_reasons(a->reasons), "vector", vector_json(a));
	if (job->why.len > 0)
		json_object_set_new(o, "why", cli_text(buf_str(&job->why)));
	json_object_set_new(o, "claims",
	                    evidence->format
	                            ? evidence->format->claims(evidence->own)
	                            : json_object());
	json_array_extend(job->trust_files->skipped,
	                  job->evidence_files->skipped);
	if (json_array_size(job->trust_files->skipped) > 0)
		json_object_set(o, "skipped", job->trust_files->skipped);
	if (evidence->format)
		json_object_set_new(
		        o, "not_appraised",
		        evidence->format->not_appraised(evidence->own));
	return cli_print_json(job->cli, o, code);
}

/* Evidence that cannot be parsed is rejected; the cause goes to standard error,
 * too. */
static int
answer_malformed(struct appraise_job *job)
{
	const struct evidence none = { 0 };
	const struct appraisal a = {
		.reasons = reason_bit(REASON_EVIDENCE_MALFORMED),
	};

	cli_fail(job->cli, VERB_REFUSED, "%s", buf_str(&job->why));
	return answer_appraisal(job, &none, &a);
}

static int
judge_evidence_files(struct appraise_job *job)
{
	AUTO(evidence_release) struct evidence evidence = { 0 };
	struct appraisal a;

	err_t err = verb_files_open(job->evidence_files, job->format, &job->why,
	                            &evidence);
	if (err == E_MALFORMED)
		return answer_malformed(job);
	if (err != OK)
		return cli_fail(job->cli, VERB_PART, "%s", err_name(err));
	int rc = appraise_job_trust(job, &evidence);
	if (rc != VERB_GOOD)
		return rc;
	appraise_evidence(&evidence, buf_bytes(&job->nonce), job->policy, &a);
	return answer_appraisal(job, &evidence, &a);
}

static int
run_appraise(struct cli *cli)
{
	AUTO(appraise_job_release)
	struct appraise_job job = appraise_job_of(cli);
	int rc = appraise_job_read(&job);

	return rc == VERB_GOOD ? judge_evidence_files(&job) : rc;
}

const struct verb verb_appraise = {
	.words = "appraise",
	.arguments = "",
	.help = "Appraise evidence offline, with the service's verifier.",
	.options = options,
	.more = verb_leniencies_help,
	.run = run_appraise,
};
