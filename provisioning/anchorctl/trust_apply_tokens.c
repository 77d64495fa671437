/*
 * trust_apply_tokens.c - see trust_apply_tokens.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "provisioning/anchorctl/trust_apply_int.h"

void
apply_tokens_release(struct apply_tokens *t)
{
	for (size_t i = 0; i < t->n; i++) {
		secret_free(TAKE(t->all[i].pin));
		secret_free(TAKE(t->all[i].so_pin));
		secret_free(TAKE(t->all[i].owner));
	}
	trust_supply_release(&t->supply);
	bundle_free(TAKE(t->reached));
	config_free(TAKE(t->config));
	json_decref(t->steps);
}

/* --- configuration, PINs, tokens ------------------------------------------ */

/* "NAME=FILE" is for the token of that name, "FILE" for all others. */
static const char *
file_for(const struct apply_tokens *t, const char *option,
         const struct config_token *of)
{
	const char *general = NULL;
	const char *value;

	for (size_t i = 0; (value = cli_option(t->cli, option, i)); i++) {
		const struct config_token *named = NULL;
		const char *equals = strchr(value, '=');
		const size_t len = equals ? (size_t)(equals - value) : 0;

		for (size_t k = 0; equals && k < t->config->n_tokens; k++)
			if (strlen(t->config->tokens[k].name) == len &&
			    strncmp(t->config->tokens[k].name, value, len) == 0)
				named = &t->config->tokens[k];
		if (named == of)
			return equals + 1;
		if (!named)
			general = value;
	}
	return general;
}

static int
read_pins_of(struct apply_tokens *t, struct apply_token *token)
{
	const struct config_token *of = token->store.of;
	const char *pin = file_for(t, "pin-file", of);
	const char *so_pin = file_for(t, "so-pin-file", of);
	const char *owner = file_for(t, "owner-file", of);

	if (!pin && *of->pin_file)
		pin = of->pin_file;
	if (token->store.stores &&
	    token_pin(t->cli, pin, "user PIN", false, &token->pin) != OK)
		return VERB_PART;
	if (token->store.stores && so_pin &&
	    token_pin(t->cli, so_pin, "SO PIN", false, &token->so_pin) != OK)
		return VERB_PART;
	if (token->store.by_owner && owner &&
	    token_pin(t->cli, owner, "owner's authorisation", false,
	              &token->owner) != OK)
		return VERB_PART;
	return VERB_GOOD;
}

static int
open_token(struct apply_tokens *t, const struct config_token *of)
{
	struct apply_token *token = &t->all[t->n++];
	AUTO(buf_release) struct buf why = buf_of(1024);

	int rc = token_store_find(t->cli, of, &token->store);
	if (rc == VERB_GOOD)
		rc = read_pins_of(t, token);
	if (rc == VERB_GOOD)
		rc = token_environment(t->cli, of);
	if (rc != VERB_GOOD)
		return rc;
	err_t err = token_store_read(&token->store, token->pin, &why);
	if (err != OK)
		return cli_fail(t->cli, VERB_PART, "token %s: %s", of->name,
		                why.len ? buf_str(&why) : err_name(err));
	if (token->store.n_unread > 0)
		return cli_fail(t->cli, VERB_PART,
		                "token %s: %zu certificates could not be read",
		                of->name, token->store.n_unread);
	return VERB_GOOD;
}

static int
open_supply(struct apply_tokens *t)
{
	const char *path;
	int rc = VERB_GOOD;

	if (*t->config->certificates_file)
		return trust_supply_add(t->cli, t->config->certificates_file,
		                        &t->supply);
	for (size_t i = 0;
	     rc == VERB_GOOD && (path = cli_option(t->cli, "certificates", i));
	     i++)
		rc = trust_supply_add(t->cli, path, &t->supply);
	return rc;
}

int
apply_tokens_open(struct apply_tokens *t)
{
	const char *name = cli_option(t->cli, "name", 0);
	int rc = open_supply(t);

	t->steps = json_array();
	for (size_t i = 0; rc == VERB_GOOD && i < t->config->n_tokens; i++) {
		const struct config_token *of = &t->config->tokens[i];

		if (!name || strcmp(of->name, name) == 0)
			rc = open_token(t, of);
	}
	if (rc == VERB_GOOD && t->n == 0)
		return cli_fail(t->cli, VERB_USAGE,
		                "--name: the configuration has no such token");
	return rc;
}

