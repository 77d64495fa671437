/*
 * verb_trust_review.c - `anchorctl trust review`: what a proposal changes, who has
 * signed it, and whether it would be applied now.
 *
 * A proposal comes from elsewhere, its chain as well.  So an officer compares it
 * with the chain that he has (--chain), and sees without one that he did not.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "provisioning/anchorctl/verb_trust.h"
#include "trust/diff.h"

static const struct verb_option review_options[] = {
	{ "chain", "FILE", false, "the chain file that you know to be right" },
	{ NULL, NULL, false, NULL },
};

struct review {
	const struct cli *cli;
	struct proposal p;
	struct chain_file known;        /* of --chain */
	const struct chain_file *chain; /* NULL: version 1 */
	struct buf strange; /* why the proposal's chain is not the known one */
	struct buf why;     /* why it would not be applied */
	bool acceptable;
};

static void
review_release(struct review *r)
{
	proposal_release(&r->p);
	chain_file_release(&r->known);
	buf_release(&r->strange);
	buf_release(&r->why);
}
DEFINE_AUTO_REF(struct review, review_release);

/* --- which chain ---------------------------------------------------------- */

static bool
is_same_version(const struct trust_version *a, const struct trust_version *b)
{
	return bytes_equal(a->text, b->text);
}

/* The versions that both have are the same, and neither has one more. */
static void
compare_chains(struct review *r)
{
	const struct chain_file *own = &r->p.chain;
	size_t n_own = chain_file_count(own);
	size_t n = chain_file_count(&r->known);
	size_t both = n < n_own ? n : n_own;

	for (size_t i = 0; i < both; i++)
		if (!is_same_version(chain_file_at(own, i),
		                     chain_file_at(&r->known, i))) {
			buf_printf(&r->strange,
			           "ANOTHER CHAIN: its version %zu is not "
			           "yours",
			           i + 1);
			return;
		}
	if (n_own > n)
		buf_printf(&r->strange,
		           "ANOTHER CHAIN: it continues version %zu, and yours "
		           "ends with version %zu",
		           n_own, n);
	else if (n > n_own && bytes_equal(chain_file_at(&r->known, n_own)->text,
	                                  buf_bytes(&r->p.text)))
		buf_printf(&r->strange,
		           "APPLIED ALREADY: it is version %zu of your chain",
		           n_own + 1);
	else if (n > n_own && n_own == 0)
		buf_append_str(&r->strange,
		               "ANOTHER CHAIN: it is another first version");
	else if (n > n_own)
		buf_printf(&r->strange,
		           "ABANDONED: it continues version %zu, and version "
		           "%zu is in force already",
		           n_own, n);
}

/* Whoever names that one compares it with itself. */
static bool
is_own_chain(const struct review *r, const char *path)
{
	struct stat known;
	struct stat own;

	return stat(path, &known) == 0 &&
	       fstatat(r->p.directory, "chain", &own, AT_SYMLINK_NOFOLLOW) ==
	               0 &&
	       known.st_dev == own.st_dev && known.st_ino == own.st_ino;
}

static int
open_review(struct review *r)
{
	const char *path = cli_option(r->cli, "chain", 0);
	int rc = proposal_read(r->cli, cli_argument(r->cli, 0), &r->p);

	r->chain = r->p.continues ? &r->p.chain : NULL;
	if (rc != VERB_GOOD || !path)
		return rc;
	if (is_own_chain(r, path))
		return cli_fail(r->cli, VERB_USAGE,
		                "--chain names the proposal's own chain: name "
		                "the one that you have");
	rc = chain_file_read(r->cli, path, &r->known);
	if (rc != VERB_GOOD)
		return rc;
	r->chain = &r->known;
	compare_chains(r);
	return VERB_GOOD;
}

/* --- who has signed ------------------------------------------------------- */

static const struct proposal_signature *
signature_named(const struct proposal *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->all[i].name, name) == 0)
			return &p->all[i];
	return NULL;
}

enum seat_state { SEAT_MISSING, SEAT_SIGNED, SEAT_VOID };
static const char *const seat_words[] = { "missing", "signed",
	                                  "does not count" };

/* A set, and who of it signed as `trust apply` counts. */
struct tally {
	const struct trust_quorum *quorums;
	size_t i; /* of the quorums */
	struct trust_count count;
};

static struct tally
tally_of(const struct review *r, const struct trust_quorum *quorums, size_t i)
{
	const struct trust_version version = proposal_version(&r->p);
	struct tally t = { .quorums = quorums, .i = i };

	trust_count(quorums[i].set, r->p.next, &version, &t.count);
	return t;
}

/* A signature counts by its key, whatever its file is called: an officer with
 * another name signs once for both.  The file of his name tells why one does
 * not count; why has the cause of SEAT_VOID. */
static enum seat_state
state_of_seat(const struct review *r, const struct tally *t, size_t k,
              struct buf *why)
{
	const struct officer *row = &t->quorums[t->i].set->rows[k];
	char name[PROPOSAL_NAME_SIZE];

	if (t->count.by[k])
		return SEAT_SIGNED;
	trust_signature_file(t->quorums, t->i, row, name);
	const struct proposal_signature *s = signature_named(&r->p, name);
	if (!s)
		return SEAT_MISSING;
	if (trust_signature_check(row, r->p.next, buf_bytes(&r->p.text),
	                          buf_bytes(&s->text), why) == OK)
		buf_append_str(why, "another officer has the same key");
	return SEAT_VOID;
}

