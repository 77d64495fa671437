/*
 * verb_trust_export.c - `anchorctl trust export`: a chain file as plain files, for
 * an auditor with stock OpenSSH and none of our programs.
 *
 *	bundle-N             the text of version N
 *	bundle-N.NAME.sig    a signature over it
 *	allowed_signers-N    version N's officers, as ssh-keygen -Y verify reads them
 *	recovery_signers-N   its recovery keys, if it has some
 *	CHECK                a script of these commands, to be read and run
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/encode.h"
#include "provisioning/anchorctl/verb_trust.h"

#define LIST_MAX (64 * 1024)         /* bytes of a file of signers */
#define CHECK_MAX (16 * 1024 * 1024) /* bytes of the script */
#define SSH_TIME_SIZE 24 /* "20261129120000Z", and room for any year */

static const struct verb_option options[] = {
	{ "to", "DIR", true, "make this directory" },
	{ NULL, NULL, false, NULL },
};

struct export
{
	const struct cli *cli;
	const char *to;
	int directory;
	struct buf check;
};

static void
export_release(struct export *e)
{
	close_fd(e->directory);
	buf_release(&e->check);
}
DEFINE_AUTO_REF(struct export, export_release);

static int
write_exported(const struct export *e, const char *name, struct bytes content)
{
	if (!cli_replace_file(e->directory, name, CLI_SUFFIX, content))
		return cli_fail(e->cli, VERB_PART, "%s/%s: %s", e->to, name,
		                strerror(errno));
	return VERB_GOOD;
}

/* --- who may sign --------------------------------------------------------- */

/* The form of OpenSSH, in UTC. */
static void
format_for_ssh(uint64_t at_s, char ret_text[static SSH_TIME_SIZE])
{
	time_t at = (time_t)at_s;
	struct tm tm;

	*ret_text = '\0';
	if (gmtime_r(&at, &tm))
		(void)strftime(ret_text, SSH_TIME_SIZE, "%Y%m%d%H%M%SZ", &tm);
}

/* See ALLOWED SIGNERS in ssh-keygen(1). */
static void
put_signer(struct buf *out, const struct officer *o)
{
	char until[SSH_TIME_SIZE];

	buf_printf(out, "%s namespaces=\"" TRUST_NAMESPACE "\"", o->name);
	if (o->until_s) {
		format_for_ssh(o->until_s, until);
		buf_printf(out, ",valid-before=\"%s\"", until);
	}
	buf_printf(out, " %s\n", o->key);
}

static int
write_signers(const struct export *e, const char *what, uint32_t version,
              const struct officer_set *set)
{
	AUTO(buf_release) struct buf list = buf_of(LIST_MAX);
	char name[64];

	for (size_t i = 0; i < set->n; i++)
		put_signer(&list, &set->rows[i]);
	if (buf_status(&list) != OK)
		return cli_fail(e->cli, VERB_PART, "%s",
		                err_name(buf_status(&list)));
	(void)snprintf(name, sizeof(name), "%s-%u", what, version);
	return write_exported(e, name, buf_bytes(&list));
}

/* --- the script ----------------------------------------------------------- */

static void
put_intro(struct buf *out)
{
	buf_append_str(
	        out,
	        "#!/bin/sh\n"
	        "# Checks these bundles with sha256sum and ssh-keygen alone; "
	        "read it first.\n"
	        "#\n"
	        "# It does not check what a version may change (how many "
	        "officers at a time,\n"
	        "# what a removal or a recovery leaves alone), and not touch "
	        "and PIN of FIDO\n"
	        "# keys: ssh-keygen looks at neither. Compare the first digest "
	        "with the genesis\n"
	        "# digest that you know.\n"
	        "cd \"$(dirname \"$0\")\" || exit 1\n"
	        "fail=0\n"
	        "digest() # FILE HEX\n"
	        "{\n"
	        "\techo \"$2  $1\" | sha256sum -c || fail=1\n"
	        "}\n"
	        "follows() # FILE HEX: it names that digest of the one before\n"
	        "{\n"
	        "\tgrep -qxF \"previous = \\\"$2\\\";\" \"$1\" || "
	        "{ echo \"$1 does not follow\"; fail=1; }\n"
	        "}\n"
	        "enough() # COUNT NEEDED\n"
	        "{\n"
	        "\techo \"$1 signatures, $2 needed\"\n"
	        "\t[ \"$1\" -ge \"$2\" ] || fail=1\n"
	        "}\n");
}

static void
put_check_of_set(struct buf *out, const struct trust_quorum *quorums, size_t i,
                 const struct trust_link *link, const bool *signed_by)
{
	const uint32_t number = link->bundle->version;
	char at[SSH_TIME_SIZE];
	char file[PROPOSAL_NAME_SIZE];

	format_for_ssh(link->bundle->issued_s, at);
	buf_printf(out, "n=0\n");
	for (size_t k = 0; k < quorums[i].set->n; k++) {
		const struct officer *row = &quorums[i].set->rows[k];

		if (!signed_by[k])
			continue;
		trust_signature_file(quorums, i, row, file);
		buf_printf(out,
		           "ssh-keygen -Y verify -f %s-%u -I %s "
		           "-n " TRUST_NAMESPACE
		           " -O verify-time=%s -s bundle-%u.%s.sig <bundle-%u "
		           "&& n=$((n + 1)) || fail=1\n",
		           quorum_is_recovery(&quorums[i]) ? "recovery_signers"
		                                           : "allowed_signers",
		           quorums[i].version, row->name, at, number, file,
		           number);
	}
	buf_printf(out, "enough $n %u\n", quorums[i].needed);
}

