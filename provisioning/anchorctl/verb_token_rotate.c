/*
 * verb_token_rotate.c - `anchorctl token rotate`: replaces the signing key
 * while the service runs.
 *
 * The new key is created in the token beside the key in use and pinned in the
 * next version of the pins file, which the running service follows.  The new
 * key is published at once.  It signs after the lead, when every cache of
 * /v1/keys has been renewed.  The old key stays published until everything that
 * it signed has expired.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "provisioning/anchorctl/verb_token_rotate.h"

#define LEAD_LEAST_S 2            /* the service checks twice a second */
#define SPAN_MOST_S (30 * 86400u) /* maximum of a lead or a margin */

static const struct verb_option options[] = {
	{ "config", "FILE", true, "the service's configuration" },
	{ "name", "NAME", false, "of the token, if there are several" },
	{ "pins", "FILE", false,
	  "with officers: the pins file that they will propose" },
	{ "lead", "SECONDS", false, "from publishing to signing (60)" },
	{ "margin", "SECONDS", false,
	  "from the last expiry to the old key's end (30)" },
	{ "alg", "NAME", false, "of the new key (as the old one's)" },
	{ "label", "NAME", false,
	  "of the new key in PKCS#11 (made from the time)" },
	{ "id", "HEX", false, "CKA_ID of the new key (made from the time)" },
	{ "pin-file", "FILE", false,
	  "with the user PIN (token.pin_file, else it is asked)" },
	{ "owner-file", "FILE", false,
	  "authorisation of a TPM's owner (else it is empty)" },
	{ "uri", "URI", false, "use this existing key" },
	{ "public", "HEX", false, "with --uri: SHA-256 of its public half" },
	{ "dry-run", NULL, false,
	  "print what would be done, and change nothing" },
	{ "status", NULL, false,
	  "print the rotation's state, and what is in force" },
	{ "cancel", NULL, false,
	  "withdraw the new key; destroy it if confirmed" },
	{ "delete-retired", NULL, false, "destroy the retired key" },
	{ "yes", NULL, false, "destroy without asking" },
	{ NULL, NULL, false, NULL },
};

/* --- numbers and names ---------------------------------------------------- */

static bool
read_span(const struct cli *cli, const char *name, uint32_t fallback,
          uint32_t *ret_span)
{
	const char *text = cli_option(cli, name, 0);
	uint64_t n;

	*ret_span = fallback;
	if (!text)
		return true;
	if (!cli_number(text, SPAN_MOST_S, &n))
		return false;
	*ret_span = (uint32_t)n;
	return true;
}

/* --- ordering the next key ------------------------------------------------ */

static int
refuse_while(const struct rotate *r)
{
	const struct pin *last = rotate_last(r);
	const struct pin *before = rotate_before(r, last);
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
	return now_s + spans->lead_s + rotate_longest(r->config) +
	       spans->margin_s;
}

static int
dry_run(struct rotate *r, const struct spans *spans)
{
	AUTO(buf_release) struct buf text = buf_of(4096);
	char from[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE];

	int rc = rotate_tell_key(r, rotate_last(r), &text);
	if (rc != VERB_GOOD)
		return rc;
	clock_format((r->now_s + spans->lead_s) * 1000, from);
	clock_format(end_of_old(r, spans, r->now_s) * 1000, until);
	buf_printf(&text,
	           "; it would be published at once and sign from %s, and key "
	           "%s would retire at %s; nothing was created or written",
	           from, rotate_last(r)->kid, until);
	return rotate_show(r, NULL, buf_str(&text), VERB_GOOD);
}

static int
pin_next(struct rotate *r, const struct rotate_key *next,
         const struct spans *spans)
{
	struct pin *old = rotate_last(r);
	uint64_t now_s = clock_wall_ms() / 1000; /* making the key took time */
	const struct pins_row row = { r->token->name, next->uri, old->node,
		                      next->alg, buf_bytes(&next->spki) };

	old->until_s = end_of_old(r, spans, now_s);
	struct pin *pin = pins_file_add(&r->file, &row);
	if (!pin)
		return cli_fail(r->cli, VERB_PART,
		                "%s: the file is full, or the key is not valid",
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
		                "--lead and --margin must be seconds up to %u; "
		                "a lead must be at least %d",
		                SPAN_MOST_S, LEAD_LEAST_S);
	int rc = refuse_while(r);
	if (rc != VERB_GOOD)
		return rc;
	if (cli_flag(r->cli, "dry-run"))
		return dry_run(r, &spans);
	rc = rotate_find_key(r, rotate_last(r), &next);
	return rc == VERB_GOOD ? pin_next(r, &next, &spans) : rc;
}

static int
run_token_rotate(struct cli *cli)
{
	AUTO(rotate_release)
	struct rotate r = { .cli = cli,
		            .file = PINS_FILE_NONE,
		            .hint = buf_of(4096),
		            .why = buf_of(1024) };
	bool status = cli_flag(cli, "status");
	bool back = cli_flag(cli, "cancel");
	bool away = cli_flag(cli, "delete-retired");

	if (status + back + away > 1)
		return cli_fail(cli, VERB_USAGE,
		                "give one of --status, --cancel and "
		                "--delete-retired");
	int rc = rotate_load(&r);
	if (rc != VERB_GOOD)
		return rc;
	if (status)
		return rotate_show(&r, NULL, NULL,
		                   *r.refused ? VERB_REFUSED : VERB_GOOD);
	if (back)
		return rotate_cancel(&r);
	return away ? rotate_delete_retired(&r) : order_next(&r);
}

const struct verb verb_token_rotate = {
	.words = "token rotate",
	.arguments = "",
	.help = "Replace the signing key while the service runs.",
	.options = options,
	.run = run_token_rotate,
};
