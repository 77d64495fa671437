/*
 * verb_request_digest.c - `anchorctl request digest`: prints the digest of an
 * HTTP request as `bindings.request` has it.
 */
#include "base/encode.h"
#include "crypto/digest.h"
#include "provisioning/anchorctl/request_digest.h"
#include "provisioning/anchorctl/verbs.h"

static const struct verb_option options[] = {
	{ "method", "NAME", true, "the method, as it is sent: GET, POST, ..." },
	{ "target", "URL", true, "the whole target, with scheme and host" },
	{ "body", "FILE", false, "the content; without: the request has none" },
	{ NULL, NULL, false, NULL },
};

static int
run_request_digest(struct cli *cli)
{
	const char *body = cli_option(cli, "body", 0);
	AUTO(buf_release) struct buf content = buf_of(REQUEST_CONTENT_MAX);
	AUTO(buf_release) struct buf text = buf_of(REQUEST_TEXT_MAX);
	AUTO(buf_release) struct buf encoded = buf_of(128);
	uint8_t digest[HASH_SIZE];
	const char *why = "";

	if (body && cli_read_file(cli, body, &content) != OK)
		return VERB_PART;
	const struct request_seen seen = {
		.method = bytes_of_str(cli_option(cli, "method", 0)),
		.target = bytes_of_str(cli_option(cli, "target", 0)),
		.content = buf_bytes(&content),
	};
	err_t err = request_text(&seen, &text, &why);
	if (err == E_MALFORMED)
		return cli_fail(cli, VERB_REFUSED, "%s", why);
	if (err != OK)
		return cli_fail(cli, VERB_PART, "%s", err_name(err));

	digest_sha256(buf_bytes(&text), digest);
	encode_base64url(&encoded, bytes_of(digest, HASH_SIZE));
	if (cli_json(cli))
		return cli_print_json(cli,
		                      json_pack("{s:s, s:o}", "digest",
		                                buf_str(&encoded), "text",
		                                cli_text(buf_str(&text))),
		                      VERB_GOOD);
	cli_say("%s\n", buf_str(&encoded));
	return VERB_GOOD;
}

const struct verb verb_request_digest = {
	.words = "request digest",
	.arguments = "",
	.help = "Print the digest of a request that a challenge is bound to.",
	.options = options,
	.run = run_request_digest,
};
