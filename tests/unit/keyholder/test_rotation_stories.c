/*
 * test_rotation_stories.c - what went wrong once with the signing key, each
 * step by step: see rotation_world.h and test_rotation_schedules.c.
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

/* The next key is held, and signs in 10 s; the old one is over in 20. */
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

/* A rotation whose next key kills the session that proves it, as one that wants
 * the PIN for each signature: two lives end at it, then the old one signs. */
static void
test_poison(void)
{
	officer_begin();
	CU_ASSERT_TRUE(officer_order(10, 60));
	device.keys[1].poison = true;
	rworld_kill(&w);
	CU_ASSERT_TRUE(rworld_look(&w));
	rworld_set_clock(&w, w.now_s + 20); /* it is the next one's turn */
	unsigned logins = device.logins;
	for (unsigned i = 0; i < 3; i++) {
		rworld_begin(&w);
		rworld_tick(&w);
	}
	must_sign(kid_of(0));
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(w.role.why, "ended while they tested it"));
	CU_ASSERT_EQUAL(device.logins - logins, 3);
	/* It is tried again when no other may sign, and by a new version. */
	pass(60);
	must_not_sign();
	device.keys[1].poison = false;
	rworld_tick(&w);
	rworld_begin(&w);
	must_sign(kid_of(1));
}

/* The clock goes back behind the end of the old key, which a life has seen. */
static void
test_clock_back(void)
{
	rotate();
	pass(25);
	must_sign(kid_of(1));
	rworld_set_clock(&w, w.now_s - 23);
	must_not_sign(); /* before the tick, too */
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

/* The same, and then officers take the next key back: the old one is theirs to
 * give back, in a later version. */
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

/* Never a key that nobody can know: the old row is gone, and the clock is
 * before the hour of the one that is left. */
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

/* Who was killed signs no more, and says so no longer than until its next life
 * begins, whatever becomes of that one. */
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
	/* nor when it gives up by itself */
	device.away = true;
	must_not_sign();
	nobody_signs();
}

/* The successor is gone and the old key signs by fallback: it is not to be
 * destroyed, and never signs when it is over. */
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

/* The next key is missing, and then it is there: no other version is needed. */
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

/* Each try of a key in a TPM proves the PIN, and a wrong one is counted: one
 * that was refused waits for another version of the file. */
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

/* What is kept is spoiled: not as if nothing were kept. */
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
	/* an older file, in which the retired key signs for ever */
	officer.pins->n = 1;
	officer_last()->until_s = 0;
	officer.pins->version = 0;
	officer_write_next();
	rworld_service(&w);
	CU_ASSERT_FALSE(rworld_look(&w));
	CU_ASSERT_PTR_NULL(w.supervisor.pinned.pins);
	CU_ASSERT_STRING_NOT_EQUAL(w.supervisor.pinned.why, "");
	CU_ASSERT_TRUE(w.supervisor.pinned.again);
	/* root takes it away */
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
	{ "a kept file that is spoiled is not none", test_kept_spoiled },
	{ "(ends)", test_close },
	{ NULL, NULL },
};

HARNESS_MAIN("rotation_stories", tests)
