/*
 * signing_open.c - which key signs when a life begins.
 *
 * The token is opened first and its keys are looked for then, so that one login
 * serves whichever of them is there: the old one may have been deleted, and a
 * new one that is no good must not keep the service closed.
 */
#include <string.h>

#include "clock.h"
#include "digest.h"
#include "keyholder.h"

static err_t
add(struct keyholder *k, const struct pin *pin, struct buf *why)
{
	uint8_t sha256[HASH_SIZE];
	unsigned number = 0;

	digest_sha256(pin_spki(pin), sha256);
	TRY(hsm_add_key(k->device.hsm, pin->uri, sha256, why, &number));
	err_t err = signing_hold(k, number, pin);
	if (err != OK) {
		hsm_drop_key(k->device.hsm, number);
		buf_append_str(why, "it is not the pinned key");
	}
	return err;
}

/* Not over, and this token's. */
static bool
may_sign(const struct keyholder *k, const struct pin *pin)
{
	return strcmp(pin->token, k->token->name) == 0 &&
	       !pin_over(pin, clock_wall_ms() / 1000);
}

/* The key whose turn it is, else one that went before it. */
static err_t
open_key(struct keyholder *k, const struct pin *signer, struct buf *why)
{
	const struct pin *keys = k->signing.pins->keys;
	err_t first = E_LATCHED;

	for (size_t i = (size_t)(signer - keys) + 1;
	     i-- > 0 && may_sign(k, &keys[i]);) {
		const struct pin *pin = &keys[i];
		AUTO(buf_release) struct buf reason = buf_of(SIGNING_WHY_MAX);
		err_t err = add(k, pin, &reason);

		if (err == OK)
			return OK;
		if (err == E_DEVICE) {
			buf_append_str(why, buf_str(&reason));
			return err;
		}
		signing_refuse(k, pin, buf_str(&reason));
		if (pin != signer)
			continue;
		first = err;
		buf_append_str(why, buf_str(&reason));
	}
	return first == E_CONFIG ? E_CONFIG : E_LATCHED;
}

static err_t
find_signer(struct keyholder *k, struct buf *why, const struct pin **ret_pin)
{
	err_t err = signing_read(k, why);

	if (err == E_NOT_FOUND)
		buf_append_str(why, "there is no pins file (trust.pins)");
	TRY(err);
	const struct pin *pin = pins_signer(k->signing.pins, k->token->name,
	                                    clock_wall_ms() / 1000);
	if (!pin)
		buf_append_str(why, "no key is pinned for this token");
	else if (pin->node != k->token->node)
		buf_append_str(why, "the key is pinned for another node");
	if (!pin || pin->node != k->token->node)
		return E_CONFIG;
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

	TRY(find_signer(k, why, &signer)); /* before anything is logged in */
	own.spki_sha256 = NULL;
	TRY(hsm_open(&own, pin, why, &k->device.hsm));
	TRY(open_key(k, signer, why));
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		if (s->keys[i].held)
			s->key = i;
	hsm_use(k->device.hsm, s->key);
	return OK;
}

void
signing_open_others(struct keyholder *k)
{
	const struct pin *pin;

	while ((pin = signing_missing(k))) {
		AUTO(buf_release) struct buf why = buf_of(SIGNING_WHY_MAX);

		if (add(k, pin, &why) != OK)
			signing_refuse(k, pin, buf_str(&why));
	}
	hsm_use(k->device.hsm, k->signing.key);
	record_write(k);
	signing_told(k);
}
