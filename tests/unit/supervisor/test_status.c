/*
 * test_status.c - what the supervisor says of roles that work only in part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/supervisor.h"
#include "tests/common/base/harness.h"

static const struct config_token tokens[] = { { .name = "token", .node = 1 } };
static struct config config = {
	.fronts = 1,
	.verifiers = 2,
	.n_tokens = 1,
	.tokens = tokens,
	.governance = "officers",
};

/* All roles are there, and ready. */
static struct supervisor *
all_ready(void)
{
	struct supervisor *s = calloc(1, sizeof(*s));

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	s->config = &config;
	s->packet = buf_of(WIRE_PACKET_MAX);
	children_plan(s);
	for (size_t i = 0; i < s->n_children; i++) {
		s->children[i].pid = 1;
		s->children[i].ready = true;
	}
	return s;
}

static void
end(struct supervisor *s)
{
	buf_release(&s->packet);
	free(s);
}

static struct child *
second_verifier(struct supervisor *s)
{
	struct child *found = NULL;

	for (size_t i = 0; i < s->n_children; i++)
		if (child_is(&s->children[i], WIRE_ROLE_VERIFIER) &&
		    s->children[i].index == 1)
			found = &s->children[i];
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	return found;
}

/* Fronts ask all verifiers in turn: one that cannot judge costs half the requests. */
static void
test_unready_verifier(void)
{
	struct supervisor *s = all_ready();
	struct child *c = second_verifier(s);

	status_update(s);
	CU_ASSERT_TRUE(s->ready);
	CU_ASSERT_STRING_EQUAL(s->why, "");
	c->ready = false;
	c->complained = true;
	snprintf(c->why, sizeof(c->why), "no pinned keys");
	status_update(s);
	CU_ASSERT_TRUE(s->ready);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->why, "no pinned keys"));
	c->complained = false; /* it begins */
	snprintf(c->why, sizeof(c->why), "starting");
	status_update(s);
	CU_ASSERT_STRING_EQUAL(s->why, "");
	end(s);
}

static const struct harness_test tests[] = {
	{ "says which of several verifiers cannot judge",
	  test_unready_verifier },
	{ NULL, NULL },
};

HARNESS_MAIN("status", tests)
