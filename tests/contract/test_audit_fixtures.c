/*
 * test_audit_fixtures.c - ten tokens that are sound but for one defect each: the
 * audit finds it, and both profiles refuse the token for it.
 *
 * Six are real tokens in which SoftHSM was made to have the defect; SoftHSM
 * cannot have the other four, so there the module lies.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/devices/audit_keys.h"
#include "tests/common/fakes/audit_liar.h"
#include "tests/common/base/harness.h"

static void
may_leave(const struct softtoken *t)
{
	liar_add_pair(t, "second", bytes_of(liar_id_2, 1), true);
}

static void
is_imported(const struct softtoken *t)
{
	audit_import_pair(
	        t, &(struct audit_import){ .private = 1, .sensitive = true });
}

static void
is_readable(const struct softtoken *t)
{
	audit_import_pair(
	        t, &(struct audit_import){ .private = 1, .extractable = true });
}

static void
has_other_half(const struct softtoken *t)
{
	audit_import_pair(
	        t, &(struct audit_import){ .private = 2, .sensitive = true });
}

static void
has_twin(const struct softtoken *t)
{
	liar_add_pair(t, "anchord-sign", bytes_of(liar_id_2, 1), false);
}

static void
has_wrapping_key(const struct softtoken *t)
{
	audit_make_secret(
	        t, &(struct audit_made){ .by = CKM_AES_KEY_GEN,
	                                 .size = 32,
	                                 .label = "wrapper",
	                                 .odd = audit_flag(CKA_WRAP, true) });
}

static void
gives_the_key_away(const struct softtoken *t)
{
	(void)t;
	audit_lie.value = VALUE_GIVEN;
}

static void
wraps_in_spite(const struct softtoken *t)
{
	(void)t;
	audit_lie.wraps_by = CKM_AES_KEY_WRAP;
}

static void
has_dead_generator(const struct softtoken *t)
{
	(void)t;
	lie.random_again = true;
}

static void
asks_no_login(const struct softtoken *t)
{
	(void)t;
	audit_lie.flags_off = CKF_LOGIN_REQUIRED;
}

static const struct fixture {
	const char *what;
	void (*make)(const struct softtoken *t);
	enum audit_code code;
} fixtures[] = {
	{ "a key that may leave", may_leave, AUDIT_KEY_EXTRACTABLE },
	{ "a key from elsewhere", is_imported, AUDIT_KEY_IMPORTED },
	{ "a key that can be read", is_readable, AUDIT_KEY_NOT_SENSITIVE },
	{ "halves of two pairs", has_other_half, AUDIT_SIGN_FAILED },
	{ "two keys of one name", has_twin, AUDIT_TWIN_LABEL },
	{ "a key that takes others out", has_wrapping_key, AUDIT_KEY_WRAPS },
	{ "gives a private value", gives_the_key_away, AUDIT_READ_SUCCEEDED },
	{ "wraps what may not leave", wraps_in_spite, AUDIT_WRAP_SUCCEEDED },
	{ "a generator that repeats", has_dead_generator,
	  AUDIT_RANDOM_REPEATS },
	{ "no login", asks_no_login, AUDIT_TOKEN_NO_LOGIN },
};

static void
look_at(const struct fixture *f)
{
	AUDIT_RIG(t);
	f->make(&t);
	const struct audit_seen seen = audit_liar_run(&t, "", true);
	const struct audit_row *row = hsm_audit_row(f->code);

	if (seen.err != OK || seen.found[f->code] == 0)
		printf("  %s: no %s\n", f->what, row->code);
	CU_ASSERT_EQUAL(seen.err, OK);
	CU_ASSERT(seen.found[f->code] > 0);
	for (unsigned p = 0; p < AUDIT_PROFILES; p++)
		CU_ASSERT_EQUAL(row->severity[p], AUDIT_ERROR);
}

static void
test_ten(void)
{
	for (size_t i = 0; i < ARRAY_LEN(fixtures); i++)
		look_at(&fixtures[i]);
}

/* And none of them on the token that has no defect. */
static void
test_sound(void)
{
	AUDIT_RIG(t);
	const struct audit_seen seen = audit_liar_run(&t, "", true);

	for (size_t i = 0; i < ARRAY_LEN(fixtures); i++)
		CU_ASSERT_EQUAL(seen.found[fixtures[i].code], 0);
}

/* --- calls that fail ------------------------------------------------------- */

/* Each is told, and everything else is still looked at. */
static void
test_goes_on(void)
{
	AUDIT_RIG(t);
	const struct audit_seen whole = audit_liar_run(&t, "", true);

	for (unsigned f = 0; f < FAILS; f++) {
		audit_lie = (struct audit_lie){ .value = VALUE_GIVEN };
		audit_lie.fails[f] = true;
		const struct audit_seen seen = audit_liar_run(&t, "", true);
		CU_ASSERT_EQUAL(seen.err, OK);
		CU_ASSERT_EQUAL(seen.tokens, 1);
		CU_ASSERT(seen.found[AUDIT_CALL_FAILED] > 0);
		CU_ASSERT_EQUAL(seen.keys, f == FAIL_SECRET_KEYS
		                                   ? whole.keys - 1
		                                   : whole.keys);
		/* The last thing that is looked at. */
		CU_ASSERT(seen.found[AUDIT_READ_SUCCEEDED] > 0);
	}
}

/* A device that is gone ends in a report, too, and not in thousands of lines. */
static void
test_gone(void)
{
	AUDIT_RIG(t);
	for (unsigned f = 0; f < FAILS; f++)
		audit_lie.fails[f] = true;
	lie.random = CKR_DEVICE_REMOVED;
	const struct audit_seen seen = audit_liar_run(&t, "", true);

	CU_ASSERT_EQUAL(seen.err, OK);
	CU_ASSERT(seen.found[AUDIT_CALL_FAILED] >= 5);
	CU_ASSERT(seen.found[AUDIT_CALL_FAILED] <= 32);
}

static const struct harness_test tests[] = {
	{ "ten tokens with a defect each", test_ten },
	{ "none of them in a sound one", test_sound },
	{ "a call that fails is told, and the rest is looked at",
	  test_goes_on },
	{ "a device that is gone", test_gone },
	{ NULL, NULL },
};

HARNESS_MAIN("audit_fixtures", tests)
