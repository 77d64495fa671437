/*
 * verb_ceremony_verify.c - `anchorctl ceremony verify`: judges a transcript
 * offline, by the plan and by whose keys the verifier knows.
 */
#include "crypto/digest.h"
#include "provisioning/anchorctl/ceremony_certify.h"
#include "provisioning/anchorctl/ceremony_files.h"
#include "provisioning/anchorctl/ceremony_signers.h"
#include "provisioning/anchorctl/verb_pins.h"
#include "provisioning/anchorctl/verb_trust.h"

static const struct verb_option options[] = {
	{ "plan", "FILE", true, "the plan that was reviewed" },
	{ "signers", "FILE", true, "allowed_signers: the key of each role" },
	{ "rehearsal", NULL, false, "expect a rehearsal" },
	{ NULL, NULL, false, NULL },
};

static int
say_found(const struct cli *cli, struct bytes text,
          const struct ceremony_found *f)
{
	uint8_t digest[HASH_SIZE];
	const bool rehearsal = cli_flag(cli, "rehearsal");

	digest_sha256(text, digest);
	if (cli_json(cli))
		return cli_print_json(
		        cli,
		        json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:I, "
		                  "s:I, s:o}",
		                  "verdict", "sound", "ceremony", f->name,
		                  "rehearsal", rehearsal, "plan",
		                  trust_hash_json(f->plan), "transcript",
		                  trust_hash_json(digest), "began",
		                  pins_time_json(f->from_s), "ended",
		                  pins_time_json(f->to_s), "entries",
		                  (json_int_t)f->entries, "failed",
		                  (json_int_t)f->failed, "attested",
		                  ceremony_attested_json(f)),
		        VERB_GOOD);
	cli_say("sound: the ceremony %s%s\n", f->name,
	        rehearsal ? ", a REHEARSAL" : "");
	trust_say_digest("plan", f->plan);
	trust_say_digest("transcript", digest);
	trust_say_time("began", f->from_s);
	trust_say_time("ended", f->to_s);
	cli_say("  %zu entries, %zu of them of steps that failed first\n",
	        f->entries, f->failed);
	ceremony_say_attested(f);
	return VERB_GOOD;
}

struct ceremony_files {
	struct buf plan, text;
	struct ceremony_signers *signers;
};

static void
ceremony_files_release(struct ceremony_files *f)
{
	buf_release(&f->plan);
	buf_release(&f->text);
	ceremony_signers_free(TAKE(f->signers));
}
DEFINE_AUTO_REF(struct ceremony_files, ceremony_files_release);

/* Transcript and signatures come from others, so each is a regular file of one
 * directory; the verifier's own files may be anything. */
static int
read_ceremony_files(const struct cli *cli, const char *path,
                    struct ceremony_files *f)
{
	AUTO(ceremony_plan_free) struct ceremony_plan *plan = NULL;
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);

	if (cli_read_file(cli, cli_option(cli, "plan", 0), &f->plan) != OK)
		return VERB_PART;
	err_t err = ceremony_plan_parse(buf_bytes(&f->plan), &why, &plan);
	if (err != OK)
		return cli_fail(cli, err == E_NOMEM ? VERB_PART : VERB_REFUSED,
		                "%s: %s", cli_option(cli, "plan", 0),
		                why.len ? buf_str(&why) : err_name(err));
	AUTO(close_fd) int directory = cli_lock_directory_of(cli, path);
	if (directory < 0)
		return VERB_PART;
	err = cli_read_beside(cli, directory, path, &f->text);
	if (err == E_NOT_FOUND)
		return cli_fail(cli, VERB_PART, "%s: it is not there", path);
	if (err != OK)
		return VERB_PART;
	const struct ceremony_place place = { path, directory, plan };
	return ceremony_load_signers(cli, cli_option(cli, "signers", 0), &place,
	                             &f->signers);
}

static int
run_ceremony_verify(struct cli *cli)
{
	const char *path = cli_argument(cli, 0);
	AUTO(buf_release) struct buf why = buf_of(CEREMONY_WHY_MAX);
	AUTO(ceremony_files_release)
	struct ceremony_files f = { .plan = buf_of(CEREMONY_TEXT_MAX),
		                    .text = buf_of(TRANSCRIPT_TEXT_MAX) };
	struct ceremony_found found;

	int rc = read_ceremony_files(cli, path, &f);
	if (rc != VERB_GOOD)
		return rc;
	const struct ceremony_evidence evidence = {
		.plan = buf_bytes(&f.plan),
		.transcript = buf_bytes(&f.text),
		.rehearsal = cli_flag(cli, "rehearsal"),
		.n_signers = f.signers->n,
		.signers = f.signers->all,
		.attest = ceremony_certifier(),
	};
	err_t err = ceremony_judge(&evidence, &why, &found);
	if (err != OK)
		return cli_fail(cli, err == E_NOMEM ? VERB_PART : VERB_REFUSED,
		                "%s: %s", path,
		                why.len ? buf_str(&why) : err_name(err));
	return say_found(cli, buf_bytes(&f.text), &found);
}

const struct verb verb_ceremony_verify = {
	.words = "ceremony verify",
	.arguments = "TRANSCRIPT",
	.help = "Judge the transcript of a ceremony, offline.",
	.options = options,
	.run = run_ceremony_verify,
};
