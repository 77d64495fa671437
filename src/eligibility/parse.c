/*
 * parse.c - parses the text of a rollout file, which anchord-rollout(5)
 * describes.
 *
 * Groups are read first, then channels, releases and pins, in whatever order
 * they stand: so a name that a row uses is known or unknown at once, and the
 * message has the line where it is used.
 */
#include "eligibility/parse.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

DEFINE_AUTO_REF(struct config_t, config_destroy);

static err_t
parse_file_id(struct walk *w, const config_setting_t *s)
{
	return parse_name(w, s, parse_whole(w)->id);
}

static err_t
parse_file_version(struct walk *w, const config_setting_t *s)
{
	uint64_t version;

	TRY(parse_count(w, s, (struct parse_bounds){ 1, INT32_MAX }, &version));
	parse_whole(w)->version = (uint32_t)version;
	return OK;
}

/* It is read later, in its turn. */
static err_t
pass_list(struct walk *w, const config_setting_t *s)
{
	if (!config_setting_is_list(s))
		return walk_bad(
		        w, s,
		        "must be a list of groups in brackets: ( { ... } )");
	return OK;
}

static const struct known file_settings[] = {
	{ "id", true, parse_file_id },
	{ "version", true, parse_file_version },
	{ "groups", false, pass_list },
	{ "channels", true, pass_list },
	{ "releases", false, pass_list },
	{ "pins", false, pass_list },
	{ NULL, false, NULL },
};

/* In this order. */
static const struct known lists[] = {
	{ "groups", false, parse_groups },
	{ "channels", true, parse_channels },
	{ "releases", false, parse_releases },
	{ "pins", false, parse_pins },
};

static err_t
parse_root(struct walk *w, const config_setting_t *root)
{
	TRY(walk_group(w, root, file_settings));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const config_setting_t *list =
		        config_setting_get_member(root, lists[i].name);

		if (list)
			TRY(lists[i].fn(w, list));
	}
	return parse_check(w, root);
}

err_t
rollout_parse(struct bytes text, struct buf *why, struct rollout **ret_rollout)
{
	AUTO(rollout_free)
	struct rollout *rollout = calloc(1, sizeof(*rollout));
	AUTO(buf_release) struct buf copy = buf_of(ROLLOUT_TEXT_MAX);
	AUTO(config_destroy) struct config_t config;
	struct walk w = { .whole = rollout, .why = why };

	config_init(&config);
	buf_append(&copy, text);
	if (!rollout || buf_status(&copy) == E_NOMEM)
		return E_NOMEM;
	if (buf_status(&copy) != OK || strlen(buf_str(&copy)) != copy.len) {
		buf_append_str(why, "longer than 1 MiB, or has a NUL byte");
		return E_MALFORMED;
	}
	TRY(walk_parse(&w, &config, buf_str(&copy), "a rollout file"));
	TRY(parse_root(&w, config_root_setting(&config)));
	digest_sha256(text, rollout->digest);
	*ret_rollout = TAKE(rollout);
	return OK;
}
