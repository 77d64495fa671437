/*
 * verb_officer.c - `anchorctl officer add` and `officer remove`: who may sign, in
 * a proposal.
 */
#include <stdio.h>
#include <string.h>

#include "provisioning/anchorctl/verb_trust.h"

#define KEY_FILE_MAX 4096 /* bytes: a key and its comment */

static const struct verb_option add_options[] = {
	{ "proposal", "DIR", true, "the proposal to change" },
	{ "name", "NAME", true, "of a function, not of a person" },
	{ "kind", "KIND", true, "where the key is: token, fido or file" },
	{ "key", "FILE", false, "the public key, as ssh-keygen writes it" },
	{ "uri", "URI", false, "the key in a token, instead of --key" },
	{ "module", "PATH", false, "the PKCS#11 module, for --uri" },
	{ "pin-file", "FILE", false,
	  "for a token that shows no key without it" },
	{ "until", "RFC3339", false, "signs nothing that is issued later" },
	{ "recovery", NULL, false, "into the recovery set" },
	{ "recovery-threshold", "N", false,
	  "recovery keys that must sign together (2)" },
	{ "wait-days", "N", false, "before a recovery is in force (7)" },
	{ NULL, NULL, false, NULL },
};

static const struct verb_option remove_options[] = {
	{ "proposal", "DIR", true, "the proposal to change" },
	{ "name", "NAME", true, "whom to take out" },
	{ "recovery", NULL, false, "out of the recovery set" },
	{ NULL, NULL, false, NULL },
};

static struct officer *
find_officer(struct officer_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rows[i].name, name) == 0)
			return &set->rows[i];
	return NULL;
}

static struct officer_set *
chosen_set(const struct cli *cli, struct bundle *b)
{
	return cli_flag(cli, "recovery") ? &b->recovery : &b->officers;
}

/* --- the key -------------------------------------------------------------- */

/* "TYPE BASE64 COMMENT" and a line end: what ssh-keygen writes. */
static struct bytes
without_comment(struct bytes line)
{
	size_t len = 0;
	unsigned blanks = 0;

	while (len < line.len && line.data[len] != '\n' &&
	       line.data[len] != '\r') {
		blanks += line.data[len] == ' ';
		if (blanks == 2)
			break;
		len++;
	}
	return bytes_of(line.data, len);
}

/* A file of several keys would leave it open which of them was meant. */
static bool
is_one_line(struct bytes file)
{
	const uint8_t *end = memchr(file.data, '\n', file.len);

	return !end || end == file.data + file.len - 1;
}

static int
read_key_file(const struct cli *cli, const char *path, struct ssh_key *ret_key)
{
	static const char private[] = "-----BEGIN ";
	AUTO(buf_release) struct buf file = buf_of(KEY_FILE_MAX);

	if (cli_read_file(cli, path, &file) != OK)
		return VERB_PART;
	struct bytes text = buf_bytes(&file);
	if (text.len >= sizeof(private) - 1 &&
	    memcmp(text.data, private, sizeof(private) - 1) == 0)
		return cli_fail(cli, VERB_REFUSED,
		                "%s is a private key: name its public half "
		                "(%s.pub)",
		                path, path);
	if (text.len == 0 || !is_one_line(text) ||
	    ssh_key_parse(without_comment(text), ret_key) != OK)
		return cli_fail(cli, VERB_REFUSED,
		                "%s is no public key that officers may have: "
		                "ECDSA P-256 or P-384, Ed25519, RSA of 2048 to "
		                "4096 bits, or a FIDO key",
		                path);
	return VERB_GOOD;
}

static int
read_key(const struct cli *cli, struct ssh_key *ret_key)
{
	const char *path = cli_option(cli, "key", 0);

	if (!path == !cli_option(cli, "uri", 0))
		return cli_fail(cli, VERB_USAGE, "either --key or --uri");
	return path ? read_key_file(cli, path, ret_key)
	            : trust_token_key(cli, ret_key);
}

static int
take_kind(const struct cli *cli, const struct ssh_key *key, struct officer *row)
{
	unsigned kind;

	if (!trust_word_of(officer_kind_word, cli_option(cli, "kind", 0),
	                   &kind))
		return cli_fail(cli, VERB_USAGE,
		                "--kind is token, fido or file");
	if (cli_option(cli, "uri", 0) && kind != OFFICER_TOKEN)
		return cli_fail(cli, VERB_USAGE,
		                "a key at --uri is of the kind token");
	if (ssh_key_is_fido(key) != (kind == OFFICER_FIDO))
		return cli_fail(cli, VERB_REFUSED,
		                "the kind fido goes with a FIDO key (sk-...), "
		                "and no other");
	if (kind == OFFICER_FILE)
		cli_fail(cli, 0,
		         "WARNING: a key in a file can be copied: it is for "
		         "demonstrations");
	row->kind = kind;
	return VERB_GOOD;
}

/* --- the verbs ------------------------------------------------------------ */

