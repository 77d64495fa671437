/*
 * published_keys.c - see published_keys.h.
 */
#include "front/api/published_keys.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/pins/follow.h"

struct published_keys {
	struct pins *pins;    /* NULL: none yet */
	struct keyring *ring; /* as composed last; NULL: compose again */
	uint64_t made_s, good_until_s;
};

err_t
published_keys_new(struct published_keys **ret_published)
{
	struct published_keys *p = calloc(1, sizeof(*p));

	if (!p)
		return E_NOMEM;
	*ret_published = p;
	return OK;
}

static void
forget_ring(struct published_keys *p)
{
	keyring_free(p->ring);
	p->ring = NULL;
}

void
published_keys_free(struct published_keys *p)
{
	if (!p)
		return;
	forget_ring(p);
	pins_free(p->pins);
	free(p);
}

err_t
published_keys_pin(struct published_keys *p, struct bytes text, struct buf *why)
{
	TRY(pins_update(text, why, &p->pins));
	forget_ring(p);
	return OK;
}

const struct pins *
published_keys_pins(const struct published_keys *p)
{
	return p->pins;
}

/* --- the document --------------------------------------------------------- */

static bool
comes_before(const struct pin *a, const struct pin *b, uint64_t now_s)
{
	bool signs = a->from_s <= now_s;

	if (signs != (b->from_s <= now_s))
		return signs;
	return signs ? a->from_s > b->from_s : a->from_s < b->from_s;
}

/* The keys published at this time.  The order is stable: keys with the same
 * time keep the file's order.  Returns their number. */
static size_t
sort_published_pins(const struct pins *pins, uint64_t now_s,
                    const struct pin *ret_order[static PINS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; pins && i < pins->n; i++) {
		const struct pin *pin = &pins->keys[i];
		size_t at = n;

		if (!pin_published(pin, now_s))
			continue;
		for (; at > 0 && comes_before(pin, ret_order[at - 1], now_s);
		     at--)
			ret_order[at] = ret_order[at - 1];
		ret_order[at] = pin;
		n++;
	}
	return n;
}

/* The next time at which a key is published, begins to sign or ends. */
static uint64_t
next_change(const struct pins *pins, uint64_t now_s)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; pins && i < pins->n; i++) {
		const struct pin *pin = &pins->keys[i];
		const uint64_t times[] = { pin->publish_s, pin->from_s,
			                   pin->until_s };
		for (size_t t = 0; t < ARRAY_LEN(times); t++)
			if (times[t] > now_s && times[t] < next)
				next = times[t];
	}
	return next;
}

static err_t
make_ring(struct published_keys *p, uint64_t now_s)
{
	const struct pin *order[PINS_MAX] = { NULL };
	AUTO(keyring_free) struct keyring *ring = NULL;
	size_t n = sort_published_pins(p->pins, now_s, order);

	TRY(keyring_new(&ring));
	for (size_t i = 0; i < n; i++) {
		err_t err = keyring_add(ring, bytes_of_str(order[i]->kid),
		                        pin_spki(order[i]), order[i]->alg);
		if (err != OK)
			return err == E_NOMEM ? err : E_MALFORMED;
	}
	forget_ring(p);
	p->ring = TAKE(ring);
	p->made_s = now_s;
	p->good_until_s = next_change(p->pins, now_s);
	return OK;
}

/* Also composed again after the clock was set back. */
err_t
published_keys_now(struct published_keys *p, uint64_t now_s,
                   const struct keyring **ret_ring)
{
	if (!p->ring || now_s < p->made_s || now_s >= p->good_until_s)
		TRY(make_ring(p, now_s));
	*ret_ring = p->ring;
	return OK;
}
