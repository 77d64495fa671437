/*
 * test_front_kit.h - one front for all tests of a program: the first test begins it
 * and the last one ends it.
 */
#ifndef TEST_FRONT_KIT_H
#define TEST_FRONT_KIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/common/base/harness.h"
#include "tests/common/roles/front_rig.h"

static struct front_rig *rig;

/* With these settings; NULL: none.  Without a front no other test makes sense. */
static inline void
begin_front(const char *settings)
{
	rig = front_rig_start(settings);
	if (rig)
		return;
	puts("0 passed, 1 failed, 0 skipped");
	exit(1);
}

static inline void
end_front(void)
{
	CU_ASSERT(front_rig_end(rig));
	rig = NULL;
}

/* A connection of the backend by HTTP/1.1. */
static inline struct raw *
backend(void)
{
	struct raw *c = raw_open(rig->backend, rig->port, "http/1.1");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

/* The same of the auditor, with a certificate of its own. */
static inline struct raw *
auditor(void)
{
	AUTO(client_identity_free)
	struct client_identity *id =
	        front_rig_identity(rig, "DNS:auditor.test");

	CU_ASSERT_PTR_NOT_NULL_FATAL(id);
	struct raw *c = raw_open(id, rig->port, "http/1.1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

/* Each of the n queries is refused, behind that path. */
static inline void
expect_query_invalid(struct raw *c, const char *path,
                     const char *const queries[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "%s%s", path, queries[i]);
		if (raw_get(c, text) == 400 &&
		    strcmp(raw_problem(c), "query-invalid") == 0)
			continue;
		fprintf(stderr, "%s: %s\n", text, raw_body(c));
		CU_FAIL("taken");
	}
}

/* True if the monitor finds that text in /metrics now. */
static inline bool
has_metric(const char *text)
{
	AUTO(raw_free)
	struct raw *m = raw_open(rig->monitor, rig->port, "http/1.1");

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(raw_get(m, "/metrics"), 200);
	return strstr(raw_body(m), text) != NULL;
}

/* The same, where a role's message is what it waits for: messages and requests
 * travel by two sockets. */
static inline bool
has_metric_soon(const char *text)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;

	while (!has_metric(text)) {
		if (clock_mono_ms() > until)
			return false;
		(void)usleep(50000);
	}
	return true;
}

/* Appends an array of n requests for a challenge, in JSON. */
static inline void
put_challenges(struct buf *out, unsigned n)
{
	buf_append_str(out, "[");
	for (unsigned i = 0; i < n; i++) {
		buf_append_str(out, i > 0 ? "," : "");
		buf_append_str(out, RIG_BODY);
	}
	buf_append_str(out, "]");
}

#endif
