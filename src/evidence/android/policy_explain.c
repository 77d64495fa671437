/*
 * policy_explain.c - tells of each rule that is set what the evidence shows, what
 * the rule wants, and whether it holds.
 *
 * Whether it holds is not decided here a second time: android_rules_judge() judges
 * by a policy that has this one rule and asks nothing else.
 */
#include <string.h>

#include "base/encode.h"
#include "evidence/android/policy_settings.h"
#include "evidence/android/trust.h"

#define TEXT_MAX_SHOWN 2048 /* bytes of what is shown, and of what is wanted */

struct explaining {
	const struct policy_android *rules;
	const struct android_evidence *e;
	const struct android_list *hardware;
	policy_line_fn *tell;
	void *arg;
};

/* Asks nothing. */
static const struct policy_android neutral = {
	.levels = UINT32_MAX,
	.boot_states = UINT32_MAX,
	.origins = UINT32_MAX,
	.unlocked = true,
	.lost = true,
};

/* A selector has no setting "origins", and rules always have it. */
static bool
is_selector(const struct policy_android *a)
{
	return a->origins == 0;
}

static void
tell_rule(const struct explaining *x, const struct policy_line *line,
          const struct policy_android *alone)
{
	struct policy_line told = *line;
	const struct android_trust *trust = x->e->trust;
	reason_set found = android_rules_judge(x->e, &x->e->chain, alone,
	                                       trust ? trust->at_s : 0);

	told.holds = (found & reason_bit(line->reason)) == 0;
	x->tell(x->arg, &told);
}

/* --- what the evidence shows ---------------------------------------------- */

static void
show_word(const struct setting_word *words, uint64_t value, struct buf *out)
{
	while (words->text && words->value != value)
		words++;
	if (words->text)
		buf_printf(out, "%s%s", out->len ? ", " : "", words->text);
	else
		buf_printf(out, "%s%llu", out->len ? ", " : "",
		           (unsigned long long)value);
}

static void
show_set(const struct explaining *x, const struct setting_set *s,
         struct buf *out)
{
	const struct android_list *h = x->hardware;

	if (strcmp(s->setting, "levels") == 0) {
		uint64_t level =
		        android_target(x->e)->attestation_security_level;

		if (level == 0)
			buf_append_str(out, "software");
		else
			show_word(s->words, level, out);
	} else if (strcmp(s->setting, "boot_states") == 0) {
		if (android_has(h, TAG_root_of_trust))
			show_word(s->words,
			          h->root_of_trust.verified_boot_state, out);
	} else if (strcmp(s->setting, "origins") == 0) {
		if (android_has(h, TAG_origin))
			show_word(s->words, h->origin, out);
	} else {
		for (size_t i = 0; i < h->purpose.n; i++)
			show_word(s->words, h->purpose.values[i], out);
	}
}

/* A value with no row is that of the hardware's list. */
static void
show_number(const struct explaining *x, const char *setting, struct buf *out)
{
	const struct android_list *h = x->hardware;
	const struct {
		const char *prefix;
		enum android_tag tag;
		uint64_t value;
	} rows[] = {
		{ "os_version", TAG_os_version, h->os_version },
		{ "os_patch", TAG_os_patch_level, h->os_patch_level },
		{ "vendor_patch", TAG_vendor_patch_level,
		  h->vendor_patch_level },
		{ "boot_patch", TAG_boot_patch_level, h->boot_patch_level },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strncmp(setting, rows[i].prefix, strlen(rows[i].prefix)) ==
		            0 &&
		    android_has(h, rows[i].tag))
			buf_printf(out, "%llu",
			           (unsigned long long)rows[i].value);
	const struct android_cert *batch = android_batch(x->e);
	if (strcmp(setting, "certificates_max") == 0 && batch &&
	    batch->provisioning.has_certificates_issued)
		buf_printf(out, "%llu",
		           (unsigned long long)
		                   batch->provisioning.certificates_issued);
}

