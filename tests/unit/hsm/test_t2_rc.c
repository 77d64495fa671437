/*
 * test_t2_rc.c - the table of a TPM's return codes: complete, and cautious where
 * it matters.
 */
#include <stdio.h>
#include <tss2/tss2_tpm2_types.h>

#include "hsm/tpm2/rc.h"
#include "tests/common/base/harness.h"
#include "base/auto.h"

static void
test_names(void)
{
#define SAME(name) \
	CU_ASSERT_STRING_EQUAL(t2_rc_name(TPM2_RC_##name), "TPM_RC_" #name)
	SAME(SUCCESS);
	SAME(INITIALIZE);
	SAME(FAILURE);
	SAME(AUTH_FAIL);
	SAME(BAD_AUTH);
	SAME(HANDLE);
	SAME(LOCKOUT);
	SAME(NV_AUTHORIZATION);
	SAME(OBJECT_MEMORY);
	SAME(RETRY);
	SAME(SESSION_MEMORY);
	SAME(VALUE);
	SAME(YIELDED);
#undef SAME
}

static void
test_unknown(void)
{
	CU_ASSERT_FALSE(t2_rc_known(0x57f));
	CU_ASSERT_EQUAL(t2_rc_class(0x57f), T2_LOST);
	CU_ASSERT_FALSE(t2_rc_known(TSS2_TCTI_RC_LAYER | 0xff));
	CU_ASSERT_EQUAL(t2_rc_class(TSS2_TCTI_RC_LAYER | 0xff), T2_LOST);
}

/* Which handle, session or parameter is meant changes no class but one. */
static void
test_classes(void)
{
	static const struct {
		TSS2_RC rc;
		enum t2_class class;
	} rows[] = {
		{ TPM2_RC_AUTH_FAIL, T2_LATCH },
		{ TPM2_RC_AUTH_FAIL | TPM2_RC_S | TPM2_RC_1, T2_LATCH },
		{ TPM2_RC_BAD_AUTH | TPM2_RC_S | TPM2_RC_1, T2_LATCH },
		{ TPM2_RC_LOCKOUT, T2_LATCH },
		{ TPM2_RC_FAILURE, T2_LOST },
		{ TPM2_RC_RETRY, T2_LOST },
		{ TPM2_RC_HANDLE | TPM2_RC_H | TPM2_RC_1, T2_LOST },
		{ TPM2_RC_OBJECT_MEMORY, T2_LOST },
		{ TSS2_RESMGR_TPM_RC_LAYER | TPM2_RC_OBJECT_MEMORY, T2_LOST },
		{ TSS2_RESMGR_TPM_RC_LAYER | TPM2_RC_LOCKOUT, T2_LATCH },
		{ TPM2_RC_VALUE, T2_REFUSE },
		{ TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1, T2_REFUSE },
		/* our session: it is gone */
		{ TPM2_RC_VALUE | TPM2_RC_S | TPM2_RC_1, T2_LOST },
		{ TSS2_TCTI_RC_IO_ERROR, T2_LOST },
		{ TSS2_ESYS_RC_RSP_AUTH_FAILED, T2_LOST },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (t2_rc_class(rows[i].rc) != rows[i].class)
			printf("  0x%x\n", rows[i].rc);
		CU_ASSERT_EQUAL(t2_rc_class(rows[i].rc), rows[i].class);
	}
}

static const struct harness_test tests[] = {
	{ "has the numbers of the specification", test_names },
	{ "takes the unknown for a lost device", test_unknown },
	{ "classes what matters", test_classes },
	{ NULL, NULL },
};

HARNESS_MAIN("t2_rc", tests)
