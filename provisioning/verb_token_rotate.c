/*
 * verb_token_rotate.c - `anchorctl token rotate`: another key signs, without a
 * restart.
 *
 * The new key is made in the token, beside the one in use, and pinned in the next
 * version of the pins file, which the running service follows: published at once, signing when all
 * who keep /v1/keys have asked again, the old one published until the last
 * thing that it signed has expired.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "digest.h"
#include "verb_token_rotate.h"

#define LEAD_LEAST_S 2            /* the service looks twice a second */
#define SPAN_MOST_S (30 * 86400u) /* of a lead or a margin */

static const struct verb_option options[] = {
	{ "config", "FILE", true, "the service's configuration" },
	{ "name", "NAME", false, "which token, when there are several" },
	{ "lead", "SECONDS", false, "from publishing to signing (60)" },
	{ "margin", "SECONDS", false,
	  "that the old key outlives what it signed (30)" },
	{ "alg", "NAME", false, "of the new key; unless told, the old one's" },
	{ "label", "NAME", false,
	  "of the new key (PKCS#11); unless told, by the time" },
	{ "id", "HEX", false, "its CKA_ID; likewise" },
	{ "pin-file", "FILE", false,
	  "user PIN (else the service's, or asked)" },
	{ "uri", "URI", false, "take this key, which is there already" },
	{ "public", "HEX", false, "SHA-256 of its public half; with --uri" },
	{ "dry-run", NULL, false,
	  "say what would be; make, write and destroy nothing" },
	{ "status", NULL, false, "say how far it is" },
	{ "cancel", NULL, false, "back to the old key alone" },
	{ "delete-retired", NULL, false, "destroy the old key, once retired" },
	{ NULL, NULL, false, NULL },
};

/* --- numbers and names ---------------------------------------------------- */

static bool
read_span(const struct cli *cli, const char *name, uint32_t fallback,
          uint32_t *ret_span)
{
	const char *text = cli_option(cli, name, 0);
	char *end = NULL;

	*ret_span = fallback;
	if (!text)
		return true;
	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || n > SPAN_MOST_S)
		return false;
	*ret_span = (uint32_t)n;
	return true;
}

static uint64_t
longest_life(const struct config *c)
{
	return c->ttl_max_s > c->result_ttl_s ? c->ttl_max_s : c->result_ttl_s;
}

/* The last one of the token: what a new one follows. */
static struct pin *
key_in_use(const struct rotate *r)
{
	return pins_file_last(&r->file, r->token->name);
}

static const struct pin *
key_before(const struct rotate *r, const struct pin *pin)
{
	return pin > r->file.pins->keys &&
	                       strcmp(pin[-1].token, pin->token) == 0
	               ? pin - 1
	               : NULL;
}

/* --- what is pinned ------------------------------------------------------- */

static int
refuse_while(const struct rotate *r)
{
	const struct pin *last = key_in_use(r);
	const struct pin *before = key_before(r, last);
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_key_place place;
	char at[CLOCK_TEXT_SIZE];

	if (before && !pin_over(before, r->now_s)) {
		clock_format(before->until_s * 1000, at);
		return cli_fail(r->cli, VERB_REFUSED,
		                "a rotation is under way: the old key retires "
		                "at %s",
		                at);
	}
	if (hsm_key_place(last->uri, &why, &place) != OK)
		return cli_fail(r->cli, VERB_REFUSED, "the key in use: %s",
		                buf_str(&why));
	return VERB_GOOD;
}

struct spans {
	uint32_t lead_s, margin_s;
};

static uint64_t
end_of_old(const struct rotate *r, const struct spans *spans, uint64_t now_s)
{
	return now_s + spans->lead_s + longest_life(r->config) +
	       spans->margin_s;
}

static int
dry_run(struct rotate *r, const struct spans *spans)
{
	AUTO(buf_release) struct buf text = buf_of(512);
	char from[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE];

	clock_format((r->now_s + spans->lead_s) * 1000, from);
	clock_format(end_of_old(r, spans, r->now_s) * 1000, until);
	buf_printf(&text,
	           "nothing was made or written; a new key would sign from %s "
	           "and the old one retire at %s",
	           from, until);
	return rotate_show(r, NULL, buf_str(&text), VERB_GOOD);
}

