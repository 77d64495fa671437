/*
 * verb_trust_propose.c - `anchorctl trust propose`: begins the next version of
 * the trust bundle, or the first one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/encode.h"
#include "crypto/codec/conf.h"
#include "eligibility/eligibility.h"
#include "policy/policy.h"
#include "provisioning/anchorctl/verb_trust.h"

#define APPLY_DAYS 7     /* unless told otherwise */
#define EXPIRES_DAYS 365 /* after issued, likewise */

static const struct verb_option propose_options[] = {
	{ "to", "DIR", true, "make the proposal's directory there" },
	{ "chain", "FILE", false,
	  "the chain file that it continues; without it: version 1" },
	{ "change", "NAME", false, "ordinary (default), removal, recovery" },
	{ "expires", "RFC3339", false, "of an ordinary version: in a year" },
	{ "apply-days", "N", false, "days in which to apply it: 1 to 14 (7)" },
	{ "threshold", "N", false, "officers who must sign a change (2)" },
	{ "removal-threshold", "N", false,
	  "officers who may remove rows together (1)" },
	{ "pins", "FILE", false, "take the signing keys of this pins file" },
	{ "policy", "FILE...", false,
	  "the policies and rollout files that are in force" },
	{ "revocations-from", "RFC3339", false,
	  "the oldest revocation list that may be used" },
	{ "device", "ROW...", false,
	  "each token, its counter and what that was at version 0" },
	{ NULL, NULL, false, NULL },
};

/* --- parts ---------------------------------------------------------------- */

static int
take_pins(const struct cli *cli, struct bundle *next)
{
	const char *path = cli_option(cli, "pins", 0);
	AUTO(buf_release) struct buf text = buf_of(PINS_FILE_MAX);
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	AUTO(pins_free) struct pins *pins = NULL;

	if (!path)
		return VERB_GOOD;
	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	err_t err = pins_parse(buf_bytes(&text), &why, &pins);
	if (err == OK)
		err = pins_check(pins, &why);
	if (err != OK)
		return cli_fail(cli, VERB_REFUSED, "%s: %s", path,
		                why.len ? buf_str(&why) : err_name(err));
	next->pins = *pins;
	return VERB_GOOD;
}

/* A row of the bundle: a file's id and digest. */
static int
put_policy(const struct cli *cli, const char *path, const char *id,
           const uint8_t digest[static HASH_SIZE], struct bundle *next)
{
	struct trust_policy *row = &next->policies[next->n_policies];

	if (next->n_policies == TRUST_POLICIES_MAX)
		return cli_fail(cli, VERB_USAGE, "more than %d policies",
		                TRUST_POLICIES_MAX);
	memset(row, 0, sizeof(*row));
	for (const char *c = id; *c; c++)
		if (!conf_in_name(*c))
			return cli_fail(cli, VERB_REFUSED,
			                "%s: a bundle takes an id of a-z 0-9 . "
			                "_ - only, not '%s'",
			                path, id);
	memcpy(row->id, id, strlen(id) + 1);
	memcpy(row->digest, digest, HASH_SIZE);
	next->n_policies++;
	return VERB_GOOD;
}

