/*
 * verb_token_rotate_undo.c - the steps of a rotation that destroy a key: a
 * successor that is withdrawn, and an old key that has ended.
 *
 * A destroyed key cannot be recovered.  So both steps require that the officer
 * confirms, that the key holder states that it signs with another key under
 * this version of the file, and that the device makes a signature with that key
 * (a TPM: that it has the key).  Afterwards the device is queried whether the
 * key is gone.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_token_rotate.h"

/* A running service checks its pins file twice a second, and its key holder
 * then writes its statement at once. */
#define FOLLOW_MS 4000
#define FOLLOW_STEP_MS 100

static void
pinned_of(const struct rotate *r, const struct pin *pin,
          uint8_t sha256[static HASH_SIZE], struct hsm_key_pinned *ret_key)
{
	digest_sha256(pin_spki(pin), sha256);
	*ret_key = (struct hsm_key_pinned){ r->token->module, pin->uri, sha256,
		                            *r->token->lockout_off, NULL };
}

/* Checks that both halves are gone, because a device may return OK and do
 * nothing, and the officer would no longer guard a key that is believed to be
 * destroyed. */
static int
check_gone(struct rotate *r, const struct hsm_key_pinned *key,
           const struct secret *pin)
{
	struct hsm_key_left left;
	err_t err = hsm_key_left(key, pin, &r->why, &left);

	if (err != OK)
		return cli_fail(r->cli, VERB_PART,
		                "the device was told to destroy the key, but "
		                "it is not known whether the key is gone: %s",
		                r->why.len ? buf_str(&r->why) : err_name(err));
	if (left.private_half || left.public_half)
		return cli_fail(r->cli, VERB_PART,
		                "the key was not destroyed: the device still "
		                "has %s%s%s",
		                left.private_half ? "a private half" : "",
		                left.private_half && left.public_half ? " and "
		                                                      : "",
		                left.public_half ? "a public half" : "");
	return VERB_GOOD;
}

/* Tests the key that signs, and then destroys the other one. *ret_found is
 * false if that key was missing. */
static int
prove_and_destroy(struct rotate *r, const struct hsm_key_pinned *key,
                  const struct pin *signer, bool *ret_found)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(secret_free) struct secret *owner = NULL;
	uint8_t sha256[HASH_SIZE];
	struct hsm_key_pinned goes = *key;
	struct hsm_key_pinned signs;

	pinned_of(r, signer, sha256, &signs);
	if (rotate_needs_pin(key->uri) && rotate_pin(r, &pin) != OK)
		return VERB_PART;
	if (token_owner(r->cli, &owner) != OK)
		return VERB_PART;
	goes.owner = owner;
	buf_reset(&r->why);
	err_t err = hsm_key_prove(&signs, pin, &r->why);
	if (err != OK)
		return cli_fail(r->cli,
		                err == E_LATCHED ? VERB_REFUSED : VERB_PART,
		                "nothing was destroyed, because the test of "
		                "the signing key failed: %s",
		                r->why.len ? buf_str(&r->why) : err_name(err));
	buf_reset(&r->why);
	err = hsm_key_destroy(&goes, pin, &r->why);
	*ret_found = err == OK;
	if (err != OK && err != E_NOT_FOUND)
		return token_fail(r->cli, err, &r->why);
	buf_reset(&r->why);
	return check_gone(r, key, pin);
}

/* --- withdrawing a successor ---------------------------------------------- */

/* True if the key holder still signs with the previous key under an earlier
 * version of the file.  The service was then not running when this version
 * should have taken effect, and refuses it now, so the successor never
 * signed. */
static bool
never_followed(const struct rotate *r, const struct pin *before)
{
	return r->signs.version > 0 &&
	       r->signs.version < r->file.pins->version &&
	       strcmp(r->signs.kid, before->kid) == 0;
}

/* A successor can be withdrawn before it signs, or if the service never
 * followed its version. */
