/*
 * policy_parse.c - parses the group "android" of a policy.
 *
 * Most settings are of four kinds: sets of names, numbers, booleans and lists
 * of values.  policy_settings.c has a table with the member of each.
 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "evidence/android/policy_settings.h"
#include "crypto/codec/walk.h"

/* Limits of one policy. */
#define POLICY_LIST_MAX 1024                    /* values of one list */
#define POLICY_TEXT_LEN_MAX POLICY_APP_NAME_MAX /* bytes of a value */
#define POLICY_APPS_MAX 64                      /* applications */

static struct policy_android *
rules_of(struct walk *w)
{
	return w->rules;
}

static void *
member_at(struct walk *w, size_t offset)
{
	return (uint8_t *)w->rules + offset;
}

/* --- sets of names -------------------------------------------------------- */

static const char *
setting_word(size_t i, const void *of)
{
	const struct setting_word *words = of;

	return words[i].text;
}

static err_t
refuse_word(struct walk *w, const config_setting_t *s, struct bytes word,
            const struct setting_word *words)
{
	AUTO(buf_release) struct buf given = buf_of(4096);
	AUTO(buf_release) struct buf known = buf_of(512);

	buf_append(&given, word);
	const char *near =
	        buf_status(&given) == OK
	                ? walk_near(buf_str(&given), setting_word, words)
	                : NULL;
	if (near)
		return walk_bad_f(w, s,
		                  "contains an unknown name; did you mean %s?",
		                  near);
	for (const struct setting_word *k = words; k->text; k++)
		buf_printf(&known, "%s%s", known.len ? ", " : "", k->text);
	return walk_bad_f(w, s, "contains an unknown name; there are %s",
	                  buf_str(&known));
}

static err_t
parse_set_of(struct walk *w, const config_setting_t *s,
             const struct setting_word *names, uint32_t *set)
{
	if ((!config_setting_is_array(s) && !config_setting_is_list(s)) ||
	    config_setting_length(s) == 0)
		return walk_bad(w, s, "must be a list of names");
	*set = 0;
	for (int i = 0; i < config_setting_length(s); i++) {
		struct bytes text =
		        walk_text(config_setting_get_elem(s, (unsigned)i));
		const struct setting_word *n = names;

		while (n->text && !bytes_equal_str(text, n->text))
			n++;
		if (!n->text)
			return refuse_word(w, s, text, names);
		*set |= 1u << n->value;
	}
	return OK;
}

static err_t
parse_set(struct walk *w, const config_setting_t *s)
{
	for (const struct setting_set *k = android_sets; k->setting; k++)
		if (strcmp(config_setting_name(s), k->setting) == 0)
			return parse_set_of(w, s, k->words,
			                    member_at(w, k->offset));
	return E_BUG;
}

/* --- numbers -------------------------------------------------------------- */

static bool
setting_in_range(const config_setting_t *s, uint32_t min, uint32_t max)
{
	int v = config_setting_get_int(s);

	return config_setting_type(s) == CONFIG_TYPE_INT && v >= 0 &&
	       (uint32_t)v >= min && (uint32_t)v <= max;
}

static err_t
parse_number(struct walk *w, const config_setting_t *s)
{
	for (const struct setting_number *k = android_numbers; k->setting;
	     k++) {
		if (strcmp(config_setting_name(s), k->setting) != 0)
			continue;
		if (!setting_in_range(s, k->min, k->max))
			return walk_bad(w, s, k->what);
		uint32_t *v = member_at(w, k->offset);
		*v = (uint32_t)config_setting_get_int(s);
		return OK;
	}
	return E_BUG;
}

/* --- booleans ------------------------------------------------------------- */

static err_t
parse_flag(struct walk *w, const config_setting_t *s)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return walk_bad(w, s, "must be true or false");
	for (const struct setting_flag *k = android_flags; k->setting; k++) {
		if (strcmp(config_setting_name(s), k->setting) != 0)
			continue;
		bool *v = member_at(w, k->offset);
		*v = config_setting_get_bool(s) ? k->on : !k->on;
		return OK;
	}
	return E_BUG;
}

static err_t
parse_leniency(struct walk *w, const config_setting_t *s)
{
	if (!bytes_equal_str(walk_text(s), "batch-not-ca"))
		return walk_bad(
		        w, s, "unknown leniency; the only one is batch-not-ca");
	rules_of(w)->batch_not_ca = true;
	return OK;
}

static err_t
parse_allow(struct walk *w, const config_setting_t *s)
{
	return walk_list(w, s, parse_leniency);
}

/* --- lists of values ------------------------------------------------------ */

