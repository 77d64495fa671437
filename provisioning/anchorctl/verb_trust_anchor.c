/*
 * verb_trust_anchor.c - `anchorctl trust anchor`: adds a root, or takes one out,
 * in a proposal.
 */
#include <stdio.h>
#include <string.h>

#include "anchord/limits.h"
#include "crypto/codec/conf.h"
#include "evidence/software_roots.h"
#include "provisioning/anchorctl/known_roots.h"
#include "provisioning/anchorctl/trust_certificates.h"
#include "provisioning/anchorctl/verb_trust.h"
#include "wire/terms.h"

#define SUBJECT_MAX 4096 /* bytes as text */

static const struct verb_option anchor_options[] = {
	{ "proposal", "DIR", true, "the proposal to change" },
	{ "add", "FILE", false,
	  "certificates: PEM, DER, or a JSON array of PEM as Google's" },
	{ "google", NULL, false,
	  "the file has Google's attestation roots and nothing else" },
	{ "tpm-makers", NULL, false,
	  "the file has TPM manufacturers' roots that this program knows" },
	{ "remove", "NAME", false, "take this anchor out" },
	{ "name", "NAME", false, "of the new one; NAME-1, NAME-2 of several" },
	{ "purpose", "NAME...", false,
	  "what it vouches for; anchord.conf(5) has the words" },
	{ "intermediate", "FILE...", false, "certificates below it" },
	{ "tenant", "NAME...", false, "for these tenants alone" },
	{ "note", "TEXT", false, "where the certificate came from" },
	{ NULL, NULL, false, NULL },
};

static struct trust_anchor *
find_anchor(struct bundle *b, const char *name)
{
	for (size_t i = 0; i < b->n_anchors; i++)
		if (strcmp(b->anchors[i].name, name) == 0)
			return &b->anchors[i];
	return NULL;
}

/* --- what a person sees of it --------------------------------------------- */

static void
say_certificate(const struct cli *cli, const char *what,
                const struct x509_cert *cert)
{
	const struct trust_certificate digests = trust_certificate_of(cert);
	AUTO(buf_release) struct buf subject = buf_of(SUBJECT_MAX);
	AUTO(buf_release) struct buf before = buf_of(64);
	AUTO(buf_release) struct buf after = buf_of(64);
	const char *software = software_root_why(cert);
	const struct known_root *known = known_root_find(cert);

	x509_cert_put_subject(cert, &subject);
	x509_cert_put_not_before(cert, &before);
	x509_cert_put_not_after(cert, &after);
	cli_say("%s: %s\n", what, buf_str(&subject));
	cli_say("  %-14s %s to %s\n", "valid", buf_str(&before),
	        buf_str(&after));
	trust_say_digest("certificate", digests.certificate);
	trust_say_digest("public key", digests.spki);
	if (known)
		cli_say("  %-14s %s%s%s, until %s\n", "known as", known->name,
		        *known->vendor ? ", TCG id " : "", known->vendor,
		        known->until);
	if (software)
		cli_fail(cli, 0,
		         "WARNING: NOT HARDWARE, not for production: %s",
		         software);
}

/* --- adding --------------------------------------------------------------- */

struct anchor_job {
	const struct cli *cli;
	struct bundle *next;
	enum known_set set;      /* of which each certificate must be */
	struct trust_anchor row; /* what all rows have in common */
	struct trust_certificates roots, below;
};

static void
anchor_job_release(struct anchor_job *job)
{
	trust_certificates_release(&job->roots);
	trust_certificates_release(&job->below);
}
DEFINE_AUTO_REF(struct anchor_job, anchor_job_release);

static int
refuse_purpose(const struct cli *cli, const char *text)
{
	AUTO(buf_release) struct buf words = buf_of(256);

	for (unsigned i = 0; anchor_bit_word(i); i++)
		buf_printf(&words, "%s%s", i ? ", " : "", anchor_bit_word(i));
	return cli_fail(cli, VERB_USAGE, "--purpose %s: none of %s", text,
	                buf_str(&words));
}

