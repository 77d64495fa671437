/*
 * verb_token_rotate_key.c - the new key of a rotation: created in the token, or
 * an existing one.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_token_rotate.h"

#define LABEL_MAX 64

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
	*ret_alg = name ? alg_of_jose(bytes_of_str(name)) : ALG_COUNT;
	return !name || *ret_alg != ALG_COUNT;
}

/* The place of a key; empty, as of a PKCS#11 token, for an invalid URI. */
static struct hsm_key_place
place_of(const char *uri)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_key_place place = { .scheme = "" };

	if (hsm_key_place(uri, &why, &place) != OK)
		place = (struct hsm_key_place){ .scheme = "" };
	return place;
}

bool
rotate_needs_pin(const char *uri)
{
	return !place_of(uri).by_owner;
}

static int
read_names(const struct rotate *r, bool by_handle, struct names *n)
{
	const char *label = cli_option(r->cli, "label", 0);
	const char *id = cli_option(r->cli, "id", 0);

	if (by_handle && (label || id))
		return cli_fail(r->cli, VERB_USAGE,
		                "--label and --id are not for a TPM, whose "
		                "keys have handles");
	names_by_time(r, n);
	if (!read_alg(cli_option(r->cli, "alg", 0), &n->alg))
		return cli_fail(r->cli, VERB_USAGE, "--alg: unknown algorithm");
	if (label && (!*label || strlen(label) >= sizeof(n->label)))
		return cli_fail(r->cli, VERB_USAGE,
		                "--label must have 1 to %d bytes",
		                LABEL_MAX - 1);
	if (label)
		(void)snprintf(n->label, sizeof(n->label), "%s", label);
	if (id)
		buf_reset(&n->id);
	if (id && (decode_hex(&n->id, bytes_of_str(id)) != OK || !n->id.len))
		return cli_fail(r->cli, VERB_USAGE,
		                "--id must be 1 to 64 bytes in hex");
	return VERB_GOOD;
}

static int
make_key(const struct rotate *r, const struct pin *old, struct rotate_key *next)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(secret_free) struct secret *owner = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(names_release) struct names names = { .id = buf_of(64) };
	uint8_t sha256[HASH_SIZE];
	struct hsm_key_pinned pinned = { r->token->module, old->uri, sha256,
		                         *r->token->lockout_off, NULL };
	struct hsm_keygen_result made;

	digest_sha256(pin_spki(old), sha256);
	int rc = read_names(r, place_of(old->uri).by_handle, &names);
	if (rc != VERB_GOOD)
		return rc;
	if (rotate_pin(r, &pin) != OK || token_owner(r->cli, &owner) != OK)
		return VERB_PART;
	pinned.owner = owner;
	const struct hsm_keygen wanted = { .alg = names.alg,
		                           .label = names.label,
		                           .id = buf_bytes(&names.id),
		                           .handle_label = "" };
	err_t err = hsm_key_rotate(&pinned, pin, &wanted, &why, &made);
	if (err != OK)
		return token_fail(r->cli, err, &why);
	next->alg = made.alg;
	buf_append(&next->spki, bytes_of(made.spki, made.spki_len));
	(void)snprintf(next->uri, sizeof(next->uri), "%s", made.uri);
	return VERB_GOOD;
}

/* Reads the public half of --uri and compares it with --public, which the
 * officer knows from the key ceremony.  The token's answer alone is not
 * trusted, because in some tokens anybody can create a public object. */
static int
read_ceremony_key(const struct rotate *r, struct rotate_key *next)
{
	const struct hsm_key_name name = { r->token->module, next->uri };
	const char *hex = cli_option(r->cli, "public", 0);
	AUTO(buf_release) struct buf why = buf_of(1024);
	uint8_t wanted[HASH_SIZE], is[HASH_SIZE];
	struct hsm_public key;

	if (!hex ||
	    decode_hex_exact(bytes_of_str(hex), wanted, HASH_SIZE) != OK)
		return cli_fail(r->cli, VERB_USAGE,
		                "--uri needs --public with 64 hex digits");
	err_t err = hsm_token_public(&name, NULL, &why, &key);
	if (err != OK)
		return token_fail(r->cli, err, &why);
	digest_sha256(bytes_of(key.spki, key.spki_len), is);
	if (memcmp(is, wanted, HASH_SIZE) != 0)
		return cli_fail(r->cli, VERB_REFUSED,
		                "the key at --uri does not have the SHA-256 of "
		                "--public");
	next->alg = key.alg;
	buf_append(&next->spki, bytes_of(key.spki, key.spki_len));
	return VERB_GOOD;
}

