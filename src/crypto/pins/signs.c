/*
 * signs.c - see signs.h.
 */
#include "crypto/pins/signs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

#define KID_WORD "kid "
#define VERSION_WORD "\nversion "

void
pins_signs_put(struct buf *out, const struct pins_signs *signs)
{
	buf_printf(out, KID_WORD "%s" VERSION_WORD "%" PRIu32 "\n", signs->kid,
	           signs->version);
}

/* Removes the word from the front of text. */
static bool
take_leading_word(struct bytes *text, const char *word)
{
	size_t len = strlen(word);

	if (text->len < len || memcmp(text->data, word, len) != 0)
		return false;
	*text = bytes_of(text->data + len, text->len - len);
	return true;
}

/* Accepts one spelling only: what was parsed is written again and compared. */
static bool
is_spelt(struct bytes text, const struct pins_signs *signs)
{
	AUTO(buf_release) struct buf again = buf_of(PINS_SIGNS_MAX);

	pins_signs_put(&again, signs);
	return buf_status(&again) == OK && bytes_equal(text, buf_bytes(&again));
}

err_t
pins_signs_parse(struct bytes text, struct pins_signs *ret_signs)
{
	struct pins_signs signs = { .version = 0 };
	struct bytes rest = text;
	char digits[11] = "";

	if (!take_leading_word(&rest, KID_WORD) || rest.len < KID_SIZE - 1)
		return E_MALFORMED;
	memcpy(signs.kid, rest.data, KID_SIZE - 1);
	rest = bytes_of(rest.data + KID_SIZE - 1, rest.len - (KID_SIZE - 1));
	if (!take_leading_word(&rest, VERSION_WORD) ||
	    rest.len >= sizeof(digits))
		return E_MALFORMED;
	memcpy(digits, rest.data, rest.len);
	signs.version = (uint32_t)strtoul(digits, NULL, 10);
	if (signs.version == 0 || !is_spelt(text, &signs))
		return E_MALFORMED;
	*ret_signs = signs;
	return OK;
}

bool
pins_signs_by(const struct pins_signs *signs, const struct pins *pins,
              const struct pin *pin)
{
	return signs->version == pins->version &&
	       strcmp(signs->kid, pin->kid) == 0;
}

const struct pin *
pins_disposable(const struct pins *pins, const char *token,
                const struct pins_signs *signs, uint64_t now_s,
                const char **ret_why)
{
	const struct pin *signer = pins_signer(pins, token, now_s);
	const struct pin *first = signer;

	while (first && first > pins->keys &&
	       strcmp(first[-1].token, token) == 0)
		first--;
	if (!first || !pin_over(first, now_s) || first == signer) {
		*ret_why = "no key of the token has retired yet";
		return NULL;
	}
	if (!pins_signs_by(signs, pins, signer)) {
		*ret_why = "the key holder does not sign with the successor "
		           "yet and may still sign with the old key";
		return NULL;
	}
	return first;
}

const char *
pins_needed(const struct pins *pins, const char *token,
            const struct pins_signs *signs,
            const uint8_t spki_sha256[static HASH_SIZE], uint64_t now_s)
{
	const struct pin *signer = pins_signer(pins, token, now_s);
	uint8_t sha256[HASH_SIZE];

	for (size_t i = 0; i < pins->n; i++) {
		digest_sha256(pin_spki(&pins->keys[i]), sha256);
		if (memcmp(sha256, spki_sha256, HASH_SIZE) == 0)
			return "the key is pinned";
	}
	if (!signer || !pins_signs_by(signs, pins, signer))
		return "the key holder does not follow this version of the "
		       "pins file yet and may need the key";
	return NULL;
}
