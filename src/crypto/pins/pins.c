/*
 * pins.c - queries the rows of a pins file: which key, whose, and when.
 */
#include "crypto/pins/follow.h"

#include <stdlib.h>
#include <string.h>

void
pins_free(struct pins *pins)
{
	free(pins);
}

const struct pin *
pins_find(const struct pins *pins, struct bytes kid)
{
	for (size_t i = 0; i < pins->n; i++)
		if (bytes_equal_str(kid, pins->keys[i].kid))
			return &pins->keys[i];
	return NULL;
}

const char *
pins_against(const struct pins *pins, struct bytes kid,
             const struct pins_token *token, uint64_t now_s)
{
	const struct pin *pin = pins ? pins_find(pins, kid) : NULL;

	if (!pin)
		return "the key is not pinned";
	if (strcmp(pin->token, token->name) != 0)
		return "the key is pinned for another token";
	if (pin->node != token->node)
		return "the key is pinned for another node";
	if (pin_over(pin, now_s))
		return "the until of the key has passed";
	return NULL;
}

bool
pins_any(const struct pins *pins, const struct pins_token *token,
         uint64_t now_s)
{
	for (size_t i = 0; pins && i < pins->n; i++)
		if (!pins_against(pins, bytes_of_str(pins->keys[i].kid), token,
		                  now_s))
			return true;
	return false;
}

const struct pin *
pins_signer(const struct pins *pins, const char *token, uint64_t now_s)
{
	const struct pin *signer = NULL;

	for (size_t i = 0; i < pins->n; i++) {
		const struct pin *pin = &pins->keys[i];

		if (strcmp(pin->token, token) == 0 &&
		    (!signer || pin->from_s <= now_s))
			signer = pin;
	}
	return signer;
}

const struct pin *
pins_next(const struct pins *pins, const struct pin *pin)
{
	const struct pin *next = pin + 1;

	return next < pins->keys + pins->n &&
	                       strcmp(next->token, pin->token) == 0
	               ? next
	               : NULL;
}

bool
pin_published(const struct pin *pin, uint64_t now_s)
{
	return pin->publish_s <= now_s && !pin_over(pin, now_s);
}

bool
pin_over(const struct pin *pin, uint64_t now_s)
{
	return pin->until_s && pin->until_s <= now_s;
}

struct key_terms
pin_terms(const struct pin *pin)
{
	return (struct key_terms){ pin->node, pin->from_s, pin->until_s };
}

bool
pins_cover(const struct pins *pins, uint32_t node, uint64_t issued_s,
           uint64_t expires_s)
{
	for (size_t i = 0; i < pins->n; i++) {
		const struct key_terms terms = pin_terms(&pins->keys[i]);

		if (key_terms_allow(&terms, node, issued_s, expires_s))
			return true;
	}
	return false;
}

struct bytes
pin_spki(const struct pin *pin)
{
	return bytes_of(pin->spki, pin->spki_len);
}