static int
take_purposes(const struct cli *cli, enum known_set set,
              struct trust_anchor *row)
{
	const char *text;

	for (size_t i = 0; (text = cli_option(cli, "purpose", i)); i++) {
		enum anchor_purpose purpose =
		        anchor_purpose_find(bytes_of_str(text));
		if (purpose == ANCHOR_NONE)
			return refuse_purpose(cli, text);
		row->purposes |= ANCHOR_BIT(purpose);
	}
	return row->purposes || set != KNOWN_NONE
	               ? VERB_GOOD
	               : cli_fail(cli, VERB_USAGE,
	                          "--purpose is missing: what may the anchor "
	                          "vouch for?");
}

static int
take_note(const struct cli *cli, enum known_set set, struct trust_anchor *row)
{
	const char *text = cli_option(cli, "note", 0);
	size_t len = 0;

	if (!text && set != KNOWN_NONE)
		return VERB_GOOD;
	if (!text || !*text)
		return cli_fail(cli, VERB_USAGE,
		                "--note is missing: where does the certificate "
		                "come from, and who compared it?");
	while (conf_in_note(text[len]))
		len++;
	if (text[len] || len >= sizeof(row->note))
		return cli_fail(cli, VERB_USAGE,
		                "--note has up to %zu characters of ASCII, "
		                "without quotation marks and backslashes",
		                sizeof(row->note) - 1);
	memcpy(row->note, text, len);
	return VERB_GOOD;
}

static int
take_tenants(const struct cli *cli, const struct bundle *next,
             struct trust_anchor *row)
{
	const char *text;

	for (size_t i = 0; (text = cli_option(cli, "tenant", i)); i++) {
		if (i == TRUST_TENANTS_MAX)
			return cli_fail(cli, VERB_USAGE, "more than %d tenants",
			                TRUST_TENANTS_MAX);
		if (!tenant_name_valid(bytes_of_str(text)))
			return cli_fail(cli, VERB_USAGE,
			                "--tenant %s: a tenant's name has 1 to "
			                "%d of the characters a-z 0-9 . _ -",
			                text, ANCHORD_TENANT_MAX);
		bundle_tenant(next, bytes_of_str(text), row->tenants[i]);
		row->n_tenants = i + 1;
	}
	return VERB_GOOD;
}

static bool
is_issued_below(const struct anchor_job *job, const struct x509_cert *cert,
                const bool *below)
{
	if (x509_cert_signed_by(cert, job->roots.all[0]) == X509_FAULT_NONE)
		return true;
	for (size_t k = 0; k < job->below.n; k++)
		if (below[k] && x509_cert_signed_by(cert, job->below.all[k]) ==
		                        X509_FAULT_NONE)
			return true;
	return false;
}

/* From the anchor down, until nothing more is found to be below it: two that
 * issued each other are not.  Whatever stays outside was mixed up; returns its
 * number, or how many there are. */
static size_t
find_outsider(const struct anchor_job *job)
{
	bool below[TRUST_CERTIFICATES_MAX] = { false };
	size_t found = 1;

	while (found > 0) {
		found = 0;
		for (size_t i = 0; i < job->below.n; i++)
			if (!below[i] &&
			    is_issued_below(job, job->below.all[i], below)) {
				below[i] = true;
				found++;
			}
	}
	for (size_t i = 0; i < job->below.n; i++)
		if (!below[i])
			return i;
	return job->below.n;
}

