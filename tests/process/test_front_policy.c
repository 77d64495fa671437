/*
 * test_front_policy.c - the real front, and a verifier's policy that is replaced:
 * challenges follow its rules.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/common/base/harness.h"
#include "tests/process/test_front_kit.h"

#define METADATA "{\"workflow\":\"metadata\"}"

static void
say_rule(uint16_t required, bool withdrawn)
{
	const struct wire_workflow_rule m = {
		.workflow = WORKFLOW_METADATA,
		.required = required,
		.withdrawn = withdrawn ? WIRE_FLAG_YES : WIRE_FLAG_NO,
	};

	wire_put_workflow_rule(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->verifier));
}

/* Messages and requests travel by two sockets. */
static bool
refused_soon(int status, const char *code, const char *part)
{
	uint64_t until = clock_mono_ms() + HARNESS_WAIT_MS;

	while (clock_mono_ms() < until) {
		AUTO(raw_free) struct raw *c = backend();

		if (raw_post(c, "/v1/challenges", METADATA) == status &&
		    strcmp(raw_problem(c), code) == 0 &&
		    strstr(raw_body(c), part))
			return true;
		(void)usleep(50000);
	}
	return false;
}

static void
test_rules(void)
{
	begin_front(NULL);
	CU_ASSERT(refused_soon(422, "binding-required", "transport"));
	say_rule(BINDING_BIT(REQUEST), false);
	CU_ASSERT(refused_soon(422, "binding-required", "request"));
	say_rule(0, true);
	CU_ASSERT(refused_soon(403, "workflow-denied",
	                       "the policy has no entry"));
	say_rule(BINDING_BIT(TRANSPORT), false);
	CU_ASSERT(refused_soon(422, "binding-required", "transport"));
	end_front();
}

static void
test_known(void)
{
	const struct wire_policy_known m = { .version = 4,
		                             .refused = WIRE_FLAG_YES };

	begin_front(NULL);
	wire_put_policy_known(&rig->packet, &m);
	CU_ASSERT(front_rig_say(rig, rig->verifier));
	CU_ASSERT(has_metric_soon("\nanchord_front_policy_version 4\n"));
	CU_ASSERT(has_metric_soon("\nanchord_front_policy_refused 1\n"));
	end_front();
}

static const struct harness_test tests[] = {
	{ "rules are replaced and withdrawn", test_rules },
	{ "metrics say which version, and of a refused file", test_known },
	{ NULL, NULL },
};

HARNESS_MAIN("front_policy", tests)
