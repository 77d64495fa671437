/*
 * keys.c - checks and loads the public keys of a pins file.
 */
#include "crypto/pins/pins.h"

#include <string.h>

/* keyring_add() checks that kid is the thumbprint and that alg fits the key. */
static err_t
add_pin_to_ring(struct keyring *ring, const struct pin *pin, struct buf *why)
{
	const struct key_terms terms = pin_terms(pin);
	struct bytes kid = bytes_of_str(pin->kid);
	err_t err = keyring_add(ring, kid, pin_spki(pin), pin->alg);

	if (err == E_MALFORMED || err == E_DENIED) {
		buf_printf(why, "key %s: %s", pin->kid,
		           err == E_MALFORMED ? "public is not a public key"
		                              : "kid or alg does not match "
		                                "public");
		return E_MALFORMED;
	}
	TRY(err);
	return keyring_set_terms(ring, kid, &terms);
}

static err_t
ring_of(const struct pins *pins, struct buf *why, struct keyring **ret_ring)
{
	AUTO(keyring_free) struct keyring *ring = NULL;

	TRY(keyring_new(&ring));
	for (size_t i = 0; i < pins->n; i++)
		TRY(add_pin_to_ring(ring, &pins->keys[i], why));
	*ret_ring = TAKE(ring);
	return OK;
}

err_t
pins_check(const struct pins *pins, struct buf *why)
{
	AUTO(keyring_free) struct keyring *ring = NULL;

	return ring_of(pins, why, &ring);
}

err_t
pins_ring(const struct pins *pins, struct keyring **ret_ring)
{
	AUTO(buf_release) struct buf why = buf_of(256);

	return ring_of(pins, &why, ret_ring);
}
