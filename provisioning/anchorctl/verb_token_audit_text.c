/*
 * verb_token_audit_text.c - prints the report of an audit as text, from its
 * JSON.
 */
#include <stdio.h>
#include <string.h>

#include "provisioning/anchorctl/verb_token_audit.h"

static const char *
text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "?";
}

static long long
number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static bool
is_true(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* The words of an array, a blank before each. */
static void
print_words(const json_t *words)
{
	for (size_t i = 0; i < json_array_size(words); i++) {
		const char *word = json_string_value(json_array_get(words, i));

		cli_say(" %s", word ? word : "unknown");
	}
}

static void
print_token(const json_t *t)
{
	cli_say("token '%s' serial %s (%s, %s)\n", text(t, "label"),
	        text(t, "serial"), text(t, "manufacturer"), text(t, "model"));
	cli_say("  hardware %s, firmware %s, slot %s\n", text(t, "hardware"),
	        text(t, "firmware"), text(t, "slot"));
	cli_say("  module %s %s by %s\n", text(t, "library"),
	        text(t, "library_version"), text(t, "library_manufacturer"));
	cli_say("  PIN of %lld to %lld bytes%s%s%s; %s\n", number(t, "pin_min"),
	        number(t, "pin_max"),
	        is_true(t, "pin_locked") ? ", LOCKED" : "",
	        is_true(t, "pin_final_try") ? ", LAST TRY" : "",
	        is_true(t, "pin_count_low") ? ", wrong ones were given" : "",
	        is_true(t, "logged_in") ? "logged in" : "not logged in");
}

static void
print_mechanism(const json_t *m)
{
	cli_say("  %s %lld..%lld", text(m, "mechanism"), number(m, "min"),
	        number(m, "max"));
	print_words(json_object_get(m, "flags"));
	cli_say("\n");
}

static void
print_name(const json_t *key)
{
	const char *id = text(key, "id");

	cli_say("%s '%s' id %s", text(key, "class"), text(key, "label"),
	        *id ? id : "-");
}

static void
print_key(const json_t *key)
{
	const json_t *attempts = json_object_get(key, "attempts");
	const json_t *allowed = json_object_get(key, "allowed_mechanisms");
	json_t *attributes = json_object_get(key, "attributes");
	const char *name = NULL;
	json_t *value = NULL;

	cli_say("  ");
	print_name(key);
	cli_say(", %s, %lld bits\n   ", text(key, "type"), number(key, "bits"));
	json_object_foreach(attributes, name, value)
	        cli_say(" %s%s", json_is_true(value) ? "" : "!", name);
	cli_say("\n    made by %s; allowed:", text(key, "key_gen_mechanism"));
	print_words(allowed);
	cli_say("%s\n", json_array_size(allowed) ? "" : " any");
	if (json_object_get(key, "public_sha256"))
		cli_say("    public half: SHA-256 %s\n",
		        text(key, "public_sha256"));
	if (strcmp(text(key, "class"), "public-key") != 0)
		cli_say("    signing: %s; reading: %s; wrapping: %s\n",
		        text(attempts, "sign"), text(attempts, "read"),
		        text(attempts, "wrap"));
}

static void
print_finding(const json_t *f)
{
	const json_t *key = json_object_get(f, "key");
	const char *detail = text(f, "detail");

	cli_say("  %s %s: ", text(f, "severity"), text(f, "code"));
	if (key) {
		print_name(key);
		cli_say(": ");
	}
	cli_say("%s%s%s%s\n    %s\n", text(f, "text"), *detail ? " (" : "",
	        detail, *detail ? ")" : "", text(f, "remedy"));
}

static void
print_list(const json_t *report, const char *name,
           void (*print)(const json_t *item))
{
	const json_t *list = json_object_get(report, name);

	cli_say("%s: %zu\n", name, json_array_size(list));
	for (size_t i = 0; i < json_array_size(list); i++)
		print(json_array_get(list, i));
}

static void
print_head(const json_t *report)
{
	const json_t *audit = json_object_get(report, "audit");
	const json_t *module = json_object_get(report, "module");
	const json_t *config = json_object_get(report, "configuration");

	cli_say("audited at %s by %s %s (commit %s)\n", text(audit, "time"),
	        text(audit, "program"), text(audit, "version"),
	        text(audit, "commit"));
	if (module)
		cli_say("module %s\n  file %s\n  SHA-256 %s\n",
		        text(module, "path"), text(module, "file"),
		        text(module, "sha256"));
	if (config)
		cli_say("compared with %s (token %s) and %s (version %lld)\n",
		        text(config, "file"), text(config, "token"),
		        text(config, "pins"), number(config, "pins_version"));
}

void
audit_print(const json_t *report)
{
	const json_t *counts = json_object_get(report, "counts");
	const json_t *warning = json_object_get(report, "warning");

	if (warning)
		cli_say("%s\n", json_string_value(warning));
	print_head(report);
	print_token(json_object_get(report, "token"));
	print_list(report, "mechanisms", print_mechanism);
	print_list(report, "keys", print_key);
	print_list(report, "findings", print_finding);
	cli_say("%s for %s: %lld errors, %lld warnings, %lld notes\n",
	        text(report, "verdict"), text(report, "profile"),
	        number(counts, "error"), number(counts, "warning"),
	        number(counts, "note"));
	if (warning)
		cli_say("%s\n", json_string_value(warning));
}
