/*
 * verb_token_audit_text.c - prints the report of an audit as text, from its
 * JSON.
 */
#include <stdio.h>
#include <string.h>

#include "provisioning/anchorctl/verb_token_audit.h"

static const char *
report_text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "?";
}

static long long
report_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static bool
is_true(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* Prints the strings of an array, with a blank before each. */
static void
print_words(const json_t *words)
{
	for (size_t i = 0; i < json_array_size(words); i++) {
		const char *word = json_string_value(json_array_get(words, i));

		cli_say(" %s", word ? word : "unknown");
	}
}

/* NULL: not a TPM. */
static void
print_ownership(const json_t *o)
{
	if (!o)
		return;
	AUTO(buf_release) struct buf line = buf_of(512);
	const struct hsm_ownership is = {
		.owner_set = is_true(o, "owner_set"),
		.lockout_set = is_true(o, "lockout_set"),
		.clear_disabled = is_true(o, "clear_disabled"),
		.platform_enabled = is_true(o, "platform_enabled"),
		.max_tries = (uint32_t)report_number(o, "max_tries"),
		.recovery_s = (uint32_t)report_number(o, "recovery_s"),
		.lockout_recovery_s =
		        (uint32_t)report_number(o, "lockout_recovery_s"),
	};

	token_put_ownership(&is, &line);
	cli_say("  %s\n", buf_str(&line));
}

static void
print_token(const json_t *t)
{
	cli_say("token '%s' serial %s (%s, %s)\n", report_text(t, "label"),
	        report_text(t, "serial"), report_text(t, "manufacturer"),
	        report_text(t, "model"));
	cli_say("  hardware %s, firmware %s, slot %s\n",
	        report_text(t, "hardware"), report_text(t, "firmware"),
	        report_text(t, "slot"));
	cli_say("  module %s %s by %s\n", report_text(t, "library"),
	        report_text(t, "library_version"),
	        report_text(t, "library_manufacturer"));
	cli_say("  PIN of %lld to %lld bytes%s%s%s; %s\n",
	        report_number(t, "pin_min"), report_number(t, "pin_max"),
	        is_true(t, "pin_locked") ? ", LOCKED" : "",
	        is_true(t, "pin_final_try") ? ", LAST TRY" : "",
	        is_true(t, "pin_count_low") ? ", wrong ones were tried" : "",
	        is_true(t, "logged_in") ? "logged in" : "not logged in");
	print_ownership(json_object_get(t, "ownership"));
}

static void
print_mechanism(const json_t *m)
{
	cli_say("  %s %lld..%lld", report_text(m, "mechanism"),
	        report_number(m, "min"), report_number(m, "max"));
	print_words(json_object_get(m, "flags"));
	cli_say("\n");
}

static void
print_name(const json_t *key)
{
	const char *id = report_text(key, "id");

	cli_say("%s '%s' id %s", report_text(key, "class"),
	        report_text(key, "label"), *id ? id : "-");
}

static void
print_audited_key(const json_t *key)
{
	const json_t *attempts = json_object_get(key, "attempts");
	const json_t *allowed = json_object_get(key, "allowed_mechanisms");
	json_t *attributes = json_object_get(key, "attributes");
	const char *name = NULL;
	json_t *value = NULL;

	cli_say("  ");
	print_name(key);
	cli_say(", %s, %lld bits\n   ", report_text(key, "type"),
	        report_number(key, "bits"));
	json_object_foreach(attributes, name, value)
	        cli_say(" %s%s", json_is_true(value) ? "" : "!", name);
	cli_say("\n    made by %s; allowed:",
	        report_text(key, "key_gen_mechanism"));
	print_words(allowed);
	cli_say("%s\n", json_array_size(allowed) ? "" : " any");
	if (json_object_get(key, "public_sha256"))
		cli_say("    public half: SHA-256 %s\n",
		        report_text(key, "public_sha256"));
	if (strcmp(report_text(key, "class"), "public-key") != 0)
		cli_say("    signing: %s; reading: %s; wrapping: %s\n",
		        report_text(attempts, "sign"),
		        report_text(attempts, "read"),
		        report_text(attempts, "wrap"));
}

static void
print_finding(const json_t *f)
{
	const json_t *key = json_object_get(f, "key");
	const char *detail = report_text(f, "detail");

	cli_say("  %s %s: ", report_text(f, "severity"),
	        report_text(f, "code"));
	if (key) {
		print_name(key);
		cli_say(": ");
	}
	cli_say("%s%s%s%s\n    %s\n", report_text(f, "text"),
	        *detail ? " (" : "", detail, *detail ? ")" : "",
	        report_text(f, "remedy"));
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

	cli_say("audited at %s by %s %s (commit %s)\n",
	        report_text(audit, "time"), report_text(audit, "program"),
	        report_text(audit, "version"), report_text(audit, "commit"));
	if (module)
		cli_say("module %s\n  file %s\n  SHA-256 %s\n",
		        report_text(module, "path"),
		        report_text(module, "file"),
		        report_text(module, "sha256"));
	if (config)
		cli_say("compared with %s (token %s, governance: %s) and %s "
		        "(version %lld)\n",
		        report_text(config, "file"),
		        report_text(config, "token"),
		        report_text(config, "governance"),
		        report_text(config, "pins"),
		        report_number(config, "pins_version"));
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
	print_list(report, "keys", print_audited_key);
	print_list(report, "findings", print_finding);
	cli_say("%s for %s: %lld errors, %lld warnings, %lld notes\n",
	        report_text(report, "verdict"), report_text(report, "profile"),
	        report_number(counts, "error"),
	        report_number(counts, "warning"),
	        report_number(counts, "note"));
	if (warning)
		cli_say("%s\n", json_string_value(warning));
}