static err_t
take_value(struct walk *w, const config_setting_t *s, size_t hex_size,
           uint8_t *room, struct bytes *ret_value)
{
	struct bytes text = walk_text(s);

	if (text.len == 0 || text.len > POLICY_TEXT_LEN_MAX)
		return walk_bad(w, s, "must be text of 1 to 256 bytes");
	if (hex_size && decode_hex_exact(text, room, hex_size) != OK)
		return walk_bad(w, s, "must be 32 bytes in hex");
	if (!hex_size)
		memcpy(room, text.data, text.len);
	*ret_value = bytes_of(room, hex_size ? hex_size : text.len);
	return OK;
}

static err_t
parse_values_of(struct walk *w, const config_setting_t *s, size_t hex_size,
                struct policy_list *list)
{
	size_t n = (size_t)config_setting_length(s);

	if ((!config_setting_is_array(s) && !config_setting_is_list(s)) ||
	    n == 0 || n > POLICY_LIST_MAX)
		return walk_bad(w, s, "must be a list of 1 to 1024 values");
	size_t size = sizeof(struct bytes) +
	              (hex_size ? hex_size : POLICY_TEXT_LEN_MAX);
	/* from now on freed by release_android_rules() */
	list->values = calloc(n, size);
	if (!list->values)
		return E_NOMEM;
	uint8_t *room = (uint8_t *)(list->values + n);
	for (size_t i = 0; i < n; i++) {
		TRY(take_value(w, config_setting_get_elem(s, (unsigned)i),
		               hex_size, room, &list->values[i]));
		room += list->values[i].len;
	}
	list->n = n;
	return OK;
}

static err_t
parse_values(struct walk *w, const config_setting_t *s)
{
	for (const struct setting_list *k = android_lists; k->setting; k++)
		if (strcmp(config_setting_name(s), k->setting) == 0)
			return parse_values_of(w, s, k->hex_size,
			                       member_at(w, k->offset));
	return E_BUG;
}

/* --- applications --------------------------------------------------------- */

static struct policy_app *
last_app(struct walk *w)
{
	return &rules_of(w)->apps[rules_of(w)->n_apps - 1];
}

/* Copies the text, because libconfig owns its bytes. */
static err_t
parse_package(struct walk *w, const config_setting_t *s)
{
	struct bytes text = walk_text(s);
	struct policy_app *app = last_app(w);

	if (text.len == 0 || text.len > POLICY_TEXT_LEN_MAX)
		return walk_bad(w, s, "must be the name of a package");
	memcpy(app->name, text.data, text.len);
	app->package = bytes_of(app->name, text.len);
	return OK;
}

static err_t
parse_signers(struct walk *w, const config_setting_t *s)
{
	return parse_values_of(w, s, HASH_SIZE, &last_app(w)->signers);
}

static err_t
parse_min_version(struct walk *w, const config_setting_t *s)
{
	if (!setting_in_range(s, 0, INT32_MAX))
		return walk_bad(w, s, "must be a whole number");
	last_app(w)->min_version = (uint32_t)config_setting_get_int(s);
	return OK;
}

static const struct known app_settings[] = {
	{ "package", true, parse_package },
	{ "signers", true, parse_signers },
	{ "min_version", false, parse_min_version },
	{ NULL, false, NULL },
};

static err_t
parse_app(struct walk *w, const config_setting_t *s)
{
	rules_of(w)->n_apps++;
	return walk_group(w, s, app_settings);
}

static err_t
parse_apps(struct walk *w, const config_setting_t *s)
{
	size_t n = (size_t)config_setting_length(s);

	if (!config_setting_is_list(s) || n == 0 || n > POLICY_APPS_MAX)
		return walk_bad(w, s, "must be a list of 1 to 64 groups");
	rules_of(w)->apps = calloc(n, sizeof(struct policy_app));
	if (!rules_of(w)->apps)
		return E_NOMEM;
	return walk_list(w, s, parse_app);
}

/* --- states --------------------------------------------------------------- */

static struct android_state *
last_state(struct walk *w)
{
	return &rules_of(w)->states[rules_of(w)->n_states - 1];
}

static err_t
parse_state_name(struct walk *w, const config_setting_t *s)
{
	const struct policy_android *a = rules_of(w);

	TRY(policy_name_parse(w, s, last_state(w)->name));
	for (size_t i = 0; i + 1 < a->n_states; i++)
		if (strcmp(a->states[i].name, last_state(w)->name) == 0)
			return walk_bad(w, s,
			                "another state has this name; each "
			                "needs its own");
	return OK;
}

