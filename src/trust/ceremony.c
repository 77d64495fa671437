/*
 * ceremony.c - reads plans and sites, and puts one into the other.
 */
#include "trust/ceremony.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/codec/conf.h"
#include "crypto/digest.h"

#define FORMAT 1

static const char *
keys_word(unsigned i)
{
	static const char *const words[CEREMONY_KEYS] = { "stay", "go" };

	return i < CEREMONY_KEYS ? words[i] : NULL;
}

static const char *
ownership_word(unsigned i)
{
	static const char *const words[CEREMONY_OWNERSHIPS] = { "any",
		                                                "taken" };

	return i < CEREMONY_OWNERSHIPS ? words[i] : NULL;
}

static const char *
attest_word(unsigned i)
{
	static const char *const words[CEREMONY_ATTESTS] = {
		"nothing", "keys", "keys-and-counter"
	};

	return i < CEREMONY_ATTESTS ? words[i] : NULL;
}

/* --- forms ---------------------------------------------------------------- */

#define NAME(type, member)                                                \
	{                                                                 \
		.name = #member, .kind = CONF_TEXT,                       \
		.at = offsetof(type, member), .most = CEREMONY_NAME_SIZE, \
		.in = conf_in_name                                        \
	}
#define NOTE(type, member, absent)                                         \
	{                                                                  \
		.name = #member, .kind = CONF_TEXT, .missing = absent,     \
		.at = offsetof(type, member),                              \
		.most = sizeof(((type *)NULL)->member), .in = conf_in_note \
	}