/* --- judgement ------------------------------------------------------------ */

__attribute__((format(printf, 3, 4))) static int
refuse(const struct apply_tokens *t, const struct apply_token *token,
       const char *format, ...)
{
	char text[APPLY_STEP_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	return cli_fail(t->cli, VERB_REFUSED, "token %s: %s",
	                token->store.of->name, text);
}

/* Can the counter be raised to what the version needs? */
static int
judge_counter(const struct apply_tokens *t, const struct apply_token *token,
              const struct trust_device *row)
{
	const struct token_store *s = &token->store;
	const struct bundle *b = t->target.bundle;
	const uint64_t value = row->base + b->version;

	/* A TPM begins one above all that it ever had, perhaps above the version. */
	if (s->by_owner && !s->has_counter)
		return refuse(t, token,
		              "it has no counter: trust device makes it, and "
		              "says which base the bundle needs");
	if (s->has_counter && s->counter > value)
		return refuse(t, token,
		              "its counter is %" PRIu64
		              ", and version %u needs %" PRIu64
		              ": a later version was in force, or the bundle "
		              "has too low a base",
		              s->counter, b->version, value);
	if (s->by_owner && s->has_counter &&
	    value - s->counter > HSM_TRUST_RAISE_MAX)
		return refuse(t, token,
		              "its counter is %" PRIu64 ", and %" PRIu64
		              " is more than %d steps away",
		              s->counter, value, HSM_TRUST_RAISE_MAX);
	return VERB_GOOD;
}

static int
judge_numbers(const struct apply_tokens *t, const struct apply_token *token)
{
	const struct token_store *s = &token->store;
	const struct bundle *b = t->target.bundle;
	const struct trust_device *row = token_store_row(s, b);

	if (!row)
		return refuse(t, token,
		              "the bundle does not name this device "
		              "(trust propose --device)");
	if (!token_store_is_named(s, row))
		return refuse(t, token,
		              "its head and counter are %s%s, which the bundle "
		              "does not name (trust device, trust propose "
		              "--device)",
		              s->where.counter,
		              s->by_owner ? " of this TPM" : "");
	if (s->has_head && !token_store_head_fits(s, &t->target))
		return refuse(t, token,
		              "its head is version %" PRIu64
		              ", which is not of this chain: the chain was "
		              "rolled back, or is another one",
		              s->head.version);
	return judge_counter(t, token, row);
}

/* The certificate is there, is not to be there, or can be made. */
static int
judge_certificate(struct apply_tokens *t, struct apply_token *token,
                  const uint8_t sha256[static HASH_SIZE], const char *anchor)
{
	AUTO(buf_release) struct buf der = buf_of(HSM_TRUST_CERTIFICATE_MAX);
	AUTO(buf_release) struct buf hex = buf_of(2 * APPLY_DIGEST_TOLD);
	const bool beside = *t->config->certificates_file;

	if (!beside && token_store_certificate(&token->store, sha256))
		return VERB_GOOD;
	if (!beside && !token->store.stores)
		return refuse(t, token,
		              "a TPM stores no certificates: give "
		              "trust.certificates");
	err_t err = trust_supply_find(
	        t->cli, &t->supply, beside ? NULL : t->proposal, sha256, &der);
	if (err != OK && err != E_NOT_FOUND)
		return cli_fail(t->cli, VERB_PART, "certificate %s: %s",
		                apply_digest(sha256, &hex), err_name(err));
	if (err == E_NOT_FOUND)
		return refuse(t, token,
		              "certificate %s of anchor %s is missing%s",
		              apply_digest(sha256, &hex), anchor,
		              beside ? " in trust.certificates"
		                     : ": give it by --certificates");
	return beside || token->so_pin
	               ? VERB_GOOD
	               : refuse(t, token,
	                        "the security officer makes certificates: "
	                        "give --so-pin-file");
}

static int
judge_objects(struct apply_tokens *t, struct apply_token *token)
{
	const struct trust_certificate *named;
	const struct trust_anchor *anchor;
	int rc = VERB_GOOD;

	for (size_t i = 0;
	     rc == VERB_GOOD &&
	     (named = trust_named_at(t->target.bundle, i, &anchor));
	     i++)
		rc = judge_certificate(t, token, named->certificate,
		                       anchor->name);
	if (rc == VERB_GOOD && token->store.stores && !token->so_pin &&
	    !token_store_has_genesis(&token->store, t->target.genesis))
		return refuse(t, token,
		              "the security officer makes the digest of "
		              "bundle 1: give --so-pin-file");
	return rc;
}

/* Looks at a version of the chain file. */
static int
look_at_version(const struct cli *cli, const struct trust_link *link, void *arg)
{
	struct apply_tokens *t = arg;

	(void)cli;
	for (size_t i = 0; i < t->n; i++) {
		struct token_store *s = &t->all[i].store;

		for (size_t k = 0; k < s->n; k++)
			if (trust_names(link->bundle,
			                s->certificates[k].sha256))
				s->certificates[k].once = true;
		if (link->bundle->change == BUNDLE_RECOVERY &&
		    link->bundle->version > s->head.version)
			t->recovers = true;
	}
	return VERB_GOOD;
}

static bool
is_behind(const struct apply_tokens *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->all[i].store.head.version < t->target.bundle->version)
			return true;
	return false;
}

