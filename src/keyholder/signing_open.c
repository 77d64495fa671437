/*
 * signing_open.c - which key signs when a life begins.
 *
 * With an order the token is opened first and its keys are looked for then, so
 * that one login serves whichever of them is there: the old one may have been
 * deleted, and a new one that is no good must not keep the service closed.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "digest.h"
#include "encode.h"
#include "keyholder.h"
#include "log.h"

static err_t
open_configured(struct keyholder *k, struct hsm_options *options,
                const struct secret *pin, struct buf *why)
{
	uint8_t pinned[HASH_SIZE];
	err_t err = decode_hex_exact(bytes_of_str(k->token->public_sha256),
	                             pinned, sizeof(pinned));

	if (err != OK)
		buf_append_str(why, "token.public_sha256 is not 64 hex digits");
	TRY(err);
	options->spki_sha256 = pinned;
	TRY(hsm_open(options, pin, why, &k->device.hsm));
	return signing_hold(k, 0);
}

static err_t
add(struct keyholder *k, const struct rotation_key *wanted, struct buf *why)
{
	unsigned number = 0;

	TRY(hsm_add_key(k->device.hsm, wanted->uri, wanted->public_sha256, why,
	                &number));
	return signing_hold(k, number);
}

/* The key whose turn it is, else one that went before it. */
static err_t
open_ordered(struct keyholder *k, struct hsm_options *options,
             const struct secret *pin, struct buf *why)
{
	struct signing *s = &k->signing;
	size_t signer = rotation_signer(&s->order, clock_wall_ms() / 1000);
	err_t first = OK;

	options->spki_sha256 = NULL;
	TRY(hsm_open(options, pin, why, &k->device.hsm));
	for (size_t i = signer + 1; i-- > 0;) {
		AUTO(buf_release) struct buf reason = buf_of(SIGNING_WHY_MAX);
		err_t err = add(k, &s->order.keys[i], &reason);

		if (err == OK)
			return OK;
		if (err == E_DEVICE) {
			buf_append_str(why, buf_str(&reason));
			return err;
		}
		signing_refuse(k, buf_str(&reason));
		if (first == OK) {
			first = err;
			buf_append_str(why, buf_str(&reason));
		}
	}
	return first == E_CONFIG ? E_CONFIG : E_LATCHED;
}

err_t
signing_open(struct keyholder *k, const struct hsm_options *options,
             const struct secret *pin, struct buf *why)
{
	struct signing *s = &k->signing;
	struct hsm_options own = *options;
	AUTO(buf_release) struct buf reason = buf_of(SIGNING_WHY_MAX);
	err_t err = signing_read(k, &reason, &s->order);

	if (err != OK && err != E_NOT_FOUND) {
		signing_refuse(k, buf_str(&reason));
		err = kept_read(k, &s->order); /* the one before stands */
	}
	s->ordered = err == OK;
	err = s->ordered ? open_ordered(k, &own, pin, why)
	                 : open_configured(k, &own, pin, why);
	if (err != OK)
		return err;
	for (unsigned i = 0; i < HSM_KEYS_MAX; i++)
		if (s->keys[i].held)
			s->key = i;
	hsm_use(k->device.hsm, s->key);
	return OK;
}

void
signing_open_others(struct keyholder *k)
{
	const struct rotation *order = &k->signing.order;
	uint64_t now_s = clock_wall_ms() / 1000;

	for (size_t i = 0; k->signing.ordered && i < order->n; i++) {
		const struct rotation_key *wanted = &order->keys[i];
		AUTO(buf_release) struct buf why = buf_of(SIGNING_WHY_MAX);

		if (signing_find(k, wanted->public_sha256) ||
		    (wanted->retire_at_s && wanted->retire_at_s <= now_s))
			continue;
		if (add(k, wanted, &why) != OK)
			signing_refuse(k, buf_str(&why));
	}
	if (signing_set_times(k))
		kept_write(k);
	signing_told(k);
}