/* The first state that holds is told, so a build must be in one alone. */
static err_t
parse_state_hashes(struct walk *w, const config_setting_t *s)
{
	const struct policy_android *a = rules_of(w);
	const struct policy_list *list = &last_state(w)->boot_hashes;

	TRY(parse_values_of(w, s, HASH_SIZE, &last_state(w)->boot_hashes));
	for (size_t i = 0; i + 1 < a->n_states; i++)
		for (size_t k = 0; k < list->n; k++)
			if (a->states[i].boot_hashes.n > 0 &&
			    policy_list_allows(&a->states[i].boot_hashes,
			                       list->values[k]))
				return walk_bad_f(w, s,
				                  "the state %s has one of "
				                  "these builds, too; leave "
				                  "it out of one of them",
				                  a->states[i].name);
	return OK;
}

static const struct known state_settings[] = {
	{ "name", true, parse_state_name },
	{ "boot_hashes", true, parse_state_hashes },
	{ NULL, false, NULL },
};

static err_t
parse_state(struct walk *w, const config_setting_t *s)
{
	rules_of(w)->n_states++;
	return walk_group(w, s, state_settings);
}

static err_t
parse_states(struct walk *w, const config_setting_t *s)
{
	struct policy_android *a = rules_of(w);

	TRY(policy_states_check(w, s));
	a->states =
	        calloc((size_t)config_setting_length(s), sizeof(*a->states));
	return a->states ? walk_list(w, s, parse_state) : E_NOMEM;
}

/* --- the group ------------------------------------------------------------ */

static const struct known android_settings[] = {
	{ "levels", false, parse_set },
	{ "boot_states", false, parse_set },
	{ "purposes", false, parse_set },
	{ "origins", false, parse_set },
	{ "locked", false, parse_flag },
	{ "not_lost", false, parse_flag },
	{ "rkp_only", false, parse_flag },
	{ "proofs", false, parse_flag },
	{ "allow", false, parse_allow },
	{ "certificates_max", false, parse_number },
	{ "os_version", false, parse_number },
	{ "os_patch", false, parse_number },
	{ "vendor_patch", false, parse_number },
	{ "boot_patch", false, parse_number },
	{ "os_patch_age", false, parse_number },
	{ "vendor_patch_age", false, parse_number },
	{ "boot_patch_age", false, parse_number },
	{ "boot_keys", false, parse_values },
	{ "boot_hashes", false, parse_values },
	{ "brands", false, parse_values },
	{ "devices", false, parse_values },
	{ "products", false, parse_values },
	{ "manufacturers", false, parse_values },
	{ "models", false, parse_values },
	{ "apps", false, parse_apps },
	{ "states", false, parse_states },
	{ NULL, false, NULL },
};

/* What tells devices apart: what their hardware says of itself, and the key that
 * signed their system. */
static const struct known match_settings[] = {
	{ "levels", false, parse_set },
	{ "boot_states", false, parse_set },
	{ "boot_keys", false, parse_values },
	{ "brands", false, parse_values },
	{ "devices", false, parse_values },
	{ "products", false, parse_values },
	{ "manufacturers", false, parse_values },
	{ "models", false, parse_values },
	{ NULL, false, NULL },
};

static err_t
walk_android(struct walk *w, const config_setting_t *s)
{
	const struct policy_android *a = rules_of(w);

	TRY(walk_group(w, s, android_settings));
	/* An attacker can also boot a system that his own key has signed. */
	if (a->boot_states & 1u << 1 && a->boot_keys.n == 0)
		return walk_bad(w, s, "self_signed needs boot_keys");
	if (a->n_states > 0 && a->boot_hashes.n > 0)
		return walk_bad(w, s,
		                "boot_hashes and states both name builds; move "
		                "the hashes into a state");
	return OK;
}

static err_t
walk_android_match(struct walk *w, const config_setting_t *s)
{
	return walk_group(w, s, match_settings);
}

static void
set_android_defaults(void *rules)
{
	*(struct policy_android *)rules = policy_android_default;
}

static void
release_android_rules(void *rules)
{
	policy_android_release(rules);
}

const struct policy_group policy_android_group = {
	.name = "android",
	.size = sizeof(struct policy_android),
	.defaults = set_android_defaults,
	.walk = walk_android,
	.walk_match = walk_android_match,
	.release = release_android_rules,
	.matches = android_policy_matches,
	.covers = android_policy_covers,
	.explain = android_policy_explain,
	.compare = android_policy_compare,
};

const struct policy_android *
policy_android(const struct policy *p)
{
	return policy_rules(p, &policy_android_group);
}
