/*
 * verb_appraise.c - `anchorctl appraise`: appraises evidence offline.
 *
 * It runs the code of the verifier.  The trust in the key, which the service
 * takes from the ledger, comes from --trust.  Without --policy the answer is
 * about authenticity and freshness only.
 */
#include <stdio.h>
#include <stdlib.h>

#include "evidence/appraise.h"
#include "base/clock.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_evidence.h"
#include "provisioning/anchorctl/verbs.h"

#define NONCE_MAX 256 /* bytes; no format has a longer nonce */
#define ALLOW_MAX 16

static const struct verb_option options[] = {
	{ "format", "NAME", true, "the format of the evidence, see below" },
	{ "evidence", "FILE...", true, "parts of the evidence, in any order" },
	{ "nonce", "HEX", true, "the nonce that the evidence must contain" },
	{ "trust", "FILE_OR_DIR...", true, "trusted keys and CA certificates" },
	{ "at", "RFC3339", false, "check certificates as of this time" },
	{ "policy", "FILE", false, "the policy, see anchord-policy(5)" },
	{ "revocations", "FILE", false, "list of revoked certificates (JSON)" },
	{ "allow", "NAME...", false, "a leniency of the format, see below" },
	{ NULL, NULL, false, NULL },
};

/* The state of one command. */
struct job {
	const struct cli *cli;
	const char *format;
	struct buf nonce, why;
	struct verb_files *evidence_files, *trust_files;
	struct policy *policy;
	struct revocations *revocations;
	struct evidence_trust *trust;
	uint64_t at_ms;
};

static void
job_release(struct job *job)
{
	buf_release(&job->nonce);
	buf_release(&job->why);
	verb_files_free(job->evidence_files);
	verb_files_free(job->trust_files);
	policy_free(job->policy);
	revocations_free(job->revocations);
	free(job->trust);
}
DEFINE_AUTO_REF(struct job, job_release);

static int
read_words(struct job *job)
{
	const struct cli *cli = job->cli;
	const char *at = cli_option(cli, "at", 0);

	if (!evidence_find(bytes_of_str(job->format)))
		return verb_no_format(cli, job->format);
	err_t err = decode_hex(&job->nonce,
	                       bytes_of_str(cli_option(cli, "nonce", 0)));
	if (err == E_LIMIT)
		return cli_fail(cli, VERB_USAGE,
		                "--nonce is too long: more than %d bytes",
		                NONCE_MAX);
	if (err != OK)
		return cli_fail(cli, VERB_USAGE, "--nonce must be in hex");
	job->at_ms = clock_wall_ms();
	if (at && clock_parse(bytes_of_str(at), &job->at_ms) != OK)
		return cli_fail(cli, VERB_USAGE,
		                "--at must be a time in RFC 3339");
	return VERB_GOOD;
}

static err_t
read_option(const struct cli *cli, const char *name, struct verb_files **files)
{
	const char *path;

	TRY(verb_files_new(files));
	for (size_t i = 0; (path = cli_option(cli, name, i)); i++)
		TRY(verb_files_add(*files, cli, path));
	return OK;
}

static int
read_policy(struct job *job)
{
	const char *path = cli_option(job->cli, "policy", 0);
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);

	if (!path)
		return VERB_GOOD;
	if (cli_read_file(job->cli, path, &text) != OK)
		return VERB_PART;
	if (policy_parse(buf_bytes(&text), &job->why, &job->policy) != OK)
		return cli_fail(job->cli, VERB_PART, "%s: %s", path,
		                buf_str(&job->why));
	return VERB_GOOD;
}

static int
read_revocations(struct job *job)
{
	const char *path = cli_option(job->cli, "revocations", 0);
	AUTO(buf_release) struct buf text = buf_of(REVOCATION_JSON_MAX);

	if (!path)
		return VERB_GOOD;
	if (cli_read_file(job->cli, path, &text) != OK)
		return VERB_PART;
	if (revocations_read(buf_bytes(&text), job->at_ms / 1000, &job->why,
	                     &job->revocations) != OK)
		return cli_fail(job->cli, VERB_PART, "%s: %s", path,
		                buf_str(&job->why));
	/* Google's list has never been empty, so this is another file, or an
	 * incomplete one. */
	if (revocations_count(job->revocations) == 0)
		return cli_fail(job->cli, VERB_PART,
		                "%s: the list has no entry", path);
	return VERB_GOOD;
}