/* The newest version of the target's chain that the service has in force, as it
 * keeps it; 0: none. */
static uint32_t
newest_kept(const struct apply_tokens *t, const struct chain_file *kept)
{
	const struct bundle *b = t->target.bundle;
	uint8_t digest[HASH_SIZE];

	if (chain_file_has(kept, b->version, b->digest))
		return b->version;
	for (size_t n = chain_file_count(t->target.chain); n > 0; n--) {
		digest_sha256(chain_file_at(t->target.chain, n - 1)->text,
		              digest);
		if (chain_file_has(kept, n, digest))
			return (uint32_t)n;
	}
	return 0;
}

/* Up to which version may head and counter move?  The chain that the service keeps
 * answers that, with `kept`; where there is none yet (E_NOT_FOUND), the target itself
 * tells whether the service could refuse it.  One that cannot be read may be of a
 * service that waits for a recovery.  Who says --in-force says it of the proposal that
 * he names, and not of what came into the chain file behind it. */
static uint32_t
version_in_force(const struct apply_tokens *t, err_t err, uint32_t kept)
{
	const struct bundle *b = t->target.bundle;
	const uint32_t said =
	        cli_flag(t->cli, "in-force") ? t->proposal->next->version : 0;
	const bool late = t->old && clock_wall_ms() / 1000 >= b->apply_before_s;
	uint32_t seen = kept;

	if (err != OK && b->version == 1) /* nothing else can be in force */
		seen = 1;
	if (err == E_NOT_FOUND && !t->recovers && !late)
		seen = b->version;
	return seen > said ? seen : said;
}

/* What head and counter are brought to: the target, or the version before it that
 * is in force. */
static int
find_reached(struct apply_tokens *t)
{
	const struct bundle *b = t->target.bundle;
	AUTO(chain_file_release) struct chain_file kept = CHAIN_FILE_NONE;
	AUTO(buf_release) struct buf why = buf_of(TRUST_WHY_MAX);
	uint32_t seen = 0;

	err_t err =
	        chain_file_read_kept(t->cli, t->config->state_directory, &kept);
	t->told = err == OK;
	if (t->told)
		seen = newest_kept(t, &kept);
	if (seen < chain_file_count(&kept) && seen < b->version)
		return cli_fail(t->cli, VERB_REFUSED,
		                "the service has another version %" PRIu32
		                " in force than this chain has, and would "
		                "refuse it",
		                seen + 1);
	const uint32_t version = version_in_force(t, err, seen);
	t->held = is_behind(t) && version < b->version;
	if (!t->held || version == 0)
		return VERB_GOOD;
	err = bundle_parse(chain_file_at(t->target.chain, version - 1)->text,
	                   &why, &t->reached);
	return err == OK ? VERB_GOOD
	                 : cli_fail(t->cli, VERB_PART, "%s", err_name(err));
}

int
apply_tokens_judge(struct apply_tokens *t)
{
	int rc = VERB_GOOD;

	for (size_t i = 0; rc == VERB_GOOD && i < t->n; i++) {
		rc = judge_numbers(t, &t->all[i]);
		if (rc == VERB_GOOD)
			rc = judge_objects(t, &t->all[i]);
	}
	if (rc != VERB_GOOD)
		return rc;
	t->recovers = t->target.bundle->change == BUNDLE_RECOVERY;
	rc = chain_file_each(t->cli, t->target.chain, look_at_version, t);
	return rc == VERB_GOOD ? find_reached(t) : rc;
}
