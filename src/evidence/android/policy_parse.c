/*
 * policy_parse.c - parses the group "android" of a policy.
 *
 * Most settings are of four kinds: sets of names, numbers, booleans and lists
 * of values.  Each kind has a table with the member for each setting.
 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "evidence/android/policy.h"
#include "crypto/codec/walk.h"

/* Limits of one policy. */
#define POLICY_LIST_MAX 1024                    /* values of one list */
#define POLICY_TEXT_LEN_MAX POLICY_APP_NAME_MAX /* bytes of a value */
#define POLICY_APPS_MAX 64                      /* applications */

#define AT(member) offsetof(struct policy_android, member)

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

struct name {
	const char *text; /* NULL ends the table */
	uint32_t value;
};

static const struct name levels[] = {
	{ "tee", 1 },
	{ "strongbox", 2 },
	{ NULL, 0 },
};

static const struct name boot_states[] = {
	{ "verified", 0 },
	{ "self_signed", 1 },
	{ "unverified", 2 },
	{ NULL, 0 },
};

static const struct name purposes[] = {
	{ "encrypt", 0 },    { "decrypt", 1 },  { "sign", 2 },
	{ "verify", 3 },     { "wrap_key", 5 }, { "agree_key", 6 },
	{ "attest_key", 7 }, { NULL, 0 },
};

static const struct name origins[] = {
	{ "generated", 0 },         { "derived", 1 }, { "imported", 2 },
	{ "securely_imported", 4 }, { NULL, 0 },
};

static const struct {
	const char *setting;
	const struct name *names;
	size_t offset;
} sets[] = {
	{ "levels", levels, AT(levels) },
	{ "boot_states", boot_states, AT(boot_states) },
	{ "purposes", purposes, AT(purposes) },
	{ "origins", origins, AT(origins) },
};

static err_t
parse_set_of(struct walk *w, const config_setting_t *s,
             const struct name *names, uint32_t *set)
{
	if ((!config_setting_is_array(s) && !config_setting_is_list(s)) ||
	    config_setting_length(s) == 0)
		return walk_bad(w, s, "must be a list of names");
	*set = 0;
	for (int i = 0; i < config_setting_length(s); i++) {
		struct bytes text =
		        walk_text(config_setting_get_elem(s, (unsigned)i));
		const struct name *n = names;

		while (n->text && !bytes_equal_str(text, n->text))
			n++;
		if (!n->text)
			return walk_bad(w, s, "contains an unknown name");
		*set |= 1u << n->value;
	}
	return OK;
}

static err_t
parse_set(struct walk *w, const config_setting_t *s)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		if (strcmp(config_setting_name(s), sets[i].setting) == 0)
			return parse_set_of(w, s, sets[i].names,
			                    member_at(w, sets[i].offset));
	return E_BUG;
}

/* --- numbers -------------------------------------------------------------- */

static const struct {
	const char *setting;
	uint32_t min, max;
	const char *what;
	size_t offset;
} numbers[] = {
	{ "os_version", 10000, 999999, "must be a version as MMmmss",
	  AT(os_version) },
	{ "os_patch", 201501, 209912, "must be a month as YYYYMM",
	  AT(os_patch.min) },
	{ "vendor_patch", 20150100, 20991231, "must be a day as YYYYMMDD",
	  AT(vendor_patch.min) },
	{ "boot_patch", 20150100, 20991231, "must be a day as YYYYMMDD",
	  AT(boot_patch.min) },
	{ "os_patch_age", 1, 3650, "must be a number of days from 1 to 3650",
	  AT(os_patch.max_age_days) },
	{ "vendor_patch_age", 1, 3650,
	  "must be a number of days from 1 to 3650",
	  AT(vendor_patch.max_age_days) },
	{ "boot_patch_age", 1, 3650, "must be a number of days from 1 to 3650",
	  AT(boot_patch.max_age_days) },
	{ "certificates_max", 1, 1000000,
	  "must be a whole number from 1 to 1000000", AT(certificates_max) },
};

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
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (strcmp(config_setting_name(s), numbers[i].setting) != 0)
			continue;
		if (!setting_in_range(s, numbers[i].min, numbers[i].max))
			return walk_bad(w, s, numbers[i].what);
		uint32_t *v = member_at(w, numbers[i].offset);
		*v = (uint32_t)config_setting_get_int(s);
		return OK;
	}
	return E_BUG;
}

/* --- booleans ------------------------------------------------------------- */

/* on: the value of the member if the setting is true. */
static const struct {
	const char *setting;
	bool on;
	size_t offset;
} flags[] = {
	{ "locked", false, AT(unlocked) },
	{ "not_lost", false, AT(lost) },
	{ "rkp_only", true, AT(rkp_only) },
	{ "proofs", false, AT(no_proofs) },
};

static err_t
parse_flag(struct walk *w, const config_setting_t *s)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return walk_bad(w, s, "must be true or false");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (strcmp(config_setting_name(s), flags[i].setting) != 0)
			continue;
		bool *v = member_at(w, flags[i].offset);
		*v = config_setting_get_bool(s) ? flags[i].on : !flags[i].on;
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

#define TEXT 0 /* hex_size of a list of texts */
#define HASH HASH_SIZE

static const struct {
	const char *setting;
	size_t hex_size;
	size_t offset;
} lists[] = {
	{ "boot_keys", HASH, AT(boot_keys) },
	{ "boot_hashes", HASH, AT(boot_hashes) },
	{ "brands", TEXT, AT(brands) },
	{ "devices", TEXT, AT(devices) },
	{ "products", TEXT, AT(products) },
	{ "manufacturers", TEXT, AT(manufacturers) },
	{ "models", TEXT, AT(models) },
};

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
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (strcmp(config_setting_name(s), lists[i].setting) == 0)
			return parse_values_of(w, s, lists[i].hex_size,
			                       member_at(w, lists[i].offset));
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
	return parse_values_of(w, s, HASH, &last_app(w)->signers);
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
	return OK;
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
	.release = release_android_rules,
};

const struct policy_android *
policy_android(const struct policy *p)
{
	return policy_rules(p, &policy_android_group);
}
