/*
 * test_formats.c - the rows of formats.def and the formats behind them say the
 * same.
 */
#include <string.h>

#include "front/api/route.h"
#include "tests/common/base/harness.h"
#include "base/auto.h"
#include "proc/config.h"
#include "crypto/token/ear.h"
#include "evidence/evidence.h"
#include "policy/group.h"

static const struct {
	const struct evidence_format *format;
	const char *name, *path, *member;
} rows[] = {
#define FORMAT_BY_STATEMENT(symbol, name, path, member) \
	{ &evidence_##symbol, name, path, member },
#define FORMAT_BY_EVIDENCE(symbol, name, path) \
	{ &evidence_##symbol, name, path, NULL },
#include "wire/formats.def"
#undef FORMAT_BY_STATEMENT
#undef FORMAT_BY_EVIDENCE
};

static void
test_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct evidence_format *f = rows[i].format;

		CU_ASSERT_PTR_EQUAL(evidence_at(i), f);
		CU_ASSERT_STRING_EQUAL(f->name, rows[i].name);
		CU_ASSERT(f->name[0] != '\0' &&
		          ear_format_valid(bytes_of_str(f->name)));
		CU_ASSERT_PTR_EQUAL(evidence_find(bytes_of_str(f->name)), f);
		CU_ASSERT_EQUAL(f->enroll != NULL, rows[i].member != NULL);
		CU_ASSERT_EQUAL(f->enrolls, rows[i].member == NULL);
	}
	CU_ASSERT_PTR_NULL(evidence_at(ARRAY_LEN(rows)));
	CU_ASSERT(ARRAY_LEN(rows) >= 2);
}

/* The methods that callers use without a check for NULL. */
static void
test_whole(void)
{
	const struct evidence_format *f;

	for (size_t i = 0; (f = evidence_at(i)); i++) {
		CU_ASSERT(f->help && f->read && f->read_files && f->parse);
		CU_ASSERT(f->nonce && f->offline && f->appraise && f->inspect);
		CU_ASSERT(f->claims && f->not_appraised && f->free);
		CU_ASSERT(!f->policy || (f->policy->name && f->policy->walk &&
		                         f->policy->size > 0));
	}
	for (size_t i = 0; policy_group_at(i); i++)
		CU_ASSERT(i < POLICY_GROUPS_MAX);
}

/* Each has its way to enrol, and no handle is taken for it. */
static void
test_routes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[128];

		snprintf(path, sizeof(path), "/v1/enrollments/%s",
		         rows[i].path);
		const struct route_match m =
		        route_find(METHOD_POST, bytes_of_str(path));
		CU_ASSERT_PTR_NOT_NULL_FATAL(m.route);
		CU_ASSERT_STRING_EQUAL(m.route->form.format, rows[i].name);
		CU_ASSERT_EQUAL(m.route->form.member != NULL,
		                rows[i].member != NULL);
		CU_ASSERT_EQUAL(m.route->roles, CLIENT_BACKEND);
		CU_ASSERT_PTR_NULL(
		        route_find(METHOD_GET, bytes_of_str(path)).route);
	}
	for (size_t i = 0; i < route_count(); i++)
		if (strncmp(route_at(i)->path, "/v1/enrollments", 15) != 0)
			CU_ASSERT_PTR_NULL(route_at(i)->form.format);
}

static const struct harness_test tests[] = {
	{ "rows and formats say the same", test_rows },
	{ "a format has all that is called", test_whole },
	{ "a route for each", test_routes },
	{ NULL, NULL },
};
HARNESS_MAIN("formats", tests)
