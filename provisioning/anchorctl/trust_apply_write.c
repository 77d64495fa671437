/*
 * trust_apply_write.c - what `trust apply` writes to the tokens; see
 * trust_apply_tokens.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "provisioning/anchorctl/trust_apply_int.h"
#include "provisioning/anchorctl/verb_token.h"

/* --- what is said --------------------------------------------------------- */

void
apply_say_step(struct apply_tokens *t, const struct apply_token *token,
               const char *format, ...)
{
	AUTO(buf_release) struct buf line = buf_of(APPLY_STEP_MAX);
	char text[APPLY_STEP_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	json_array_append_new(t->steps, json_pack("{s:s, s:o}", "token",
	                                          token->store.of->name, "step",
	                                          cli_text(text)));
	if (!cli_json(t->cli))
		cli_say("token %s: %s\n", token->store.of->name, text);
}

int
apply_fail(const struct apply_tokens *t, const struct apply_token *token,
           const char *doing, err_t err, struct buf *why)
{
	const bool refused =
	        err == E_CONFLICT || err == E_LATCHED || err == E_DENIED;

	return cli_fail(t->cli, refused ? VERB_REFUSED : VERB_PART,
	                "token %s: %s: %s. What was done stays; apply again "
	                "to finish.",
	                token->store.of->name, doing,
	                why->len ? buf_str(why) : err_name(err));
}

const char *
apply_digest(const uint8_t sha256[static HASH_SIZE], struct buf *out)
{
	buf_reset(out);
	encode_hex(out, bytes_of(sha256, APPLY_DIGEST_TOLD));
	return buf_str(out);
}

/* --- certificates and genesis --------------------------------------------- */

static void
say_put(struct apply_tokens *t, const struct apply_token *token,
        const char *what, const struct hsm_trust_put *put)
{
	if (put->there)
		return;
	apply_say_step(t, token, "%s: stored%s%s%s", what,
	               put->by_so ? ""
	                          : ", but the token lets no security officer "
	                            "store it",
	               put->said.destroyable == HSM_NO ? "" : ", destroyable",
	               put->others ? "; there are others, which do not count"
	                           : "");
}

static int
store_certificate(struct apply_tokens *t, struct apply_token *token,
                  const uint8_t sha256[static HASH_SIZE], const char *anchor)
{
	const struct hsm_trust_officer who = { token->so_pin, token->pin };
	const struct stored_certificate *kept =
	        token_store_certificate(&token->store, sha256);
	AUTO(buf_release) struct buf der = buf_of(HSM_TRUST_CERTIFICATE_MAX);
	AUTO(buf_release) struct buf hex = buf_of(2 * APPLY_DIGEST_TOLD);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_trust_put put = { .there = false };
	char what[128];

	/* One that somebody made without the security officer's PIN serves, but
	 * he makes a better one when he is here. */
	if (kept && (kept->well || !token->so_pin))
		return VERB_GOOD;
	snprintf(what, sizeof(what), "certificate %s of anchor %s",
	         apply_digest(sha256, &hex), anchor);
	err_t err = trust_supply_find(t->cli, &t->supply, t->proposal, sha256,
	                              &der);
	if (err == E_NOT_FOUND && kept)
		return VERB_GOOD;
	if (err == OK)
		err = hsm_trust_put_certificate(&token->store.store, &who,
		                                buf_bytes(&der), &why, &put);
	if (err != OK)
		return apply_fail(t, token, what, err, &why);
	say_put(t, token, what, &put);
	return VERB_GOOD;
}

static int
store_genesis(struct apply_tokens *t, struct apply_token *token)
{
	const struct hsm_trust_officer who = { token->so_pin, token->pin };
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_trust_put put = { .there = false };

	if (token_store_has_genesis(&token->store, t->target.genesis))
		return VERB_GOOD;
	err_t err = hsm_trust_put_genesis(&token->store.store, &who,
	                                  t->target.genesis, &why, &put);
	if (err != OK)
		return apply_fail(t, token, "genesis", err, &why);
	say_put(t, token, "genesis, the digest of bundle 1", &put);
	return VERB_GOOD;
}

int
apply_tokens_store(struct apply_tokens *t)
{
	const bool beside = *t->config->certificates_file;
	const struct trust_certificate *named;
	const struct trust_anchor *anchor;
	int rc = VERB_GOOD;

	for (size_t i = 0; rc == VERB_GOOD && i < t->n; i++) {
		struct apply_token *token = &t->all[i];

		if (!token->store.stores)
			continue;
		rc = token_environment(t->cli, token->store.of);
		for (size_t k = 0;
		     rc == VERB_GOOD && !beside &&
		     (named = trust_named_at(t->target.bundle, k, &anchor));
		     k++)
			rc = store_certificate(t, token, named->certificate,
			                       anchor->name);
		if (rc == VERB_GOOD)
			rc = store_genesis(t, token);
	}
	return rc;
}

/* --- head and counter ----------------------------------------------------- */

struct hsm_trust_officer
apply_token_officer(const struct apply_token *token)
{
	const bool by_owner = token->store.by_owner;

	return (struct hsm_trust_officer){ by_owner ? token->owner : NULL,
		                           by_owner ? NULL : token->pin };
}

static int
move_head(struct apply_tokens *t, struct apply_token *token,
          const struct bundle *b)
{
	const struct hsm_trust_officer who = apply_token_officer(token);
	struct hsm_trust_head head = { .version = b->version };
	AUTO(buf_release) struct buf why = buf_of(1024);

	memcpy(head.digest, b->digest, HASH_SIZE);
	err_t err =
	        hsm_trust_move_head(&token->store.numbers, &who, &head, &why);
	if (err != OK)
		return apply_fail(t, token, "head", err, &why);
	apply_say_step(t, token, "head: version %u", b->version);
	return VERB_GOOD;
}

static int
raise_counter(struct apply_tokens *t, struct apply_token *token,
              const struct bundle *b)
{
	const struct hsm_trust_officer who = apply_token_officer(token);
	const uint64_t value =
	        token_store_row(&token->store, b)->base + b->version;
	AUTO(buf_release) struct buf why = buf_of(1024);
	uint64_t now = 0;
	err_t err = hsm_trust_raise_counter(&token->store.numbers, &who, value,
	                                    &why, &now);

	if (err != OK)
		return apply_fail(t, token, "counter", err, &why);
	apply_say_step(t, token, "counter: %" PRIu64, now);
	return VERB_GOOD;
}

/* Is the counter where this version needs it, or beyond? */
static bool
has_counted(const struct token_store *s, const struct bundle *b)
{
	return s->counter > 0 &&
	       s->counter >= token_store_row(s, b)->base + b->version;
}

/* Has the token less than this version, which need not be the target? */
static bool
lacks_version(const struct token_store *s, const struct bundle *b)
{
	const struct trust_device *row = token_store_row(s, b);

	return row && token_store_is_named(s, row) &&
	       s->head.version <= b->version &&
	       (s->head.version < b->version || !has_counted(s, b));
}

static int
move_to(struct apply_tokens *t, struct apply_token *token,
        const struct bundle *b)
{
	int rc = token_environment(t->cli, token->store.of);

	if (rc == VERB_GOOD)
		rc = move_head(t, token, b);
	/* A version before the target may need less than there is. */
	if (rc != VERB_GOOD || has_counted(&token->store, b))
		return rc;
	return raise_counter(t, token, b);
}

static void
tell_held(const struct apply_tokens *t, bool moved)
{
	AUTO(buf_release) struct buf far = buf_of(64);

	if (moved)
		buf_printf(&far, "go no further than version %u",
		           t->reached->version);
	else
		buf_append_str(&far, "stay");
	cli_fail(t->cli, 0,
	         t->told ? "head and counter %s: the service does not have "
	                   "version %u in force yet. When it says so "
	                   "(/readyz), apply again"
	                 : "head and counter %s: only the service knows "
	                   "whether version %u is in force. When it says so "
	                   "(/readyz), apply its proposal with --in-force",
	         buf_str(&far), t->target.bundle->version);
}

/* The target waits: what is before it and in force must not be rolled back
 * meanwhile. */
static int
move_to_reached(struct apply_tokens *t)
{
	const struct bundle *b = t->reached;
	bool moved = false;

	for (size_t i = 0; b && i < t->n; i++) {
		if (!lacks_version(&t->all[i].store, b))
			continue;
		int rc = move_to(t, &t->all[i], b);
		if (rc != VERB_GOOD)
			return rc;
		moved = true;
	}
	tell_held(t, moved);
	return t->old && (!b || b->version < t->proposal->next->version)
	               ? VERB_REFUSED
	               : VERB_GOOD;
}

int
apply_tokens_move(struct apply_tokens *t)
{
	int rc = VERB_GOOD;

	if (t->held)
		return move_to_reached(t);
	for (size_t i = 0; rc == VERB_GOOD && i < t->n; i++)
		rc = move_to(t, &t->all[i], t->target.bundle);
	return rc;
}

/* --- what is named no longer ---------------------------------------------- */

static int
remove_certificate(struct apply_tokens *t, struct apply_token *token,
                   const uint8_t sha256[static HASH_SIZE])
{
	const struct hsm_trust_officer who = { token->so_pin, token->pin };
	AUTO(buf_release) struct buf hex = buf_of(2 * APPLY_DIGEST_TOLD);
	AUTO(buf_release) struct buf why = buf_of(1024);
	err_t err = hsm_trust_remove_certificate(&token->store.store, &who,
	                                         sha256, &why);

	if (err == OK)
		apply_say_step(t, token, "certificate %s: removed",
		               apply_digest(sha256, &hex));
	else if (err == E_DENIED) /* it does not count */
		apply_say_step(
		        t, token,
		        "certificate %s: named no longer, so it does not "
		        "count; %s",
		        apply_digest(sha256, &hex), buf_str(&why));
	else if (err != E_NOT_FOUND)
		return apply_fail(t, token, "remove a certificate", err, &why);
	return VERB_GOOD;
}

int
apply_tokens_clean(struct apply_tokens *t)
{
	int rc = VERB_GOOD;

	if (t->held) /* the version before is perhaps in force */
		return VERB_GOOD;
	for (size_t i = 0; rc == VERB_GOOD && i < t->n; i++) {
		const struct token_store *s = &t->all[i].store;

		rc = token_environment(t->cli, s->of);
		for (size_t k = 0; rc == VERB_GOOD && k < s->n; k++)
			if (s->certificates[k].once &&
			    !trust_names(t->target.bundle,
			                 s->certificates[k].sha256))
				rc = remove_certificate(
				        t, &t->all[i],
				        s->certificates[k].sha256);
	}
	return rc;
}
