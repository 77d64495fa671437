/*
 * verb_policy_explain.c - `anchorctl policy explain`: which device group of a
 * policy judges evidence, and which of its rules decide, by which values.
 *
 * The verdict is the verifier's (appraise_device()).  The lines come from the
 * formats, which ask the code that judged about each rule alone.
 */
#include <string.h>

#include "base/encode.h"
#include "evidence/evidence.h"
#include "policy/select.h"
#include "provisioning/anchorctl/appraise_job.h"
#include "provisioning/anchorctl/verbs.h"

#define SHOWN_MAX 128 /* bytes of a name in a line */

static const struct verb_option options[] = {
	APPRAISE_JOB_OPTIONS(true),
	{ "workflow", "NAME", false, "the challenge's workflow" },
	{ "tenant", "NAME", false, "the tenant that asks" },
	{ "handle", "HANDLE", false, "the challenge's device handle" },
	{ "account", "HEX", false, "the challenge's account" },
	{ NULL, NULL, false, NULL },
};

/* What the options say of the challenge. */
struct asked {
	struct policy_subject subject;
	struct bindings bindings;
	enum workflow workflow; /* WORKFLOW_COUNT: not given */
};

/* The explanation as it grows: JSON, or printed lines. */
struct explanation {
	const struct appraise_job *job;
	const struct asked *asked;
	struct evidence evidence;
	struct appraisal a;
	json_t *passed, *rules;
	const char *group; /* of selectors: the group that is looked at */
	reason_set told;   /* reasons that a rule gave */
};

static int
read_asked(const struct cli *cli, struct asked *asked)
{
	const char *workflow = cli_option(cli, "workflow", 0);
	const char *tenant = cli_option(cli, "tenant", 0);
	const char *handle = cli_option(cli, "handle", 0);
	const char *account = cli_option(cli, "account", 0);
	struct bindings *b = &asked->bindings;

	asked->workflow = workflow ? workflow_find(bytes_of_str(workflow))
	                           : WORKFLOW_COUNT;
	if (workflow && asked->workflow == WORKFLOW_COUNT)
		return cli_fail(cli, VERB_USAGE, "--workflow: there is no %s",
		                workflow);
	asked->subject.tenant = bytes_of_str(tenant ? tenant : "");
	asked->subject.bindings = b;
	if (handle) {
		b->present |= BINDING_BIT(DEVICE);
		b->device_handle = bytes_of_str(handle);
	}
	if (account) {
		b->present |= BINDING_BIT(ACCOUNT);
		if (decode_hex_exact(bytes_of_str(account), b->account,
		                     HASH_SIZE) != OK)
			return cli_fail(cli, VERB_USAGE,
			                "--account must be 64 hex digits");
	}
	return bindings_valid(b) ? VERB_GOOD
	                         : cli_fail(cli, VERB_USAGE,
	                                    "--handle is no device handle");
}

/* --- lines ---------------------------------------------------------------- */

/* A rule of the group that judges. */
static void
tell_rule(void *arg, const struct policy_line *line)
{
	struct explanation *x = arg;

	if (!line->holds)
		x->told |= reason_bit(line->reason);
	json_array_append_new(
	        x->rules,
	        json_pack("{s:s, s:o, s:o, s:b, s:s}", "rule", line->rule,
	                  "shown", cli_text(line->shown), "wanted",
	                  cli_text(line->wanted), "holds", line->holds,
	                  "reason",
	                  line->holds ? "" : reason_code(line->reason)));
}

/* A condition of a selector that does not hold. */
static void
tell_condition(void *arg, const struct policy_line *line)
{
	struct explanation *x = arg;

	if (!line->holds)
		json_array_append_new(
		        x->passed, json_pack("{s:s, s:s, s:o, s:o}", "group",
		                             x->group, "condition", line->rule,
		                             "shown", cli_text(line->shown),
		                             "wanted", cli_text(line->wanted)));
}

/* --- which group ---------------------------------------------------------- */

