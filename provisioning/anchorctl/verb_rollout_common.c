/*
 * verb_rollout_common.c - see verb_rollout.h.
 */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_rollout.h"

int
rollout_read(const struct cli *cli, struct rollout **ret_rollout)
{
	const char *path = cli_argument(cli, 0);
	AUTO(buf_release) struct buf text = buf_of(ROLLOUT_TEXT_MAX);
	AUTO(buf_release) struct buf why = buf_of(2048);

	if (cli_read_file(cli, path, &text) != OK)
		return VERB_PART;
	err_t e = rollout_parse(buf_bytes(&text), &why, ret_rollout);
	if (e == E_NOMEM)
		return cli_fail(cli, VERB_PART, "out of memory");
	return e == OK ? VERB_GOOD
	               : cli_fail(cli, VERB_REFUSED, "%s: %s", path,
	                          buf_str(&why));
}

/* A time option, in seconds; VERB_USAGE after a message. */
static int
take_time(const struct cli *cli, const char *name, uint64_t *ret_s)
{
	const char *text = cli_option(cli, name, 0);
	uint64_t at_ms;

	if (!text)
		return VERB_GOOD;
	if (clock_parse(bytes_of_str(text), &at_ms) != OK)
		return cli_fail(cli, VERB_USAGE,
		                "--%s must be a time such as "
		                "2026-12-01T08:00:00Z",
		                name);
	*ret_s = at_ms / 1000;
	return VERB_GOOD;
}

int
rollout_at(const struct cli *cli, uint64_t *ret_at_s)
{
	*ret_at_s = clock_wall_ms() / 1000;
	return take_time(cli, "at", ret_at_s);
}

int
rollout_number(const struct cli *cli, const char *name, uint64_t *ret_number)
{
	const char *text = cli_option(cli, name, 0);

	*ret_number = 0;
	if (text && !cli_number(text, FACT_NUMBER_MAX, ret_number))
		return cli_fail(cli, VERB_USAGE, "--%s must be a whole number",
		                name);
	return VERB_GOOD;
}

/* --- facts ---------------------------------------------------------------- */

static err_t
add_bytes(struct facts *facts, struct bytes name, const char *hex)
{
	AUTO(buf_release) struct buf value = buf_of(FACT_BYTES_MAX);

	TRY(decode_hex(&value, bytes_of_str(hex)));
	return facts_add_bytes(facts, FACT_EQUAL, name, buf_bytes(&value));
}

static err_t
add_number(struct facts *facts, struct bytes name, const char *text)
{
	uint64_t number;

	if (!cli_number(text, FACT_NUMBER_MAX, &number))
		return E_MALFORMED;
	return facts_add_number(facts, FACT_NOT_BELOW, name, number);
}

static int
take_facts(const struct cli *cli, struct facts *facts)
{
	static const char hex[] = "hex:";
	const char *text;

	for (size_t i = 0; (text = cli_option(cli, "fact", i)); i++) {
		const char *value = strchr(text, '=');
		err_t e = E_MALFORMED;

		if (value) {
			struct bytes name =
			        bytes_of(text, (size_t)(value++ - text));

			e = strncmp(value, hex, strlen(hex)) == 0
			            ? add_bytes(facts, name,
			                        value + strlen(hex))
			            : add_number(facts, name, value);
		}
		if (e != OK)
			return cli_fail(
			        cli, VERB_USAGE,
			        "--fact %s: must be name=number or "
			        "name=hex:digits, each name once, %d at "
			        "most",
			        text, FACTS_MAX);
	}
	return VERB_GOOD;
}

int
rollout_device(const struct cli *cli, struct facts *facts,
               struct eligibility_ask *ret_ask)
{
	struct eligibility_ask ask = {
		.format = bytes_of_str(cli_option(cli, "format", 0)),
		.facts = facts,
		.channel = bytes_of_str(cli_option(cli, "channel", 0)),
		.release = bytes_of_str(cli_option(cli, "release", 0)),
	};
	int code = rollout_at(cli, &ask.now_s);

	ask.enrolled_s = ask.now_s;
	if (code == VERB_GOOD)
		code = take_time(cli, "enrolled", &ask.enrolled_s);
	if (code == VERB_GOOD)
		code = rollout_number(cli, "finished", &ask.usage.finished);
	if (code == VERB_GOOD)
		code = take_facts(cli, facts);
	if (code == VERB_GOOD && ask.channel.len == 0 && ask.release.len == 0)
		code = cli_fail(cli, VERB_USAGE,
		                "--channel or --release must be given");
	*ret_ask = ask;
	return code;
}

json_t *
rollout_reasons(reason_set reasons)
{
	json_t *list = json_array();

	for (enum reason r = reason_next(reasons, 0); r < REASON_COUNT;
	     r = reason_next(reasons, r + 1))
		json_array_append_new(list, json_string(reason_code(r)));
	return list;
}