static void
say_quorum(const struct review *r, const struct trust_quorum *quorums, size_t i)
{
	const struct officer_set *set = quorums[i].set;
	const struct tally t = tally_of(r, quorums, i);
	const size_t n = t.count.signers;

	cli_say("%s of version %u: %zu of %u signatures",
	        quorum_is_recovery(&quorums[i]) ? "recovery keys" : "officers",
	        quorums[i].version, n, quorums[i].needed);
	if (n < quorums[i].needed)
		cli_say(", %zu more needed\n", quorums[i].needed - n);
	else
		cli_say(", enough\n");
	for (size_t k = 0; k < set->n; k++) {
		AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
		enum seat_state state = state_of_seat(r, &t, k, &why);

		cli_say("  %-20s %-6s %s%s%s\n", set->rows[k].name,
		        officer_kind_word(set->rows[k].kind), seat_words[state],
		        why.len ? ": " : "", buf_str(&why));
	}
}

static json_t *
quorum_json(const struct review *r, const struct trust_quorum *quorums,
            size_t i)
{
	const struct officer_set *set = quorums[i].set;
	const struct tally t = tally_of(r, quorums, i);
	json_t *list = json_array();

	for (size_t k = 0; k < set->n; k++) {
		AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
		enum seat_state state = state_of_seat(r, &t, k, &why);

		json_array_append_new(list,
		                      json_pack("{s:s, s:s, s:o}", "name",
		                                set->rows[k].name, "state",
		                                seat_words[state], "why",
		                                cli_text(buf_str(&why))));
	}
	return json_pack("{s:I, s:b, s:I, s:I, s:o}", "version",
	                 (json_int_t)quorums[i].version, "recovery",
	                 quorum_is_recovery(&quorums[i]), "needed",
	                 (json_int_t)quorums[i].needed, "signed",
	                 (json_int_t)t.count.signers, "officers", list);
}

/* --- the whole ------------------------------------------------------------ */

static void
say_chain(struct review *r)
{
	const struct bundle *before = proposal_before(&r->p);

	if (before) {
		cli_say("it continues version %u\n", before->version);
		trust_say_digest("digest", before->digest);
	} else {
		cli_say("it is a first version: its digest is the genesis "
		        "digest\n");
	}
	if (r->strange.len)
		cli_say("  WARNING: %s\n", buf_str(&r->strange));
	else if (cli_option(r->cli, "chain", 0))
		cli_say("  %s has the same chain\n", r->known.path);
	else if (before)
		cli_say("  WARNING: that is what the proposal says; compare it "
		        "with your chain (--chain)\n");
}

static int
say_review(struct review *r, struct buf *diff)
{
	const struct bundle *before = r->chain ? r->chain->last : NULL;
	struct trust_quorum quorums[TRUST_QUORUMS_MAX];
	size_t n = trust_quorums(before, r->p.next, quorums);

	trust_say_head(r->p.next);
	say_chain(r);
	cli_say("what changes:\n");
	cli_put(buf_bytes(diff));
	for (size_t i = 0; i < n; i++)
		say_quorum(r, quorums, i);
	for (size_t i = 0; i < r->p.n; i++) {
		AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);

		if (proposal_judge_signature(&r->p, before, r->p.all[i].name,
		                             buf_bytes(&r->p.all[i].text),
		                             &why) != OK)
			cli_say("  WARNING: the signature %s does not count: "
			        "%s\n",
			        r->p.all[i].name, buf_str(&why));
	}
	if (r->acceptable)
		cli_say("It could be applied now.\n");
	else
		cli_say("It could NOT be applied now: %s.\n", buf_str(&r->why));
	return r->acceptable ? VERB_GOOD : VERB_REFUSED;
}

static int
review_json(struct review *r, struct buf *diff)
{
	const struct bundle *before = r->chain ? r->chain->last : NULL;
	struct trust_quorum quorums[TRUST_QUORUMS_MAX];
	size_t n = trust_quorums(before, r->p.next, quorums);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, quorum_json(r, quorums, i));
	json_t *o = json_pack("{s:o, s:o, s:b, s:o, s:o, s:o}", "proposal",
	                      trust_head_json(r->p.next), "sets", list,
	                      "acceptable", r->acceptable, "why",
	                      cli_text(buf_str(&r->why)), "chain",
	                      cli_text(buf_str(&r->strange)), "changes",
	                      cli_text(buf_str(diff)));
	return cli_print_json(r->cli, o,
	                      r->acceptable ? VERB_GOOD : VERB_REFUSED);
}

/* A text that is not sound yet is compared all the same. */
static int
run_trust_review(struct cli *cli)
{
	AUTO(review_release)
	struct review r = { .cli = cli,
		            .p = PROPOSAL_NONE,
		            .known = CHAIN_FILE_NONE,
		            .strange = buf_of(TRUST_WHY_MAX),
		            .why = buf_of(TRUST_WHY_MAX) };
	AUTO(buf_release) struct buf diff = buf_of(BUNDLE_DIFF_MAX);
	int rc = open_review(&r);

	if (rc != VERB_GOOD)
		return rc;
	err_t err =
	        bundle_diff(r.chain ? r.chain->last : NULL, r.p.next, &diff);
	if (err != OK)
		return cli_fail(cli, VERB_PART, "the difference: %s",
		                err_name(err));
	if (r.strange.len)
		buf_append(&r.why, buf_bytes(&r.strange));
	else
		r.acceptable = proposal_acceptable(&r.p, r.chain, &r.why);
	return cli_json(cli) ? review_json(&r, &diff) : say_review(&r, &diff);
}

const struct verb verb_trust_review = {
	.words = "trust review",
	.arguments = "DIR",
	.help = "Show what a proposal changes, and who has signed it.",
	.options = review_options,
	.run = run_trust_review,
};
