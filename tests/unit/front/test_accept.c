/*
 * test_accept.c - the representation of a result that the field Accept asks for.
 */
#include <stdio.h>

#include "base/auto.h"
#include "front/http/accept.h"
#include "tests/common/base/harness.h"

#define JWT "application/eat+jwt"
#define CWT "application/eat+cwt"
#define PROFILE "\"tag:ietf.org,2026:rats/ear#04\""

static enum accept_type
chosen(const char *first, const char *second)
{
	struct accept a = { .given = false };

	accept_field(&a, bytes_of_str(first));
	if (second)
		accept_field(&a, bytes_of_str(second));
	return accept_choose(&a);
}

static const struct row {
	const char *field;
	enum accept_type type;
} rows[] = {
	{ "", ACCEPT_JSON },
	{ " , ,", ACCEPT_JSON },
	{ "*/*", ACCEPT_JSON },
	{ "application/*", ACCEPT_JSON },
	{ "application/json", ACCEPT_JSON },
	{ "APPLICATION/Json;charset=utf-8", ACCEPT_JSON },
	{ JWT, ACCEPT_EAT_JWT },
	{ CWT, ACCEPT_EAT_CWT },
	{ "Application/EAT+cwt", ACCEPT_EAT_CWT },
	{ "\t" CWT " ", ACCEPT_EAT_CWT },
	{ CWT ";eat_profile=" PROFILE, ACCEPT_EAT_CWT },
	{ CWT ";EAT_Profile=\"TAG:ietf.org,2026:rats/EAR#04\"",
	  ACCEPT_EAT_CWT },
	{ CWT ";eat_profile=\"tag:other\"", ACCEPT_TYPES },
	{ CWT ";eat_profile=\"tag:other\", " JWT, ACCEPT_EAT_JWT },
	/* weights */
	{ "application/json, " CWT, ACCEPT_JSON },
	{ CWT ", application/json", ACCEPT_JSON },
	{ CWT ", application/json;q=0.9", ACCEPT_EAT_CWT },
	{ CWT ";q=0.1, application/json;q=0.099", ACCEPT_EAT_CWT },
	{ CWT " ; q=1.000 , application/json ; Q=0.999", ACCEPT_EAT_CWT },
	{ CWT ";q=0", ACCEPT_TYPES },
	{ CWT ";q=0.000, */*", ACCEPT_JSON },
	{ "application/json;q=0, */*", ACCEPT_EAT_JWT },
	{ "*/*;q=0", ACCEPT_TYPES },
	/* of equal weights the one that is named */
	{ "*/*, " CWT, ACCEPT_EAT_CWT },
	{ "application/*, " JWT, ACCEPT_EAT_JWT },
	{ CWT ", */*;q=0.8", ACCEPT_EAT_CWT },
	/* the most exact range counts, wherever it is */
	{ "application/*;q=0.2, " CWT ";q=0.1", ACCEPT_JSON },
	{ "application/json;q=0.1, */*;q=0.5, " CWT, ACCEPT_EAT_CWT },
	{ CWT ";q=0.3, " CWT ";q=0.7, application/json;q=0.5", ACCEPT_EAT_CWT },
	/* nothing of ours */
	{ "text/html", ACCEPT_TYPES },
	{ "text/*", ACCEPT_TYPES },
	{ "application/eat+cwtx", ACCEPT_TYPES },
	{ "application/eat", ACCEPT_TYPES },
	{ "application/problem+json", ACCEPT_TYPES },
	{ "a\"b, " CWT, ACCEPT_TYPES }, /* the string never ends */
	{ "text/x;a=\"b, " CWT "\"", ACCEPT_TYPES },
	{ "text/x;a=\"b\\\", " CWT "\"", ACCEPT_TYPES },
	{ "text/x;a=\"b\\", ACCEPT_TYPES },
	/* no weight is no range */
	{ CWT ";q=2", ACCEPT_TYPES },
	{ CWT ";q=1.1", ACCEPT_TYPES },
	{ CWT ";q=0.1234", ACCEPT_TYPES },
	{ CWT ";q=", ACCEPT_TYPES },
	{ CWT ";q=a", ACCEPT_TYPES },
	{ CWT ";q=00", ACCEPT_TYPES },
	{ CWT ";q=-1", ACCEPT_TYPES },
	{ ";;;", ACCEPT_TYPES },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (chosen(rows[i].field, NULL) != rows[i].type) {
			puts(rows[i].field);
			CU_FAIL("another type");
		}
}

static void
test_lines(void)
{
	const struct accept none = { .given = false };

	CU_ASSERT_EQUAL(accept_choose(&none), ACCEPT_JSON);
	CU_ASSERT_EQUAL(chosen("text/html", CWT), ACCEPT_EAT_CWT);
	CU_ASSERT_EQUAL(chosen(CWT, "text/html"), ACCEPT_EAT_CWT);
	CU_ASSERT_EQUAL(chosen("", CWT), ACCEPT_EAT_CWT);
	CU_ASSERT_EQUAL(chosen(CWT ";q=0.5", "application/json;q=0.6"),
	                ACCEPT_JSON);
}

static const struct harness_test tests[] = {
	{ "each field by its type", test_rows },
	{ "several lines are one list", test_lines },
	{ NULL, NULL },
};

HARNESS_MAIN("accept", tests)