static int
make_officer(const struct cli *cli, struct officer *row)
{
	const char *name = cli_option(cli, "name", 0);
	AUTO(buf_release) struct buf text = buf_of(sizeof(row->key) - 1);
	struct ssh_key key;

	int rc = trust_check_name(cli, name);
	if (rc == VERB_GOOD)
		rc = trust_time_option(cli, "until", &row->until_s);
	if (rc == VERB_GOOD)
		rc = read_key(cli, &key);
	if (rc == VERB_GOOD)
		rc = take_kind(cli, &key, row);
	if (rc != VERB_GOOD)
		return rc;
	ssh_key_put(&text, &key);
	if (buf_status(&text) != OK)
		return cli_fail(cli, VERB_REFUSED, "the key is too long");
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	(void)snprintf(row->key, sizeof(row->key), "%s", buf_str(&text));
	return VERB_GOOD;
}

/* The set's two numbers; the first key brings them: those of the version before, so
 * that whoever replaces all keys one after the other does not shorten the waiting. */
static void
begin_recovery(const struct bundle *before, struct bundle *next)
{
	const bool had = before && before->has_recovery;

	next->recovery.threshold = had ? before->recovery.threshold : 2;
	next->recovery_wait_days = had ? before->recovery_wait_days : 7;
}

static int
take_recovery(const struct cli *cli, const struct proposal *p)
{
	struct bundle *next = p->next;

	if (!cli_flag(cli, "recovery"))
		return cli_option(cli, "recovery-threshold", 0) ||
		                       cli_option(cli, "wait-days", 0)
		               ? cli_fail(cli, VERB_USAGE,
		                          "--recovery-threshold and "
		                          "--wait-days go with --recovery")
		               : VERB_GOOD;
	if (!next->has_recovery)
		begin_recovery(proposal_before(p), next);
	next->has_recovery = true;
	int rc = trust_number_option(cli, "recovery-threshold",
	                             TRUST_OFFICERS_MAX,
	                             &next->recovery.threshold);
	return rc == VERB_GOOD ? trust_number_option(cli, "wait-days",
	                                             TRUST_WAIT_DAYS_MAX,
	                                             &next->recovery_wait_days)
	                       : rc;
}

static int
add_officer(const struct cli *cli, const struct proposal *p)
{
	struct bundle *next = p->next;
	struct officer_set *set = chosen_set(cli, next);
	struct officer row = { .until_s = 0 };
	AUTO(buf_release) struct buf fingerprint = buf_of(128);
	int rc = make_officer(cli, &row);

	if (rc == VERB_GOOD)
		rc = take_recovery(cli, p);
	if (rc != VERB_GOOD)
		return rc;
	if (find_officer(&next->officers, row.name) ||
	    find_officer(&next->recovery, row.name))
		return cli_fail(cli, VERB_REFUSED,
		                "there is an officer %s already: for another "
		                "key, remove first",
		                row.name);
	if (set->n == TRUST_OFFICERS_MAX)
		return cli_fail(cli, VERB_REFUSED, "more than %d officers",
		                TRUST_OFFICERS_MAX);
	set->rows[set->n++] = row;
	trust_put_fingerprint(&row, &fingerprint);
	cli_say("%s (%s): %s\n", row.name, officer_kind_word(row.kind),
	        buf_str(&fingerprint));
	return VERB_GOOD;
}

static int
remove_officer(const struct cli *cli, const struct proposal *p)
{
	struct bundle *next = p->next;
	struct officer_set *set = chosen_set(cli, next);
	const char *name = cli_option(cli, "name", 0);
	struct officer *row = find_officer(set, name);

	if (!row)
		return cli_fail(cli, VERB_REFUSED, "there is no officer %s",
		                name);
	size_t at = (size_t)(row - set->rows);
	set->n--;
	memmove(row, row + 1, (set->n - at) * sizeof(*row));
	memset(&set->rows[set->n], 0, sizeof(*row));
	next->has_recovery = next->recovery.n > 0;
	return VERB_GOOD;
}

static int
change_officers(const struct cli *cli,
                int (*change)(const struct cli *cli, const struct proposal *p))
{
	AUTO(proposal_release) struct proposal p = PROPOSAL_NONE;
	int rc = proposal_edit(cli, cli_option(cli, "proposal", 0), &p);

	if (rc == VERB_GOOD)
		rc = change(cli, &p);
	if (rc == VERB_GOOD)
		rc = proposal_save(cli, &p);
	if (rc == VERB_GOOD)
		proposal_say_state(p.next);
	return rc;
}

static int
run_officer_add(struct cli *cli)
{
	return change_officers(cli, add_officer);
}

static int
run_officer_remove(struct cli *cli)
{
	return change_officers(cli, remove_officer);
}

const struct verb verb_officer_add = {
	.words = "officer add",
	.arguments = "",
	.help = "Let somebody sign, in a proposal.",
	.options = add_options,
	.run = run_officer_add,
};

const struct verb verb_officer_remove = {
	.words = "officer remove",
	.arguments = "",
	.help = "Let somebody sign no more, in a proposal.",
	.options = remove_options,
	.run = run_officer_remove,
};
