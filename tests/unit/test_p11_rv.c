/*
 * test_p11_rv.c - the table of return codes: complete, and cautious where it
 * matters.
 */
#include "../../hsm/pkcs11_int.h"
#include "../common/harness.h"

/* Every code that p11-kit's header names, against our numbers. */
static void
test_names(void)
{
#define SAME(name) CU_ASSERT_STRING_EQUAL(p11_rv_name(CKR_##name), "CKR_" #name)
	SAME(OK);
	SAME(HOST_MEMORY);
	SAME(ACTION_PROHIBITED);
	SAME(FUNCTION_CANCELED);
	SAME(KEY_FUNCTION_NOT_PERMITTED);
	SAME(OBJECT_HANDLE_INVALID);
	SAME(PIN_LOCKED);
	SAME(SESSION_READ_WRITE_SO_EXISTS);
	SAME(TOKEN_WRITE_PROTECTED);
	SAME(UNWRAPPING_KEY_TYPE_INCONSISTENT);
	SAME(USER_TOO_MANY_TYPES);
	SAME(WRAPPING_KEY_TYPE_INCONSISTENT);
	SAME(RANDOM_NO_RNG);
	SAME(BUFFER_TOO_SMALL);
	SAME(CRYPTOKI_ALREADY_INITIALIZED);
	SAME(MUTEX_NOT_LOCKED);
	SAME(FIPS_SELF_TEST_FAILED);
	SAME(PUBLIC_KEY_INVALID);
	SAME(FUNCTION_REJECTED);
#undef SAME
}

/* No number twice, in rising order. */
static void
test_order(void)
{
	static const CK_RV numbers[] = {
#define P11_RV(name, number, class) number,
#include "../../hsm/pkcs11_rv.def"
#undef P11_RV
	};

	CU_ASSERT_TRUE(ARRAY_LEN(numbers) >= 90);
	for (size_t i = 1; i < ARRAY_LEN(numbers); i++)
		CU_ASSERT_TRUE(numbers[i - 1] < numbers[i]);
}

struct row {
	CK_RV rv;
	err_t err;
};

static void
check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p11_rv_err(rows[i].rv) != rows[i].err)
			printf("  %s\n", p11_rv_name(rows[i].rv));
		CU_ASSERT_EQUAL(p11_rv_err(rows[i].rv), rows[i].err);
	}
}

/* The rows that the service's safety hangs on, one by one. */
static void
test_classes(void)
{
	static const struct row rows[] = {
		{ CKR_OK, OK },
		{ CKR_USER_ALREADY_LOGGED_IN, OK },
		/* a refused PIN is never tried again */
		{ CKR_PIN_INCORRECT, E_LATCHED },
		{ CKR_PIN_INVALID, E_LATCHED },
		{ CKR_PIN_LEN_RANGE, E_LATCHED },
		{ CKR_PIN_EXPIRED, E_LATCHED },
		{ CKR_PIN_LOCKED, E_LATCHED },
		{ CKR_USER_PIN_NOT_INITIALIZED, E_LATCHED },
		{ CKR_KEY_FUNCTION_NOT_PERMITTED, E_LATCHED },
		{ CKR_MECHANISM_INVALID, E_LATCHED },
		/* a module in this state was seen to stay dead for ever */
		{ CKR_GENERAL_ERROR, E_DEVICE },
		{ CKR_FUNCTION_FAILED, E_DEVICE },
		{ CKR_DEVICE_ERROR, E_DEVICE },
		{ CKR_DEVICE_MEMORY, E_DEVICE },
		{ CKR_DEVICE_REMOVED, E_DEVICE },
		{ CKR_TOKEN_NOT_PRESENT, E_DEVICE },
		{ CKR_TOKEN_NOT_RECOGNIZED, E_DEVICE },
		{ CKR_SLOT_ID_INVALID, E_DEVICE },
		{ CKR_SESSION_CLOSED, E_DEVICE },
		{ CKR_SESSION_HANDLE_INVALID, E_DEVICE },
		{ CKR_SESSION_COUNT, E_DEVICE },
		{ CKR_OBJECT_HANDLE_INVALID, E_DEVICE },
		{ CKR_KEY_HANDLE_INVALID, E_DEVICE },
		{ CKR_USER_NOT_LOGGED_IN, E_DEVICE },
		{ CKR_OPERATION_ACTIVE, E_DEVICE },
		{ CKR_OPERATION_NOT_INITIALIZED, E_DEVICE },
		{ CKR_CRYPTOKI_NOT_INITIALIZED, E_DEVICE },
		{ CKR_HOST_MEMORY, E_DEVICE },
		{ CKR_MUTEX_BAD, E_DEVICE },
	};

	check(rows, ARRAY_LEN(rows));
}

/* What nobody has heard of is the worst that a new process can mend. */
static void
test_unknown(void)
{
	static const struct row rows[] = {
		{ 0x4, E_DEVICE },
		{ 0x6b, E_DEVICE },
		{ 0x99999, E_DEVICE },
		{ CKR_VENDOR_DEFINED, E_DEVICE },
		{ CKR_VENDOR_DEFINED | CKR_OK, E_DEVICE },
		{ CKR_VENDOR_DEFINED | CKR_PIN_INCORRECT, E_DEVICE },
		{ ~0UL, E_DEVICE },
	};

	check(rows, ARRAY_LEN(rows));
	CU_ASSERT_STRING_EQUAL(p11_rv_name(0x4), "unknown code");
}

static const struct harness_test tests[] = {
	{ "agrees with p11-kit about numbers", test_names },
	{ "has each code once", test_order },
	{ "classes what matters", test_classes },
	{ "takes the unknown for a lost device", test_unknown },
	{ NULL, NULL },
};

HARNESS_MAIN("p11_rv", tests)
