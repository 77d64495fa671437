/*
 * policy_compare.c - tells how two sets of rules for Android devices differ.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "evidence/android/policy_settings.h"

#define WHAT_MAX 1024 /* bytes of a difference in words */

struct comparing {
	const struct policy_android *before, *after;
	policy_change_fn *tell;
	void *arg;
};

static void
tell_phone(const struct comparing *c, const char *setting, const char *what,
           bool wider)
{
	c->tell(c->arg, &(struct policy_change){ .setting = setting,
	                                         .what = what,
	                                         .wider = wider });
}

/* --- sets, numbers, flags ------------------------------------------------- */

/* An empty set has all. */
static bool
set_has(uint32_t set, uint32_t value)
{
	return set == 0 || (set & (uint32_t)1 << value) != 0;
}

static void
compare_sets(const struct comparing *c)
{
	for (const struct setting_set *s = android_sets; s->setting; s++) {
		uint32_t a =
		        *(const uint32_t *)setting_at(c->before, s->offset);
		uint32_t b = *(const uint32_t *)setting_at(c->after, s->offset);

		for (const struct setting_word *k = s->words; k->text; k++)
			if (set_has(a, k->value) != set_has(b, k->value))
				tell_phone(c, s->setting, k->text,
				           set_has(b, k->value));
	}
}

/* The values that lie between two bounds, of which 0 is none. */
static void
name_range(const struct setting_number *s, uint32_t a, uint32_t b, char *out)
{
	uint32_t low = a < b ? a : b, high = a < b ? b : a;
	const char *unit = strstr(s->setting, "_age") ? " days" : "";

	if (s->bound == SETTING_LEAST && low == 0)
		(void)snprintf(out, WHAT_MAX, "a value below %u, or none",
		               high);
	else if (s->bound == SETTING_LEAST)
		(void)snprintf(out, WHAT_MAX, "a value from %u to below %u",
		               low, high);
	else if (low == 0)
		(void)snprintf(out, WHAT_MAX, "more than %u%s", high, unit);
	else
		(void)snprintf(out, WHAT_MAX, "more than %u, up to %u%s", low,
		               high, unit);
}

static void
compare_numbers(const struct comparing *c)
{
	for (const struct setting_number *s = android_numbers; s->setting;
	     s++) {
		uint32_t a =
		        *(const uint32_t *)setting_at(c->before, s->offset);
		uint32_t b = *(const uint32_t *)setting_at(c->after, s->offset);
		bool higher =
		        s->bound == SETTING_MOST ? a != 0 && b > a : b < a;
		char what[WHAT_MAX];

		if (a == b)
			continue;
		name_range(s, a, b, what);
		tell_phone(c, s->setting, what, b == 0 || higher);
	}
}

static void
compare_flags(const struct comparing *c)
{
	for (const struct setting_flag *s = android_flags; s->setting; s++) {
		bool a = *(const bool *)setting_at(c->before, s->offset);
		bool b = *(const bool *)setting_at(c->after, s->offset);

		if (a != b)
			tell_phone(c, s->setting, s->what, b == s->lenient);
	}
	if (c->before->batch_not_ca != c->after->batch_not_ca)
		tell_phone(c, "allow",
		           "a batch certificate that is not marked as a CA",
		           c->after->batch_not_ca);
}

/* --- lists ---------------------------------------------------------------- */

static bool
list_has(const struct policy_list *list, struct bytes value)
{
	return list->n > 0 && policy_list_allows(list, value);
}

/* Tells the values of one list that the other lacks. */
static void
tell_values(const struct comparing *c, const char *setting, bool hex,
            const struct policy_list *const lists[2], bool wider)
{
	for (size_t i = 0; i < lists[0]->n; i++) {
		AUTO(buf_release) struct buf text = buf_of(WHAT_MAX);

		if (list_has(lists[1], lists[0]->values[i]))
			continue;
		if (hex)
			encode_hex(&text, lists[0]->values[i]);
		else
			buf_append(&text, lists[0]->values[i]);
		tell_phone(c, setting, buf_str(&text), wider);
	}
}

static void
compare_list(const struct comparing *c, const char *setting, bool hex,
             const struct policy_list *const lists[2])
{
	const struct policy_list *const back[2] = { lists[1], lists[0] };

	if (lists[0]->n == 0 && lists[1]->n > 0) {
		tell_phone(c, setting,
		           "any value but those that the setting lists", false);
	} else if (lists[0]->n > 0 && lists[1]->n == 0) {
		tell_phone(c, setting,
		           "any value but those that the setting listed", true);
	} else {
		tell_values(c, setting, hex, lists, false);
		tell_values(c, setting, hex, back, true);
	}
}

static void
compare_lists(const struct comparing *c)
{
	for (const struct setting_list *s = android_lists; s->setting; s++) {
		const struct policy_list *const lists[2] = {
			setting_at(c->before, s->offset),
			setting_at(c->after, s->offset),
		};

		compare_list(c, s->setting, s->hex_size > 0, lists);
	}
}

