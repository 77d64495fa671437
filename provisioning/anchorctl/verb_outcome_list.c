/*
 * verb_outcome_list.c - `anchorctl outcome list`: the outcomes of a backup, of the
 * database of a service that is stopped, or of a running service.
 */
#include <sys/stat.h>

#include "base/auto.h"
#include "base/clock.h"
#include "crypto/token/outcome.h"
#include "ledger/store/open.h"
#include "provisioning/anchorctl/client.h"
#include "provisioning/anchorctl/verb_ledger.h"
#include "provisioning/anchorctl/verb_outcome.h"
#include "wire/reason.h"

/* Each sets a member of the query; false: the value is none. */
static bool
read_after(struct outcome_query *q, const char *text)
{
	return cli_number(text, INT64_MAX, &q->after);
}

static bool
read_limit(struct outcome_query *q, const char *text)
{
	return cli_number(text, INT64_MAX, &q->rows) && q->rows > 0;
}

static bool
read_since(struct outcome_query *q, const char *text)
{
	return clock_parse(bytes_of_str(text), &q->filter.since_ms) == OK;
}

/* 0 means no end, and nothing is older. */
static bool
read_until(struct outcome_query *q, const char *text)
{
	return clock_parse(bytes_of_str(text), &q->filter.until_ms) == OK &&
	       q->filter.until_ms > 0;
}

static bool
read_tenant(struct outcome_query *q, const char *text)
{
	struct bytes name = bytes_of_str(text);

	return tenant_name_valid(name) &&
	       store_small_set(&q->filter.tenant, name);
}

static bool
read_reason(struct outcome_query *q, const char *text)
{
	enum reason r = reason_find(bytes_of_str(text));

	q->filter.reasons = r < REASON_COUNT ? reason_bit(r) : 0;
	return r < REASON_COUNT;
}

static bool
read_eligible(struct outcome_query *q, const char *text)
{
	bool yes = bytes_equal_str(bytes_of_str(text), "true");

	q->filter.eligible =
	        yes ? WIRE_ELIGIBILITY_TRUE : WIRE_ELIGIBILITY_FALSE;
	return yes || bytes_equal_str(bytes_of_str(text), "false");
}

static bool
read_workflow(struct outcome_query *q, const char *text)
{
	enum workflow w = workflow_find(bytes_of_str(text));

	q->filter.workflows = UINT64_C(1) << w;
	return w < WORKFLOW_COUNT;
}

static bool
read_channel(struct outcome_query *q, const char *text)
{
	return *text && store_small_set(&q->filter.channel, bytes_of_str(text));
}

static bool
read_release(struct outcome_query *q, const char *text)
{
	return *text && store_small_set(&q->filter.release, bytes_of_str(text));
}

static bool
read_shadow(struct outcome_query *q, const char *text)
{
	return *text && store_small_set(&q->filter.shadow, bytes_of_str(text));
}

static bool
read_difference(struct outcome_query *q, const char *text)
{
	q->filter.difference = outcome_difference(bytes_of_str(text));
	return q->filter.difference != WIRE_DIFFERENCE_NONE;
}

/* The only list of the filters, with what a value must be: those of
 * GET /v1/outcomes.  The place and the
 * number of a listing's rows are no filters of a service's page. */
#define A_TIME "an RFC 3339 time such as 2026-12-01T08:00:00Z"
#define RANGE(F)                                               \
	F(after, "N", "only outcomes with a greater sequence", \
	  "a whole number")                                    \
	F(limit, "N", "the first N that fit", "a whole number from 1 on")