static struct bytes
shown_bytes(const struct explaining *x, const char *setting)
{
	const struct android_list *h = x->hardware;
	const struct {
		const char *setting;
		struct bytes value;
	} rows[] = {
		{ "boot_keys", h->root_of_trust.verified_boot_key },
		{ "boot_hashes", h->root_of_trust.verified_boot_hash },
		{ "brands", h->attestation_id_brand },
		{ "devices", h->attestation_id_device },
		{ "products", h->attestation_id_product },
		{ "manufacturers", h->attestation_id_manufacturer },
		{ "models", h->attestation_id_model },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].setting, setting) == 0)
			return rows[i].value;
	return bytes_of(NULL, 0);
}

static void
show_value(struct bytes value, bool hex, struct buf *out)
{
	if (hex)
		encode_hex(out, value);
	else
		buf_append(out, value);
}

static const char *
or_nothing(struct buf *text)
{
	return text->len > 0 ? buf_str(text) : "nothing";
}

/* --- rules ---------------------------------------------------------------- */

static void
explain_sets(const struct explaining *x)
{
	for (const struct setting_set *s = android_sets; s->setting; s++) {
		AUTO(buf_release) struct buf wanted = buf_of(TEXT_MAX_SHOWN);
		AUTO(buf_release) struct buf shown = buf_of(TEXT_MAX_SHOWN);
		const uint32_t *set = setting_at(x->rules, s->offset);
		struct policy_android alone = neutral;

		for (const struct setting_word *k = s->words; k->text; k++)
			if (*set & (uint32_t)1 << k->value)
				buf_printf(&wanted, "%s%s",
				           wanted.len ? " or " : "", k->text);
		show_set(x, s, &shown);
		memcpy((uint8_t *)&alone + s->offset, set, sizeof(*set));
		if (*set != 0)
			tell_rule(x,
			          &(struct policy_line){
			                  .rule = s->setting,
			                  .shown = or_nothing(&shown),
			                  .wanted = buf_str(&wanted),
			                  .reason = s->reason },
			          &alone);
	}
}

static void
explain_numbers(const struct explaining *x)
{
	for (const struct setting_number *s = android_numbers; s->setting;
	     s++) {
		AUTO(buf_release) struct buf wanted = buf_of(TEXT_MAX_SHOWN);
		AUTO(buf_release) struct buf shown = buf_of(TEXT_MAX_SHOWN);
		const uint32_t *number = setting_at(x->rules, s->offset);
		struct policy_android alone = neutral;

		buf_printf(&wanted, "at %s %u",
		           s->bound == SETTING_LEAST ? "least" : "most",
		           *number);
		if (s->bound == SETTING_MOST && strstr(s->setting, "_age"))
			buf_append_str(&wanted, " days old");
		show_number(x, s->setting, &shown);
		memcpy((uint8_t *)&alone + s->offset, number, sizeof(*number));
		if (*number != 0)
			tell_rule(x,
			          &(struct policy_line){
			                  .rule = s->setting,
			                  .shown = or_nothing(&shown),
			                  .wanted = buf_str(&wanted),
			                  .reason = s->reason },
			          &alone);
	}
}

/* What a flag forbids is shown or not, so the two texts follow from whether the
 * rule holds. */
static void
explain_flags(const struct explaining *x)
{
	for (const struct setting_flag *s = android_flags; s->setting; s++) {
		AUTO(buf_release) struct buf wanted = buf_of(TEXT_MAX_SHOWN);
		const bool *flag = setting_at(x->rules, s->offset);
		struct policy_android alone = neutral;
		const struct android_trust *trust = x->e->trust;

		memcpy((uint8_t *)&alone + s->offset, flag, sizeof(*flag));
		bool broken = (android_rules_judge(x->e, &x->e->chain, &alone,
		                                   trust ? trust->at_s : 0) &
		               reason_bit(s->reason)) != 0;
		buf_printf(&wanted, "not %s", s->what);
		if (*flag != s->lenient)
			tell_rule(x,
			          &(struct policy_line){
			                  .rule = s->setting,
			                  .shown = broken ? s->what
			                                  : buf_str(&wanted),
			                  .wanted = buf_str(&wanted),
			                  .reason = s->reason },
			          &alone);
	}
}

