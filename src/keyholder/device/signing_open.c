/*
 * signing_open.c - selects and opens the key that signs when a process begins.
 *
 * The token is opened first and then searched for its keys, so that one login
 * is enough whichever of them exists: the old key may have been deleted, and an
 * unusable new key must not stop the service.
 */
#include <string.h>

#include "base/clock.h"
#include "crypto/digest.h"
#include "keyholder/keyholder.h"

static err_t
open_pinned_key(struct keyholder *k, const struct pin *pin, struct buf *why)
{
	uint8_t sha256[HASH_SIZE];
	unsigned number = 0;

	digest_sha256(pin_spki(pin), sha256);
	signing_try(k, pin);
	err_t err = hsm_add_key(k->device.hsm, pin->uri, sha256, why, &number);
	if (err != E_DEVICE)
		record_tried(k, pin->kid);
	TRY(err);
	err = signing_hold(k, number, pin);
	if (err != OK) {
		hsm_drop_key(k->device.hsm, number);
		buf_append_str(why, "it is not the pinned key");
	}
	return err;
}

/* The result of trying keys: OK once a key is held, else the failure of the
 * key that should sign now. */
struct attempt {
	const struct pin *signer; /* the key that should sign now */
	err_t err;
	struct buf *why;
};

/* Tries one key.  False: stop, because a key is held or the device failed. */
static bool
attempt_key(struct keyholder *k, const struct pin *pin, struct attempt *a)
{
	AUTO(buf_release) struct buf reason = buf_of(SIGNING_WHY_MAX);
	err_t err = open_pinned_key(k, pin, &reason);

	if (err == OK || err == E_DEVICE || pin == a->signer) {
		a->err = err;
		buf_reset(a->why);
		buf_append_str(a->why, buf_str(&reason));
	}
	if (err != OK && err != E_DEVICE)
		signing_refuse(k, pin, buf_str(&reason));
	return err != OK && err != E_DEVICE;
}

/* Opens the key that should sign now, or else an earlier one.  A key whose test
 * has ended earlier processes (record_is_poison()) is tried after all
 * others. */
static err_t
open_key(struct keyholder *k, const struct pin *signer, struct buf *why)
{
	const struct pin *keys = k->signing.pins->keys;
	struct attempt a = { signer, E_LATCHED, why };

	for (unsigned poison = 0; poison < 2; poison++)
		for (size_t i = (size_t)(signer - keys) + 1;
		     i-- > 0 && signing_allowed(k, &keys[i]);)
			if (record_is_poison(k, keys[i].kid) == (poison == 1) &&
			    !attempt_key(k, &keys[i], &a))
				return a.err;
	return a.err == E_CONFIG ? E_CONFIG : E_LATCHED;
}

/* Returns why this row, which should sign now, may not; NULL: it may. */
static const char *
fault_of_signer(const struct keyholder *k, const struct pin *pin)
{
	if (!pin)
		return "no key is pinned for this token";
	if (pin->node != k->token->node)
		return "the key is pinned for another node";
	if (signing_over(k, pin))
		return "the key for this time had ended already: was the clock "
		       "set back?";
	if (!signing_allowed(k, pin))
		return "the key's time has not begun: was the clock set back?";
	return NULL;
}

static err_t
find_signer(struct keyholder *k, struct buf *why, const struct pin **ret_pin)
{
	err_t err = signing_read(k, why);

	if (err == E_NOT_FOUND)
		buf_append_str(why, "there is no pins file (trust.pins)");
	TRY(err);
	signing_note_ends(k);
	const struct pin *pin = pins_signer(k->signing.pins, k->token->name,
	                                    clock_wall_ms() / 1000);
	const char *fault = fault_of_signer(k, pin);
	if (fault) {
		buf_append_str(why, fault);
		return E_CONFIG;
	}
	*ret_pin = pin;
	return OK;
}

err_t
signing_open(struct keyholder *k, const struct hsm_options *options,
             const struct secret *pin, struct buf *why)
{
	struct signing *s = &k->signing;
	struct hsm_options own = *options;
	const struct pin *signer = NULL;

	TRY(find_signer(k, why, &signer)); /* before the login */
	own.spki_sha256 = NULL;
	TRY(hsm_open(&own, pin, why, &k->device.hsm));
	TRY(open_key(k, signer, why));
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		if (s->keys[i].state == SIGNING_HELD)
			signing_begin(k, i);
	hsm_use(k->device.hsm, s->key);
	return OK;
}

void
signing_open_others(struct keyholder *k)
{
	const struct pin *pin;

	while ((pin = signing_missing(k))) {
		AUTO(buf_release) struct buf why = buf_of(SIGNING_WHY_MAX);

		err_t err = open_pinned_key(k, pin, &why);
		if (err == E_DEVICE) /* the first tick runs a canary */
			k->device.used_at = 0;
		if (err != OK)
			signing_refuse(k, pin, buf_str(&why));
	}
	hsm_use(k->device.hsm, k->signing.key);
	memcpy(k->signing.said, k->signing.note, sizeof(k->signing.said));
	record_signs(k);
	signing_told(k);
}