#define ROWS(type, member, row_form)                                           \
	{                                                                      \
		.name = #member, .kind = CONF_ROWS,                            \
		.at = offsetof(type, member), .n = offsetof(type, n_##member), \
		.least = 1, .most = ARRAY_LEN(((type *)NULL)->member),         \
		.size = sizeof(((type *)NULL)->member[0]), .form = &(row_form) \
	}

static const struct conf_field of_role[] = {
	NAME(struct ceremony_role, role),
};
static const struct conf_form role_form = CONF_FORM(of_role);

static const struct conf_field of_person[] = {
	NAME(struct ceremony_role, role),
	NOTE(struct ceremony_role, person, NULL),
};
static const struct conf_form person_form = CONF_FORM(of_person);

static const struct conf_field of_token[] = {
	NOTE(struct ceremony_token, module, "a TPM"),
	NOTE(struct ceremony_token, label, "a TPM"),
	NOTE(struct ceremony_token, uri, "a token of a module"),
	NOTE(struct ceremony_token, pin_file, "public objects only"),
	{ .name = "ownership",
	  .kind = CONF_WORD,
	  .missing = "as it is",
	  .at = offsetof(struct ceremony_token, ownership),
	  .word = ownership_word },
	{ .name = "attest",
	  .kind = CONF_WORD,
	  .missing = "nothing",
	  .at = offsetof(struct ceremony_token, attest),
	  .word = attest_word },
};
static const struct conf_form token_form = CONF_FORM(of_token);

static const struct conf_field of_step[] = {
	NOTE(struct ceremony_step, instruct, "a verb"),
	NOTE(struct ceremony_step, run, "people act"),
};
static const struct conf_form step_form = CONF_FORM(of_step);

static const struct conf_field of_plan[] = {
	{ .name = "format", .kind = CONF_FIXED, .least = FORMAT },
	NAME(struct ceremony_plan, name),
	NOTE(struct ceremony_plan, purpose, NULL),
	{ .name = "keys",
	  .kind = CONF_WORD,
	  .at = offsetof(struct ceremony_plan, keys),
	  .word = keys_word },
	ROWS(struct ceremony_plan, present, role_form),
	ROWS(struct ceremony_plan, tokens, token_form),
	ROWS(struct ceremony_plan, steps, step_form),
};
static const struct conf_form plan_form = CONF_FORM(of_plan);

static const struct conf_field of_value[] = {
	NAME(struct ceremony_value, name),
	NOTE(struct ceremony_value, value, NULL),
};
static const struct conf_form value_form = CONF_FORM(of_value);

static const struct conf_field of_site[] = {
	{ .name = "format", .kind = CONF_FIXED, .least = FORMAT },
	ROWS(struct ceremony_site, present, person_form),
	ROWS(struct ceremony_site, values, value_form),
};
static const struct conf_form site_form = CONF_FORM(of_site);

/* --- texts with names ----------------------------------------------------- */

/* The next ${NAME} from *at on, which then points behind it; *ret_before is what
 * stands before it, and all the rest if there is none (false).  An empty name: a $
 * that begins none. */
static bool
next_name(const char **at, struct bytes *ret_before, struct bytes *ret_name)
{
	const char *dollar = strchr(*at, '$');
	size_t len = 0;

	*ret_before =
	        bytes_of(*at, dollar ? (size_t)(dollar - *at) : strlen(*at));
	*ret_name = bytes_of(NULL, 0);
	if (!dollar)
		return false;
	*at = dollar + 1;
	if (dollar[1] != '{')
		return true;
	while (conf_in_name(dollar[2 + len]))
		len++;
	if (dollar[2 + len] != '}')
		return true;
	*ret_name = bytes_of(dollar + 2, len);
	*at = dollar + len + 3;
	return true;
}

static bool
names_are_whole(const char *text)
{
	struct bytes before;
	struct bytes name;

	while (next_name(&text, &before, &name))
		if (name.len == 0)
			return false;
	return true;
}

static const struct ceremony_value *
value_named(const struct ceremony_site *site, struct bytes name)
{
	for (size_t i = 0; i < site->n_values; i++)
		if (bytes_equal_str(name, site->values[i].name))
			return &site->values[i];
	return NULL;
}

void
ceremony_expand(const struct ceremony_site *site, const char *text,
                struct buf *out)
{
	struct bytes before;
	struct bytes name;

	while (next_name(&text, &before, &name)) {
		const struct ceremony_value *v = value_named(site, name);

		buf_append(out, before);
		buf_append_str(out, v ? v->value : "");
	}
	buf_append(out, before);
}

void
ceremony_put_step(const struct ceremony_plan *plan,
                  const struct ceremony_site *site, size_t i, struct buf *out)
{
	const struct ceremony_step *step = &plan->steps[i];

	buf_append_str(out, *step->run ? "run " : "say ");
	ceremony_expand(site, *step->run ? step->run : step->instruct, out);
}

/* --- plans ---------------------------------------------------------------- */

static bool
words_are_single(const char *text)
{
	size_t len = strlen(text);

	return len == 0 ||
	       (text[0] != ' ' && text[len - 1] != ' ' && !strstr(text, "  "));
}

/* The plan says which options there are. */
static bool
names_make_options(const char *run)
{
	for (const char *at = run; (at = strstr(at, " -")); at++)
		if (at[1 + strcspn(at + 1, " =$")] == '$')
			return true;
	return false;
}

/* A name could become any word, and a verb has at most two. */
static bool
names_make_verb(const char *run)
{
	size_t first = strcspn(run, " ");
	size_t second = run[first] ? strcspn(run + first + 1, " ") + 1 : 0;

	return memchr(run, '$', first + second);
}

static const char *
fault_of_step(const struct ceremony_step *s)
{
	if (!*s->instruct == !*s->run)
		return "a step is either instruct or run";
	if (!names_are_whole(s->instruct) || !names_are_whole(s->run))
		return "a $ that begins no ${NAME}";
	if (!words_are_single(s->run))
		return "words are between single spaces";
	if (names_make_verb(s->run) || strncmp(s->run, "ceremony", 8) == 0)
		return "a step runs no ceremony, and names its verb itself";
	if (names_make_options(s->run))
		return "a name stands in an option";
	/* What it prints is read by people, and by ceremony_keys.c. */
	if (strstr(s->run, "--json") || strstr(s->run, "--help"))
		return "a step prints text for people";
	return NULL;
}

static const char *
fault_of_token(const struct ceremony_token *t)
{
	if (!*t->uri == !*t->module || !*t->module != !*t->label)
		return "a token is uri, or module and label";
	if (*t->uri && *t->pin_file && !t->attest)
		return "a TPM has a pin_file only where it attests";
	if (*t->module && (t->ownership || t->attest))
		return "only a TPM has an ownership, and attests";
	if (t->attest && !*t->pin_file)
		return "a TPM attests by the keys' pin_file";
	return names_are_whole(t->module) && names_are_whole(t->label) &&
	                       names_are_whole(t->uri) &&
	                       names_are_whole(t->pin_file)
	               ? NULL
	               : "a $ that begins no ${NAME}";
}

static bool
role_is_twice(const struct ceremony_plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(plan->present[k].role, plan->present[i].role) == 0)
			return true;
	return false;
}

static err_t
refuse_row(struct buf *why, const char *rows, size_t i, const char *fault)
{
	buf_printf(why, "%s %zu: %s", rows, i + 1, fault);
	return E_MALFORMED;
}