static int
refuse_cancel(const struct rotate *r, const struct pin *last)
{
	const struct pin *before = rotate_before(r, last);

	if (!before ||
	    (pin_over(before, r->now_s) && !never_followed(r, before)))
		return cli_fail(r->cli, VERB_REFUSED,
		                "there is no rotation to cancel");
	if (last->from_s <= r->now_s && strcmp(r->signs.kid, last->kid) == 0)
		return cli_fail(r->cli, VERB_REFUSED,
		                "the new key signs already, and its signatures "
		                "would become invalid");
	return VERB_GOOD;
}

/* The key to be destroyed. */
struct doomed {
	char uri[PINS_URI_SIZE];
	uint8_t sha256[HASH_SIZE];
};

static void
hint_again(struct rotate *r, const struct doomed *d)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE));

	encode_hex(&hex, bytes_of(d->sha256, HASH_SIZE));
	buf_printf(&r->hint,
	           "the key is still in the token; to destroy it, use --cancel "
	           "--yes --uri '%s' --public %s",
	           d->uri, buf_str(&hex));
}

/* Waits until the service follows the new file and does not need the key any
 * more.  NULL: it does; otherwise the cause after FOLLOW_MS. */
static const char *
wait_followed(struct rotate *r, const struct doomed *d)
{
	const struct timespec step = { .tv_nsec = FOLLOW_STEP_MS * 1000000L };
	const char *why = NULL;

	for (int ms = 0; ms < FOLLOW_MS; ms += FOLLOW_STEP_MS) {
		rotate_read_record(r);
		r->now_s = clock_wall_ms() / 1000;
		why = pins_needed(r->file.pins, r->token->name, &r->signs,
		                  d->sha256, r->now_s);
		if (!why)
			return NULL;
		nanosleep(&step, NULL);
	}
	return why;
}

/* Without a terminal only --yes confirms. */
static bool
may_destroy(const struct rotate *r, const struct doomed *d)
{
	if (cli_flag(r->cli, "yes"))
		return true;
	return isatty(STDIN_FILENO) &&
	       cli_confirm("Destroy the withdrawn key %s of token %s for "
	                   "ever? Type yes to confirm: ",
	                   d->uri, r->token->name);
}

static int
destroy_cancelled(struct rotate *r, const struct doomed *d)
{
	const struct hsm_key_pinned key = { r->token->module, d->uri, d->sha256,
		                            *r->token->lockout_off, NULL };
	bool found = false;

	if (!may_destroy(r, d)) {
		hint_again(r, d);
		return rotate_show(r, NULL, "cancelled", VERB_GOOD);
	}
	const char *why = wait_followed(r, d);
	if (why) {
		hint_again(r, d);
		cli_fail(r->cli, 0, "the key was not destroyed: %s", why);
		return rotate_show(r, NULL, "cancelled", VERB_PART);
	}
	const struct pin *signer =
	        pins_signer(r->file.pins, r->token->name, r->now_s);
	int rc = prove_and_destroy(r, &key, signer, &found);
	if (rc != VERB_GOOD)
		return rc;
	return rotate_show(r, NULL,
	                   found ? "cancelled, and the key was destroyed: the "
	                           "device has neither half any more"
	                         : "cancelled; the key did not exist any "
	                           "more: the device has neither half",
	                   VERB_GOOD);
}

static int
tell_cancel(struct rotate *r, const struct doomed *d, const char *kid)
{
	AUTO(buf_release) struct buf text = buf_of(4096);

	if (kid)
		buf_printf(&text,
		           "the row of key %s would be removed, and the "
		           "previous key would continue to sign; ",
		           kid);
	buf_printf(
	        &text,
	        "key %s would be destroyed in token %s, after the key holder "
	        "has followed the file%s; nothing was written or destroyed",
	        d->uri, r->token->name,
	        cli_flag(r->cli, "yes") ? ""
	                                : " and an officer has confirmed it "
	                                  "(--yes, or at a terminal)");
	return rotate_show(r, NULL, buf_str(&text), VERB_GOOD);
}

/* True if both keys are in the same token; the PIN is used in no other one. */
static bool
same_token(const char *uri, const char *other)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct hsm_key_place a, b;

	return hsm_key_place(uri, &why, &a) == OK &&
	       hsm_key_place(other, &why, &b) == OK &&
	       strcmp(a.scheme, b.scheme) == 0 &&
	       strcmp(a.token, b.token) == 0 && strcmp(a.serial, b.serial) == 0;
}