static int
pin_next(struct rotate *r, const struct rotate_key *next,
         const struct spans *spans)
{
	struct pin *old = key_in_use(r);
	uint64_t now_s = clock_wall_ms() / 1000; /* a ceremony takes time */
	const struct pins_row row = { r->token->name, next->uri, old->node,
		                      next->alg, buf_bytes(&next->spki) };

	old->until_s = end_of_old(r, spans, now_s);
	struct pin *pin = pins_file_add(&r->file, &row);
	if (!pin)
		return cli_fail(r->cli, VERB_PART,
		                "%s: there is no room for this key",
		                r->file.path);
	pin->publish_s = now_s;
	pin->from_s = now_s + spans->lead_s;
	int rc = rotate_write(r);
	if (rc != VERB_GOOD)
		return rc;
	return rotate_show(r, pin->kid, "ordered", VERB_GOOD);
}

static int
order_next(struct rotate *r)
{
	AUTO(rotate_key_release)
	struct rotate_key next = { .spki = buf_of(PINS_SPKI_MAX) };
	struct spans spans;

	if (!read_span(r->cli, "lead", 2 * PINS_CACHE_S, &spans.lead_s) ||
	    spans.lead_s < LEAD_LEAST_S ||
	    !read_span(r->cli, "margin", PINS_MARGIN_S, &spans.margin_s))
		return cli_fail(r->cli, VERB_USAGE,
		                "--lead and --margin are seconds; a lead is %d "
		                "at least",
		                LEAD_LEAST_S);
	int rc = refuse_while(r);
	if (rc != VERB_GOOD)
		return rc;
	if (cli_flag(r->cli, "dry-run"))
		return dry_run(r, &spans);
	rc = rotate_find_key(r, key_in_use(r), &next);
	return rc == VERB_GOOD ? pin_next(r, &next, &spans) : rc;
}

/* The key holder signs by an earlier version: the service was away when this one
 * should have begun, and refuses it now, so nothing that it says has come true. */
static bool
never_followed(const struct rotate *r, const struct pin *before)
{
	return r->signs.version > 0 &&
	       r->signs.version < r->file.pins->version &&
	       strcmp(r->signs.kid, before->kid) == 0;
}

/* The last key goes, and the one before it signs on; in time, or when it never
 * stopped. */
static int
cancel(struct rotate *r)
{
	struct pin *last = key_in_use(r);
	const struct pin *before = key_before(r, last);

	if (!before ||
	    (pin_over(before, r->now_s) && !never_followed(r, before)))
		return cli_fail(r->cli, VERB_REFUSED,
		                "there is nothing to cancel");
	if (last->from_s <= r->now_s && strcmp(r->signs.kid, last->kid) == 0)
		return cli_fail(r->cli, VERB_REFUSED,
		                "the new key signs already: what it signed "
		                "would count no more");
	if (cli_flag(r->cli, "dry-run"))
		return rotate_show(r, NULL, "nothing was written", VERB_GOOD);
	last[-1].until_s = 0;
	pins_file_drop(&r->file, last);
	int rc = rotate_write(r);
	if (rc != VERB_GOOD)
		return rc;
	return rotate_show(r, NULL, "cancelled", VERB_GOOD);
}

static void
pinned_of(const struct rotate *r, const struct pin *pin,
          uint8_t sha256[static HASH_SIZE], struct hsm_key_pinned *ret_key)
{
	digest_sha256(pin_spki(pin), sha256);
	*ret_key = (struct hsm_key_pinned){ r->token->module, pin->uri, sha256,
		                            *r->token->lockout_off };
}

/* What is at its place afterwards: a device may say yes and do nothing, and who
 * believes that a key is gone keeps it no longer. */
