/*
 * test_rotation_stories.c - past failures about the signing key, step by step;
 * see rotation_world.h and test_rotation_schedules.c.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/last_good.h"
#include "tests/unit/keyholder/test_rotation_officer.h"

static void
must_sign(const char *wanted)
{
	char kid[KID_SIZE] = "";

	CU_ASSERT_TRUE(rworld_sign(&w, kid));
	CU_ASSERT_STRING_EQUAL(kid, wanted);
	CU_ASSERT_TRUE(rworld_published(&w, kid));
}

static void
must_not_sign(void)
{
	char kid[KID_SIZE];

	CU_ASSERT_FALSE(rworld_sign(&w, kid));
}

static void
pass(uint64_t s)
{
	rworld_set_clock(&w, w.now_s + s);
	rworld_tick(&w);
}

/* The next key is held and signs in 10 s; the old one ends in 20 s. */
static void
rotate(void)
{
	officer_begin();
	CU_ASSERT_TRUE(officer_order(10, 0));
	CU_ASSERT_TRUE(rworld_look(&w));
}

static const char *
kid_of(unsigned i)
{
	return officer.pool[i].kid;
}

/* The test of the next key makes the device fail, as with a key that requires
 * the PIN for each signature: after two processes the old key signs. */
static void
test_poison(void)
{
	officer_begin();
	CU_ASSERT_TRUE(officer_order(10, 60));
	device.keys[1].poison = true;
	rworld_kill(&w);
	CU_ASSERT_TRUE(rworld_look(&w));
	rworld_set_clock(&w, w.now_s + 20); /* the next key should sign */
	unsigned logins = device.logins;
	for (unsigned i = 0; i < 3; i++) {
		rworld_begin(&w);
		rworld_tick(&w);
	}
	must_sign(kid_of(0));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(w.role.why, "ended while they tested it"));
	CU_ASSERT_EQUAL(device.logins - logins, 3);
	/* It is tested again when no other key may sign, and with a new version
	 * of the file. */
	pass(60);
	must_not_sign();
	device.keys[1].poison = false;
	rworld_tick(&w);
	rworld_begin(&w);
	must_sign(kid_of(1));
}

/* The clock is set back before the end of the old key, which a process has
 * already seen. */
static void
test_clock_back(void)
{
	rotate();
	pass(25);
	must_sign(kid_of(1));
	rworld_set_clock(&w, w.now_s - 23);
	must_not_sign(); /* already before the tick */
	pass(0);
	must_not_sign();
	rworld_begin(&w);
	must_not_sign();
	rworld_kill(&w);
	unsigned logins = device.logins;
	rworld_begin(&w);
	CU_ASSERT_EQUAL(device.logins, logins); /* and costs none */
	pass(0);
	rworld_set_clock(&w, w.now_s + 10);
	rworld_begin(&w);
	must_sign(kid_of(1));
}

/* The same, and then officers remove the next key: a later version may let the
 * old key sign again. */
static void
test_given_back(void)
{
	rotate();
	pass(25);
	rworld_set_clock(&w, w.now_s - 23);
	officer.pins->n = 1;
	officer_last()->until_s = 0;
	officer_write_next();
	CU_ASSERT_TRUE(rworld_look(&w));
	rworld_kill(&w);
	rworld_begin(&w);
	must_sign(kid_of(0));
}

/* A key that is not published never signs: the old row was removed, and the
 * clock is before the `publish` of the remaining key. */
static void
test_unpublished(void)
{
	rotate();
	pass(25);
	memmove(&officer.pins->keys[0], &officer.pins->keys[1],
	        sizeof(officer.pins->keys[0]));
	officer.pins->n = 1;
	officer_write_next();
	CU_ASSERT_TRUE(rworld_look(&w));
	must_sign(kid_of(1));
	rworld_set_clock(&w, w.now_s - 100);
	must_not_sign();
	rworld_kill(&w);
	rworld_begin(&w);
	must_not_sign();
}

static void
nobody_signs(void)
{
	const struct pins_signs signs = rworld_signs(&w);

	CU_ASSERT_STRING_EQUAL(signs.kid, "");
}

/* A killed key holder leaves its record of the key that signs; the next one
 * removes the record at its start, whatever happens to it then. */
static void
test_record(void)
{
	rotate();
	pass(12);
	struct pins_signs signs = rworld_signs(&w);
	CU_ASSERT_STRING_EQUAL(signs.kid, kid_of(1));
	CU_ASSERT_EQUAL(signs.version, 2);
	rworld_kill(&w);
	device.away = true;
	device.on_open = nobody_signs; /* already while it opens */
	rworld_begin(&w);
	device.on_open = NULL;
	nobody_signs();
	pass(0);
	device.away = false;
	rworld_begin(&w);
	signs = rworld_signs(&w);
	CU_ASSERT_STRING_EQUAL(signs.kid, kid_of(1));
	/* also after the key holder gives up by itself */
	device.away = true;
	must_not_sign();
	nobody_signs();
}

