/*
 * verb_rollout_simulate.c - `anchorctl rollout simulate`: how many of many
 * devices a release would reach.
 *
 * The devices are those of a list, or invented: "dh1_" and the base64url of
 * SHA-256 of "simulated device N", which are spread as real handles are.
 */
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "provisioning/anchorctl/verb_rollout.h"
#include "provisioning/anchorctl/verbs.h"

#define DEVICES_DEFAULT 100000u
#define DEVICES_MAX UINT64_C(10000000)
#define LIST_MAX (512u * 1024 * 1024) /* bytes of a list of handles */

static const struct verb_option options[] = {
	ROLLOUT_DEVICE_OPTIONS,
	{ "devices", "N", false, "so many invented devices (100000)" },
	{ "handles", "FILE", false, "these devices, one handle a line" },
	{ NULL, NULL, false, NULL },
};

/* What came of it: how many devices have each reason. */
struct tally {
	uint64_t devices, eligible;
	uint64_t by_reason[REASON_COUNT];
};

static void
judge_one(const struct rollout *r, struct eligibility_ask *ask,
          struct bytes handle, struct tally *t)
{
	struct eligibility_answer a;

	ask->handle = handle;
	eligibility_judge(r, ask, NULL, &a);
	t->devices++;
	t->eligible += a.reasons == 0;
	for (enum reason k = reason_next(a.reasons, 0); k < REASON_COUNT;
	     k = reason_next(a.reasons, k + 1))
		t->by_reason[k]++;
}

static void
judge_invented(const struct rollout *r, struct eligibility_ask *ask,
               uint64_t devices, struct tally *t)
{
	AUTO(buf_release) struct buf text = buf_of(128);
	uint8_t digest[HASH_SIZE];

	for (uint64_t i = 0; i < devices; i++) {
		buf_reset(&text);
		buf_printf(&text, "simulated device %llu",
		           (unsigned long long)i);
		digest_sha256(buf_bytes(&text), digest);
		buf_reset(&text);
		buf_append_str(&text, "dh1_");
		encode_base64url(&text, bytes_of(digest, HASH_SIZE));
		judge_one(r, ask, buf_bytes(&text), t);
	}
}

static int
judge_listed(struct cli *cli, const struct rollout *r,
             struct eligibility_ask *ask, struct tally *t)
{
	AUTO(buf_release) struct buf list = buf_of(LIST_MAX);
	const char *path = cli_option(cli, "handles", 0);
	const char *at, *end;

	if (cli_read_file(cli, path, &list) != OK)
		return VERB_PART;
	for (at = buf_str(&list); *at; at = *end ? end + 1 : end) {
		end = strchr(at, '\n');
		if (!end)
			end = at + strlen(at);
		struct bytes handle = bytes_of(at, (size_t)(end - at));
		if (handle.len == 0)
			continue;
		if (!device_handle_ours(handle))
			return cli_fail(cli, VERB_REFUSED,
			                "%s: line %llu is no device handle",
			                path,
			                (unsigned long long)t->devices + 1);
		judge_one(r, ask, handle, t);
	}
	return VERB_GOOD;
}

static int
print_tally(const struct cli *cli, const struct tally *t)
{
	if (cli_json(cli)) {
		json_t *reasons = json_object();

		for (unsigned k = 0; k < REASON_COUNT; k++)
			if (t->by_reason[k] > 0)
				json_object_set_new(
				        reasons, reason_code((enum reason)k),
				        json_integer(
				                (json_int_t)t->by_reason[k]));
		return cli_print_json(
		        cli,
		        json_pack("{s:I, s:I, s:o}", "devices",
		                  (json_int_t)t->devices, "eligible",
		                  (json_int_t)t->eligible, "reasons", reasons),
		        VERB_GOOD);
	}
	uint64_t thousandths =
	        t->devices ? 100000 * t->eligible / t->devices : 0;
	cli_say("%llu of %llu devices are eligible (%llu.%03llu %%)\n",
	        (unsigned long long)t->eligible, (unsigned long long)t->devices,
	        (unsigned long long)(thousandths / 1000),
	        (unsigned long long)(thousandths % 1000));
	for (unsigned k = 0; k < REASON_COUNT; k++)
		if (t->by_reason[k] > 0)
			cli_say("%llu %s\n",
			        (unsigned long long)t->by_reason[k],
			        reason_code((enum reason)k));
	return VERB_GOOD;
}

static int
run_rollout_simulate(struct cli *cli)
{
	AUTO(rollout_free) struct rollout *r = NULL;
	struct facts facts = { 0 };
	struct eligibility_ask ask;
	struct tally t = { 0 };
	uint64_t devices = DEVICES_DEFAULT;
	int code = rollout_device(cli, &facts, &ask);

	if (code == VERB_GOOD && cli_option(cli, "devices", 0))
		code = rollout_number(cli, "devices", &devices);
	if (code == VERB_GOOD && devices > DEVICES_MAX)
		code = cli_fail(cli, VERB_USAGE, "--devices: at most %llu",
		                (unsigned long long)DEVICES_MAX);
	if (code == VERB_GOOD)
		code = rollout_read(cli, &r);
	if (code == VERB_GOOD && ask.release.len > 0 &&
	    !rollout_has(r, ask.release))
		code = cli_fail(cli, VERB_REFUSED,
		                "%s has no release %s, so no device would get "
		                "it; compare the name",
		                cli_argument(cli, 0),
		                cli_option(cli, "release", 0));
	if (code == VERB_GOOD && cli_option(cli, "handles", 0))
		code = judge_listed(cli, r, &ask, &t);
	else if (code == VERB_GOOD)
		judge_invented(r, &ask, devices, &t);
	return code == VERB_GOOD ? print_tally(cli, &t) : code;
}

const struct verb verb_rollout_simulate = {
	.words = "rollout simulate",
	.arguments = "FILE",
	.help = "Count the devices that a rollout file would admit.",
	.options = options,
	.run = run_rollout_simulate,
};