static int
check_gone(struct rotate *r, const struct hsm_key_pinned *key,
           const struct secret *pin)
{
	struct hsm_key_left left;
	err_t err = hsm_key_left(key, pin, &r->why, &left);

	if (err != OK)
		return cli_fail(r->cli, VERB_PART,
		                "the device was told to destroy the key, and "
		                "cannot be asked whether it is gone: %s",
		                r->why.len ? buf_str(&r->why) : err_name(err));
	if (left.private_half || left.public_half)
		return cli_fail(r->cli, VERB_PART,
		                "not gone: at the key's place there is still "
		                "%s%s%s",
		                left.private_half ? "a private half" : "",
		                left.private_half && left.public_half ? " and "
		                                                      : "",
		                left.public_half ? "a public half" : "");
	return VERB_GOOD;
}

/* *ret_found: was there anything to destroy? */
static int
destroy(struct rotate *r, const struct pin *old, const struct pin *signer,
        bool *ret_found)
{
	AUTO(secret_free) struct secret *pin = NULL;
	uint8_t old_sha256[HASH_SIZE], next_sha256[HASH_SIZE];
	struct hsm_key_pinned key, next;

	pinned_of(r, old, old_sha256, &key);
	pinned_of(r, signer, next_sha256, &next);
	if (!rotate_in_tpm(old->uri) && rotate_pin(r, &pin) != OK)
		return VERB_PART;
	err_t err = hsm_key_prove(&next, pin, &r->why);
	if (err != OK)
		return cli_fail(r->cli,
		                err == E_LATCHED ? VERB_REFUSED : VERB_PART,
		                "nothing was destroyed: the key that follows "
		                "was not seen to sign: %s",
		                r->why.len ? buf_str(&r->why) : err_name(err));
	buf_reset(&r->why);
	err = hsm_key_destroy(&key, pin, &r->why);
	*ret_found = err == OK;
	if (err != OK && err != E_NOT_FOUND)
		return token_fail(r->cli, err, &r->why);
	buf_reset(&r->why);
	int rc = check_gone(r, &key, pin);
	if (rc != VERB_GOOD)
		return rc;
	pins_file_drop(&r->file, old);
	return rotate_write(r);
}

/* Only what nobody needs: all that the old key signed has expired, and its
 * successor signs, by the key holder's own word under this very file, and by
 * what the device does when it is asked. */
static int
delete_retired(struct rotate *r)
{
	const char *why = NULL;
	const struct pin *old = pins_disposable(r->file.pins, r->token->name,
	                                        &r->signs, r->now_s, &why);
	const struct pin *signer =
	        pins_signer(r->file.pins, r->token->name, r->now_s);
	bool found = false;

	if (!old)
		return cli_fail(r->cli, VERB_REFUSED, "%s", why);
	if (cli_flag(r->cli, "dry-run"))
		return rotate_show(r, NULL, "nothing was destroyed or written",
		                   VERB_GOOD);
	if (!cli_confirm("Destroy key %s (%s) of token %s for ever? yes, or "
	                 "anything else: ",
	                 old->kid, old->uri, r->token->name))
		return cli_fail(r->cli, VERB_REFUSED, "nothing was destroyed");
	int rc = destroy(r, old, signer, &found);
	if (rc != VERB_GOOD)
		return rc;
	return rotate_show(r, NULL,
	                   found ? "the old key is destroyed: the device has "
	                           "neither half any more"
	                         : "the old key was gone already: the device "
	                           "has neither half",
	                   VERB_GOOD);
}

static int
run(struct cli *cli)
{
	AUTO(rotate_release)
	struct rotate r = { .cli = cli,
		            .file = PINS_FILE_NONE,
		            .why = buf_of(1024) };
	bool status = cli_flag(cli, "status");
	bool back = cli_flag(cli, "cancel");
	bool away = cli_flag(cli, "delete-retired");

	if (status + back + away > 1)
		return cli_fail(cli, VERB_USAGE,
		                "--status, --cancel, --delete-retired: one");
	int rc = rotate_load(&r);
	if (rc != VERB_GOOD)
		return rc;
	if (status)
		return rotate_show(&r, NULL, NULL, VERB_GOOD);
	if (back)
		return cancel(&r);
	return away ? delete_retired(&r) : order_next(&r);
}

const struct verb verb_token_rotate = {
	.words = "token rotate",
	.arguments = "",
	.help = "Let another key sign, while the service runs.",
	.options = options,
	.run = run,
};
