/*
 * parse_group.c - groups of devices.
 */
#include "eligibility/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"

/* "dh1_" and 32 bytes in base64url, as key holders derive handles. */
#define HANDLE_LEN (4 + BASE64URL_LEN(HASH_SIZE))

static struct group *
group_at(struct walk *w)
{
	return w->rules;
}

static err_t
parse_group_name(struct walk *w, const config_setting_t *s)
{
	struct group *g = group_at(w);
	size_t before = (size_t)(g - parse_whole(w)->groups);
	char name[ROLLOUT_NAME_SIZE];

	TRY(parse_name(w, s, name));
	size_t same = rollout_group_find(parse_whole(w), bytes_of_str(name));
	if (same < before)
		return walk_bad(w, s, "another group has this name");
	memcpy(g->name, name, sizeof(name));
	return OK;
}

/* --- handles -------------------------------------------------------------- */

static int
compare_handles(const void *a, const void *b)
{
	return strcmp(a, b);
}

static err_t
parse_handle(struct walk *w, const config_setting_t *s)
{
	struct group *g = group_at(w);
	struct bytes handle = walk_text(s);

	if (!device_handle_ours(handle) || handle.len != HANDLE_LEN)
		return walk_bad(
		        w, s,
		        "must be device handles in quotes: \"dh1_\" and 43 "
		        "characters, as an enrolment answers");
	memcpy(g->handles[g->n_handles++], handle.data, handle.len);
	return OK;
}

static err_t
parse_handles(struct walk *w, const config_setting_t *s)
{
	struct group *g = group_at(w);
	size_t n = (size_t)config_setting_length(s);

	if (n == 0 ||
	    (!config_setting_is_array(s) && !config_setting_is_list(s)))
		return walk_bad(
		        w, s, "must be a list with at least one device handle");
	g->handles = calloc(n, sizeof(*g->handles));
	if (!g->handles)
		return E_NOMEM;
	TRY(walk_list(w, s, parse_handle));
	qsort(g->handles, g->n_handles, sizeof(*g->handles), compare_handles);
	for (size_t i = 1; i < g->n_handles; i++)
		if (strcmp(g->handles[i - 1], g->handles[i]) == 0)
			return walk_bad_f(w, s, "names the device %s twice",
			                  g->handles[i]);
	return OK;
}

/* --- format, enrolment ---------------------------------------------------- */

static const char *const format_names[] = {
#define FORMAT_BY_STATEMENT(symbol, name, path, member) name,
#define FORMAT_BY_EVIDENCE(symbol, name, path) name,
#include "wire/formats.def"
#undef FORMAT_BY_STATEMENT
#undef FORMAT_BY_EVIDENCE
};

static const char *
format_word(size_t i, const void *of)
{
	(void)of;
	return i < ARRAY_LEN(format_names) ? format_names[i] : NULL;
}

static const struct walk_names formats_there = {
	.what = "format",
	.word = format_word,
	.remedy = "`anchorctl appraise --help` lists them",
};

/* A group of a format that there is not would have no device, and a channel that
 * denies it would deny nobody. */
static err_t
parse_one_format(struct walk *w, const config_setting_t *s)
{
	struct group *g = group_at(w);
	char name[ROLLOUT_NAME_SIZE];

	if (g->n_formats == ROLLOUT_FORMATS_MAX)
		return walk_bad(w, s, "more than 8 formats");
	TRY(parse_name(w, s, name));
	for (size_t i = 0; i < ARRAY_LEN(format_names); i++)
		if (strcmp(name, format_names[i]) == 0) {
			memcpy(g->formats[g->n_formats++], name, sizeof(name));
			return OK;
		}
	return walk_no_such(w, s, name, &formats_there);
}

static err_t
parse_group_formats(struct walk *w, const config_setting_t *s)
{
	TRY(walk_list(w, s, parse_one_format));
	return group_at(w)->n_formats > 0
	               ? OK
	               : walk_bad(w, s, "must name at least one format");
}

static err_t
parse_enrolled_from(struct walk *w, const config_setting_t *s)
{
	return parse_time(w, s, &group_at(w)->enrolled_from_s);
}

static err_t
parse_enrolled_until(struct walk *w, const config_setting_t *s)
{
	return parse_time(w, s, &group_at(w)->enrolled_until_s);
}

/* --- facts ---------------------------------------------------------------- */

static struct group_fact *
last_fact(struct walk *w)
{
	struct group *g = group_at(w);

	return &g->facts[g->n_facts - 1];
}

static bool
is_fact_name(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = (char)name.data[i];

		if (!((c >= 'a' && c <= 'z') ||
		      (i > 0 && ((c >= '0' && c <= '9') || c == '_'))))
			return false;
	}
	return name.len > 0 && name.len <= FACT_NAME_MAX;
}

