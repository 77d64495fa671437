/*
 * parse_value.c - one value of a setting; see parse.h.
 */
#include "eligibility/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"

#define DURATION_MAX_S (3660 * DAY_S) /* ten years */

err_t
parse_name(struct walk *w, const config_setting_t *s,
           char out[static ROLLOUT_NAME_SIZE])
{
	struct bytes name = walk_text(s);

	if (!tenant_name_valid(name))
		return walk_bad(
		        w, s,
		        "must be a name in quotes: 1 to 64 of a-z 0-9 . _ -");
	memcpy(out, name.data, name.len);
	out[name.len] = '\0';
	return OK;
}

static bool
is_printable(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	return true;
}

err_t
parse_release_id(struct walk *w, const config_setting_t *s,
                 char out[static ROLLOUT_RELEASE_SIZE])
{
	struct bytes id = walk_text(s);

	if (!release_name_valid(id))
		return walk_bad(
		        w, s,
		        "must be a release as challenges name it: 1 to 128 "
		        "of A-Z a-z 0-9 . _ : + ~ @ -");
	memcpy(out, id.data, id.len);
	out[id.len] = '\0';
	return OK;
}

err_t
parse_note(struct walk *w, const config_setting_t *s,
           char out[static ROLLOUT_NOTE_SIZE])
{
	struct bytes note = walk_text(s);

	if (note.len == 0 || note.len >= ROLLOUT_NOTE_SIZE ||
	    !is_printable(note))
		return walk_bad(
		        w, s,
		        "must be a text of 1 to 128 printable characters");
	memcpy(out, note.data, note.len);
	out[note.len] = '\0';
	return OK;
}

err_t
parse_count(struct walk *w, const config_setting_t *s,
            struct parse_bounds bounds, uint64_t *out)
{
	int type = config_setting_type(s);
	long long value = type == CONFIG_TYPE_INT ? config_setting_get_int(s)
	                  : type == CONFIG_TYPE_INT64
	                          ? config_setting_get_int64(s)
	                          : -1;

	if (value < 0 || (uint64_t)value < bounds.least ||
	    (uint64_t)value > bounds.most)
		return walk_bad_f(w, s,
		                  "must be a whole number from %llu to %llu",
		                  (unsigned long long)bounds.least,
		                  (unsigned long long)bounds.most);
	*out = (uint64_t)value;
	return OK;
}

err_t
parse_flag(struct walk *w, const config_setting_t *s, bool *out)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return walk_bad(w, s, "must be true or false, without quotes");
	*out = config_setting_get_bool(s) == CONFIG_TRUE;
	return OK;
}

err_t
parse_time(struct walk *w, const config_setting_t *s, uint64_t *out)
{
	uint64_t at_ms;

	if (clock_parse(walk_text(s), &at_ms) != OK || at_ms == 0)
		return walk_bad(w, s,
		                "must be a time in quotes, such as "
		                "\"2026-12-01T08:00:00Z\"");
	*out = at_ms / 1000;
	return OK;
}

static uint64_t
seconds_of_unit(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return DAY_S;
	default:
		return 0;
	}
}

err_t
parse_duration(struct walk *w, const config_setting_t *s, uint64_t *out)
{
	struct reader r = reader_of(walk_text(s));
	uint64_t value = 0, unit = 0;

	while (r.left > 1 && *r.at >= '0' && *r.at <= '9' &&
	       value <= DURATION_MAX_S)
		value = value * 10 + (uint64_t)(reader_u8(&r) - '0');
	if (r.left == 1)
		unit = seconds_of_unit((char)reader_u8(&r));
	if (unit == 0 || value == 0 || value > DURATION_MAX_S / unit)
		return walk_bad(
		        w, s,
		        "must be a duration in quotes, such as \"90s\", "
		        "\"15m\", \"12h\" or \"3d\", up to 3660 days");
	*out = value * unit;
	return OK;
}

/* Digits of the part behind the point, in millionths; UINT32_MAX: none, more than
 * six, or something else. */
static uint32_t
millionths_of(struct reader *r)
{
	uint32_t value = 0, unit = ROLLOUT_PERCENT;

	if (r->left == 0 || r->left > 6)
		return UINT32_MAX;
	while (r->left > 0) {
		uint8_t c = reader_u8(r);

		if (c < '0' || c > '9')
			return UINT32_MAX;
		unit /= 10;
		value += (uint32_t)(c - '0') * unit;
	}
	return value;
}

/* "12.5", in millionths of a percent; UINT64_MAX: it is no such text. */
static uint64_t
percent_of(struct bytes text)
{
	struct reader r = reader_of(text);
	uint64_t whole = 0;
	uint32_t part = 0;

	if (r.left == 0 || *r.at == '.')
		return UINT64_MAX;
	while (r.left > 0 && *r.at >= '0' && *r.at <= '9' && whole <= 100)
		whole = whole * 10 + (uint64_t)(reader_u8(&r) - '0');
	if (r.left > 0 && reader_u8(&r) != '.')
		return UINT64_MAX;
	if (text.data[text.len - 1] == '.')
		return UINT64_MAX;
	if (r.left > 0)
		part = millionths_of(&r);
	return part == UINT32_MAX ? UINT64_MAX : whole * ROLLOUT_PERCENT + part;
}

