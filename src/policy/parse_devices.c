/*
 * parse_devices.c - parses the device groups of a policy: the list "groups".
 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "policy/parse.h"

/* "dh1_" and 32 bytes in base64url, as key holders derive handles. */
#define HANDLE_LEN 47

static struct policy_devices *
last_devices(struct walk *w)
{
	return &policy_of(w)->devices[policy_of(w)->n_devices - 1];
}

static err_t
parse_name(struct walk *w, const config_setting_t *s)
{
	const struct policy *p = policy_of(w);

	TRY(policy_name_parse(w, s, last_devices(w)->name));
	if (policy_devices_find(p, last_devices(w)->name) + 1 < p->n_devices)
		return walk_bad(w, s,
		                "another group has this name; each needs its "
		                "own");
	return OK;
}

static err_t
parse_format(struct walk *w, const config_setting_t *s)
{
	struct policy_devices *d = last_devices(w);
	size_t format;

	TRY(parse_format_name(w, s, &format));
	uint32_t bit = (uint32_t)1 << format;
	if (d->formats & bit)
		return walk_bad(w, s, "names a format twice; remove one");
	d->formats |= bit;
	return OK;
}

static err_t
parse_formats(struct walk *w, const config_setting_t *s)
{
	TRY(walk_list(w, s, parse_format));
	return config_setting_length(s) > 0
	               ? OK
	               : walk_bad(w, s, "must name at least one format");
}

/* --- the selector --------------------------------------------------------- */

/* What a name of a selector must be, and what to write otherwise. */
static bool
who_valid(enum policy_who who, struct bytes text)
{
	uint8_t digest[HASH_SIZE];

	if (who == POLICY_WHO_TENANT)
		return tenant_name_valid(text);
	if (who == POLICY_WHO_HANDLE)
		return text.len == HANDLE_LEN && device_handle_ours(text);
	return decode_hex_exact(text, digest, HASH_SIZE) == OK;
}

static const char *
who_remedy(enum policy_who who)
{
	static const char *const remedies[POLICY_WHO_COUNT] = {
		[POLICY_WHO_TENANT] = "must be the name of a tenant: 1 to 64 "
		                      "of a-z 0-9 . _ -",
		[POLICY_WHO_HANDLE] =
		        "must be a device handle as an enrolment answers it",
		[POLICY_WHO_ACCOUNT] = "must be an account's digest as 64 "
		                       "hexadecimal digits",
	};

	return remedies[who];
}

