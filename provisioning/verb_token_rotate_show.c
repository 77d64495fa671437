/*
 * verb_token_rotate_show.c - what `anchorctl token rotate` says: made once, as
 * JSON; the text is made from it, so that both say the same.
 *
 *	{ file, state, [kid], [done], [next], keys: [ { uri, label, id,
 *	  public_sha256, state, publish_at, sign_from, retire_at } ] }
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "encode.h"
#include "verb_token_rotate.h"

static json_t *
time_json(uint64_t at_s)
{
	char text[CLOCK_TEXT_SIZE];

	if (!at_s)
		return json_null();
	clock_format(at_s * 1000, text);
	return json_string(text);
}

/* By the order and the clock. */
static const char *
state_of_key(const struct rotate *r, size_t i)
{
	const struct rotation_key *k = &r->order.keys[i];
	bool signs = rotation_signer(&r->order, r->now_s) == i;

	if (k->retire_at_s && r->now_s >= k->retire_at_s)
		return "retired";
	if (signs)
		return "signs";
	if (k->retire_at_s)
		return "published, signs no more";
	return r->now_s >= k->publish_at_s ? "published, signs later" : "waits";
}

static json_t *
key_json(const struct rotate *r, size_t i)
{
	const struct rotation_key *k = &r->order.keys[i];
	AUTO(buf_release) struct buf why = buf_of(256);
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE) + 1);
	struct hsm_key_place place = { .label = "" };

	encode_hex(&hex, bytes_of(k->public_sha256, HASH_SIZE));
	if (hsm_key_place(k->uri, &why, &place) != OK)
		place.label[0] = place.id[0] = '\0';
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "uri",
	                 k->uri, "label", place.label, "id", place.id,
	                 "public_sha256", buf_str(&hex), "state",
	                 state_of_key(r, i), "publish_at",
	                 time_json(k->publish_at_s), "sign_from",
	                 time_json(k->sign_from_s), "retire_at",
	                 time_json(k->retire_at_s));
}

static const char *
state_of(const struct rotate *r)
{
	if (!r->ordered)
		return "none";
	if (r->order.n == 1)
		return "done";
	return r->now_s < r->order.keys[0].retire_at_s ? "under-way" : "over";
}

/* What the officer does next; NULL: nothing. */
static const char *
next_step(const struct rotate *r)
{
	if (!r->ordered || cli_flag(r->cli, "dry-run"))
		return NULL;
	if (!r->followed)
		return "the key holder does not follow this order (yet): see "
		       "--status, /readyz and the log";
	if (r->order.n == 2 && r->now_s >= r->order.keys[0].retire_at_s)
		return "the old key may be deleted: --delete-retired";
	if (r->order.n == 2)
		return "nothing, until the old key has retired";
	return "token.uri and token.public_sha256 may name this key; the "
	       "order stays";
}

static json_t *
compose(const struct rotate *r, const char *kid, const char *what)
{
	const char *next = next_step(r);
	json_t *keys = json_array();
	json_t *j = json_pack("{s:s, s:s, s:b, s:o}", "file",
	                      r->token->rotation, "state", state_of(r),
	                      "followed", r->followed, "keys", keys);

	for (size_t i = 0; j && r->ordered && i < r->order.n; i++)
		json_array_append_new(keys, key_json(r, i));
	if (j && kid)
		json_object_set_new(j, "kid", json_string(kid));
	if (j && what)
		json_object_set_new(j, "done", json_string(what));
	if (j && next)
		json_object_set_new(j, "next", json_string(next));
	return j;
}

static const char *
text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

static void
print_time(const json_t *key, const char *name, const char *words)
{
	if (*text(key, name))
		printf("  %s %s\n", words, text(key, name));
}

static void
print(const json_t *j)
{
	const json_t *keys = json_object_get(j, "keys");

	if (*text(j, "done"))
		printf("%s\n", text(j, "done"));
	if (*text(j, "kid"))
		printf("new key id (kid) %s\n", text(j, "kid"));
	printf("%s: %s\n", text(j, "file"), text(j, "state"));
	for (size_t i = 0; i < json_array_size(keys); i++) {
		const json_t *key = json_array_get(keys, i);

		printf("key '%s'%s%s: %s\n", text(key, "label"),
		       *text(key, "id") ? " id " : "", text(key, "id"),
		       text(key, "state"));
		print_time(key, "publish_at", "published from");
		print_time(key, "sign_from", "signs from");
		print_time(key, "retire_at", "published until");
	}
	if (*text(j, "next"))
		printf("next: %s\n", text(j, "next"));
}

int
rotate_show(const struct rotate *r, const char *kid, const char *what, int code)
{
	json_t *j = compose(r, kid, what);

	if (!j)
		return cli_fail(r->cli, VERB_PART, "no memory");
	if (cli_json(r->cli))
		return cli_print_json(r->cli, j, code);
	print(j);
	json_decref(j);
	return code;
}
