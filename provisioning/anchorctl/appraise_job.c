/*
 * appraise_job.c - see appraise_job.h.
 */
#include "provisioning/anchorctl/appraise_job.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/encode.h"

#define NONCE_MAX 256 /* bytes; no format has a longer nonce */
#define ALLOW_MAX 16

void
appraise_job_release(struct appraise_job *job)
{
	buf_release(&job->nonce);
	buf_release(&job->why);
	verb_files_free(job->evidence_files);
	verb_files_free(job->trust_files);
	policy_free(job->policy);
	revocations_free(job->revocations);
	free(job->trust);
}

static int
read_words(struct appraise_job *job)
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
read_policy(struct appraise_job *job)
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
read_revocations(struct appraise_job *job)
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
read_files(struct appraise_job *job)
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
	struct appraise_job *job = arg;
	struct verb_files *files = job->trust_files;
	const char *path = files->path[i];

	verb_files_skip(files, job->cli, path ? path : "?", why);
}

int
appraise_job_trust(struct appraise_job *job, struct evidence *evidence)
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

struct appraise_job
appraise_job_of(const struct cli *cli)
{
	return (struct appraise_job){
		.cli = cli,
		.format = cli_option(cli, "format", 0),
		.nonce = buf_of(NONCE_MAX),
		.why = buf_of(1024),
	};
}

int
appraise_job_read(struct appraise_job *job)
{
	int rc = read_words(job);

	return rc == VERB_GOOD ? read_files(job) : rc;
}

json_t *
appraise_job_reasons(reason_set reasons)
{
	json_t *list = json_array();

	for (enum reason r = reason_next(reasons, 0); r < REASON_COUNT;
	     r = reason_next(reasons, r + 1))
		json_array_append_new(list, json_string(reason_code(r)));
	return list;
}