#define FILTERS(F)                                                            \
	F(since, "TIME", "recorded at that RFC 3339 time or later", A_TIME)   \
	F(until, "TIME", "recorded before that time", A_TIME)                 \
	F(tenant, "NAME", "of this tenant", "a tenant's name: a-z 0-9 . _ -") \
	F(reason, "CODE", "with this reason",                                 \
	  "the code of a reason, as results have them: pcr-mismatch")         \
	F(eligible, "true|false", "of devices that were, or were not",        \
	  "true or false")                                                    \
	F(workflow, "NAME", "of challenges for this workflow",                \
	  "enroll, register, metadata, artifact or channel")                  \
	F(channel, "NAME", "of challenges for this channel",                  \
	  "a channel as challenges have it")                                  \
	F(release, "NAME", "of challenges for this release",                  \
	  "a release as challenges have it")                                  \
	F(shadow, "ID", "that this shadow policy decides otherwise",          \
	  "the id of a policy")                                               \
	F(difference, "any|refuses|accepts|reasons",                          \
	  "that a shadow policy decides so",                                  \
	  "any, refuses, accepts or reasons")

static const struct verb_option options[] = {
#define FILTER_OPTION(name, value, help, must) { #name, value, false, help },
	RANGE(FILTER_OPTION) FILTERS(FILTER_OPTION)
#undef FILTER_OPTION
	        { "count", NULL, false,
	          "print only how many, by reason and tenant" },
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

static const char *const service_filters[] = {
#define FILTER_NAME(name, value, help, must) #name,
	FILTERS(FILTER_NAME)
#undef FILTER_NAME
	        NULL,
};

static const struct reading_row {
	const char *name;
	bool (*read)(struct outcome_query *q, const char *text);
	const char *must; /* what the value must be */
} readers[] = {
#define FILTER_READER(name, value, help, must) { #name, read_##name, must },
	RANGE(FILTER_READER) FILTERS(FILTER_READER)
#undef FILTER_READER
};

static int
read_filters(const struct cli *cli, struct outcome_query *q)
{
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		const char *text = cli_option(cli, readers[i].name, 0);

		if (text && !readers[i].read(q, text))
			return cli_fail(cli, VERB_USAGE,
			                "--%s: \"%s\" must be %s",
			                readers[i].name, text, readers[i].must);
	}
	return VERB_GOOD;
}

/* A backup or another file, or the directory of a stopped service. */
static int
open_outcomes(const struct cli *cli, const char *path, struct store **ret_store)
{
	AUTO(buf_release) struct buf why = buf_of(LEDGER_WHY_MAX);
	const struct store_opening look = { .whole = true, .look = true };
	struct stat st;
	err_t err;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		int code = ledger_check_owner(cli, path);

		if (code != VERB_GOOD)
			return code;
		err = store_open_as(path, &look, &why, ret_store);
	} else {
		err = store_open_copy(path, &why, ret_store);
	}
	return err == OK ? VERB_GOOD : ledger_fail(cli, path, err, &why);
}

static int
run_outcome_list(struct cli *cli)
{
	struct outcome_query q = { .rows = INT64_MAX };
	const char *path = cli_argument(cli, 0);
	AUTO(store_close) struct store *s = NULL;

	int code = read_filters(cli, &q);
	if (code == VERB_GOOD && path && cli_option(cli, "url", 0))
		return cli_fail(cli, VERB_USAGE,
		                "either a file or --url, not both");
	if (code == VERB_GOOD && !path)
		return outcome_list_service(cli, service_filters);
	if (code == VERB_GOOD)
		code = open_outcomes(cli, path, &s);
	if (code != VERB_GOOD)
		return code;
	err_t err = cli_flag(cli, "count") ? outcome_print_counts(cli, s, &q)
	                                   : outcome_print_all(cli, s, &q);
	if (err != OK)
		return cli_fail(cli, VERB_PART,
		                "%s: an outcome cannot be read: %s", path,
		                store_error(s));
	return VERB_GOOD;
}

const struct verb verb_outcome_list = {
	.words = "outcome list",
	.arguments = "[FILE_OR_DIR]",
	.help = "Print what was decided, from a backup or a running service.",
	.options = options,
	.run = run_outcome_list,
};
