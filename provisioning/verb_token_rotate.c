/*
 * verb_token_rotate.c - `anchorctl token rotate`: another key signs, without a
 * restart.
 *
 * The new key is made in the token, beside the one in use, and written into an
 * order that the running service follows: published at once, signing when all
 * who keep /v1/keys have asked again, the old one published until the last
 * thing that it signed has expired.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "digest.h"
#include "encode.h"
#include "keyring.h"
#include "verb_token_rotate.h"

#define LEAD_LEAST_S 2            /* the service looks twice a second */
#define SPAN_MOST_S (30 * 86400u) /* of a lead or a margin */
#define LABEL_MAX 64

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
	{ "public", "HEX", false, "its pin; with --uri" },
	{ "dry-run", NULL, false, "say the times; make and write nothing" },
	{ "status", NULL, false, "say how far the order is" },
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

/* The key that signs, or will be the last to: what a new one follows. */
static int
key_in_use(const struct rotate *r, struct rotation_key *ret_key)
{
	struct rotation_key key = { .uri = "" };

	if (r->ordered) {
		*ret_key = r->order.keys[r->order.n - 1];
		ret_key->publish_at_s = ret_key->sign_from_s = 0;
		return VERB_GOOD;
	}
	if (strlen(r->token->uri) >= sizeof(key.uri))
		return cli_fail(r->cli, VERB_REFUSED, "token.uri: too long");
	(void)snprintf(key.uri, sizeof(key.uri), "%s", r->token->uri);
	if (decode_hex_exact(bytes_of_str(r->token->public_sha256),
	                     key.public_sha256, HASH_SIZE) != OK)
		return cli_fail(r->cli, VERB_REFUSED,
		                "token.public_sha256 is malformed");
	*ret_key = key;
	return VERB_GOOD;
}

/* --- the new key ---------------------------------------------------------- */

struct names {
	char label[LABEL_MAX];
	struct buf id;
	enum alg alg;
};

static void
names_release(struct names *n)
{
	buf_release(&n->id);
}
DEFINE_AUTO_REF(struct names, names_release);

/* "anchord-sign-20261123T120000Z", and the time in four bytes. */
static void
names_by_time(const struct rotate *r, struct names *n)
{
	char at[CLOCK_TEXT_SIZE];
	size_t len =
	        (size_t)snprintf(n->label, sizeof(n->label), "anchord-sign-");

	clock_format(r->now_s * 1000, at);
	for (const char *c = at; *c && len + 1 < sizeof(n->label); c++)
		if (*c != '-' && *c != ':')
			n->label[len++] = *c;
	n->label[len] = '\0';
	buf_u32(&n->id, (uint32_t)r->now_s);
}

static bool
read_alg(const char *name, enum alg *ret_alg)
{
	*ret_alg = ALG_COUNT;
	for (unsigned i = 0; name && i < ALG_COUNT; i++)
		if (strcmp(alg_jose_name((enum alg)i), name) == 0)
			*ret_alg = (enum alg)i;
	return !name || *ret_alg != ALG_COUNT;
}

static bool
is_tpm(const char *uri)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_key_place place;

	return hsm_key_place(uri, &why, &place) == OK && place.tpm;
}

static int
read_names(const struct rotate *r, bool tpm, struct names *n)
{
	const char *label = cli_option(r->cli, "label", 0);
	const char *id = cli_option(r->cli, "id", 0);

	if (tpm && (label || id))
		return cli_fail(r->cli, VERB_USAGE,
		                "--label, --id: a TPM's keys have handles");
	names_by_time(r, n);
	if (!read_alg(cli_option(r->cli, "alg", 0), &n->alg))
		return cli_fail(r->cli, VERB_USAGE, "--alg: no such algorithm");
	if (label && (!*label || strlen(label) >= sizeof(n->label)))
		return cli_fail(r->cli, VERB_USAGE, "--label: 1 to %d bytes",
		                LABEL_MAX - 1);
	if (label)
		(void)snprintf(n->label, sizeof(n->label), "%s", label);
	if (id)
		buf_reset(&n->id);
	if (id && (decode_hex(&n->id, bytes_of_str(id)) != OK || !n->id.len))
		return cli_fail(r->cli, VERB_USAGE,
		                "--id is 1 to 64 bytes in hex");
	return VERB_GOOD;
}

