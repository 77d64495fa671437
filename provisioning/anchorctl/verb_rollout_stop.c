/*
 * verb_rollout_stop.c - `anchorctl rollout stop`: an officer stops a release at
 * once, in a running service.
 */
#include "crypto/codec/json_auto.h"
#include "provisioning/anchorctl/client.h"
#include "provisioning/anchorctl/verbs.h"
#include "wire/terms.h"

static const struct verb_option options[] = {
	{ "reason", "TEXT", true,
	  "why, 1 to 128 bytes: a ticket, no personal data" },
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

/* What a file must say to end the stop: its id is all that does. */
static void
say_stop(const char *release, const char *stop, const char *at, bool fresh)
{
	cli_say("%s %s since %s, in all channels.\n", release,
	        fresh ? "is stopped" : "was stopped already,", at);
	cli_say("stop: %s\n\n", stop);
	cli_say("Only a rollout file ends it, whose row of the release has\n"
	        "    lifts = [ \"%s\" ];\n"
	        "With officers their quorum signs that file.\n",
	        stop);
}

static int
print_stop(const struct cli *cli, const char *release, json_t *answer,
           bool fresh)
{
	const char *stop = json_text(answer, "stop");
	const char *at = json_text(answer, "stopped_at");
	const char *of = json_text(answer, "release");

	if (!stop || !at || !of || strcmp(of, release) != 0)
		return cli_fail(cli, VERB_PART,
		                "the answer is not about a stop of %s; it may "
		                "be stopped: ask again",
		                release);
	if (!cli_json(cli)) {
		say_stop(release, stop, at, fresh);
		return VERB_GOOD;
	}
	json_t *document =
	        json_pack("{s:s, s:s, s:s, s:b}", "release", of, "stop", stop,
	                  "stopped_at", at, "new", fresh);
	return cli_print_json(cli, document, VERB_GOOD);
}

static int
run_rollout_stop(struct cli *cli)
{
	AUTO(json_decref) json_t *answer = NULL;
	AUTO(buf_release) struct buf path = buf_of(CLIENT_WHY_MAX);
	const char *release = cli_argument(cli, 0);
	unsigned status = 0;

	if (!release_name_valid(bytes_of_str(release)))
		return cli_fail(cli, VERB_USAGE,
		                "%s: no release that can be stopped: 1 to 128 "
		                "of A-Z a-z 0-9 . _ : + ~ @ -",
		                release);
	AUTO(json_decref)
	json_t *body =
	        json_pack("{s:s}", "reason", cli_option(cli, "reason", 0));
	if (!body)
		return cli_fail(cli, VERB_USAGE, "--reason is not UTF-8");
	buf_printf(&path, "/v1/releases/%s/stop", release);
	const struct client_request r = { .method = "POST",
		                          .path = buf_str(&path),
		                          .body = body };
	int code = client_ask_once(cli, &r, &status, &answer);
	if (code != VERB_GOOD)
		return code;
	return print_stop(cli, release, answer, status == 201);
}

const struct verb verb_rollout_stop = {
	.words = "rollout stop",
	.arguments = "RELEASE",
	.help = "Stop a release at once, in a running service.",
	.options = options,
	.run = run_rollout_stop,
};
