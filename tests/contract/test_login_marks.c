/*
 * test_login_marks.c - every answer that C_Login may give, before the token saw
 * the PIN and after: at most one attempt a life of the mark, however many
 * processes try.
 *
 * The callbacks are those of the key holder (src/keyholder/device/device.c), with its
 * own latch.  tests/process/test_faults.c has the key holder itself, with some of
 * the codes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyholder/device/latch.h"
#include "tests/common/base/foreign_leaks.h"
#include "tests/common/base/harness.h"
#include "tests/common/fakes/liar.h"

FOREIGN_LEAKS

#define LIVES 3 /* of processes, while no person looks */

static const CK_RV codes[] = {
#define P11_RV(name, number, class, judged) number,
#include "hsm/pkcs11/rv.def"
#undef P11_RV
	0x4, 0x1c3, CKR_VENDOR_DEFINED, CKR_VENDOR_DEFINED | 7, ~0UL,
};

static err_t
begins(void *arg)
{
	return latch_set(arg, LATCH_LOGIN);
}

static void
ended(void *arg, err_t outcome)
{
	if (outcome != E_LATCHED)
		CU_ASSERT_EQUAL(latch_clear(arg), OK);
}

/* One process: what it says of the token. */
static err_t
life(const struct softtoken *t, const struct secret *pin)
{
	AUTO(latch_release) struct latch latch;
	AUTO(hsm_close) struct hsm *hsm = NULL;
	struct hsm_options options = liar_options(t);
	char state[160];

	snprintf(state, sizeof(state), "%s/state", t->directory);
	TRY(latch_open(&latch, state));
	options.login_begins = begins;
	options.login_ended = ended;
	options.login_permitted = latch.permitted;
	options.login_arg = &latch;
	return liar_open_with(&options, pin, &hsm);
}

static void
unlatch(const struct softtoken *t)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/state/%s", t->directory,
	         HSM_LATCH_FILE);
	(void)unlink(path);
}

/* The code is answered in each life; the PIN is wrong. */
static void
answers(const struct softtoken *t, CK_RV code, bool judged,
        const struct secret *wrong)
{
	bool before = p11_rv_before_pin(code);
	bool marked = false;

	lie.logins = 0;
	lie.login = code;
	lie.login_judged = judged;
	for (int i = 0; i < LIVES; i++) {
		unsigned tried = lie.logins;
		err_t err = life(t, wrong);

		CU_ASSERT_EQUAL(err, before && lie.logins > tried ? E_DEVICE
		                                                  : E_LATCHED);
		CU_ASSERT_FALSE(marked && lie.logins > tried);
		marked = marked || err == E_LATCHED;
	}
	/* The mark of an answer that may be about the PIN stays.  Of one that
	 * is said to have come before, the token's own count decides. */
	if (!before || judged)
		CU_ASSERT_EQUAL(lie.logins, 1);
	unlatch(t);
}

static void
every_code(bool judged)
{
	RIG(t);
	AUTO(secret_free) struct secret *wrong = NULL;

	CU_ASSERT_EQUAL_FATAL(secret_copy(bytes_of_str("000000"), &wrong), OK);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (p11_rv_class(codes[i]) == P11_FINE)
			continue;
		answers(&t, codes[i], judged, wrong);
		lie.login = CKR_OK; /* what was counted is forgotten */
		struct p11 *p11 = liar_meddle(&t);
		p11_unload(p11);
	}
}

static void
test_before(void)
{
	every_code(false);
}

static void
test_after(void)
{
	every_code(true);
}

static const struct harness_test tests[] = {
	{ "every code, answered before the PIN was seen", test_before },
	{ "every code, answered after it was judged", test_after },
	{ NULL, NULL },
};

HARNESS_MAIN("login_marks", tests)
