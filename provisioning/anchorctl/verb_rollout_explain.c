/*
 * verb_rollout_explain.c - `anchorctl rollout explain`: what the ledger would
 * answer to one device, and which rule decided.
 */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_rollout.h"
#include "provisioning/anchorctl/verbs.h"

#define STOPS_MAX 16
#define SAY_MAX (64 * 1024) /* bytes of all rules */

static const struct verb_option options[] = {
	{ "handle", "HANDLE", true, "the device" },
	ROLLOUT_DEVICE_OPTIONS,
	{ "stop", "ID...", false, "an emergency stop of the release" },
	{ "permitted", NULL, false, "the device holds a permit" },
	{ "running", "N", false, "other devices that hold permits" },
	{ "started", "N", false, "permits given within the rate's period" },
	{ "attempts", "N", false, "permits that the device had" },
	{ "last-attempt", "SECONDS", false, "seconds since the last of them" },
	{ NULL, NULL, false, NULL },
};

static int
read_stops(const struct cli *cli, uint8_t stops[][ROLLOUT_STOP_SIZE],
           struct eligibility_usage *usage)
{
	const char *id;

	for (size_t i = 0; (id = cli_option(cli, "stop", i)); i++) {
		if (i == STOPS_MAX)
			return cli_fail(cli, VERB_USAGE,
			                "more than %d of --stop", STOPS_MAX);
		if (decode_hex_exact(bytes_of_str(id), stops[i],
		                     ROLLOUT_STOP_SIZE) != OK)
			return cli_fail(cli, VERB_USAGE,
			                "--stop %s: must be %d hex digits", id,
			                2 * ROLLOUT_STOP_SIZE);
		usage->n_stops++;
	}
	usage->stops = (const uint8_t(*)[ROLLOUT_STOP_SIZE])stops;
	return VERB_GOOD;
}

static int
read_usage(const struct cli *cli, uint8_t stops[][ROLLOUT_STOP_SIZE],
           struct eligibility_ask *ask)
{
	struct eligibility_usage *u = &ask->usage;
	uint64_t ago_s = 0;
	int code = read_stops(cli, stops, u);

	if (code == VERB_GOOD)
		code = rollout_number(cli, "running", &u->running);
	if (code == VERB_GOOD)
		code = rollout_number(cli, "started", &u->started);
	if (code == VERB_GOOD)
		code = rollout_number(cli, "attempts", &u->attempts);
	if (code == VERB_GOOD)
		code = rollout_number(cli, "last-attempt", &ago_s);
	if (code == VERB_GOOD && ago_s > ask->now_s)
		code = cli_fail(cli, VERB_USAGE, "--last-attempt is too long");
	if (cli_option(cli, "last-attempt", 0))
		u->last_attempt_s = ask->now_s - ago_s;
	u->permitted = cli_flag(cli, "permitted");
	return code;
}

/* A line for each rule: "rule", its finding, and the values. */
static json_t *
rules_json(char *lines)
{
	json_t *list = json_array();
	char *end;

	for (; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
		*end = '\0';
		json_array_append_new(list, cli_text(lines));
	}
	return list;
}

static int
print_answer(const struct cli *cli, const struct eligibility_answer *a,
             struct buf *say)
{
	int code = a->reasons == 0 ? VERB_GOOD : VERB_REFUSED;

	if (cli_json(cli)) {
		char *lines = (char *)(uintptr_t)buf_str(say);

		return cli_print_json(
		        cli,
		        json_pack("{s:b, s:o, s:s, s:s, s:b, s:I, s:o}",
		                  "eligible", a->reasons == 0, "reasons",
		                  rollout_reasons(a->reasons), "group",
		                  a->group, "stage", a->stage, "counts",
		                  a->counts, "retry_after",
		                  (json_int_t)a->retry_after_s, "rules",
		                  rules_json(lines)),
		        code);
	}
	cli_put(buf_bytes(say));
	if (a->reasons == 0)
		cli_say("eligible\n");
	for (enum reason r = reason_next(a->reasons, 0); r < REASON_COUNT;
	     r = reason_next(a->reasons, r + 1))
		cli_say("%s: %s\n", reason_code(r), reason_text(r));
	if (a->retry_after_s > 0)
		cli_say("ask again in %llu s\n",
		        (unsigned long long)a->retry_after_s);
	return code;
}

static int
run_rollout_explain(struct cli *cli)
{
	AUTO(rollout_free) struct rollout *r = NULL;
	AUTO(buf_release) struct buf say = buf_of(SAY_MAX);
	uint8_t stops[STOPS_MAX][ROLLOUT_STOP_SIZE];
	struct facts facts = { 0 };
	struct eligibility_ask ask;
	struct eligibility_answer answer;
	int code = rollout_device(cli, &facts, &ask);

	if (code == VERB_GOOD)
		code = read_usage(cli, stops, &ask);
	if (code == VERB_GOOD)
		code = rollout_read(cli, &r);
	if (code != VERB_GOOD)
		return code;
	ask.handle = bytes_of_str(cli_option(cli, "handle", 0));
	eligibility_judge(r, &ask, &say, &answer);
	if (buf_status(&say) != OK)
		return cli_fail(cli, VERB_PART, "out of memory");
	return print_answer(cli, &answer, &say);
}

const struct verb verb_rollout_explain = {
	.words = "rollout explain",
	.arguments = "FILE",
	.help = "Judge one device by a rollout file, and say which rule "
	        "decided.",
	.options = options,
	.run = run_rollout_explain,
};