static void
explain_lists(const struct explaining *x)
{
	for (const struct setting_list *s = android_lists; s->setting; s++) {
		AUTO(buf_release) struct buf wanted = buf_of(TEXT_MAX_SHOWN);
		AUTO(buf_release) struct buf shown = buf_of(TEXT_MAX_SHOWN);
		const struct policy_list *list =
		        setting_at(x->rules, s->offset);
		struct policy_android alone = neutral;

		if (list->n == 0)
			continue;
		show_value(list->values[0], s->hex_size > 0, &wanted);
		if (list->n > 1)
			buf_printf(&wanted, " or one of %zu others",
			           list->n - 1);
		show_value(shown_bytes(x, s->setting), s->hex_size > 0, &shown);
		memcpy((uint8_t *)&alone + s->offset, list, sizeof(*list));
		tell_rule(x,
		          &(struct policy_line){ .rule = s->setting,
		                                 .shown = or_nothing(&shown),
		                                 .wanted = buf_str(&wanted),
		                                 .reason = s->reason },
		          &alone);
	}
}

static void
explain_apps(const struct explaining *x)
{
	AUTO(buf_release) struct buf wanted = buf_of(TEXT_MAX_SHOWN);
	AUTO(buf_release) struct buf shown = buf_of(TEXT_MAX_SHOWN);
	const struct android_application *id =
	        &android_target(x->e)
	                 ->software_enforced.attestation_application_id;
	struct policy_android alone = neutral;

	if (x->rules->n_apps == 0)
		return;
	alone.n_apps = x->rules->n_apps;
	alone.apps = x->rules->apps;
	for (size_t i = 0; i < alone.n_apps; i++)
		buf_printf(&wanted, "%s%.*s from version %u", i ? " or " : "",
		           (int)alone.apps[i].package.len,
		           (const char *)alone.apps[i].package.data,
		           alone.apps[i].min_version);
	for (size_t i = 0; i < id->n_packages; i++)
		buf_printf(&shown, "%s%.*s version %lld", i ? ", " : "",
		           (int)id->packages[i].name.len,
		           (const char *)id->packages[i].name.data,
		           (long long)id->packages[i].version);
	tell_rule(x,
	          &(struct policy_line){ .rule = "apps",
	                                 .shown = or_nothing(&shown),
	                                 .wanted = buf_str(&wanted),
	                                 .reason = REASON_APP_IDENTITY },
	          &alone);
}

static void
explain_states(const struct explaining *x)
{
	AUTO(buf_release) struct buf wanted = buf_of(TEXT_MAX_SHOWN);
	AUTO(buf_release) struct buf shown = buf_of(TEXT_MAX_SHOWN);
	const char *state = android_rules_state(x->rules, x->hardware);
	struct policy_android alone = neutral;

	if (x->rules->n_states == 0)
		return;
	alone.n_states = x->rules->n_states;
	alone.states = x->rules->states;
	for (size_t i = 0; i < alone.n_states; i++)
		buf_printf(&wanted, "%s%s", i ? " or " : "",
		           alone.states[i].name);
	show_value(shown_bytes(x, "boot_hashes"), true, &shown);
	if (state)
		buf_printf(&shown, " (%s)", state);
	tell_rule(x,
	          &(struct policy_line){ .rule = "states",
	                                 .shown = or_nothing(&shown),
	                                 .wanted = buf_str(&wanted),
	                                 .reason = REASON_BUILD_INELIGIBLE },
	          &alone);
}

void
android_policy_explain(const void *rules, const void *own, policy_line_fn *tell,
                       void *arg)
{
	const struct explaining x = {
		.rules = rules,
		.e = own,
		.hardware = &android_target(own)->hardware_enforced,
		.tell = tell,
		.arg = arg,
	};

	explain_sets(&x);
	explain_numbers(&x);
	if (!is_selector(x.rules))
		explain_flags(&x);
	explain_lists(&x);
	explain_apps(&x);
	explain_states(&x);
}