static int
take_intermediates(struct anchor_job *job)
{
	const struct cli *cli = job->cli;
	const char *path;
	int rc = VERB_GOOD;

	for (size_t i = 0;
	     rc == VERB_GOOD && (path = cli_option(cli, "intermediate", i));
	     i++)
		rc = trust_certificates_add(cli, path, &job->below);
	if (rc != VERB_GOOD || job->below.n == 0)
		return rc;
	if (job->roots.n > 1)
		return cli_fail(cli, VERB_USAGE,
		                "--intermediate goes with one anchor, and the "
		                "file has %zu",
		                job->roots.n);
	if (job->below.n > TRUST_INTERMEDIATES_MAX)
		return cli_fail(cli, VERB_REFUSED, "more than %d intermediates",
		                TRUST_INTERMEDIATES_MAX);
	const size_t outsider = find_outsider(job);
	if (outsider < job->below.n)
		return cli_fail(cli, VERB_REFUSED,
		                "intermediate %zu is issued neither by this "
		                "anchor nor by another one of the "
		                "intermediates that are below it",
		                outsider + 1);
	for (size_t i = 0; i < job->below.n; i++)
		job->row.intermediates[i] =
		        trust_certificate_of(job->below.all[i]);
	job->row.n_intermediates = job->below.n;
	return VERB_GOOD;
}

static int
take_set(struct anchor_job *job)
{
	const bool google = cli_flag(job->cli, "google");
	const bool makers = cli_flag(job->cli, "tpm-makers");

	if (google && makers)
		return cli_fail(job->cli, VERB_USAGE,
		                "either --google or --tpm-makers");
	job->set = google   ? KNOWN_GOOGLE
	           : makers ? KNOWN_TPM_MAKERS
	                    : KNOWN_NONE;
	if (job->set == KNOWN_NONE && !cli_option(job->cli, "name", 0))
		return cli_fail(job->cli, VERB_USAGE, "--name is missing");
	return VERB_GOOD;
}

/* Such a file comes from the network: one certificate that is not known, and the
 * whole file is refused. */
static int
check_set(const struct anchor_job *job)
{
	if (job->set == KNOWN_NONE)
		return VERB_GOOD;
	for (size_t i = 0; i < job->roots.n; i++) {
		const struct known_root *known =
		        known_root_find(job->roots.all[i]);
		AUTO(buf_release) struct buf subject = buf_of(SUBJECT_MAX);

		if (known && known->set == job->set)
			continue;
		x509_cert_put_subject(job->roots.all[i], &subject);
		return cli_fail(job->cli, VERB_REFUSED,
		                "certificate %zu is none of %s: %s", i + 1,
		                known_set_words(job->set), buf_str(&subject));
	}
	return VERB_GOOD;
}

/* What the officer did not say of a root that is known, its row says. */
static void
fill_known(const struct anchor_job *job, const struct known_root *known,
           struct trust_anchor *row)
{
	AUTO(buf_release) struct buf note = buf_of(sizeof(row->note) - 1);

	if (!row->purposes)
		row->purposes = ANCHOR_BIT(known->purpose);
	if (cli_option(job->cli, "note", 0))
		return;
	known_root_put_note(known, &note);
	snprintf(row->note, sizeof(row->note), "%s", buf_str(&note));
}

static int
add_anchor_row(struct anchor_job *job, size_t i)
{
	const char *name = cli_option(job->cli, "name", 0);
	const struct known_root *known =
	        job->set == KNOWN_NONE ? NULL
	                               : known_root_find(job->roots.all[i]);
	struct bundle *next = job->next;
	struct trust_anchor row = job->row;
	char full[2 * TRUST_NAME_SIZE];

	bool numbered = name && job->roots.n > 1;
	if (known) {
		fill_known(job, known, &row);
		name = name ? name : known->anchor;
	}
	int n = numbered ? snprintf(full, sizeof(full), "%s-%zu", name, i + 1)
	                 : snprintf(full, sizeof(full), "%s", name);
	if (n < 0 || (size_t)n >= sizeof(row.name))
		return cli_fail(job->cli, VERB_USAGE,
		                "the name is too long for its number");
	if (find_anchor(next, full))
		return cli_fail(job->cli, VERB_REFUSED,
		                "there is an anchor %s already", full);
	if (next->n_anchors == TRUST_ANCHORS_MAX)
		return cli_fail(job->cli, VERB_REFUSED, "more than %d anchors",
		                TRUST_ANCHORS_MAX);
	row.self = trust_certificate_of(job->roots.all[i]);
	memcpy(row.name, full, (size_t)n);
	next->anchors[next->n_anchors++] = row;
	return VERB_GOOD;
}