static int
make_key(const struct rotate *r, const struct rotation_key *old,
         struct rotation_key *next, char kid[static KID_SIZE])
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(names_release) struct names names = { .id = buf_of(64) };
	const struct hsm_key_pinned pinned = { r->token->module, old->uri,
		                               old->public_sha256 };
	struct hsm_keygen_result made;
	enum alg alg;

	int rc = read_names(r, is_tpm(old->uri), &names);
	if (rc != VERB_GOOD)
		return rc;
	if (rotate_pin(r, &pin) != OK)
		return VERB_PART;
	const struct hsm_keygen wanted = { names.alg, names.label,
		                           buf_bytes(&names.id), "" };
	err_t err = hsm_key_next(&pinned, pin, &wanted, &why, &made);
	if (err == OK)
		err = key_identify(bytes_of(made.spki, made.spki_len), &alg,
		                   kid);
	if (err != OK)
		return token_fail(r->cli, err, &why);
	digest_sha256(bytes_of(made.spki, made.spki_len), next->public_sha256);
	(void)snprintf(next->uri, sizeof(next->uri), "%s", made.uri);
	return VERB_GOOD;
}

/* A key of a ceremony of its own: nothing is asked of the token here. */
static int
take_key(const struct rotate *r, const struct rotation_key *old,
         const char *uri, struct rotation_key *next)
{
	const char *hex = cli_option(r->cli, "public", 0);
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_key_place place;

	if (strlen(uri) >= sizeof(next->uri) ||
	    hsm_key_place(uri, &why, &place) != OK)
		return cli_fail(r->cli, VERB_USAGE, "--uri: %s",
		                why.len ? buf_str(&why) : "too long");
	if (place.tpm != is_tpm(old->uri))
		return cli_fail(r->cli, VERB_USAGE,
		                "--uri: a key of another kind of device than "
		                "the one in use");
	if (!hex || decode_hex_exact(bytes_of_str(hex), next->public_sha256,
	                             HASH_SIZE) != OK)
		return cli_fail(r->cli, VERB_USAGE,
		                "--uri needs --public, 64 hex digits");
	(void)snprintf(next->uri, sizeof(next->uri), "%s", uri);
	return VERB_GOOD;
}

/* --- what is ordered ------------------------------------------------------ */

static bool
under_way(const struct rotate *r)
{
	return r->ordered && r->order.n == 2 &&
	       r->now_s < r->order.keys[0].retire_at_s;
}

static int
refuse_while(const struct rotate *r)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct rotation_key old;
	struct hsm_key_place place;
	char at[CLOCK_TEXT_SIZE];

	if (under_way(r)) {
		clock_format(r->order.keys[0].retire_at_s * 1000, at);
		return cli_fail(r->cli, VERB_REFUSED,
		                "a rotation is under way: the old key retires "
		                "at %s",
		                at);
	}
	int rc = key_in_use(r, &old);
	if (rc == VERB_GOOD && hsm_key_place(old.uri, &why, &place) != OK)
		return cli_fail(r->cli, VERB_REFUSED, "the key in use: %s",
		                buf_str(&why));
	return rc;
}

static int
find_next(const struct rotate *r, const struct rotation_key *old,
          struct rotation_key *next, char kid[static KID_SIZE])
{
	const char *uri = cli_option(r->cli, "uri", 0);

	if (uri)
		return take_key(r, old, uri, next);
	return make_key(r, old, next, kid);
}

