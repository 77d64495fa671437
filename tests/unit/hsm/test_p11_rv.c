/*
 * test_p11_rv.c - the table of return codes: complete, and cautious where it
 * matters.
 */
#include "hsm/pkcs11/int.h"
#include "tests/common/base/harness.h"

static const struct {
	const char *name;
	CK_RV rv;
} published[] = {
#define OASIS_RV(name, number) { "CKR_" #name, number },
#include "tests/vectors/pkcs11/rv.def"
#undef OASIS_RV
};

/* Each code of the standard has our row, under its own name, and we have no
 * other. */
static void
test_names(void)
{
	size_t ours = 0;

	for (size_t i = 0; i < ARRAY_LEN(published); i++)
		CU_ASSERT_STRING_EQUAL(p11_rv_name(published[i].rv),
		                       published[i].name);
#define P11_RV(name, number, class, judged) ours++;
#include "hsm/pkcs11/rv.def"
#undef P11_RV
	CU_ASSERT_EQUAL(ours, ARRAY_LEN(published));
}

/* The answers to C_Login after which the PIN may be tried again: what found
 * nobody who could have judged it.  Everything else may have counted a wrong
 * PIN. */
static void
test_before_pin(void)
{
	static const CK_RV before[] = {
		CKR_SLOT_ID_INVALID,          CKR_DEVICE_REMOVED,
		CKR_SESSION_CLOSED,           CKR_SESSION_HANDLE_INVALID,
		CKR_TOKEN_NOT_PRESENT,        CKR_TOKEN_NOT_RECOGNIZED,
		CKR_CRYPTOKI_NOT_INITIALIZED,
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(before); i++)
		CU_ASSERT_TRUE(p11_rv_before_pin(before[i]));
	for (CK_RV rv = 0; rv < 0x1000; rv++)
		n += p11_rv_before_pin(rv);
	CU_ASSERT_EQUAL(n, ARRAY_LEN(before));
	CU_ASSERT_FALSE(p11_rv_before_pin(CKR_GENERAL_ERROR));
	CU_ASSERT_FALSE(p11_rv_before_pin(CKR_FUNCTION_FAILED));
	CU_ASSERT_FALSE(p11_rv_before_pin(CKR_DEVICE_ERROR));
	CU_ASSERT_FALSE(p11_rv_before_pin(CKR_VENDOR_DEFINED));
	CU_ASSERT_FALSE(
	        p11_rv_before_pin(CKR_VENDOR_DEFINED | CKR_SESSION_CLOSED));
	CU_ASSERT_FALSE(p11_rv_before_pin(~0UL));
}

/* No number twice, in rising order. */
static void
test_order(void)
{
	static const CK_RV numbers[] = {
#define P11_RV(name, number, class, judged) number,
#include "hsm/pkcs11/rv.def"
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
	{ "has the numbers of the standard, all and only", test_names },
	{ "knows which answers came before the PIN was judged",
	  test_before_pin },
	{ "has each code once", test_order },
	{ "classes what matters", test_classes },
	{ "takes the unknown for a lost device", test_unknown },
	{ NULL, NULL },
};

HARNESS_MAIN("p11_rv", tests)