static int
read_files(struct job *job)
{
	if (read_option(job->cli, "evidence", &job->evidence_files) != OK ||
	    read_option(job->cli, "trust", &job->trust_files) != OK)
		return VERB_PART;

	const struct verb_files *files = job->trust_files;
	job->trust = calloc(files->n + 1, sizeof(*job->trust));
	if (!job->trust)
		return cli_fail(job->cli, VERB_PART, "out of memory");
	for (size_t i = 0; i < files->n; i++)
		job->trust[i] = (struct evidence_trust){
			.file = buf_bytes(&files->content[i]),
			.found = files->found[i],
		};
	int rc = read_policy(job);
	return rc == VERB_GOOD ? read_revocations(job) : rc;
}

/* The format cannot use a file that was found in a directory of --trust. */
static void
on_file_skipped(void *arg, size_t i, const char *why)
{
	struct job *job = arg;
	struct verb_files *files = job->trust_files;
	const char *path = files->path[i];

	verb_files_skip(files, job->cli, path ? path : "?", why);
}

static int
set_trust(struct job *job, struct evidence *evidence)
{
	const char *allow[ALLOW_MAX];
	struct evidence_offline offline = {
		.trust = job->trust,
		.n_trust = job->trust_files->n,
		.at_s = job->at_ms / 1000,
		.allow = allow,
		.revocations = job->revocations,
		.skipped = on_file_skipped,
		.arg = job,
	};

	while (offline.n_allow < ALLOW_MAX &&
	       (allow[offline.n_allow] =
	                cli_option(job->cli, "allow", offline.n_allow)))
		offline.n_allow++;
	err_t err =
	        evidence->format->offline(evidence->own, &offline, &job->why);
	if (err == E_NOT_FOUND)
		return cli_fail(job->cli, VERB_USAGE,
		                "--allow: the format has no such leniency, see "
		                "--help");
	if (err != OK)
		return cli_fail(job->cli, VERB_PART, "%s", buf_str(&job->why));
	return VERB_GOOD;
}

static json_t *
reasons_json(reason_set reasons)
{
	json_t *list = json_array();

	for (enum reason r = reason_next(reasons, 0); r < REASON_COUNT;
	     r = reason_next(reasons, r + 1))
		json_array_append_new(list, json_string(reason_code(r)));
	return list;
}

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
answer_appraisal(struct job *job, const struct evidence *evidence,
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
	        reasons_json(a->reasons), "vector", vector_json(a));
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
answer_malformed(struct job *job)
{
	const struct evidence none = { 0 };
	const struct appraisal a = {
		.reasons = reason_bit(REASON_EVIDENCE_MALFORMED),
	};

	cli_fail(job->cli, VERB_REFUSED, "%s", buf_str(&job->why));
	return answer_appraisal(job, &none, &a);
}

static int
judge_evidence_files(struct job *job)
{
	AUTO(evidence_release) struct evidence evidence = { 0 };
	struct appraisal a;

	err_t err = verb_files_open(job->evidence_files, job->format, &job->why,
	                            &evidence);
	if (err == E_MALFORMED)
		return answer_malformed(job);
	if (err != OK)
		return cli_fail(job->cli, VERB_PART, "%s", err_name(err));
	int rc = set_trust(job, &evidence);
	if (rc != VERB_GOOD)
		return rc;
	appraise_evidence(&evidence, buf_bytes(&job->nonce), job->policy, &a);
	return answer_appraisal(job, &evidence, &a);
}

static int
run_appraise(struct cli *cli)
{
	AUTO(job_release)
	struct job job = {
		.cli = cli,
		.format = cli_option(cli, "format", 0),
		.nonce = buf_of(NONCE_MAX),
		.why = buf_of(1024),
	};
	int rc = read_words(&job);

	if (rc == VERB_GOOD)
		rc = read_files(&job);
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
