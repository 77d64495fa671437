/*
 * test_rotation_hsm.h - test_rotation_device.h in the place of hsm.h, for this
 * whole program: the linker takes the first definition (tests/unit.mk).  It defines
 * functions; a program includes it once.
 */
#ifndef UNIT_KEYHOLDER_TEST_ROTATION_HSM_H
#define UNIT_KEYHOLDER_TEST_ROTATION_HSM_H

#include "hsm/core/hsm.h"
#include "tests/unit/keyholder/test_rotation_device.h"

struct hsm {
	bool dead;
	unsigned key;
	const struct device_key *keys[HSM_KEYS_MAX];
};

static bool
device_gone(const struct hsm *hsm)
{
	return device.away || hsm->dead;
}

err_t
hsm_open(const struct hsm_options *options, const struct secret *pin,
         struct buf *why, struct hsm **ret_hsm)
{
	(void)pin;
	if (device.on_open)
		device.on_open();
	if (device.away) {
		buf_append_str(why, "away");
		return E_DEVICE;
	}
	TRY(options->login_begins(options->login_arg));
	device.logins++;
	options->login_ended(options->login_arg, OK);
	*ret_hsm = calloc(1, sizeof(**ret_hsm));
	return *ret_hsm ? OK : E_NOMEM;
}

err_t
hsm_add_key(struct hsm *hsm, const char *uri,
            const uint8_t spki_sha256[static HASH_SIZE], struct buf *why,
            unsigned *ret_key)
{
	const struct device_key *key = device_at(uri);
	unsigned number = 0;

	(void)spki_sha256;
	buf_append_str(why, "a reason");
	if (device_gone(hsm))
		return E_DEVICE;
	if (!key)
		return E_LATCHED;
	hsm->dead = key->poison;
	if (key->poison)
		return E_DEVICE;
	while (number < HSM_KEYS_MAX && hsm->keys[number])
		number++;
	if (number == HSM_KEYS_MAX)
		return E_LIMIT;
	hsm->keys[number] = key;
	*ret_key = number;
	return OK;
}

void
hsm_use(struct hsm *hsm, unsigned key)
{
	hsm->key = key;
}

void
hsm_drop_key(struct hsm *hsm, unsigned key)
{
	hsm->keys[key] = NULL;
}

struct bytes
hsm_public(const struct hsm *hsm)
{
	return pin_spki(&hsm->keys[hsm->key]->pin);
}

enum alg
hsm_alg(const struct hsm *hsm)
{
	return hsm->keys[hsm->key]->pin.alg;
}

err_t
hsm_sign(struct hsm *hsm, struct bytes msg, struct hsm_signature *ret_signature)
{
	const struct device_key *key = hsm->keys[hsm->key];

	(void)msg;
	if (device_gone(hsm) || !key || !key->there)
		return E_DEVICE;
	ret_signature->len = 64;
	return OK;
}

err_t
hsm_canary(struct hsm *hsm)
{
	struct hsm_signature s;

	return hsm_sign(hsm, bytes_of_str("canary"), &s);
}

err_t
hsm_mac(struct hsm *hsm, struct bytes msg, uint8_t ret_mac[static HASH_SIZE])
{
	(void)msg;
	memset(ret_mac, 1, HASH_SIZE);
	return device_gone(hsm) ? E_DEVICE : OK;
}

err_t
hsm_random(struct hsm *hsm, uint8_t *out, size_t n)
{
	static uint8_t count;

	memset(out, ++count, n);
	return device_gone(hsm) ? E_DEVICE : OK;
}

err_t
hsm_epoch_next(struct hsm *hsm, uint32_t *ret_epoch)
{
	if (device_gone(hsm))
		return E_DEVICE;
	*ret_epoch = ++device.epoch;
	return OK;
}

const char *
hsm_why(const struct hsm *hsm)
{
	return hsm->dead ? "dead" : "away";
}

void
hsm_close(struct hsm *hsm)
{
	free(hsm);
}

#endif