static void
set_times(const struct rotate *r, struct rotation *order, uint32_t lead_s,
          uint32_t margin_s)
{
	uint64_t now_s = clock_wall_ms() / 1000;

	order->keys[1].publish_at_s = now_s;
	order->keys[1].sign_from_s = now_s + lead_s;
	order->keys[0].retire_at_s =
	        now_s + lead_s + longest_life(r->config) + margin_s;
}

static int
dry_run(struct rotate *r, struct rotation *order)
{
	(void)snprintf(order->keys[1].uri, sizeof(order->keys[1].uri), "-");
	r->order = *order;
	r->ordered = true;
	return rotate_show(r, NULL, "nothing was made or written", VERB_GOOD);
}

static int
order_next(struct rotate *r)
{
	struct rotation order = { .n = 2 };
	char kid[KID_SIZE] = "";
	uint32_t lead_s, margin_s;

	if (!read_span(r->cli, "lead", 2 * ROTATION_CACHE_S, &lead_s) ||
	    lead_s < LEAD_LEAST_S ||
	    !read_span(r->cli, "margin", ROTATION_MARGIN_S, &margin_s))
		return cli_fail(r->cli, VERB_USAGE,
		                "--lead and --margin are seconds; a lead is %d "
		                "at least",
		                LEAD_LEAST_S);
	int rc = refuse_while(r);
	if (rc == VERB_GOOD)
		rc = key_in_use(r, &order.keys[0]);
	if (rc != VERB_GOOD)
		return rc;
	set_times(r, &order, lead_s, margin_s);
	if (cli_flag(r->cli, "dry-run"))
		return dry_run(r, &order);
	rc = find_next(r, &order.keys[0], &order.keys[1], kid);
	if (rc != VERB_GOOD)
		return rc;
	set_times(r, &order, lead_s, margin_s); /* a ceremony takes time */
	rc = rotate_write(r, &order);
	if (rc != VERB_GOOD)
		return rc;
	return rotate_show(r, *kid ? kid : NULL, "ordered", VERB_GOOD);
}

static int
cancel(struct rotate *r)
{
	struct rotation order = { .n = 1 };

	if (!r->ordered || r->order.n != 2)
		return cli_fail(r->cli, VERB_REFUSED,
		                "there is nothing to cancel");
	order.keys[0] = r->order.keys[0];
	order.keys[0].retire_at_s = 0;
	int rc = rotate_write(r, &order);
	if (rc != VERB_GOOD)
		return rc;
	return rotate_show(r, NULL,
	                   "cancelled; a key that signs already signs on, and "
	                   "the log says so",
	                   VERB_GOOD);
}

/* Only what nobody needs: the key holder follows this order, and all that the
 * old key signed has expired. */
static int
delete_retired(struct rotate *r)
{
	AUTO(secret_free) struct secret *pin = NULL;
	const struct rotation_key *old = &r->order.keys[0];
	struct rotation order = { .n = 1 };

	if (!r->ordered || r->order.n != 2 || under_way(r))
		return cli_fail(r->cli, VERB_REFUSED,
		                "no key has retired (yet)");
	if (!r->followed)
		return cli_fail(r->cli, VERB_REFUSED,
		                "the key holder does not follow this order: "
		                "the old key may be the one that signs");
	if (!is_tpm(old->uri) && rotate_pin(r, &pin) != OK)
		return VERB_PART;
	const struct hsm_key_pinned key = { r->token->module, old->uri,
		                            old->public_sha256 };
	err_t err = hsm_key_destroy(&key, pin, &r->why);
	if (err != OK && err != E_NOT_FOUND) /* then it is gone already */
		return token_fail(r->cli, err, &r->why);
	order.keys[0] = r->order.keys[1];
	order.keys[0].publish_at_s = order.keys[0].sign_from_s = 0;
	int rc = rotate_write(r, &order);
	if (rc != VERB_GOOD)
		return rc;
	return rotate_show(r, NULL, "the old key is destroyed", VERB_GOOD);
}

static int
run(struct cli *cli)
{
	AUTO(rotate_release)
	struct rotate r = { .cli = cli, .directory = -1, .why = buf_of(1024) };
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
