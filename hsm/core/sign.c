/*
 * sign.c - the calls of an open device, and the guarantees of hsm.h that hold for
 * every device.
 *
 * No output of a device is passed on unchecked: a signature is verified here with
 * the pinned public key, and random numbers must not be stuck.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"
#include "hsm/core/int.h"

#define STUCK_LEAST 8 /* bytes; shorter output may repeat by chance */

static const char canary_words[] = "anchord-canary-1";

err_t
hsm_fail(struct hsm *hsm, err_t err, const char *why)
{
	snprintf(hsm->why, sizeof(hsm->why), "%s", why);
	return err;
}

/* Stores the backend's cause, and replaces E_DENIED, which hsm.h does not
 * have. */
static err_t
map_backend_err(struct hsm *hsm, const struct hsm_part *part, err_t err)
{
	if (err == OK)
		return OK;
	hsm_fail(hsm, err, part->backend->why(part->own));
	if (err != E_DENIED)
		return err;
	return hsm->proved ? E_DEVICE : E_LATCHED;
}

err_t
hsm_sign(struct hsm *hsm, struct bytes msg, struct hsm_signature *ret_signature)
{
	const struct hsm_held *key = &hsm->keys[hsm->key];
	struct hsm_signature out = { .len = 0 };
	uint8_t digest[DIGEST_MAX];

	if (!key->ring)
		return hsm_fail(hsm, E_LATCHED, "no signing key is held");
	size_t len = digest_of_alg(key->alg, msg, digest);
	struct bytes in = len ? bytes_of(digest, len) : msg;
	const struct hsm_part self = { hsm->backend, hsm->own };
	TRY(map_backend_err(hsm, &self,
	                    self.backend->sign(self.own, key->alg, in, &out)));
	if (keyring_verify(key->ring, bytes_of_str(key->kid), key->alg, msg,
	                   bytes_of(out.bytes, out.len)) != OK)
		return hsm_fail(hsm, E_DEVICE,
		                "the device's signature does not verify");
	*ret_signature = out;
	return OK;
}

static bool
all_alike(const uint8_t *bytes, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (bytes[i] != bytes[0])
			return false;
	return true;
}

/* Computes the MAC twice, because only the device can verify it: a wrong
 * answer, or one that was never written, would hardly repeat. */
err_t
hsm_mac(struct hsm *hsm, struct bytes msg, uint8_t ret_mac[static HASH_SIZE])
{
	uint8_t first[HASH_SIZE] = { 0 };
	uint8_t again[HASH_SIZE] = { 0 };

	const struct hsm_part *part = &hsm->macs;
	TRY(map_backend_err(hsm, part,
	                    part->backend->mac(part->own, msg, first)));
	TRY(map_backend_err(hsm, part,
	                    part->backend->mac(part->own, msg, again)));
	if (all_alike(first, sizeof(first)) ||
	    memcmp(first, again, sizeof(first)) != 0)
		return hsm_fail(hsm, E_DEVICE,
		                "the device's HMAC is not stable");
	memcpy(ret_mac, first, sizeof(first));
	return OK;
}

err_t
hsm_random(struct hsm *hsm, uint8_t *out, size_t n)
{
	size_t seen = n < HASH_SIZE ? n : HASH_SIZE;

	/* Detects a call that returns OK without writing. */
	memset(out, 0, n);
	const struct hsm_part self = { hsm->backend, hsm->own };
	TRY(map_backend_err(hsm, &self,
	                    self.backend->random(self.own, out, n)));
	if (n < STUCK_LEAST)
		return OK;
	if (all_alike(out, n) ||
	    (seen == hsm->last_len && memcmp(out, hsm->last_draw, seen) == 0))
		return hsm_fail(hsm, E_DEVICE,
		                "the device's random numbers are stuck");
	memcpy(hsm->last_draw, out, seen);
	hsm->last_len = seen;
	return OK;
}

err_t
hsm_epoch_next(struct hsm *hsm, uint32_t *ret_epoch)
{
	const struct hsm_part *part = &hsm->counts;

	return map_backend_err(hsm, part,
	                       part->backend->epoch(part->own, ret_epoch));
}

err_t
hsm_canary(struct hsm *hsm)
{
	uint8_t msg[sizeof(canary_words) + HASH_SIZE];
	struct hsm_signature signature;

	memcpy(msg, canary_words, sizeof(canary_words));
	TRY(hsm_random(hsm, msg + sizeof(canary_words), HASH_SIZE));
	return hsm_sign(hsm, bytes_of(msg, sizeof(msg)), &signature);
}
