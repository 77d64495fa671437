/*
 * test_keyholder_inside.c - what a key holder must have shown inside its sandbox
 * before it says "ready": a login, a draw of random numbers and a signature.  A
 * module that makes a system call there that no role may make ends it, and not
 * only when the first client asks.
 */
#include <signal.h>
#include <stdio.h>

#include "tests/common/base/harness.h"
#include "tests/common/roles/keyholder_rig.h"
#include "proc/role.h"

#define KILLED (128 + SIGSYS)

static void
never_ready(const char *script)
{
	RIG(r);

	if (!rig_shim(&r, script)) {
		harness_skip("the shim is not built");
		return;
	}
	life_begin(&r);
	/* What it said before it was killed can still be read. */
	CU_ASSERT_EQUAL(lifeline_wait_exit(r.life, HARNESS_WAIT_MS), KILLED);
	bool ready = lifeline_wait_status(r.life, true, NULL, 0);
	if (ready)
		printf("  %s: ready\n", script);
	CU_ASSERT_FALSE(ready);
	life_ends(&r, KILLED);
}

static void
test_login(void)
{
	never_ready("C_Login every trespass");
}

static void
test_draw(void)
{
	never_ready("C_GenerateRandom every trespass");
}

static void
test_signature(void)
{
	never_ready("C_SignInit every trespass");
	never_ready("C_Sign every trespass");
}

static void
test_searches(void)
{
	never_ready("C_FindObjects every trespass");
	never_ready("C_CreateObject every trespass"); /* the epoch */
}

/* What a module needs to load and to connect is done before. */
static void
test_outside(void)
{
	static const char *const scripts[] = {
		"C_Initialize every trespass",
		"C_GetSlotList every trespass",
		"C_OpenSession every trespass",
	};

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		RIG(r);
		if (!rig_shim(&r, scripts[i])) {
			harness_skip("the shim is not built");
			return;
		}
		life_open(&r);
		rig_ask(&r, r.front, 5);
		rig_take(&r, r.front, 5);
		life_end(&r);
	}
}

/* The end of the service is no time for a module's last surprises. */
static void
test_end(void)
{
	RIG(r);

	if (!rig_shim(&r, "C_Finalize every trespass")) {
		harness_skip("the shim is not built");
		return;
	}
	life_open(&r);
	rig_ask(&r, r.front, 5);
	rig_take(&r, r.front, 5);
	life_end(&r); /* with status 0 */
}

static const struct harness_test tests[] = {
	{ "logs in inside the sandbox before it is ready", test_login },
	{ "draws random numbers there", test_draw },
	{ "signs there", test_signature },
	{ "looks for its keys and counts there", test_searches },
	{ "loads its module and connects before", test_outside },
	{ "ends in order whatever C_Finalize would do", test_end },
	{ NULL, NULL },
};

HARNESS_MAIN("keyholder, inside", tests)