/* Destroys the key of a rotation that was cancelled earlier.  The device checks
 * that it is the key of --public. */
static int
cancel_left(struct rotate *r, const char *uri)
{
	const char *hex = cli_option(r->cli, "public", 0);
	struct doomed d;

	if (!hex || strlen(uri) >= sizeof(d.uri) ||
	    decode_hex_exact(bytes_of_str(hex), d.sha256, HASH_SIZE) != OK)
		return cli_fail(r->cli, VERB_USAGE,
		                "--uri needs --public with 64 hex digits");
	if (!same_token(uri, rotate_last(r)->uri))
		return cli_fail(r->cli, VERB_USAGE,
		                "--uri: the key is in another token");
	memcpy(d.uri, uri, strlen(uri) + 1);
	const char *why = pins_needed(r->file.pins, r->token->name, &r->signs,
	                              d.sha256, r->now_s);
	if (why)
		return cli_fail(r->cli, VERB_REFUSED, "%s", why);
	if (cli_flag(r->cli, "dry-run"))
		return tell_cancel(r, &d, NULL);
	return destroy_cancelled(r, &d);
}

int
rotate_cancel(struct rotate *r)
{
	const char *uri = cli_option(r->cli, "uri", 0);
	struct pin *last = rotate_last(r);
	struct doomed d;

	if (uri)
		return cancel_left(r, uri);
	int rc = refuse_cancel(r, last);
	if (rc != VERB_GOOD)
		return rc;
	memcpy(d.uri, last->uri, sizeof(d.uri));
	digest_sha256(pin_spki(last), d.sha256);
	if (cli_flag(r->cli, "dry-run"))
		return tell_cancel(r, &d, last->kid);
	last[-1].until_s = 0;
	pins_file_drop(&r->file, last);
	rc = rotate_write(r);
	return rc == VERB_GOOD ? destroy_cancelled(r, &d) : rc;
}

/* --- destroying the retired key ------------------------------------------- */

/* Requires that everything that the old key signed has expired, that the key
 * holder states that its successor signs under this version of the file, and
 * that the device makes a signature with the successor. */
int
rotate_delete_retired(struct rotate *r)
{
	AUTO(buf_release) struct buf text = buf_of(4096);
	const char *why = NULL;
	const struct pin *old = pins_disposable(r->file.pins, r->token->name,
	                                        &r->signs, r->now_s, &why);
	const struct pin *signer =
	        pins_signer(r->file.pins, r->token->name, r->now_s);
	uint8_t sha256[HASH_SIZE];
	struct hsm_key_pinned key;
	bool found = false;

	if (!old)
		return cli_fail(r->cli, VERB_REFUSED, "%s", why);
	if (cli_flag(r->cli, "dry-run")) {
		buf_printf(&text,
		           "key %s (%s) would be destroyed in token %s and its "
		           "row removed, if the test of key %s succeeds; "
		           "nothing was destroyed or written",
		           old->kid, old->uri, r->token->name, signer->kid);
		return rotate_show(r, NULL, buf_str(&text), VERB_GOOD);
	}
	if (!cli_flag(r->cli, "yes") &&
	    !cli_confirm("Destroy key %s (%s) of token %s for ever? Type yes "
	                 "to confirm: ",
	                 old->kid, old->uri, r->token->name))
		return cli_fail(r->cli, VERB_REFUSED, "nothing was destroyed");
	pinned_of(r, old, sha256, &key);
	int rc = prove_and_destroy(r, &key, signer, &found);
	if (rc != VERB_GOOD)
		return rc;
	pins_file_drop(&r->file, old);
	rc = rotate_write(r);
	if (rc != VERB_GOOD)
		return rc;
	return rotate_show(r, NULL,
	                   found ? "the old key was destroyed: the device has "
	                           "neither half any more"
	                         : "the old key did not exist any more: the "
	                           "device has neither half",
	                   VERB_GOOD);
}