static err_t
judge_plan(const struct ceremony_plan *plan, struct buf *why)
{
	for (size_t i = 0; i < plan->n_present; i++)
		if (role_is_twice(plan, i) || plan->present[i].role[0] == '.')
			return refuse_row(why, "present", i,
			                  "there twice, or begins with a dot");
	for (size_t i = 0; i < plan->n_tokens; i++) {
		const char *fault = fault_of_token(&plan->tokens[i]);

		if (fault)
			return refuse_row(why, "token", i, fault);
	}
	for (size_t i = 0; i < plan->n_steps; i++) {
		const char *fault = fault_of_step(&plan->steps[i]);

		if (fault)
			return refuse_row(why, "step", i, fault);
	}
	return OK;
}

void
ceremony_plan_free(struct ceremony_plan *plan)
{
	free(plan);
}

err_t
ceremony_plan_parse(struct bytes text, struct buf *why,
                    struct ceremony_plan **ret_plan)
{
	AUTO(ceremony_plan_free)
	struct ceremony_plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return E_NOMEM;
	TRY(conf_read(text, CEREMONY_TEXT_MAX, &plan_form, plan, why));
	TRY(judge_plan(plan, why));
	digest_sha256(text, plan->digest);
	*ret_plan = TAKE(plan);
	return OK;
}

void
ceremony_plan_put(struct buf *out, const struct ceremony_plan *plan)
{
	conf_put(out, &plan_form, plan);
}

/* --- sites ---------------------------------------------------------------- */

void
ceremony_site_free(struct ceremony_site *site)
{
	free(site);
}

err_t
ceremony_site_parse(struct bytes text, struct buf *why,
                    struct ceremony_site **ret_site)
{
	AUTO(ceremony_site_free)
	struct ceremony_site *site = calloc(1, sizeof(*site));

	if (!site)
		return E_NOMEM;
	TRY(conf_read(text, CEREMONY_TEXT_MAX, &site_form, site, why));
	*ret_site = TAKE(site);
	return OK;
}

/* The texts of a plan in which names may be; NULL after the last one. */
static const char *
plan_text(const struct ceremony_plan *plan, size_t i)
{
	if (i < 2 * plan->n_steps) {
		const struct ceremony_step *s = &plan->steps[i / 2];

		return i % 2 ? s->run : s->instruct;
	}
	i -= 2 * plan->n_steps;
	if (i / 4 >= plan->n_tokens)
		return NULL;
	const struct ceremony_token *t = &plan->tokens[i / 4];
	const char *const texts[] = { t->module, t->label, t->uri,
		                      t->pin_file };
	return texts[i % 4];
}

static err_t
fit_names(const struct ceremony_plan *plan, const struct ceremony_site *site,
          struct buf *why)
{
	bool used[CEREMONY_VALUES_MAX] = { false };
	const char *at;

	for (size_t i = 0; (at = plan_text(plan, i)); i++) {
		struct bytes before;
		struct bytes name;

		while (next_name(&at, &before, &name)) {
			const struct ceremony_value *v =
			        value_named(site, name);

			if (v) {
				used[v - site->values] = true;
				continue;
			}
			buf_printf(why, "the site has no value for ${%.*s}",
			           (int)name.len, (const char *)name.data);
			return E_MALFORMED;
		}
	}
	for (size_t i = 0; i < site->n_values; i++)
		if (!used[i])
			return refuse_row(why, site->values[i].name, i,
			                  "there twice, or the plan does not "
			                  "use it");
	return OK;
}

static const char *
fault_of_value(const char *value)
{
	if (value[0] == '-')
		return "a value does not begin with a dash";
	/* Of a pkcs11: URI.  Everybody reads the transcript. */
	if (strstr(value, "pin-value=") || strstr(value, "pin-source="))
		return "a value has no PIN: a file of its own has it";
	return NULL;
}

err_t
ceremony_fit(const struct ceremony_plan *plan, const struct ceremony_site *site,
             struct buf *why)
{
	bool same = plan->n_present == site->n_present;

	for (size_t i = 0; same && i < plan->n_present; i++)
		same = strcmp(plan->present[i].role, site->present[i].role) ==
		       0;
	if (!same) {
		buf_append_str(why, "the site's roles are not those of the "
		                    "plan, in its order");
		return E_MALFORMED;
	}
	for (size_t i = 0; i < site->n_values; i++) {
		const char *fault = fault_of_value(site->values[i].value);

		if (fault)
			return refuse_row(why, site->values[i].name, i, fault);
	}
	return fit_names(plan, site, why);
}