/* A policy, or a rollout file: no text is both. */
static int
take_policy(const struct cli *cli, const char *path, struct bundle *next)
{
	AUTO(buf_release) struct buf text = buf_of(POLICY_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	AUTO(buf_release) struct buf other = buf_of(TRUST_WHY_MAX);
	AUTO(policy_free) struct policy *policy = NULL;
	AUTO(rollout_free) struct rollout *rollout = NULL;

	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	if (policy_parse(buf_bytes(&text), &why, &policy) == OK)
		return put_policy(cli, path, policy_id(policy),
		                  policy_digest(policy), next);
	if (rollout_parse(buf_bytes(&text), &other, &rollout) == OK)
		return put_policy(cli, path, rollout_id(rollout),
		                  rollout_digest(rollout), next);
	return cli_fail(cli, VERB_REFUSED,
	                "%s: as a policy: %s; as a rollout file: %s", path,
	                buf_str(&why), buf_str(&other));
}

static int
take_policies(const struct cli *cli, struct bundle *next)
{
	int rc = VERB_GOOD;

	if (cli_option(cli, "policy", 0))
		next->n_policies = 0;
	for (size_t i = 0; rc == VERB_GOOD && cli_option(cli, "policy", i); i++)
		rc = take_policy(cli, cli_option(cli, "policy", i), next);
	return rc;
}

/* Ends the text at the first of these characters and returns what stands behind
 * it: "" if there is none. */
static char *
cut_text(char *text, char at)
{
	char *end = strchrnul(text, at);

	if (!*end)
		return end;
	*end = '\0';
	return end + 1;
}

static bool
has_only(const char *text, bool (*in)(char c))
{
	for (const char *c = text; *c; c++)
		if (!in(*c))
			return false;
	return *text != '\0';
}

/* "TOKEN=BASE,COUNTER[,TPM]".  What they must be together is bundle_judge()'s. */
static bool
read_device(char *text, struct trust_device *row)
{
	char *base = cut_text(text, '=');
	char *counter = cut_text(base, ',');
	const char *tpm = cut_text(counter, ',');

	if (strlen(text) >= sizeof(row->token) ||
	    !has_only(text, conf_in_name) ||
	    strlen(counter) >= sizeof(row->counter) ||
	    !has_only(counter, conf_in_uri) ||
	    !cli_number(base, INT64_MAX, &row->base))
		return false;
	memcpy(row->token, text, strlen(text) + 1);
	memcpy(row->counter, counter, strlen(counter) + 1);
	return !*tpm ||
	       decode_hex_exact(bytes_of_str(tpm), row->tpm, HASH_SIZE) == OK;
}

static int
take_device(const struct cli *cli, const char *text, struct bundle *next)
{
	struct trust_device row = { .base = 0 };
	char copy[TRUST_TOKEN_SIZE + TRUST_COUNTER_SIZE + 128];

	(void)snprintf(copy, sizeof(copy), "%s", text);
	if (next->n_devices == TRUST_DEVICES_MAX ||
	    strlen(text) >= sizeof(copy) || !read_device(copy, &row))
		return cli_fail(cli, VERB_USAGE,
		                "--device is a row as trust device prints it, "
		                "such as token=0,pkcs11:..., for up to %d "
		                "tokens; not '%s'",
		                TRUST_DEVICES_MAX, text);
	next->devices[next->n_devices++] = row;
	return VERB_GOOD;
}

static int
take_devices(const struct cli *cli, struct bundle *next)
{
	int rc = VERB_GOOD;

	if (cli_option(cli, "device", 0))
		next->n_devices = 0;
	for (size_t i = 0; rc == VERB_GOOD && cli_option(cli, "device", i); i++)
		rc = take_device(cli, cli_option(cli, "device", i), next);
	return rc;
}

static int
take_numbers(const struct cli *cli, struct bundle *next)
{
	const struct {
		const char *name;
		uint32_t most;
		uint32_t *at;
	} rows[] = {
		{ "threshold", TRUST_OFFICERS_MAX, &next->officers.threshold },
		{ "removal-threshold", TRUST_OFFICERS_MAX,
		  &next->removal_threshold },
	};
	int rc = VERB_GOOD;

	for (size_t i = 0; rc == VERB_GOOD && i < ARRAY_LEN(rows); i++)
		rc = trust_number_option(cli, rows[i].name, rows[i].most,
		                         rows[i].at);
	return rc;
}

/* A removal or a recovery may not move `expires`, and an ordinary version gets
 * a new one. */
static int
take_times(const struct cli *cli, struct bundle *next)
{
	uint32_t days = APPLY_DAYS;

	if (next->change == BUNDLE_ORDINARY)
		next->expires_s = next->issued_s + EXPIRES_DAYS * DAY_S;
	int rc = trust_time_option(cli, "expires", &next->expires_s);
	if (rc == VERB_GOOD)
		rc = trust_time_option(cli, "revocations-from",
		                       &next->revocations_from_s);
	if (rc == VERB_GOOD)
		rc = trust_number_option(cli, "apply-days", TRUST_APPLY_DAYS,
		                         &days);
	next->apply_before_s = next->issued_s + days * DAY_S;
	if (next->apply_before_s > next->expires_s)
		next->apply_before_s = next->expires_s;
	return rc;
}

/* --- the whole ------------------------------------------------------------ */

static int
begin_first(const struct cli *cli, struct bundle *next)
{
	if (!cli_option(cli, "pins", 0))
		return cli_fail(cli, VERB_USAGE,
		                "version 1 needs --pins, the service's signing "
		                "keys");
	if (getrandom(next->tenant_salt, sizeof(next->tenant_salt), 0) !=
	    sizeof(next->tenant_salt))
		return cli_fail(cli, VERB_PART, "no random numbers");
	next->officers.threshold = 2;
	next->removal_threshold = 1;
	next->revocations_from_s = next->issued_s;
	return VERB_GOOD;
}

static int
begin_next(const struct cli *cli, const struct bundle *last,
           struct bundle *next)
{
	const uint64_t now_s = next->issued_s;

	if (last->version == TRUST_VERSIONS_MAX)
		return cli_fail(cli, VERB_REFUSED,
		                "no version is left: a chain has %d",
		                TRUST_VERSIONS_MAX);
	if (now_s < last->issued_s)
		return cli_fail(cli, VERB_REFUSED,
		                "version %u was issued later than now: set the "
		                "clock",
		                last->version);
	*next = *last;
	next->version++;
	next->issued_s = now_s;
	memcpy(next->previous, last->digest, HASH_SIZE);
	return VERB_GOOD;
}

static int
read_change(const struct cli *cli, unsigned *ret_change)
{
	const char *text = cli_option(cli, "change", 0);

	*ret_change = BUNDLE_ORDINARY;
	if (text && !trust_word_of(bundle_change_word, text, ret_change))
		return cli_fail(cli, VERB_USAGE,
		                "--change is ordinary, removal or recovery");
	if (*ret_change != BUNDLE_ORDINARY && !cli_option(cli, "chain", 0))
		return cli_fail(cli, VERB_USAGE,
		                "version 1 is an ordinary change");
	return VERB_GOOD;
}

static int
make_next(const struct cli *cli, const struct bundle *last, unsigned change,
          struct bundle *next)
{
	next->version = 1;
	next->issued_s = clock_wall_ms() / 1000;
	int rc = last ? begin_next(cli, last, next) : begin_first(cli, next);
	if (rc != VERB_GOOD)
		return rc;
	next->change = change;
	if (change == BUNDLE_RECOVERY && !next->has_recovery)
		return cli_fail(cli, VERB_REFUSED,
		                "version %u has no recovery keys",
		                last->version);
	rc = take_pins(cli, next);
	if (rc == VERB_GOOD)
		rc = take_policies(cli, next);
	if (rc == VERB_GOOD)
		rc = take_devices(cli, next);
	if (rc == VERB_GOOD)
		rc = take_numbers(cli, next);
	if (rc == VERB_GOOD)
		rc = take_times(cli, next);
	next->pins.version = next->version;
	return rc;
}

static int
run_trust_propose(struct cli *cli)
{
	const char *path = cli_option(cli, "chain", 0);
	const char *to = cli_option(cli, "to", 0);
	AUTO(chain_file_release) struct chain_file chain = CHAIN_FILE_NONE;
	AUTO(bundle_free) struct bundle *next = calloc(1, sizeof(*next));
	unsigned change;

	if (!next)
		return cli_fail(cli, VERB_PART, "no memory");
	int rc = read_change(cli, &change);
	if (rc == VERB_GOOD && path)
		rc = chain_file_read(cli, path, &chain);
	if (rc == VERB_GOOD)
		rc = make_next(cli, chain.last, change, next);
	if (rc == VERB_GOOD)
		rc = proposal_make(cli, to, buf_bytes(&chain.file), next);
	if (rc != VERB_GOOD)
		return rc;
	cli_say("%s: version %u, %s\n", to, next->version,
	        bundle_change_word(next->change));
	trust_say_time("issued", next->issued_s);
	trust_say_time("apply before", next->apply_before_s);
	trust_say_time("expires", next->expires_s);
	proposal_say_state(next);
	return VERB_GOOD;
}

const struct verb verb_trust_propose = {
	.words = "trust propose",
	.arguments = "",
	.help = "Begin the next version of the trust bundle, or the first one.",
	.options = propose_options,
	.run = run_trust_propose,
};