err_t
parse_percent(struct walk *w, const config_setting_t *s, uint32_t *out)
{
	int type = config_setting_type(s);
	uint64_t value = UINT64_MAX;

	if (type == CONFIG_TYPE_INT && config_setting_get_int(s) >= 0)
		value = (uint64_t)config_setting_get_int(s) * ROLLOUT_PERCENT;
	if (type == CONFIG_TYPE_STRING)
		value = percent_of(walk_text(s));
	if (type == CONFIG_TYPE_FLOAT)
		return walk_bad(
		        w, s,
		        "a share with a point is written in quotes, such "
		        "as \"12.5\"");
	if (value > ROLLOUT_ALL)
		return walk_bad(
		        w, s,
		        "must be percent from 0 to 100; with a point, up to "
		        "6 digits behind it, in quotes: \"12.5\"");
	*out = (uint32_t)value;
	return OK;
}

err_t
parse_hex(struct walk *w, const config_setting_t *s, uint8_t *out, size_t n)
{
	if (decode_hex_exact(walk_text(s), out, n) != OK)
		return walk_bad_f(w, s,
		                  "must be %zu bytes in hexadecimal: %zu "
		                  "digits in quotes",
		                  n, HEX_LEN(n));
	return OK;
}

/* --- names of groups and channels ----------------------------------------- */

static const char *
group_word(size_t i, const void *of)
{
	const struct rollout *r = of;

	return i < r->n_groups ? r->groups[i].name : NULL;
}

static const char *
channel_word(size_t i, const void *of)
{
	const struct rollout *r = of;

	return i < r->n_channels ? r->channels[i].name : NULL;
}

/* What a setting names: `what` is its word in a message. */
struct named {
	const char *what;
	size_t (*find)(const struct rollout *r, struct bytes name);
	const char *(*word)(size_t i, const void *of);
};

static const struct named a_group = { "group", rollout_group_find, group_word };
static const struct named a_channel = { "channel", rollout_channel_find,
	                                channel_word };

static err_t
parse_named(struct walk *w, const config_setting_t *s,
            const struct named *named, size_t *out)
{
	const struct rollout *r = parse_whole(w);
	char name[ROLLOUT_NAME_SIZE];

	TRY(parse_name(w, s, name));
	size_t at = named->find(r, bytes_of_str(name));
	if (at == ROLLOUT_NONE)
		return walk_no_such(w, s, name,
		                    &(struct walk_names){ .what = named->what,
		                                          .word = named->word,
		                                          .of = r,
		                                          .remedy = "add it" });
	*out = at;
	return OK;
}

err_t
parse_group_of(struct walk *w, const config_setting_t *s, size_t *out)
{
	return parse_named(w, s, &a_group, out);
}

err_t
parse_channel_of(struct walk *w, const config_setting_t *s, size_t *out)
{
	return parse_named(w, s, &a_channel, out);
}

err_t
parse_groups_of(struct walk *w, const config_setting_t *list,
                struct group_list *out)
{
	if (!config_setting_is_array(list) && !config_setting_is_list(list))
		return walk_bad(w, list,
		                "must be names of groups: [ \"name\", ... ]");
	if (config_setting_length(list) == 0 ||
	    (size_t)config_setting_length(list) > ROLLOUT_NAMED_MAX)
		return walk_bad_f(w, list,
		                  "must name 1 to %u groups; leave the "
		                  "setting out for none",
		                  ROLLOUT_NAMED_MAX);
	for (int i = 0; i < config_setting_length(list); i++) {
		size_t at;

		TRY(parse_group_of(
		        w, config_setting_get_elem(list, (unsigned)i), &at));
		for (size_t k = 0; k < out->n; k++)
			if (out->at[k] == at)
				return walk_bad(w, list, "names a group twice");
		out->at[out->n++] = at;
	}
	return OK;
}

err_t
parse_rows(struct walk *w, const config_setting_t *list, size_t most,
           size_t size, void *ret_rows)
{
	size_t n = (size_t)config_setting_length(list);

	if (!config_setting_is_list(list))
		return walk_bad(w, list,
		                "must be a list of groups: ( { ... }, ... )");
	if (n == 0 || n > most)
		return walk_bad_f(w, list,
		                  "must have 1 to %zu rows; leave the setting "
		                  "out for none",
		                  most);
	void *rows = calloc(n, size);
	if (!rows)
		return E_NOMEM;
	*(void **)ret_rows = rows;
	return OK;
}