/* For `trust apply`, which finds them by their digests. */
static int
keep_certificates(const struct cli *cli, const struct proposal *p,
                  const struct trust_certificates *c)
{
	int rc = VERB_GOOD;

	for (size_t i = 0; rc == VERB_GOOD && i < c->n; i++)
		rc = proposal_keep_certificate(cli, p,
		                               x509_cert_der(c->all[i]));
	return rc;
}

static int
add_anchors(const struct cli *cli, const char *path, const struct proposal *p)
{
	struct bundle *next = p->next;
	AUTO(anchor_job_release)
	struct anchor_job job = { .cli = cli, .next = next };
	const char *name = cli_option(cli, "name", 0);

	int rc = take_set(&job);
	if (rc == VERB_GOOD && name)
		rc = trust_check_name(cli, name);
	if (rc == VERB_GOOD)
		rc = take_purposes(cli, job.set, &job.row);
	if (rc == VERB_GOOD)
		rc = take_note(cli, job.set, &job.row);
	if (rc == VERB_GOOD)
		rc = take_tenants(cli, next, &job.row);
	if (rc == VERB_GOOD)
		rc = trust_certificates_add(cli, path, &job.roots);
	if (rc == VERB_GOOD)
		rc = check_set(&job);
	if (rc == VERB_GOOD)
		rc = take_intermediates(&job);
	for (size_t i = 0; rc == VERB_GOOD && i < job.roots.n; i++)
		rc = add_anchor_row(&job, i);
	if (rc == VERB_GOOD)
		rc = keep_certificates(cli, p, &job.roots);
	if (rc == VERB_GOOD)
		rc = keep_certificates(cli, p, &job.below);
	if (rc != VERB_GOOD)
		return rc;
	for (size_t i = 0; i < job.roots.n; i++)
		say_certificate(cli, "anchor", job.roots.all[i]);
	for (size_t i = 0; i < job.below.n; i++)
		say_certificate(cli, "intermediate", job.below.all[i]);
	return VERB_GOOD;
}

/* --- taking out ----------------------------------------------------------- */

static int
remove_anchor(const struct cli *cli, const char *name, struct bundle *next)
{
	struct trust_anchor *row = find_anchor(next, name);

	if (!row)
		return cli_fail(cli, VERB_REFUSED, "there is no anchor %s",
		                name);
	size_t at = (size_t)(row - next->anchors);
	next->n_anchors--;
	memmove(row, row + 1, (next->n_anchors - at) * sizeof(*row));
	memset(&next->anchors[next->n_anchors], 0, sizeof(*row));
	return VERB_GOOD;
}

static int
run_trust_anchor(struct cli *cli)
{
	const char *add = cli_option(cli, "add", 0);
	const char *remove = cli_option(cli, "remove", 0);
	AUTO(proposal_release) struct proposal p = PROPOSAL_NONE;

	if (!add == !remove)
		return cli_fail(cli, VERB_USAGE,
		                "either --add FILE or --remove NAME");
	int rc = proposal_edit(cli, cli_option(cli, "proposal", 0), &p);
	if (rc == VERB_GOOD)
		rc = add ? add_anchors(cli, add, &p)
		         : remove_anchor(cli, remove, p.next);
	if (rc == VERB_GOOD)
		rc = proposal_save(cli, &p);
	if (rc == VERB_GOOD)
		proposal_say_state(p.next);
	return rc;
}

const struct verb verb_trust_anchor = {
	.words = "trust anchor",
	.arguments = "",
	.help = "Add a root to a proposal, or take one out.",
	.options = anchor_options,
	.run = run_trust_anchor,
};
