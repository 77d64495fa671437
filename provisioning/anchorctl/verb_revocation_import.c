/*
 * verb_revocation_import.c - `anchorctl revocation import`: converts Google's
 * JSON to the file that the service watches.
 *
 * The file is replaced atomically: the new one is written beside the old one,
 * synced, and then renamed.  A list that may not follow the current one is
 * refused, because it would make revoked keys valid again; the verifiers refuse
 * such a list, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "evidence/revocation/follow.h"
#include "provisioning/anchorctl/verbs.h"

#define PART_MAX 65536    /* bytes of JSON in memory at once */
#define PATH_LONGEST 4000 /* bytes; the temporary name is longer */

static const struct verb_option options[] = {
	{ "out", "FILE", true, "the setting revocation.file" },
	{ "at", "RFC3339", false,
	  "when the list was fetched (the time of FILE)" },
	{ "accepted", "FILE", false,
	  "from `revocation accept` (" REVOCATION_ACCEPTED_FILE ")" },
	{ NULL, NULL, false, NULL },
};

/* The state of one command. */
struct job {
	const struct cli *cli;
	const char *out;
	int directory; /* of out; locked against other imports */
	uint64_t at_s;
	struct revocations *before; /* NULL: there was none */
	struct revocations *list;
	struct buf why;
};

static void
job_release(struct job *job)
{
	close_fd(job->directory);
	revocations_free(job->before);
	revocations_free(job->list);
	buf_release(&job->why);
}
DEFINE_AUTO_REF(struct job, job_release);

static int
open_output_directory(struct job *job)
{
	if (strlen(job->out) > PATH_LONGEST)
		return cli_fail(job->cli, VERB_USAGE,
		                "--out: the path is too long");
	job->directory = cli_lock_directory_of(job->cli, job->out);
	return job->directory >= 0 ? VERB_GOOD : VERB_PART;
}

static int
read_before(struct job *job)
{
	AUTO(buf_release) struct buf file = buf_of(REVOCATION_FILE_MAX);

	err_t err = cli_read_beside(job->cli, job->directory, job->out, &file);
	if (err == E_NOT_FOUND)
		return VERB_GOOD;
	if (err != OK)
		return VERB_PART;
	if (revocations_open(&file, &job->why, &job->before) != OK)
		return cli_fail(job->cli, VERB_REFUSED,
		                "%s: %s; the file was not replaced", job->out,
		                buf_str(&job->why));
	return VERB_GOOD;
}

/* --- Google's JSON -------------------------------------------------------- */

struct input {
	int fd;
	uint8_t part[PART_MAX];
};

static err_t
next_part(void *arg, struct bytes *ret_part)
{
	struct input *in = arg;
	ssize_t n;

	do {
		n = read(in->fd, in->part, sizeof(in->part));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return E_IO;
	*ret_part = bytes_of(in->part, (size_t)n);
	return OK;
}

/* The time is --at, or else the modification time of a regular file, or else
 * now. */
static int
find_time(struct job *job, int fd)
{
	const char *at = cli_option(job->cli, "at", 0);
	uint64_t at_ms = clock_wall_ms();
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cli_fail(job->cli, VERB_PART, "%s", strerror(errno));
	if (S_ISREG(st.st_mode) && st.st_mtime >= 0)
		at_ms = (uint64_t)st.st_mtime * 1000;
	if (at && clock_parse(bytes_of_str(at), &at_ms) != OK)
		return cli_fail(job->cli, VERB_USAGE,
		                "--at must be a time in RFC 3339");
	job->at_s = at_ms / 1000;
	return VERB_GOOD;
}

static int
read_json(struct job *job)
{
	const char *path = cli_argument(job->cli, 0);
	bool standard = strcmp(path, "-") == 0;
	AUTO(close_fd)
	int own = standard ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	struct input in = { .fd = standard ? STDIN_FILENO : own };
	const struct revocation_source source = { next_part, &in };

	if (in.fd < 0)
		return cli_fail(job->cli, VERB_PART, "%s: %s", path,
		                strerror(errno));
	int rc = find_time(job, in.fd);
	if (rc != VERB_GOOD)
		return rc;
	err_t err =
	        revocations_import(&source, job->at_s, &job->why, &job->list);
	if (err == OK)
		return VERB_GOOD;
	return cli_fail(job->cli,
	                err == E_MALFORMED || err == E_LIMIT ? VERB_REFUSED
	                                                     : VERB_PART,
	                "%s: %s", path,
	                job->why.len ? buf_str(&job->why) : err_name(err));
}

/* --- comparison with the current list ------------------------------------- */

/* Ignores a file that group or others may write to, because the job that
 * fetches the lists could have written it; the running service has the same
 * rule. */
static const uint8_t *
read_accepted_option(const struct job *job, uint8_t digest[static HASH_SIZE])
{
	const char *told = cli_option(job->cli, "accepted", 0);
	const char *path = told ? told : REVOCATION_ACCEPTED_FILE;
	AUTO(buf_release) struct buf file = buf_of(256);
	AUTO(close_fd)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	uint8_t *at = buf_extend(&file, 128);

	if (fd < 0 || !at || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 022))
		return NULL;
	ssize_t n = read(fd, at, 128);
	return n > 0 && revocation_accepted_read(bytes_of(at, (size_t)n),
	                                         digest) == OK
	               ? digest
	               : NULL;
}

