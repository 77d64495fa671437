/*
 * verb_token_rotate_show.c - the output of `anchorctl token rotate`.  It is
 * composed once, as JSON, and the text is made from that, so that both agree.
 *
 *	{ file, version, state, followed, [kid], [done], [next],
 *	  keys: [ { uri, label, id, kid, public_sha256, state,
 *	            publish_at, sign_from, retire_at } ],
 *	  in_force: { version, signs, refused } }
 *
 * in_force describes what the running service uses: the version of the pins
 * file that the supervisor keeps (or else that of the key holder's statement),
 * the kid of the key that signs, and why the current file is refused.  A member
 * is null if it is not known or does not apply.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "provisioning/anchorctl/verb_token_rotate.h"
#include "trust/ceremony_keys.h"

static json_t *
key_json(const struct rotate *r, const struct pin *k)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);
	struct hsm_key_place place = { .label = "" };

	token_pin_of(pin_spki(k), &hex);
	if (hsm_key_place(k->uri, &why, &place) != OK)
		place.label[0] = place.id[0] = '\0';
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "uri",
	                 k->uri, "label", place.label, "id", place.id, "kid",
	                 k->kid, "public_sha256", buf_str(&hex), "state",
	                 pins_state_of(r->file.pins, k, r->now_s), "publish_at",
	                 pins_time_json(k->publish_s), "sign_from",
	                 pins_time_json(k->from_s), "retire_at",
	                 pins_time_json(k->until_s));
}

/* The token's first key that has an end. */
static const struct pin *
old_key(const struct rotate *r)
{
	const struct pins *pins = r->file.pins;

	for (size_t i = 0; i < pins->n; i++)
		if (strcmp(pins->keys[i].token, r->token->name) == 0 &&
		    pins->keys[i].until_s)
			return &pins->keys[i];
	return NULL;
}

static const char *
state_of(const struct rotate *r)
{
	const struct pin *last = pins_file_last(&r->file, r->token->name);
	const struct pin *old = old_key(r);

	if (!old)
		return "done";
	return last > r->file.pins->keys && !pin_over(last - 1, r->now_s)
	               ? "under-way"
	               : "over";
}

static bool
is_order_followed(const struct rotate *r)
{
	return rotate_signs(
	        r, pins_signer(r->file.pins, r->token->name, r->now_s));
}

/* The officer's next step; NULL: none. */
static const char *
next_step(struct rotate *r)
{
	const struct pin *old = old_key(r);

	if (cli_flag(r->cli, "dry-run"))
		return NULL;
	if (r->hint.len)
		return buf_str(&r->hint);
	if (*r->refused)
		return "the version in force stays in force, also after a "
		       "restart: use --cancel, or write a file that may follow "
		       "it";
	if (!is_order_followed(r))
		return "the key holder does not follow this file (yet): see "
		       "--status, /readyz and the log";
	if (old && pin_over(old, r->now_s))
		return "the old key may be deleted: --delete-retired";
	if (old)
		return "nothing, until the old key has retired";
	return NULL;
}

static json_t *
text_or_null(const char *text)
{
	return *text ? cli_text(text) : json_null();
}

static json_t *
force_json(const struct rotate *r)
{
	const struct pins *force = r->force      ? r->force
	                           : *r->refused ? r->file.pins
	                                         : NULL;
	uint32_t version = force ? force->version : r->signs.version;

	return json_pack("{s:o, s:o, s:o}", "version",
	                 version ? json_integer((json_int_t)version)
	                         : json_null(),
	                 "signs", text_or_null(r->signs.kid), "refused",
	                 text_or_null(r->refused));
}

static json_t *
compose_rotation(struct rotate *r, const char *kid, const char *what)
{
	const char *next = next_step(r);
	const struct pins *pins = r->file.pins;
	json_t *keys = json_array();
	json_t *j = json_pack("{s:o, s:I, s:s, s:b, s:o, s:o}", "file",
	                      cli_text(r->file.path), "version",
	                      (json_int_t)pins->version, "state", state_of(r),
	                      "followed", is_order_followed(r), "keys", keys,
	                      "in_force", force_json(r));

	for (size_t i = 0; j && i < pins->n; i++)
		if (strcmp(pins->keys[i].token, r->token->name) == 0)
			json_array_append_new(keys,
			                      key_json(r, &pins->keys[i]));
	if (j && kid)
		json_object_set_new(j, "kid", json_string(kid));
	if (j && what)
		json_object_set_new(j, "done", cli_text(what));
	if (j && next)
		json_object_set_new(j, "next", cli_text(next));
	return j;
}

static const char *
rotation_text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

static void
print_time(const json_t *key, const char *name, const char *words)
{
	if (*rotation_text(key, name))
		cli_say("  %s %s\n", words, rotation_text(key, name));
}

static void
print_force(const json_t *force)
{
	json_int_t version =
	        json_integer_value(json_object_get(force, "version"));

	if (version)
		cli_say("in force: version %u; ", (unsigned)version);
	if (*rotation_text(force, "signs"))
		cli_say("key %s signs\n", rotation_text(force, "signs"));
	else
		cli_say("the key holder does not report that it signs\n");
	if (*rotation_text(force, "refused"))
		cli_say("the file is refused: %s\n",
		        rotation_text(force, "refused"));
}

static void
print_rotation(const json_t *j)
{
	const json_t *keys = json_object_get(j, "keys");

	if (*rotation_text(j, "done"))
		cli_say("%s\n", rotation_text(j, "done"));
	if (*rotation_text(j, "kid"))
		cli_say(CEREMONY_SAYS_NEXT "%s\n", rotation_text(j, "kid"));
	cli_say("%s: %s\n", rotation_text(j, "file"),
	        rotation_text(j, "state"));
	for (size_t i = 0; i < json_array_size(keys); i++) {
		const json_t *key = json_array_get(keys, i);

		cli_say("key '%s'%s%s: %s\n", rotation_text(key, "label"),
		        *rotation_text(key, "id") ? " id " : "",
		        rotation_text(key, "id"), rotation_text(key, "state"));
		print_time(key, "publish_at", "published from");
		print_time(key, "sign_from", "signs from");
		print_time(key, "retire_at", "published until");
	}
	print_force(json_object_get(j, "in_force"));
	if (*rotation_text(j, "next"))
		cli_say("next: %s\n", rotation_text(j, "next"));
}

int
rotate_show(struct rotate *r, const char *kid, const char *what, int code)
{
	json_t *j = compose_rotation(r, kid, what);

	if (!j)
		return cli_fail(r->cli, VERB_PART, "out of memory");
	if (cli_json(r->cli))
		return cli_print_json(r->cli, j, code);
	print_rotation(j);
	json_decref(j);
	return code;
}