static err_t
parse_fact_name(struct walk *w, const config_setting_t *s)
{
	struct group *g = group_at(w);
	struct bytes name = walk_text(s);

	if (!is_fact_name(name))
		return walk_bad(
		        w, s,
		        "must be the name of a fact as enrolments show it: a-z "
		        "0-9 _");
	for (size_t i = 0; i + 1 < g->n_facts; i++)
		if (bytes_equal_str(name, g->facts[i].name))
			return walk_bad(
			        w, s,
			        "another row of this group has this fact; "
			        "make one row of them");
	memcpy(last_fact(w)->name, name.data, name.len);
	return OK;
}

static const struct parse_bounds any_fact = { 0, FACT_NUMBER_MAX };

static err_t
parse_fact_least(struct walk *w, const config_setting_t *s)
{
	last_fact(w)->has_least = true;
	return parse_count(w, s, any_fact, &last_fact(w)->least);
}

static err_t
parse_fact_most(struct walk *w, const config_setting_t *s)
{
	last_fact(w)->has_most = true;
	return parse_count(w, s, any_fact, &last_fact(w)->most);
}

static err_t
parse_fact_value(struct walk *w, const config_setting_t *s)
{
	struct group_fact *f = last_fact(w);
	struct group_value *value = &f->values[f->n_values];
	AUTO(buf_release) struct buf bytes = buf_of(FACT_BYTES_MAX);
	err_t e = decode_hex(&bytes, walk_text(s));

	if (e == E_NOMEM)
		return e;
	if (e != OK || bytes.len == 0)
		return walk_bad_f(
		        w, s,
		        "must be values in hexadecimal and quotes, of 1 "
		        "to %d bytes",
		        FACT_BYTES_MAX);
	memcpy(value->bytes, bytes.data, bytes.len);
	value->len = bytes.len;
	f->n_values++;
	return OK;
}

static err_t
parse_fact_values(struct walk *w, const config_setting_t *s)
{
	struct group_fact *f = last_fact(w);
	size_t n = (size_t)config_setting_length(s);

	if (n == 0 || n > ROLLOUT_VALUES_MAX)
		return walk_bad_f(w, s, "must be a list of 1 to %u values",
		                  ROLLOUT_VALUES_MAX);
	f->values = calloc(n, sizeof(*f->values));
	return f->values ? walk_list(w, s, parse_fact_value) : E_NOMEM;
}

static const struct known fact_settings[] = {
	{ "name", true, parse_fact_name },
	{ "least", false, parse_fact_least },
	{ "most", false, parse_fact_most },
	{ "values", false, parse_fact_values },
	{ NULL, false, NULL },
};

static err_t
parse_fact(struct walk *w, const config_setting_t *s)
{
	struct group *g = group_at(w);

	if (g->n_facts == FACTS_MAX)
		return walk_bad_f(w, s, "more than %d facts", FACTS_MAX);
	g->n_facts++;
	TRY(walk_group(w, s, fact_settings));
	const struct group_fact *f = last_fact(w);
	bool numbers = f->has_least || f->has_most;
	if (numbers == (f->n_values > 0))
		return walk_bad(
		        w, s,
		        "must have either least or most or both, or values");
	if (f->has_least && f->has_most && f->least > f->most)
		return walk_bad(w, s,
		                "least is greater than most, so no device can "
		                "belong to the group; exchange them");
	return OK;
}

static err_t
parse_facts(struct walk *w, const config_setting_t *s)
{
	return walk_list(w, s, parse_fact);
}

/* --- groups --------------------------------------------------------------- */

static const struct known group_settings[] = {
	{ "name", true, parse_group_name },
	{ "handles", false, parse_handles },
	{ "formats", false, parse_group_formats },
	{ "enrolled_from", false, parse_enrolled_from },
	{ "enrolled_until", false, parse_enrolled_until },
	{ "facts", false, parse_facts },
	{ NULL, false, NULL },
};

static err_t
parse_group(struct walk *w, const config_setting_t *s)
{
	struct rollout *r = parse_whole(w);
	struct group *g = &r->groups[r->n_groups++];

	w->rules = g;
	TRY(walk_group(w, s, group_settings));
	if (g->n_handles == 0 && g->n_formats == 0 && g->n_facts == 0 &&
	    g->enrolled_from_s == 0 && g->enrolled_until_s == 0)
		return walk_bad(
		        w, s,
		        "has no condition, so every device would belong to "
		        "it; leave allow out of a channel to admit all");
	if (g->enrolled_until_s != 0 &&
	    g->enrolled_until_s <= g->enrolled_from_s)
		return walk_bad(
		        w, s,
		        "enrolled_until is not after enrolled_from, so no "
		        "device can belong to the group");
	return OK;
}

err_t
parse_groups(struct walk *w, const config_setting_t *list)
{
	TRY(parse_rows(w, list, ROLLOUT_GROUPS_MAX, sizeof(struct group),
	               &parse_whole(w)->groups));
	return walk_list(w, list, parse_group);
}
