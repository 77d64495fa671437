/*
 * route.c - see route.h.
 *
 * Paths are compared byte for byte: no percent-decoding, no dot segments, no
 * second spelling of anything.
 */
#include "front/api/route.h"

#include <string.h>

#include "front/api/api.h"
#include "base/auto.h"
#include "proc/config.h"
#include "front/metrics.h"

/* Each format has its own path for enrolments. */
#define ENROLLING(name, path, handle, member) \
	{ METHOD_POST,                        \
	  "/v1/enrollments/" path,            \
	  CLIENT_BACKEND,                     \
	  "enrollment-" path,                 \
	  BODY_ATTESTATION,                   \
	  handle,                             \
	  NULL,                               \
	  { name, member },                   \
	  NULL },
#define FORMAT_BY_STATEMENT(symbol, name, path, member) \
	ENROLLING(name, path, api_enrollment_post, member)
#define FORMAT_BY_EVIDENCE(symbol, name, path) \
	ENROLLING(name, path, api_enrollment_evidence_post, NULL)
#define NONE               \
	{                  \
		NULL, NULL \
	}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_POST,   "/v1/challenges",       CLIENT_BACKEND, "challenges",        BODY_CHALLENGE,   api_challenge_post,    api_challenge_again, NONE, NULL },
	{ METHOD_POST,   "/v1/attestations",     CLIENT_BACKEND, "attestations",      BODY_ATTESTATION, api_attestation_post,  NULL, NONE, NULL },
#include "wire/formats.def"
	{ METHOD_GET,    "/v1/enrollments",          ROUTE_TENANT,         "enrollment-list",    BODY_NONE,  api_enrollments_get,    NULL, NONE, api_enrollments_query },
	{ METHOD_GET,    "/v1/enrollments/{handle}", ROUTE_TENANT,         "enrollment-get",     BODY_NONE,  api_enrollment_get,     NULL, NONE, NULL },
	{ METHOD_DELETE, "/v1/enrollments/{handle}", ROUTE_TENANT,         "enrollment-delete",  BODY_NONE,  api_enrollment_delete,  NULL, NONE, NULL },
	{ METHOD_POST,   "/v1/enrollments/{handle}/suspend", ROUTE_TENANT, "enrollment-suspend", BODY_ORDER, api_enrollment_suspend, NULL, NONE, NULL },
	{ METHOD_POST,   "/v1/enrollments/{handle}/retire",  ROUTE_TENANT, "enrollment-retire",  BODY_ORDER, api_enrollment_retire,  NULL, NONE, NULL },
	{ METHOD_POST,   "/v1/enrollments/{handle}/resume",  CLIENT_OFFICER, "enrollment-resume",  BODY_ORDER, api_enrollment_resume,  NULL, NONE, NULL },
	{ METHOD_POST,   "/v1/enrollments/{handle}/approve", CLIENT_OFFICER, "enrollment-approve", BODY_ORDER, api_enrollment_approve, NULL, NONE, NULL },
	{ METHOD_POST,   "/v1/enrollments/{handle}/key",     ROUTE_TENANT,  "enrollment-key",      BODY_ATTESTATION, api_enrollment_key_post, NULL, NONE, NULL },
	{ METHOD_POST,   "/v1/preregistrations",         CLIENT_OFFICER,    "preregistration-add",    BODY_KNOWN, api_preregistrations_post,  NULL, NONE, NULL },
	{ METHOD_GET,    "/v1/preregistrations",         CLIENT_OFFICER,    "preregistration-list",   BODY_NONE,  api_preregistrations_get,   NULL, NONE, api_preregistrations_query },
	{ METHOD_DELETE, "/v1/preregistrations/{entry}", CLIENT_OFFICER,    "preregistration-delete", BODY_NONE,  api_preregistration_delete, NULL, NONE, NULL },
	{ METHOD_POST,   "/v1/releases/{release}/stop",  CLIENT_OFFICER,    "release-stop",       BODY_ORDER, api_release_stop,       NULL, NONE, NULL },
	{ METHOD_GET,    "/v1/outcomes",         CLIENT_BACKEND | CLIENT_AUDITOR, "outcomes", BODY_NONE,       api_outcomes_get,      NULL, NONE, api_outcomes_params },
	{ METHOD_GET,    "/v1/permits",          ROUTE_TENANT | CLIENT_AUDITOR, "permits", BODY_NONE,        api_permits_get,       NULL, NONE, api_permits_query },
	{ METHOD_GET,    "/v1/keys",             ROUTE_ANYBODY,  "keys",              BODY_NONE,        api_keys_get,          NULL, NONE, NULL },
	{ METHOD_GET,    "/v1/trust-bundle",     ROUTE_ANYBODY,  "trust-bundle",      BODY_NONE,        api_trust_bundle_get,  NULL, NONE, NULL },
	{ METHOD_GET,    "/openapi.json",        ROUTE_ANYBODY,  "openapi",           BODY_NONE,        api_openapi_get,       NULL, NONE, NULL },
	{ METHOD_GET,    "/healthz",             ROUTE_ANYBODY,  "healthz",           BODY_NONE,        api_healthz_get,       NULL, NONE, NULL },
	{ METHOD_GET,    "/readyz",              ROUTE_ANYBODY,  "readyz",            BODY_NONE,        api_readyz_get,        NULL, NONE, NULL },
	{ METHOD_GET,    "/metrics",             CLIENT_MONITOR, "metrics",           BODY_NONE,        api_metrics_get,       NULL, NONE, NULL },
};
/* clang-format on */

_Static_assert(ARRAY_LEN(routes) < METRICS_ROUTES,
               "a number for each and none");

/* True if the path matches the row.  The caller tries exact paths first, so
 * that a format's path is never taken for a device handle. */
static bool
path_fits_route(const struct route *route, struct bytes path, bool exact,
                struct bytes *ret_tail)
{
	const char *open = strchr(route->path, '{');

	if (exact)
		return !open && bytes_equal_str(path, route->path);
	if (!open)
		return false;

	size_t before = (size_t)(open - route->path);
	const char *end = strchr(open, '}') + 1;
	size_t after = strlen(end);
	if (path.len <= before + after ||
	    memcmp(path.data, route->path, before) != 0 ||
	    memcmp(path.data + path.len - after, end, after) != 0)
		return false;

	struct bytes tail =
	        bytes_of(path.data + before, path.len - before - after);
	if (memchr(tail.data, '/', tail.len))
		return false;

	*ret_tail = tail;
	return true;
}

static struct route_match
match_routes(enum method method, struct bytes path, bool exact)
{
	struct route_match m = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!path_fits_route(&routes[i], path, exact, &m.tail))
			continue;
		m.methods |= routes[i].method;
		if (routes[i].method == method)
			m.route = &routes[i];
	}
	return m;
}

struct route_match
route_find(enum method method, struct bytes path)
{
	struct route_match m = match_routes(method, path, true);

	return m.methods != 0 ? m : match_routes(method, path, false);
}

unsigned
route_number(const struct route *route)
{
	return route ? (unsigned)(route - routes) : METRICS_ROUTES - 1;
}

const struct router front_router = { route_find, route_number };

size_t
route_count(void)
{
	return ARRAY_LEN(routes);
}

const struct route *
route_at(size_t i)
{
	return &routes[i];
}
