/*
 * test_route.c - the table of endpoints: each path has one meaning.
 */
#include <stdio.h>
#include <string.h>

#include "proc/config.h"
#include "front/metrics.h"

#include "front/api/route.h"
#include "tests/common/base/harness.h"

static const struct route *
find(enum method m, const char *path)
{
	return route_find(m, bytes_of_str(path)).route;
}

static void
test_exact(void)
{
	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);
		char path[64];

		const char *open = strchr(r->path, '{');
		CU_ASSERT(!open || !r->query); /* one place for both */
		if (open)
			(void)snprintf(path, sizeof(path), "%.*sx%s",
			               (int)(open - r->path), r->path,
			               strchr(open, '}') + 1);
		else
			(void)snprintf(path, sizeof(path), "%s", r->path);
		CU_ASSERT_PTR_EQUAL(find(r->method, path), r);
		CU_ASSERT_EQUAL(route_number(r), i);
		path[strlen(path) - 1] ^= 1;
		CU_ASSERT(path[strlen(path) - 1] == 'y' ||
		          find(r->method, path) == NULL);
	}
	CU_ASSERT_EQUAL(route_number(NULL), METRICS_ROUTES - 1);
}

static void
test_tail(void)
{
	struct route_match m =
	        route_find(METHOD_GET, bytes_of_str("/v1/enrollments/dh1_a"));

	CU_ASSERT_PTR_NOT_NULL(m.route);
	CU_ASSERT(bytes_equal_str(m.tail, "dh1_a"));
	CU_ASSERT_EQUAL(m.methods, METHOD_GET | METHOD_DELETE);

	m = route_find(METHOD_POST,
	               bytes_of_str("/v1/enrollments/dh1_a/suspend"));
	CU_ASSERT_PTR_NOT_NULL(m.route);
	CU_ASSERT(bytes_equal_str(m.tail, "dh1_a"));
	CU_ASSERT_EQUAL(m.methods, METHOD_POST);
}

/* The path of a format below /v1/enrollments/ is never taken for a device
 * handle. */
static void
test_not_a_handle(void)
{
	struct route_match m =
	        route_find(METHOD_DELETE, bytes_of_str("/v1/enrollments/tpm2"));

	CU_ASSERT_PTR_NULL(m.route);
	CU_ASSERT_EQUAL(m.methods, METHOD_POST);
}

static void
test_other_spellings(void)
{
	static const char *const paths[] = {
		"",
		"/",
		"//healthz",
		"/healthz/",
		"/./healthz",
		"/v1/../healthz",
		"/HEALTHZ",
		"/healthz?",
		"/v1/enrollments/",
		"/v1/enrollments/a/",
		"/v1/enrollments//suspend",
		"/v1/enrollments/a/b/suspend",
		"/v1/enrollments/suspend/",
		"/v1/enrollments/a/Suspend",
		"/v1/enrollments/a/suspend/",
		"/v1/enrollments/{handle}/x",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		CU_ASSERT_EQUAL(
		        route_find(METHOD_GET, bytes_of_str(paths[i])).methods,
		        0);
}

/* Only monitors read metrics, only backends create anything, and only officers
 * let a device that is held go on. */
static void
test_roles(void)
{
	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);

		CU_ASSERT(r->roles != 0);
		if (r->body == BODY_KNOWN) {
			CU_ASSERT_EQUAL(r->roles, CLIENT_OFFICER);
		} else if (r == find(METHOD_POST, "/v1/enrollments/a/key")) {
			CU_ASSERT_EQUAL(r->roles,
			                CLIENT_BACKEND | CLIENT_OFFICER);
		} else if (r->method != METHOD_GET && r->body != BODY_ORDER &&
		           r->method != METHOD_DELETE) {
			CU_ASSERT_EQUAL(r->roles, CLIENT_BACKEND);
		}
		CU_ASSERT_EQUAL(r->body != BODY_NONE, r->method == METHOD_POST);
	}
	CU_ASSERT_EQUAL(find(METHOD_GET, "/metrics")->roles, CLIENT_MONITOR);
	CU_ASSERT_EQUAL(find(METHOD_POST, "/v1/enrollments/a/resume")->roles,
	                CLIENT_OFFICER);
	CU_ASSERT_EQUAL(find(METHOD_GET, "/v1/preregistrations")->roles,
	                CLIENT_OFFICER);
	CU_ASSERT_EQUAL(find(METHOD_DELETE, "/v1/preregistrations/a")->roles,
	                CLIENT_OFFICER);
	CU_ASSERT_EQUAL(find(METHOD_POST, "/v1/enrollments/a/approve")->roles,
	                CLIENT_OFFICER);
	CU_ASSERT_EQUAL(find(METHOD_POST, "/v1/enrollments/a/suspend")->roles,
	                CLIENT_BACKEND | CLIENT_OFFICER);
	CU_ASSERT_EQUAL(find(METHOD_POST, "/v1/enrollments/a/retire")->roles,
	                CLIENT_BACKEND | CLIENT_OFFICER);
}

static const struct harness_test tests[] = {
	{ "each row is found by its path only", test_exact },
	{ "the last segment", test_tail },
	{ "tpm2 is no device handle", test_not_a_handle },
	{ "no second spelling of a path", test_other_spellings },
	{ "roles and bodies", test_roles },
	{ NULL, NULL },
};

HARNESS_MAIN("route", tests)
