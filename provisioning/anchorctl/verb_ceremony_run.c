/*
 * verb_ceremony_run.c - `anchorctl ceremony run`: goes through a plan, step by
 * step, and writes the transcript.
 *
 * An entry is on disk before the next step begins.  A step that was done, and whose
 * entry could not be written, is not in the transcript: running it again meets what
 * it made, and says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "crypto/digest.h"
#include "provisioning/anchorctl/ceremony_files.h"
#include "provisioning/anchorctl/ceremony_inventory.h"
#include "provisioning/anchorctl/ceremony_verb.h"
#include "provisioning/anchorctl/cli.h"
#include "provisioning/anchorctl/verb_trust.h"

#define ANSWER_MAX 16 /* bytes of a typed number */

static const struct verb_option options[] = {
	{ "site", "FILE", true, "the values of this site" },
	{ "transcript", "FILE", true, "write it here, or go on with it" },
	{ "rehearse", NULL, false, "only with tokens known to be software" },
	{ NULL, NULL, false, NULL },
};

struct ceremony_run {
	const struct cli *cli;
	const char *path; /* of the transcript */
	struct ceremony_plan *plan;
	struct ceremony_site *site;
	struct ceremony_begin begin;
	struct buf program, text;
	size_t n, last_at; /* entries; where the last one begins in text */
	uint64_t last_s;   /* its time */
	uint32_t next;     /* step */
};

static void
ceremony_run_release(struct ceremony_run *r)
{
	ceremony_plan_free(TAKE(r->plan));
	ceremony_site_free(TAKE(r->site));
	buf_release(&r->program);
	buf_release(&r->text);
}
DEFINE_AUTO_REF(struct ceremony_run, ceremony_run_release);

/* --- the transcript ------------------------------------------------------- */

/* What people note before they leave, and compare when they go on: until it is signed,
 * whoever can write the file can write it anew. */
static void
say_transcript(const struct ceremony_run *r)
{
	uint8_t digest[HASH_SIZE];

	digest_sha256(buf_bytes(&r->text), digest);
	trust_say_digest("transcript", digest);
}

static void
hash_last(const struct ceremony_run *r, uint8_t ret_hash[static HASH_SIZE])
{
	const struct transcript_entry last = {
		.text = bytes_of(r->text.data + r->last_at,
		                 r->text.len - r->last_at)
	};

	transcript_hash_entry(&last, ret_hash);
}

/* Appends an entry and writes the file.  The clock may go back between two
 * entries; the transcript's time does not. */
static int
append_entry(struct ceremony_run *r, uint32_t status, struct bytes does,
             struct bytes output)
{
	const uint64_t now_s = clock_wall_ms() / 1000;
	const size_t before = r->text.len;
	struct transcript_entry e = {
		.time_s = now_s < r->last_s ? r->last_s : now_s,
		.step = r->next,
		.status = status,
		.does = does,
		.output = output,
	};

	if (r->n > 0) {
		hash_last(r, e.previous);
	} else {
		transcript_put_head(&r->text);
	}
	r->last_at = r->text.len;
	transcript_put_entry(&r->text, r->n, &e);
	if (buf_status(&r->text) != OK || r->n == TRANSCRIPT_ENTRIES_MAX)
		return cli_fail(r->cli, VERB_PART,
		                "the transcript would become too long");
	const struct bytes old = bytes_of(r->text.data, before);
	int rc = ceremony_write_file(r->cli, r->path, r->n > 0 ? &old : NULL,
	                             buf_bytes(&r->text));
	r->n++;
	r->last_s = e.time_s;
	r->next += status == 0;
	if (rc == VERB_GOOD)
		say_transcript(r);
	return rc;
}

static int
append_inventory(struct ceremony_run *r, struct buf *output, const char *does,
                 const uint8_t *nonce)
{
	int rc =
	        ceremony_put_inventory(r->cli, r->plan, r->site, nonce, output);

	if (rc != VERB_GOOD)
		return rc;
	if (buf_status(output) != OK)
		return cli_fail(r->cli, VERB_PART, "the inventory is too long");
	return append_entry(r, 0, bytes_of_str(does), buf_bytes(output));
}

static int
begin_transcript(struct ceremony_run *r)
{
	AUTO(buf_release) struct buf output = buf_of(TRANSCRIPT_TEXT_MAX);

	ceremony_put_begin(&output, &r->begin);
	return append_inventory(r, &output, CEREMONY_DOES_BEGIN, NULL);
}

static int
end_transcript(struct ceremony_run *r)
{
	AUTO(buf_release) struct buf output = buf_of(TRANSCRIPT_TEXT_MAX);
	uint8_t nonce[HASH_SIZE];

	hash_last(r, nonce);
	return append_inventory(r, &output, CEREMONY_DOES_END, nonce);
}

/* --- going on ------------------------------------------------------------- */

/* It began with the same plan, program, people and values. */
static bool
begins_so(const struct ceremony_run *r, const struct transcript *t)
{
	AUTO(buf_release) struct buf begin = buf_of(TRANSCRIPT_TEXT_MAX);
	const struct bytes is = t->entries[0].output;

	ceremony_put_begin(&begin, &r->begin);
	return buf_status(&begin) == OK && is.len >= begin.len &&
	       memcmp(is.data, begin.data, begin.len) == 0;
}