/* Checks now that the key holder will accept the key, so that it is not refused
 * when it should begin to sign. */
static int
prove_public(const struct rotate *r, const struct rotate_key *next)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	uint8_t sha256[HASH_SIZE];
	const struct hsm_key_pinned key = { r->token->module, next->uri, sha256,
		                            *r->token->lockout_off, NULL };

	digest_sha256(buf_bytes(&next->spki), sha256);
	if (rotate_needs_pin(next->uri) && rotate_pin(r, &pin) != OK)
		return VERB_PART;
	err_t err = hsm_key_prove(&key, pin, &why);
	return err == OK ? VERB_GOOD : token_fail(r->cli, err, &why);
}

/* Uses a key that a separate key ceremony has created in the token. */
static int
take_key(const struct rotate *r, const struct pin *old, const char *uri,
         struct rotate_key *next)
{
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_key_place place;

	if (strlen(uri) >= sizeof(next->uri) ||
	    hsm_key_place(uri, &why, &place) != OK)
		return cli_fail(r->cli, VERB_USAGE, "--uri: %s",
		                why.len ? buf_str(&why) : "too long");
	if (strcmp(place.scheme, place_of(old->uri).scheme) != 0)
		return cli_fail(r->cli, VERB_USAGE,
		                "--uri: the key is in another kind of device "
		                "than the key in use");
	/* The sandbox permits the files that token.uri names only, see
	 * src/proc/landlock.c. */
	if (place.in_file)
		return cli_fail(r->cli, VERB_USAGE,
		                "--uri: the key holder cannot open a key file "
		                "inside its sandbox, which permits only the "
		                "files of token.uri; keep the key at a "
		                "persistent handle");
	(void)snprintf(next->uri, sizeof(next->uri), "%s", uri);
	int rc = read_ceremony_key(r, next);
	return rc == VERB_GOOD ? prove_public(r, next) : rc;
}

int
rotate_find_key(const struct rotate *r, const struct pin *old,
                struct rotate_key *next)
{
	const char *uri = cli_option(r->cli, "uri", 0);

	return uri ? take_key(r, old, uri, next) : make_key(r, old, next);
}

/* The attributes of a key that keygen creates in a PKCS#11 token. */
#define LOCKED_IN "private, sensitive, never extractable, for signatures only"

static int
tell_made(const struct rotate *r, const struct pin *old, struct buf *out)
{
	AUTO(names_release) struct names names = { .id = buf_of(64) };
	AUTO(buf_release) struct buf id = buf_of(HSM_ID_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(1024);
	struct hsm_key_place place;

	if (hsm_key_place(old->uri, &why, &place) != OK)
		return cli_fail(r->cli, VERB_REFUSED, "%s", buf_str(&why));
	int rc = read_names(r, place.by_handle, &names);
	if (rc != VERB_GOOD)
		return rc;
	encode_hex(&id, buf_bytes(&names.id));
	buf_printf(out, "a key would be created in token %s", r->token->name);
	if (!place.by_handle)
		buf_printf(out, " ('%s', serial %s): label '%s', id %s",
		           place.token, place.serial, names.label,
		           buf_str(&id));
	buf_printf(out, ", %s, %s",
	           alg_jose_name(names.alg == ALG_COUNT ? old->alg : names.alg),
	           place.by_handle ? "at the first free handle for successors"
	                           : LOCKED_IN);
	return VERB_GOOD;
}

int
rotate_tell_key(const struct rotate *r, const struct pin *old, struct buf *out)
{
	const char *uri = cli_option(r->cli, "uri", 0);

	if (!uri)
		return tell_made(r, old, out);
	buf_printf(out, "the key %s would be used", uri);
	return VERB_GOOD;
}