static void
explain_who(struct explanation *x, size_t i, enum policy_who who)
{
	const struct policy *p = x->job->policy;
	const struct policy_subject *subject = &x->asked->subject;
	const char *const shown[POLICY_WHO_COUNT] = {
		[POLICY_WHO_TENANT] = cli_option(x->job->cli, "tenant", 0),
		[POLICY_WHO_HANDLE] = cli_option(x->job->cli, "handle", 0),
		[POLICY_WHO_ACCOUNT] = cli_option(x->job->cli, "account", 0),
	};
	AUTO(buf_release) struct buf wanted = buf_of(1024);

	if (policy_devices_who(p, i, subject, who))
		return;
	size_t n = policy_devices_names(p, i, who);
	buf_printf(&wanted, "%.*s", SHOWN_MAX,
	           policy_devices_name_at(p, i, who, 0));
	if (n > 1)
		buf_printf(&wanted, " or one of %zu others", n - 1);
	tell_condition(x, &(struct policy_line){
	                          .rule = policy_who_name(who),
	                          .shown = shown[who] ? shown[who] : "nothing",
	                          .wanted = buf_str(&wanted) });
}

/* Why a group does not take the device. */
static void
explain_passed(struct explanation *x, size_t i)
{
	const struct policy *p = x->job->policy;
	const struct policy_group *group = x->evidence.format->policy;

	x->group = policy_devices_name(p, i);
	if (!policy_devices_format(p, i, bytes_of_str(x->job->format)))
		tell_condition(
		        x, &(struct policy_line){ .rule = "formats",
		                                  .shown = x->job->format,
		                                  .wanted = "another format" });
	for (enum policy_who who = 0; who < POLICY_WHO_COUNT; who++)
		explain_who(x, i, who);
	if (group && group->explain &&
	    policy_devices_format(p, i, bytes_of_str(x->job->format)))
		group->explain(policy_devices_match(p, i, group),
		               x->evidence.own, tell_condition, x);
}

static void
explain_groups(struct explanation *x)
{
	const struct policy *p = x->job->policy;
	size_t n = policy_devices_count(p);
	size_t judges = x->a.group ? policy_devices_find(p, x->a.group) : n;

	for (size_t i = 0; i < judges && i < n; i++)
		explain_passed(x, i);
}

/* --- which rules ---------------------------------------------------------- */

/* What appraise() asks of the workflow, besides the challenge. */
static void
explain_workflow(struct explanation *x)
{
	const struct policy *p = x->job->policy;
	enum workflow w = x->asked->workflow;
	struct bytes format = bytes_of_str(x->job->format);
	struct policy_line line = { .rule = "workflows",
		                    .wanted = "a workflow of the policy",
		                    .holds = policy_has_workflow(p, w),
		                    .reason = REASON_WORKFLOW_DENIED };

	if (w == WORKFLOW_COUNT)
		return;
	line.shown = workflow_name(w);
	tell_rule(x, &line);
	if (!line.holds) {
		x->a.reasons |= reason_bit(REASON_WORKFLOW_DENIED);
		return;
	}
	line = (struct policy_line){ .rule = "formats",
		                     .shown = x->job->format,
		                     .wanted = "a format of the workflow",
		                     .holds = policy_format_allowed(p, w,
		                                                    format),
		                     .reason = REASON_EVIDENCE_UNSUPPORTED };
	tell_rule(x, &line);
	if (!line.holds)
		x->a.reasons |= reason_bit(line.reason);
	if (!x->a.group)
		return;
	line = (struct policy_line){
		.rule = "groups",
		.shown = x->a.group,
		.wanted = "a group that may use the workflow",
		.holds = policy_devices_permitted(
		        p, policy_devices_find(p, x->a.group), w),
		.reason = REASON_GROUP_DENIED
	};
	tell_rule(x, &line);
	if (!line.holds)
		x->a.reasons |= reason_bit(line.reason);
}

static void
explain_rules(struct explanation *x)
{
	const struct policy *p = x->job->policy;
	const struct policy_group *group = x->evidence.format->policy;

	if (policy_devices_count(p) > 0) {
		if (!x->a.group)
			return;
		p = policy_devices_rules(p, policy_devices_find(p, x->a.group));
	}
	if (group && group->explain)
		group->explain(policy_rules(p, group), x->evidence.own,
		               tell_rule, x);
}

/* --- the answer ----------------------------------------------------------- */

