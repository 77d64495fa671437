/*
 * verb_device_rekey.c - `anchorctl device rekey`: gives an enrolled device another
 * key (docs/api.md, "POST /v1/enrollments/{handle}/key").
 *
 * The challenge and its answer are the backend's; an officer orders the change, or
 * hands over what the key before signed.
 */
#include <string.h>

#include "base/encode.h"
#include "crypto/codec/json_auto.h"
#include "crypto/codec/pem.h"
#include "crypto/keys/keyring.h"
#include "provisioning/anchorctl/verb_device.h"
#include "provisioning/anchorctl/verbs.h"

#define PART_MAX (1u << 20) /* bytes of a file; the service takes less */
#define TEXT_MAX 4096       /* bytes of one member */

static const struct verb_option options[] = {
	{ "challenge", "FILE", true,
	  "for the workflow enroll, bound to the handle; base64url" },
	{ "evidence", "FILE", true, "the new key's answer, a JSON object" },
	{ "reason", "TEXT", true,
	  "why, 1 to 128 bytes: a ticket, no personal data" },
	{ "observed", "FILE", false,
	  "what the challenge was bound to besides, a JSON object" },
	{ "previous-key", "FILE", false,
	  "the public key that the device has, PEM or DER" },
	{ "previous-signature", "FILE", false,
	  "that key's signature for the new one, as its bytes" },
	CLIENT_OPTIONS,
	{ NULL, NULL, false, NULL },
};

/* --- files ----------------------------------------------------------------- */