static enum policy_who
who_of(const config_setting_t *s)
{
	enum policy_who who = 0;

	while (who < POLICY_WHO_COUNT &&
	       strcmp(policy_who_name(who), config_setting_name(s)) != 0)
		who++;
	return who;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Digits of a digest are compared in lower case. */
static void
copy_name(struct bytes text, char out[static POLICY_NAME_SIZE])
{
	for (size_t i = 0; i < text.len; i++)
		out[i] = (char)(text.data[i] >= 'A' && text.data[i] <= 'F'
		                        ? text.data[i] - 'A' + 'a'
		                        : text.data[i]);
	out[text.len] = '\0';
}

static err_t
take_names(struct walk *w, const config_setting_t *s, enum policy_who who,
           struct policy_names *names)
{
	for (int i = 0; i < config_setting_length(s); i++) {
		struct bytes text =
		        walk_text(config_setting_get_elem(s, (unsigned)i));
		char *to = names->texts[i];

		if (!who_valid(who, text))
			return walk_bad(w, s, who_remedy(who));
		if (who == POLICY_WHO_ACCOUNT)
			copy_name(text, to);
		else
			memcpy(to, text.data, text.len);
	}
	return OK;
}

static err_t
parse_who(struct walk *w, const config_setting_t *s)
{
	enum policy_who who = who_of(s);
	struct policy_names *names = &last_devices(w)->who[who];
	int n = config_setting_length(s);

	if ((!config_setting_is_array(s) && !config_setting_is_list(s)) ||
	    n < 1 || n > POLICY_WHO_MAX)
		return walk_bad_f(
		        w, s,
		        "must be a list of 1 to %d; leave the setting "
		        "out for any",
		        POLICY_WHO_MAX);
	names->texts = calloc((size_t)n, sizeof(*names->texts));
	if (!names->texts)
		return E_NOMEM;
	TRY(take_names(w, s, who, names));
	names->n = (size_t)n;
	qsort(names->texts, names->n, sizeof(*names->texts), compare_names);
	for (size_t i = 1; i < names->n; i++)
		if (strcmp(names->texts[i - 1], names->texts[i]) == 0)
			return walk_bad_f(w, s, "names %s twice; remove one",
			                  names->texts[i]);
	return OK;
}

static err_t
parse_match_part(struct walk *w, const config_setting_t *s)
{
	return parse_part(w, s, last_devices(w)->match, true);
}

static err_t
parse_rules_part(struct walk *w, const config_setting_t *s)
{
	return parse_part(w, s, last_devices(w)->rules->parts, false);
}

static err_t
parse_match(struct walk *w, const config_setting_t *s)
{
	struct known table[POLICY_WHO_COUNT + POLICY_GROUPS_MAX + 1] = {
		{ NULL, false, NULL }
	};

	for (enum policy_who who = 0; who < POLICY_WHO_COUNT; who++)
		table[who] = (struct known){ policy_who_name(who), false,
			                     parse_who };
	parse_parts_add(table, POLICY_WHO_COUNT, last_devices(w)->match,
	                parse_match_part);
	if (config_setting_is_group(s) && config_setting_length(s) == 0)
		return walk_bad(w, s,
		                "has no condition; leave the setting out for "
		                "every device of the formats");
	return walk_group(w, s, table);
}

/* --- one group ------------------------------------------------------------ */

static const struct known own_settings[] = {
	{ "name", true, parse_name },
	{ "formats", true, parse_formats },
	{ "match", false, parse_match },
};

/* Settings for a format that the group does not take have no effect, so they are
 * a mistake. */
static err_t
check_parts(struct walk *w, const config_setting_t *group)
{
	const struct policy_devices *d = last_devices(w);

	for (int i = 0; group && i < config_setting_length(group); i++) {
		const config_setting_t *s =
		        config_setting_get_elem(group, (unsigned)i);
		size_t part = parse_part_find(d->match, config_setting_name(s));

		if (part < POLICY_GROUPS_MAX &&
		    !(parse_part_formats(d->match[part].group) & d->formats))
			return walk_bad_f(w, s,
			                  "the group %s does not take evidence "
			                  "of this format; add it to formats",
			                  d->name);
	}
	return OK;
}

static err_t
parse_devices(struct walk *w, const config_setting_t *s)
{
	struct known table[ARRAY_LEN(own_settings) + POLICY_GROUPS_MAX + 1] = {
		{ NULL, false, NULL }
	};
	struct policy_devices *d =
	        &policy_of(w)->devices[policy_of(w)->n_devices++];

	d->rules = calloc(1, sizeof(*d->rules));
	if (!d->rules)
		return E_NOMEM;
	TRY(policy_parts_make(d->match, false));
	TRY(policy_parts_make(d->rules->parts, true));
	memcpy(table, own_settings, sizeof(own_settings));
	parse_parts_add(table, ARRAY_LEN(own_settings), d->rules->parts,
	                parse_rules_part);
	TRY(walk_group(w, s, table));
	TRY(check_parts(w, s));
	return check_parts(w, config_setting_get_member(s, "match"));
}

err_t
parse_policy_devices(struct walk *w, const config_setting_t *s)
{
	int n = config_setting_length(s);

	if (!config_setting_is_list(s) || n < 1 || n > POLICY_DEVICES_MAX)
		return walk_bad_f(w, s,
		                  "must be a list of 1 to %d groups; leave the "
		                  "setting out if one set of rules is for all",
		                  POLICY_DEVICES_MAX);
	policy_of(w)->devices =
	        calloc((size_t)n, sizeof(*policy_of(w)->devices));
	return policy_of(w)->devices ? walk_list(w, s, parse_devices) : E_NOMEM;
}