/* --- a version ------------------------------------------------------------ */

static int
write_signature(struct export *e, const struct trust_link *link,
                const char *file, struct bytes signature)
{
	char name[64 + PROPOSAL_NAME_SIZE];

	(void)snprintf(name, sizeof(name), "bundle-%u.%s.sig",
	               link->bundle->version, file);
	if (faccessat(e->directory, name, F_OK, 0) == 0)
		return VERB_GOOD; /* he is in both sets */
	return write_exported(e, name, signature);
}

/* The signature that counts for this officer; NULL: there is none. */
static const struct trust_signature *
signature_of(const struct trust_link *link, const struct officer *row)
{
	for (size_t i = 0; i < link->version->n_signatures; i++) {
		AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
		const struct trust_signature *s = &link->version->signatures[i];

		if (trust_signature_names(row, s->text) &&
		    trust_signature_check(row, link->bundle,
		                          link->version->text, s->text,
		                          &why) == OK)
			return s;
	}
	return NULL;
}

static int
export_set(struct export *e, const struct trust_quorum *quorums, size_t i,
           const struct trust_link *link)
{
	bool signed_by[TRUST_OFFICERS_MAX] = { false };
	char file[PROPOSAL_NAME_SIZE];
	int rc = VERB_GOOD;

	for (size_t k = 0; rc == VERB_GOOD && k < quorums[i].set->n; k++) {
		const struct officer *row = &quorums[i].set->rows[k];
		const struct trust_signature *s = signature_of(link, row);

		if (!s)
			continue;
		signed_by[k] = true;
		trust_signature_file(quorums, i, row, file);
		rc = write_signature(e, link, file, s->text);
	}
	put_check_of_set(&e->check, quorums, i, link, signed_by);
	return rc;
}

static int
export_link(const struct cli *cli, const struct trust_link *link, void *arg)
{
	struct export *e = arg;
	const struct bundle *b = link->bundle;
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);
	struct trust_quorum quorums[TRUST_QUORUMS_MAX];
	size_t n = trust_quorums(link->before, b, quorums);
	char name[64];

	(void)cli;
	(void)snprintf(name, sizeof(name), "bundle-%u", b->version);
	int rc = write_exported(e, name, link->version->text);
	if (rc == VERB_GOOD)
		rc = write_signers(e, "allowed_signers", b->version,
		                   &b->officers);
	if (rc == VERB_GOOD && b->has_recovery)
		rc = write_signers(e, "recovery_signers", b->version,
		                   &b->recovery);
	encode_hex(&hex, bytes_of(b->digest, HASH_SIZE));
	buf_printf(&e->check, "\n# version %u, %s\ndigest %s %s\n", b->version,
	           bundle_change_word(b->change), name, buf_str(&hex));
	if (link->before) {
		buf_reset(&hex);
		encode_hex(&hex, bytes_of(link->before->digest, HASH_SIZE));
		buf_printf(&e->check, "follows %s %s\n", name, buf_str(&hex));
	}
	for (size_t i = 0; rc == VERB_GOOD && i < n; i++)
		rc = export_set(e, quorums, i, link);
	return rc;
}

static int
finish_export(struct export *e)
{
	buf_append_str(&e->check, "\n[ $fail -eq 0 ] && echo sound\n"
	                          "exit $fail\n");
	if (buf_status(&e->check) != OK)
		return cli_fail(e->cli, VERB_PART, "CHECK: %s",
		                err_name(buf_status(&e->check)));
	return write_exported(e, "CHECK", buf_bytes(&e->check));
}

static int
run_trust_export(struct cli *cli)
{
	AUTO(chain_file_release) struct chain_file chain = CHAIN_FILE_NONE;
	AUTO(export_release)
	struct export e = { .cli = cli,
		            .to = cli_option(cli, "to", 0),
		            .directory = -1,
		            .check = buf_of(CHECK_MAX) };
	int rc = chain_file_read(cli, cli_argument(cli, 0), &chain);

	if (rc != VERB_GOOD)
		return rc;
	if (mkdir(e.to, 0755) != 0)
		return cli_fail(cli, errno == EEXIST ? VERB_REFUSED : VERB_PART,
		                "%s: %s", e.to, strerror(errno));
	e.directory = open(e.to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e.directory < 0)
		return cli_fail(cli, VERB_PART, "%s: %s", e.to,
		                strerror(errno));
	put_intro(&e.check);
	rc = chain_file_each(cli, &chain, export_link, &e);
	if (rc == VERB_GOOD)
		rc = finish_export(&e);
	if (rc == VERB_GOOD)
		cli_say("%s: %zu version%s; read CHECK and run it: sh "
		        "CHECK\n",
		        e.to, chain_file_count(&chain),
		        chain_file_count(&chain) == 1 ? "" : "s");
	return rc;
}

const struct verb verb_trust_export = {
	.words = "trust export",
	.arguments = "FILE",
	.help = "Write a chain as files for stock ssh-keygen.",
	.options = options,
	.run = run_trust_export,
};