/* The successor is missing, so the old key continues to sign: it must not be
 * destroyed, and never signs after its end. */
static void
test_fallback(void)
{
	const char *why = NULL;

	rotate();
	pass(12);
	must_sign(kid_of(1));
	device.keys[1].there = false;
	must_not_sign();
	pass(0);
	rworld_begin(&w);
	must_sign(kid_of(0));
	struct pins_signs signs = rworld_signs(&w);
	CU_ASSERT_PTR_NULL(pins_disposable(officer.pins, "token", &signs,
	                                   w.now_s + 3600, &why));
	rworld_set_clock(&w, w.now_s + 3600);
	must_not_sign();
	pass(0);
	must_not_sign();
}

/* The next key is missing and is created later; no new version of the file is
 * needed. */
static void
test_mended(void)
{
	officer_begin();
	CU_ASSERT_TRUE(officer_order(30, 60));
	device.keys[1].there = false;
	CU_ASSERT_TRUE(rworld_look(&w));
	pass(1);
	must_sign(kid_of(0));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.role.why, "is not held"));
	device.keys[1].there = true;
	for (unsigned i = 0; i < 3; i++)
		pass(SIGNING_RETRY_S);
	CU_ASSERT_STRING_EQUAL(w.role.why, "");
	pass(30);
	must_sign(kid_of(1));
}

/* Each test of a key in a TPM uses the PIN, and a wrong PIN is counted: a key
 * that was refused is tested again only with another version of the file. */
static void
test_tpm_once(void)
{
	officer_begin();
	CU_ASSERT_TRUE(officer_order(30, 60));
	(void)snprintf(officer_last()->uri, sizeof(officer_last()->uri),
	               "tpm2:swtpm:");
	officer_write_next();
	device.keys[1].pin = *officer_last();
	device.keys[1].there = false;
	CU_ASSERT_TRUE(rworld_look(&w));
	pass(1);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.role.why, "is not held"));
	device.keys[1].there = true;
	for (unsigned i = 0; i < 3; i++)
		pass(SIGNING_RETRY_S);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.role.why, "is not held"));
	officer_write_next();
	CU_ASSERT_TRUE(rworld_look(&w));
	pass(1);
	CU_ASSERT_STRING_EQUAL(w.role.why, "");
}

/* One process holds as many keys at a time as there is room for, and follows more
 * orders than that: each key that has ended is let go. */
static void
test_let_go(void)
{
	struct pins *o;

	officer_begin();
	o = officer.pins;
	for (unsigned i = 1; i <= HSM_KEYS_MAX + 1; i++) {
		CU_ASSERT_TRUE(officer_order(10, 0));
		CU_ASSERT_TRUE(rworld_look(&w));
		pass(1);
		pass(25);
		must_sign(kid_of(i));
		/* officers remove the row of the one that has ended */
		memmove(&o->keys[0], &o->keys[1], --o->n * sizeof(o->keys[0]));
		officer_write_next();
		CU_ASSERT_TRUE(rworld_look(&w));
	}
	CU_ASSERT_EQUAL(device.logins, 1);
}

/* A damaged stored file does not count as a missing one. */
static void
test_kept_spoiled(void)
{
	char path[160];

	rotate();
	pass(25);
	(void)snprintf(path, sizeof(path), "%s/" LAST_GOOD_PINS,
	               w.config.state_directory);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	CU_ASSERT_EQUAL(write(fd, "nonsense", 8), 8);
	close(fd);
	/* an older file, in which the retired key has no end */
	officer.pins->n = 1;
	officer_last()->until_s = 0;
	officer.pins->version = 0;
	officer_write_next();
	rworld_service(&w);
	CU_ASSERT_FALSE(rworld_look(&w));
	CU_ASSERT_PTR_NULL(w.supervisor.pinned.pins);
	CU_ASSERT_STRING_NOT_EQUAL(w.supervisor.pinned.why, "");
	CU_ASSERT_TRUE(w.supervisor.pinned.again);
	/* root removes it */
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_TRUE(rworld_look(&w));
	CU_ASSERT_STRING_EQUAL(w.supervisor.pinned.why, "");
}

static void
test_open(void)
{
	officer_open();
}

static void
test_close(void)
{
	officer_close();
}

static const struct harness_test tests[] = {
	{ "(begins)", test_open },
	{ "a key that kills who proves it keeps no other away", test_poison },
	{ "a retired key stays so when the clock goes back", test_clock_back },
	{ "unless officers give it back", test_given_back },
	{ "what is not published does not sign", test_unpublished },
	{ "it is written down who signs now", test_record },
	{ "a successor that is gone lets nothing be destroyed", test_fallback },
	{ "a next key whose fault is mended is held", test_mended },
	{ "a TPM's key that was refused waits for another file",
	  test_tpm_once },
	{ "a key that has ended makes room for others", test_let_go },
	{ "a kept file that is spoiled is not none", test_kept_spoiled },
	{ "(ends)", test_close },
	{ NULL, NULL },
};

HARNESS_MAIN("rotation_stories", tests)