static int
put_object(const struct cli *cli, const char *name, json_t *body)
{
	AUTO(buf_release) struct buf file = buf_of(PART_MAX);
	const char *path = cli_option(cli, name, 0);
	json_error_t error;

	if (!path)
		return VERB_GOOD;
	if (cli_read_file(cli, path, &file) != OK)
		return VERB_PART;
	AUTO(json_decref)
	json_t *object = json_loadb((const char *)file.data, file.len,
	                            JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return cli_fail(cli, VERB_REFUSED, "%s: line %d: %s", path,
		                error.line, error.text);
	if (!json_is_object(object))
		return cli_fail(cli, VERB_REFUSED, "%s: no JSON object", path);
	return json_put(body, name, TAKE(object))
	               ? VERB_GOOD
	               : cli_fail(cli, VERB_PART, "out of memory");
}

/* The text as the service gave it, with or without the end of its line. */
static int
put_challenge_text(const struct cli *cli, json_t *body)
{
	AUTO(buf_release) struct buf file = buf_of(PART_MAX);
	AUTO(buf_release) struct buf raw = buf_of(PART_MAX);
	const char *path = cli_option(cli, "challenge", 0);

	if (cli_read_file(cli, path, &file) != OK)
		return VERB_PART;
	while (file.len > 0 && strchr(" \t\r\n", file.data[file.len - 1]))
		file.len--;
	if (file.len == 0 || decode_base64url(&raw, buf_bytes(&file)) != OK)
		return cli_fail(cli, VERB_REFUSED,
		                "%s: no challenge in base64url", path);
	return json_put_text(body, "challenge", buf_bytes(&file))
	               ? VERB_GOOD
	               : cli_fail(cli, VERB_PART, "out of memory");
}

static err_t
take_public_key(void *arg, const char *label, struct bytes der)
{
	struct buf *out = arg;

	if (out->len > 0 || strcmp(label, "PUBLIC KEY") != 0)
		return E_MALFORMED;
	buf_append(out, der);
	return buf_status(out);
}

/* Replaces PEM by its DER.  Whoever takes the wrong file must not send a private
 * key. */
static int
read_public_key(const struct cli *cli, const char *path, struct buf *file)
{
	AUTO(buf_release) struct buf der = buf_of(PART_MAX);
	char kid[KID_SIZE];
	enum alg alg;
	err_t err = OK;

	if (!pem_is(buf_bytes(file)))
		buf_append(&der, buf_bytes(file));
	else
		err = pem_each(buf_bytes(file), take_public_key, &der);
	if (err != OK || key_identify(buf_bytes(&der), &alg, kid) != OK)
		return cli_fail(cli, VERB_REFUSED,
		                "%s: not one public key, in PEM or DER", path);
	buf_reset(file);
	buf_append(file, buf_bytes(&der));
	return VERB_GOOD;
}

static int
put_base64(const struct cli *cli, const char *member, struct bytes bytes,
           json_t *body)
{
	AUTO(buf_release) struct buf text = buf_of(2 * PART_MAX);

	encode_base64(&text, bytes);
	return buf_status(&text) == OK &&
	                       json_put_text(body, member, buf_bytes(&text))
	               ? VERB_GOOD
	               : cli_fail(cli, VERB_PART, "out of memory");
}

static int
put_previous(const struct cli *cli, json_t *body)
{
	AUTO(buf_release) struct buf key = buf_of(PART_MAX);
	AUTO(buf_release) struct buf signature = buf_of(PART_MAX);
	const char *path = cli_option(cli, "previous-key", 0);
	const char *signed_by = cli_option(cli, "previous-signature", 0);

	if (!path)
		return VERB_GOOD;
	if (cli_read_file(cli, path, &key) != OK ||
	    cli_read_file(cli, signed_by, &signature) != OK)
		return VERB_PART;
	int code = read_public_key(cli, path, &key);
	if (code == VERB_GOOD)
		code = put_base64(cli, "previous_key", buf_bytes(&key), body);
	if (code == VERB_GOOD)
		code = put_base64(cli, "previous_signature",
		                  buf_bytes(&signature), body);
	return code;
}

/* --- the order ------------------------------------------------------------- */

/* The device is the one of the path, whatever else was observed. */
static int
put_observed(const struct cli *cli, json_t *body)
{
	const char *handle = cli_argument(cli, 0);
	int code = put_object(cli, "observed", body);

	if (code != VERB_GOOD)
		return code;
	json_t *observed = json_object_get(body, "observed");
	if (observed)
		return json_put(observed, "device_handle", cli_text(handle))
		               ? VERB_GOOD
		               : cli_fail(cli, VERB_PART, "out of memory");
	return json_put(body, "observed",
	                json_pack("{s:o}", "device_handle", cli_text(handle)))
	               ? VERB_GOOD
	               : cli_fail(cli, VERB_PART, "out of memory");
}

static int
make_order(const struct cli *cli, json_t *body)
{
	const char *reason = cli_option(cli, "reason", 0);

	if (cli_flag(cli, "previous-key") !=
	    cli_flag(cli, "previous-signature"))
		return cli_fail(cli, VERB_USAGE,
		                "--previous-key and --previous-signature go "
		                "together");
	if (!json_put(body, "reason", json_string(reason)))
		return cli_fail(cli, VERB_USAGE, "--reason is not UTF-8");
	int code = put_challenge_text(cli, body);
	if (code == VERB_GOOD)
		code = put_object(cli, "evidence", body);
	if (code == VERB_GOOD)
		code = put_observed(cli, body);
	return code == VERB_GOOD ? put_previous(cli, body) : code;
}

/* --- the answer ------------------------------------------------------------ */

static void
say_refused(const json_t *answer)
{
	const json_t *reasons = json_object_get(answer, "reasons"), *one;
	size_t i;

	cli_say("%s: has no other key:", json_text(answer, "device_handle"));
	json_array_foreach(reasons, i, one) cli_say(
	        " %s", json_is_string(one) ? json_string_value(one) : "?");
	cli_say("\n");
}

static int
print_change(const struct cli *cli, const json_t *answer)
{
	const json_t *changed = json_object_get(answer, "key_changed");
	const char *of = json_text(answer, "device_handle");
	int code = json_is_true(changed) ? VERB_GOOD : VERB_REFUSED;

	if (!json_is_boolean(changed) || !of ||
	    strcmp(of, cli_argument(cli, 0)) != 0)
		return cli_fail(cli, VERB_PART,
		                "the answer is not about a key of %s; it may "
		                "have another: the same order may be repeated",
		                cli_argument(cli, 0));
	if (cli_json(cli))
		return cli_print_json(cli, json_deep_copy(answer), code);
	if (code == VERB_GOOD)
		cli_say("%s: has another key; the key before is nobody's\n",
		        of);
	else
		say_refused(answer);
	return code;
}

static int
run_device_rekey(struct cli *cli)
{
	AUTO(json_decref) json_t *body = json_object();
	AUTO(json_decref) json_t *answer = NULL;
	const struct client_request order = { .method = "POST",
		                              .path = "/key",
		                              .body = body };
	int code = make_order(cli, body);

	if (code == VERB_GOOD)
		code = device_send(cli, &order, &answer);
	return code == VERB_GOOD ? print_change(cli, answer) : code;
}

const struct verb verb_device_rekey = {
	.words = "device rekey",
	.arguments = "HANDLE",
	.help = "Give an enrolled device another key; it keeps its handle.",
	.options = options,
	.run = run_device_rekey,
};