static const char *
member_text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void
say_lines(const struct explanation *x)
{
	const json_t *o;
	size_t i;

	json_array_foreach(x->passed, i, o)
	        cli_say("group %s does not take it: %s: shown %s, wanted %s\n",
	                member_text(o, "group"), member_text(o, "condition"),
	                member_text(o, "shown"), member_text(o, "wanted"));
	if (x->a.group)
		cli_say("group %s judges\n", x->a.group);
	else if (policy_devices_count(x->job->policy) > 0)
		cli_say("no group takes it\n");
	json_array_foreach(x->rules, i, o) cli_say(
	        "  %s: shown %s, wanted %s: %s%s\n", member_text(o, "rule"),
	        member_text(o, "shown"), member_text(o, "wanted"),
	        json_is_true(json_object_get(o, "holds")) ? "holds"
	                                                  : "decides: ",
	        member_text(o, "reason"));
	if (x->a.state)
		cli_say("state %s\n", x->a.state);
	cli_say("%s\n", x->a.reasons == 0 ? "accepted" : "rejected");
	for (enum reason r = reason_next(x->a.reasons, 0); r < REASON_COUNT;
	     r = reason_next(x->a.reasons, r + 1))
		cli_say("  %s: %s%s\n", reason_code(r), reason_text(r),
		        x->told & reason_bit(r) ? ""
		                                : " (by no setting above)");
}

static int
answer_explanation(struct explanation *x)
{
	const struct policy *p = x->job->policy;
	int code = x->a.reasons == 0 ? VERB_GOOD : VERB_REFUSED;

	if (!cli_json(x->job->cli)) {
		say_lines(x);
		return code;
	}
	return cli_print_json(
	        x->job->cli,
	        json_pack("{s:s, s:I, s:s, s:s?, s:s?, s:O, s:O, s:o}",
	                  "policy", policy_id(p), "version",
	                  (json_int_t)policy_version(p), "verdict",
	                  x->a.reasons == 0 ? "accepted" : "rejected", "group",
	                  x->a.group, "state", x->a.state, "passed_over",
	                  x->passed, "rules", x->rules, "reasons",
	                  appraise_job_reasons(x->a.reasons)),
	        code);
}

/* Evidence that does not parse, or answers another challenge, is not held against
 * any rule. */
static bool
is_judged(const struct appraisal *a)
{
	return (a->reasons & (reason_bit(REASON_EVIDENCE_MALFORMED) |
	                      reason_bit(REASON_NONCE_MISMATCH))) == 0;
}

static int
explain_evidence(struct explanation *x)
{
	struct appraise_job *job = (struct appraise_job *)(uintptr_t)x->job;
	err_t err = verb_files_open(job->evidence_files, job->format, &job->why,
	                            &x->evidence);

	if (err != OK)
		return cli_fail(
		        job->cli, err == E_MALFORMED ? VERB_REFUSED : VERB_PART,
		        "%s",
		        job->why.len ? buf_str(&job->why) : err_name(err));
	int rc = appraise_job_trust(job, &x->evidence);
	if (rc != VERB_GOOD)
		return rc;
	appraise_device(&x->evidence, buf_bytes(&job->nonce), job->policy,
	                &x->asked->subject, &x->a);
	if (is_judged(&x->a)) {
		explain_groups(x);
		explain_workflow(x);
		explain_rules(x);
	}
	return answer_explanation(x);
}

static int
run_policy_explain(struct cli *cli)
{
	AUTO(appraise_job_release)
	struct appraise_job job = appraise_job_of(cli);
	struct asked asked = { .workflow = WORKFLOW_COUNT };
	int rc = read_asked(cli, &asked);

	if (rc == VERB_GOOD)
		rc = appraise_job_read(&job);
	if (rc != VERB_GOOD)
		return rc;
	struct explanation x = { .job = &job,
		                 .asked = &asked,
		                 .passed = json_array(),
		                 .rules = json_array() };
	rc = explain_evidence(&x);
	evidence_release(&x.evidence);
	json_decref(x.passed);
	json_decref(x.rules);
	return rc;
}

const struct verb verb_policy_explain = {
	.words = "policy explain",
	.arguments = "",
	.help = "Say which group and which rule of a policy decide on "
	        "evidence.",
	.options = options,
	.more = verb_leniencies_help,
	.run = run_policy_explain,
};