static int
continue_transcript(struct ceremony_run *r)
{
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);
	AUTO(transcript_free) struct transcript *t = NULL;

	err_t err = transcript_parse(buf_bytes(&r->text), &why, &t);
	if (err == OK && !begins_so(r, t)) {
		buf_append_str(&why, "it began with another plan, program, "
		                     "site, or the other kind of ceremony");
		err = E_DENIED;
	}
	if (err == OK)
		err = ceremony_next_step(t, &r->begin, &why, &r->next);
	if (err == OK && r->next > r->plan->n_steps + 1) {
		buf_append_str(&why, "the ceremony has ended");
		err = E_DENIED;
	}
	if (err != OK)
		return cli_fail(r->cli, VERB_REFUSED, "%s: %s", r->path,
		                why.len ? buf_str(&why) : err_name(err));
	const struct transcript_entry *last = &t->entries[t->n - 1];
	r->n = t->n;
	r->last_at = (size_t)(last->text.data - r->text.data);
	r->last_s = last->time_s;
	cli_say("going on before step %u, behind %zu entries\n", r->next, r->n);
	say_transcript(r);
	return VERB_GOOD;
}

static int
open_transcript(struct ceremony_run *r)
{
	AUTO(close_fd) int directory = cli_lock_directory_of(r->cli, r->path);

	if (directory < 0)
		return VERB_PART;
	err_t err = cli_read_beside(r->cli, directory, r->path, &r->text);
	/* A verb may want to lock the same directory. */
	close_fd(directory);
	directory = -1;
	if (err == E_NOT_FOUND)
		return begin_transcript(r);
	return err == OK ? continue_transcript(r) : VERB_PART;
}

/* --- steps ---------------------------------------------------------------- */

/* Reads a line byte by byte: what follows it may be another's. */
static bool
was_typed(const char *wanted)
{
	char answer[ANSWER_MAX];
	size_t len = 0;
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
		if (len < sizeof(answer) - 1)
			answer[len] = c;
		len++;
	}
	if (len >= sizeof(answer))
		return false;
	answer[len] = '\0';
	return strcmp(answer, wanted) == 0;
}

static int
confirm_step(const struct ceremony_run *r, struct buf *does)
{
	char number[ANSWER_MAX];

	(void)snprintf(number, sizeof(number), "%u", r->next);
	cli_say("step %s of %zu: %s\n", number, r->plan->n_steps,
	        buf_str(does));
	(void)fflush(stdout);
	cli_complain("Type %s when this %s: ", number,
	             *r->plan->steps[r->next - 1].run ? "may begin"
	                                              : "is done");
	if (was_typed(number))
		return VERB_GOOD;
	return cli_fail(r->cli, VERB_REFUSED,
	                "stopped before step %s; the same command goes on",
	                number);
}

static int
do_step(struct ceremony_run *r)
{
	const struct ceremony_step *step = &r->plan->steps[r->next - 1];
	const uint32_t number = r->next;
	AUTO(buf_release) struct buf does = buf_of(CEREMONY_LINE_MAX);
	AUTO(buf_release) struct buf output = buf_of(TRANSCRIPT_TEXT_MAX);
	int status = VERB_GOOD;

	ceremony_put_step(r->plan, r->site, r->next - 1, &does);
	int rc = confirm_step(r, &does);
	if (rc != VERB_GOOD)
		return rc;
	if (*step->run) {
		err_t err = ceremony_run_words(r->cli, r->site, step->run,
		                               &output, &status);
		if (err != OK)
			return cli_fail(r->cli, VERB_PART, "step %u: %s",
			                number, err_name(err));
	}
	rc = append_entry(r, (uint32_t)status, buf_bytes(&does),
	                  buf_bytes(&output));
	if (rc == VERB_GOOD && status != VERB_GOOD)
		return cli_fail(r->cli, status,
		                "step %u failed; the same command tries it "
		                "again",
		                number);
	return rc;
}

/* --- the whole ------------------------------------------------------------ */

static int
load_ceremony(struct ceremony_run *r)
{
	const char *site = cli_option(r->cli, "site", 0);
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);

	int rc = ceremony_load_plan(r->cli, cli_argument(r->cli, 0), &r->plan);
	if (rc == VERB_GOOD)
		rc = ceremony_load_site(r->cli, site, &r->site);
	if (rc != VERB_GOOD)
		return rc;
	if (ceremony_fit(r->plan, r->site, &why) != OK)
		return cli_fail(r->cli, VERB_REFUSED, "%s: %s", site,
		                buf_str(&why));
	buf_printf(&r->program, "anchorctl %s (commit %s)", anchord_version,
	           anchord_commit);
	r->begin = (struct ceremony_begin){
		.plan = r->plan,
		.site = r->site,
		.program = buf_bytes(&r->program),
		.rehearsal = cli_flag(r->cli, "rehearse"),
	};
	ceremony_say_plan(r->plan);
	return r->begin.rehearsal
	               ? ceremony_check_rehearsal(r->cli, r->plan, r->site)
	               : VERB_GOOD;
}

static int
run_ceremony_run(struct cli *cli)
{
	AUTO(ceremony_run_release)
	struct ceremony_run r = { .cli = cli,
		                  .path = cli_option(cli, "transcript", 0),
		                  .program = buf_of(256),
		                  .text = buf_of(TRANSCRIPT_TEXT_MAX) };

	int rc = load_ceremony(&r);
	if (rc == VERB_GOOD)
		rc = open_transcript(&r);
	while (rc == VERB_GOOD && r.next <= r.plan->n_steps)
		rc = do_step(&r);
	if (rc == VERB_GOOD)
		rc = end_transcript(&r);
	if (rc == VERB_GOOD)
		cli_say("The ceremony has ended%s. Each role signs %s.\n",
		        r.begin.rehearsal ? ", a REHEARSAL" : "", r.path);
	return rc;
}

const struct verb verb_ceremony_run = {
	.words = "ceremony run",
	.arguments = "FILE",
	.help = "Hold a ceremony, and write its transcript.",
	.options = options,
	.run = run_ceremony_run,
};