static int
check_follows(struct job *job)
{
	uint8_t digest[HASH_SIZE];
	const struct revocation_rules rules = {
		.now_s = clock_wall_ms() / 1000,
		.accepted = read_accepted_option(job, digest),
	};

	if (revocations_follow(job->before, job->list, &rules, &job->why) == OK)
		return VERB_GOOD;
	return cli_fail(job->cli, VERB_REFUSED, "%s", buf_str(&job->why));
}

/* --- the output ----------------------------------------------------------- */

/* The directory's lock guarantees that a file with the temporary name is left
 * from a killed import. */
static int
replace_revocation_file(struct job *job)
{
	if (cli_replace_file(job->directory, job->out, ".importing",
	                     revocations_file(job->list)))
		return VERB_GOOD;
	return cli_fail(job->cli, VERB_PART, "%s: %s", job->out,
	                strerror(errno));
}

static json_t *
list_json(uint64_t at_s, size_t n)
{
	char at[CLOCK_TEXT_SIZE];

	clock_format(at_s * 1000, at);
	return json_pack("{s:s, s:I}", "at", at, "entries", (json_int_t)n);
}

static json_t *
answer_json(const struct job *job)
{
	json_t *before = job->before ? list_json(revocations_at_s(job->before),
	                                         revocations_count(job->before))
	                             : json_null();

	return json_pack("{s:o, s:o, s:o}", "file", cli_text(job->out), "list",
	                 list_json(job->at_s, revocations_count(job->list)),
	                 "before", before);
}

static int
answer_import(const struct job *job)
{
	char at[CLOCK_TEXT_SIZE];

	if (cli_json(job->cli))
		return cli_print_json(job->cli, answer_json(job), VERB_GOOD);
	clock_format(job->at_s * 1000, at);
	cli_say("%s: %zu entries, fetched %s", job->out,
	        revocations_count(job->list), at);
	if (job->before)
		cli_say(" (before: %zu)", revocations_count(job->before));
	cli_say("\n");
	return VERB_GOOD;
}

static int
run_revocation_import(struct cli *cli)
{
	AUTO(job_release)
	struct job job = {
		.cli = cli,
		.out = cli_option(cli, "out", 0),
		.directory = -1,
		.why = buf_of(512),
	};
	static int (*const steps[])(
	        struct job *) = { open_output_directory, read_before, read_json,
		                  check_follows, replace_revocation_file };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		int rc = steps[i](&job);
		if (rc != VERB_GOOD)
			return rc;
	}
	return answer_import(&job);
}

const struct verb verb_revocation_import = {
	.words = "revocation import",
	.arguments = "FILE",
	.help = "Convert Google's status list to the service's file.",
	.options = options,
	.run = run_revocation_import,
};
