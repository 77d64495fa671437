/*
 * verb_verify.c - see verb_verify.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "provisioning/anchorctl/verb_verify.h"

#define PREFIX_MAX 128 /* bytes of "claims.submods.FORMAT..." */
#define DEPTH_MAX 4    /* nested objects; deeper ones are printed as JSON */

const struct verb_option verify_options[] = {
	VERIFY_OPTIONS,
	{ NULL, NULL, false, NULL },
};

void
verify_trim_text(struct buf *b)
{
	while (b->len > 0 &&
	       (b->data[b->len - 1] == '\n' || b->data[b->len - 1] == '\r'))
		b->len--;
}

int
verify_read(struct cli *cli, size_t ceiling, struct verify_input *input)
{
	const char *keys = cli_option(cli, "keys", 0);
	const char *at = cli_option(cli, "at", 0);
	uint64_t at_ms = clock_wall_ms();
	AUTO(buf_release) struct buf jwks = buf_of(KEYRING_JSON_MAX);

	*input = (struct verify_input){ .token = buf_of(ceiling) };
	if (at && clock_parse(bytes_of_str(at), &at_ms) != OK)
		return cli_fail(cli, VERB_USAGE,
		                "--at must be a time in RFC 3339: %s", at);
	if (cli_read_file(cli, keys, &jwks) != OK ||
	    cli_read_file(cli, cli_argument(cli, 0), &input->token) != OK)
		return VERB_PART;
	if (keyring_of_jwks(buf_bytes(&jwks), &input->ring) != OK)
		return cli_fail(cli, VERB_PART, "%s: not a JWK Set", keys);
	input->now_s = at_ms / 1000;
	input->issuer = cli_option(cli, "issuer", 0);
	return VERB_GOOD;
}

void
verify_release(struct verify_input *input)
{
	keyring_free(input->ring);
	buf_release(&input->token);
}

bool
verify_issuer(const struct verify_input *input, struct bytes iss)
{
	return !input->issuer || bytes_equal_str(iss, input->issuer);
}

bool
verify_is_early(const struct verify_input *input, uint64_t iat_s)
{
	return iat_s > input->now_s + CLOCK_SKEW_S;
}

static void
print_line(const char *name, const json_t *value)
{
	if (json_is_string(value)) {
		cli_say("%-36s %s\n", name, json_string_value(value));
		return;
	}
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
	                                       JSON_ENSURE_ASCII);
	cli_say("%-36s ", name);
	cli_put(bytes_of_str(text));
	cli_say("\n");
	free(text);
}

/* Prints a name and its value in a line; the names of nested objects are joined
 * by dots. */
static void
print_member(const char *prefix, const char *key, json_t *value, int depth)
{
	char name[PREFIX_MAX];
	const char *inner = NULL;
	json_t *member = NULL;

	(void)snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "",
	               key);
	if (!json_is_object(value) || depth == DEPTH_MAX) {
		print_line(name, value);
		return;
	}
	json_object_foreach(value, inner, member)
	        print_member(name, inner, member, depth + 1);
}

int
verify_answer(struct cli *cli, const char *verdict, json_t *more, int code)
{
	json_t *document = json_pack("{ss}", "verdict", verdict);
	const char *key = NULL;
	json_t *value = NULL;

	if (more)
		json_object_update(document, more);
	json_decref(more);
	if (cli_json(cli))
		return cli_print_json(cli, document, code);

	json_object_foreach(document, key, value)
	        print_member("", key, value, 0);
	json_decref(document);
	return code;
}
