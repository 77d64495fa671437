/*
 * test_rotation_officer.h - an officer over rotation_world.h and the fake token:
 * what `anchorctl token rotate` does, by the same rules.
 *
 * It defines functions; a program includes it once.
 */
#ifndef UNIT_KEYHOLDER_TEST_ROTATION_OFFICER_H
#define UNIT_KEYHOLDER_TEST_ROTATION_OFFICER_H

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/common/base/harness.h"
#include "tests/common/service/pins_kit.h"
#include "tests/common/roles/rotation_world.h"
#include "tests/common/fakes/soft_key.h"
#include "tests/unit/keyholder/test_rotation_hsm.h"

#define OFFICER_START_S 1790000000u
#define OFFICER_LONGEST_S 10 /* of what is signed: rotation_world.c */

static struct rworld w;

static struct {
	struct pin pool[DEVICE_KEYS];
	struct pins *pins; /* the last version that it wrote */
	bool spoiled;      /* and the file is another */
} officer;

/* In place of libc's for this whole program: nothing is killed. */
__attribute__((visibility("default"))) int
fsync(int fd)
{
	(void)fd;
	return 0;
}

/* In place of src/crypto/pins/keys.c: nothing is verified here, and reading the
 * keys anew in each life would be most of the work. */
err_t
pins_check(const struct pins *pins, struct buf *why)
{
	(void)pins;
	(void)why;
	return OK;
}

err_t
pins_ring(const struct pins *pins, struct keyring **ret_ring)
{
	(void)pins;
	return keyring_new(ret_ring);
}

static void
officer_open(void)
{
	/* "pins-refused" and the like, thousands of times. */
	CU_ASSERT_PTR_NOT_NULL_FATAL(freopen("/dev/null", "w", stderr));
	for (unsigned i = 0; i < DEVICE_KEYS; i++) {
		char name[16];
		AUTO(pins_free) struct pins *pins = pins_kit_new();

		(void)snprintf(name, sizeof(name), "rotation-%u", i);
		AUTO(soft_key_free)
		struct soft_key *key = soft_key_new(ALG_ES256, name);
		struct pin *pin = pins_kit_add(pins, "token", 1,
		                               soft_key_spki(key), ALG_ES256);
		(void)snprintf(pin->uri, sizeof(pin->uri), "fake:%u", i);
		officer.pool[i] = *pin;
	}
	rworld_new(&w);
}

static void
officer_close(void)
{
	rworld_free(&w);
	pins_free(TAKE(officer.pins));
}

static void
officer_write(const struct pins *pins)
{
	pins_kit_write(pins, w.pins_path);
	CU_ASSERT_EQUAL(chmod(w.pins_path, 0644), 0);
}

static void
officer_write_next(void)
{
	officer.pins->version++;
	officer_write(officer.pins);
	officer.spoiled = false;
}

/* A new world with one key. */
static void
officer_begin(void)
{
	rworld_reset(&w, OFFICER_START_S);
	memset(&device, 0, sizeof(device));
	pins_free(officer.pins);
	officer.pins = pins_kit_new();
	officer.pins->keys[officer.pins->n++] = officer.pool[0];
	device.keys[device.n++] =
	        (struct device_key){ .pin = officer.pool[0], .there = true };
	officer_write(officer.pins);
	officer.spoiled = false;
	(void)rworld_look(&w);
	rworld_begin(&w);
}

static struct pin *
officer_last(void)
{
	return &officer.pins->keys[officer.pins->n - 1];
}

/* A row for a key that was never there. */
static struct pin
officer_row(uint64_t lead_s)
{
	struct pin pin = officer.pool[device.n];

	pin.publish_s = w.now_s;
	pin.from_s = w.now_s + lead_s;
	return pin;
}

/* `token rotate`: refused while one is under way, or the file is no good. */
__attribute__((unused)) static bool
officer_order(uint64_t lead_s, uint64_t margin_s)
{
	struct pins *o = officer.pins;

	if (officer.spoiled || device.away || device.n == DEVICE_KEYS ||
	    (o->n > 1 && !pin_over(&o->keys[o->n - 2], w.now_s)))
		return false;
	officer_last()->until_s =
	        w.now_s + lead_s + OFFICER_LONGEST_S + margin_s;
	o->keys[o->n++] = officer_row(lead_s);
	device.keys[device.n++] =
	        (struct device_key){ .pin = *officer_last(), .there = true };
	officer_write_next();
	return true;
}

#endif
