/*
 * test_rotation_device.h - a token without cryptography: keys come and go, it is
 * taken away, one key kills the session that proves it.  test_rotation_hsm.h puts
 * it behind hsm.h.
 *
 * It defines functions; a program includes it once.
 */
#ifndef UNIT_KEYHOLDER_TEST_ROTATION_DEVICE_H
#define UNIT_KEYHOLDER_TEST_ROTATION_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/core/hsm.h"
#include "crypto/pins/pins.h"

#define DEVICE_KEYS 16

struct device_key {
	struct pin pin;
	bool there; /* its private half */
	bool poison;
};

static struct {
	bool away;
	void (*on_open)(void); /* NULL: nothing */
	uint32_t epoch;
	unsigned logins;
	size_t n;
	struct device_key keys[DEVICE_KEYS];
} device;

static struct device_key *
device_find(const char *kid)
{
	for (size_t i = 0; i < device.n; i++)
		if (strcmp(device.keys[i].pin.kid, kid) == 0)
			return &device.keys[i];
	return NULL;
}

__attribute__((unused)) static unsigned
device_count(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < device.n; i++)
		n += device.keys[i].there;
	return n;
}

static const struct device_key *
device_at(const char *uri)
{
	for (size_t i = 0; i < device.n; i++)
		if (strcmp(device.keys[i].pin.uri, uri) == 0 &&
		    device.keys[i].there)
			return &device.keys[i];
	return NULL;
}

/* As hsm_key_destroy(): only beside a successor that can sign. */
__attribute__((unused)) static bool
device_destroy(const char *kid, const char *successor)
{
	struct device_key *old = device_find(kid);
	const struct device_key *next = device_find(successor);

	if (device.away || !next || !next->there || next->poison)
		return false;
	if (old)
		old->there = false;
	return true;
}

/* hsm.h's, of a key that is never another. */
const uint8_t *
hsm_handle_check(const struct hsm *hsm)
{
	static const uint8_t check[HASH_SIZE];

	(void)hsm;
	return check;
}

#endif
