/*
 * test_so_pin.c - another SO PIN: what is known beforehand costs no try, and a token
 * that says yes is not believed.
 */
#include <stdio.h>
#include <string.h>

#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"

#define NEXT "271828182845"

static char why[256];

static err_t
change(const struct softtoken *t, const char *from, const char *to)
{
	AUTO(buf_release) struct buf text = buf_of(sizeof(why) - 1);
	AUTO(secret_free) struct secret *old = NULL;
	AUTO(secret_free) struct secret *new = NULL;
	const struct hsm_token_name name = { t->module, SOFTTOKEN_LABEL, "",
		                             NULL };
	struct hsm_token token;

	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str(from), &old), OK);
	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str(to), &new), OK);
	err_t err = hsm_token_so_pin(&name, old, new, &text, &token);
	snprintf(why, sizeof(why), "%s", buf_str(&text));
	return err;
}

static void
test_changes(void)
{
	RIG(t);
	struct hsm *hsm = NULL;

	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, NEXT), OK);
	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, NEXT), E_LATCHED);
	CU_ASSERT_EQUAL(change(&t, NEXT, SOFTTOKEN_SO_PIN), OK);
	CU_ASSERT_EQUAL(liar_open(&t, &hsm), OK); /* the user's PIN stays */
	hsm_close(hsm);
}

/* None of these is worth a try of the PIN. */
static void
test_tries_none(void)
{
	RIG(t);

	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, SOFTTOKEN_SO_PIN),
	                E_CONFLICT);
	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, "123"), E_DENIED);
	lie.token_flags = CKF_SO_PIN_FINAL_TRY;
	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, NEXT), E_LATCHED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "lock it for ever"));
	lie.token_flags = CKF_SO_PIN_LOCKED;
	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, NEXT), E_LATCHED);
	CU_ASSERT_EQUAL(lie.logins, 0);
	lie.token_flags = CKF_SO_PIN_TO_BE_CHANGED;
	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, NEXT), OK);
}

static void
test_lies(void)
{
	RIG(t);

	lie.keep_pin = true;
	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, NEXT), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "does not accept the new one"));
	/* done, and the answer is lost: who types the old one again locks it */
	lie.keep_pin = false;
	lie.set_pin = CKR_DEVICE_REMOVED;
	CU_ASSERT_EQUAL(change(&t, SOFTTOKEN_SO_PIN, NEXT), E_DEVICE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "the old or the new one is valid"));
}

static const struct harness_test tests[] = {
	{ "changes it, and nothing else", test_changes },
	{ "tries none that is known to be in vain", test_tries_none },
	{ "looks whether it is changed", test_lies },
	{ NULL, NULL },
};

HARNESS_MAIN("so_pin", tests)