/* --- applications --------------------------------------------------------- */

/* The only row of this package; NULL: there is none, or several. */
static const struct policy_app *
find_app(const struct policy_android *a, const struct policy_app *like)
{
	const struct policy_app *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < a->n_apps; i++)
		if (bytes_equal(a->apps[i].package, like->package)) {
			found = &a->apps[i];
			n++;
		}
	return n == 1 ? found : NULL;
}

static bool
lists_equal(const struct policy_list *a, const struct policy_list *b)
{
	bool equal = a->n == b->n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = list_has(b, a->values[i]) && list_has(a, b->values[i]);
	return equal;
}

/* True if one of the rows says the same. */
static bool
has_app(const struct policy_android *a, const struct policy_app *app)
{
	for (size_t i = 0; i < a->n_apps; i++)
		if (bytes_equal(a->apps[i].package, app->package) &&
		    a->apps[i].min_version == app->min_version &&
		    lists_equal(&a->apps[i].signers, &app->signers))
			return true;
	return false;
}

static void
tell_app(const struct comparing *c, const struct policy_app *app,
         const char *detail, bool wider)
{
	char what[WHAT_MAX];

	(void)snprintf(what, sizeof(what), "the application %.*s%s",
	               (int)app->package.len, (const char *)app->package.data,
	               detail);
	tell_phone(c, "apps", what, wider);
}

static void
compare_app(const struct comparing *c, const struct policy_app *before,
            const struct policy_app *after)
{
	char setting[WHAT_MAX], detail[128];
	const struct policy_list *const signers[2] = { &before->signers,
		                                       &after->signers };
	uint32_t a = before->min_version, b = after->min_version;

	(void)snprintf(setting, sizeof(setting), "apps %.*s signers",
	               (int)after->package.len,
	               (const char *)after->package.data);
	compare_list(c, setting, true, signers);
	(void)snprintf(detail, sizeof(detail),
	               " from version %u to below version %u", a < b ? a : b,
	               a < b ? b : a);
	if (a != b)
		tell_app(c, after, detail, b < a);
}

static void
compare_apps(const struct comparing *c)
{
	const struct policy_android *a = c->before, *b = c->after;

	if ((a->n_apps == 0) != (b->n_apps == 0)) {
		tell_phone(c, "apps", "any other application, or none",
		           b->n_apps == 0);
		return;
	}
	for (size_t i = 0; i < a->n_apps; i++)
		if (!has_app(b, &a->apps[i]) &&
		    !(find_app(a, &a->apps[i]) && find_app(b, &a->apps[i])))
			tell_app(c, &a->apps[i], "", false);
	for (size_t i = 0; i < b->n_apps; i++) {
		const struct policy_app *same = find_app(a, &b->apps[i]);

		if (has_app(a, &b->apps[i]))
			continue;
		if (same && find_app(b, &b->apps[i]))
			compare_app(c, same, &b->apps[i]);
		else
			tell_app(c, &b->apps[i], "", true);
	}
}

/* --- states --------------------------------------------------------------- */

static const struct android_state *
find_build_state(const struct policy_android *a, const char *name)
{
	for (size_t i = 0; i < a->n_states; i++)
		if (strcmp(a->states[i].name, name) == 0)
			return &a->states[i];
	return NULL;
}

static void
tell_build_state(const struct comparing *c, const char *name, bool wider)
{
	char what[WHAT_MAX];

	(void)snprintf(what, sizeof(what), "the state %s", name);
	tell_phone(c, "states", what, wider);
}

static void
compare_states(const struct comparing *c)
{
	const struct policy_android *a = c->before, *b = c->after;

	if ((a->n_states == 0) != (b->n_states == 0)) {
		tell_phone(c, "states", "any other state", b->n_states == 0);
		return;
	}
	for (size_t i = 0; i < a->n_states; i++)
		if (!find_build_state(b, a->states[i].name))
			tell_build_state(c, a->states[i].name, false);
	for (size_t i = 0; i < b->n_states; i++) {
		const char *name = b->states[i].name;
		const struct android_state *same = find_build_state(a, name);
		char setting[WHAT_MAX];

		if (!same) {
			tell_build_state(c, name, true);
			continue;
		}
		(void)snprintf(setting, sizeof(setting), "%s boot_hashes",
		               name);
		compare_list(c, setting, true,
		             (const struct policy_list *const[2]){
		                     &same->boot_hashes,
		                     &b->states[i].boot_hashes });
	}
}

void
android_policy_compare(const void *before, const void *after,
                       policy_change_fn *tell, void *arg)
{
	const struct comparing c = {
		.before = before, .after = after, .tell = tell, .arg = arg
	};

	compare_sets(&c);
	compare_numbers(&c);
	compare_flags(&c);
	compare_lists(&c);
	compare_apps(&c);
	compare_states(&c);
}
