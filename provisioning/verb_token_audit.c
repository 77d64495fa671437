/*
 * verb_token_audit.c - `anchorctl token audit`: what a token says of its keys,
 * whether it keeps to that, and whether a profile accepts it.
 */
#include <stdio.h>
#include <string.h>

#include "verb_token_audit.h"

static const struct verb_option options[] = {
	{ "uri", "URI", false, "a TPM: token.uri" },
	{ "module", "PATH", false, "the PKCS#11 module" },
	{ "token", "NAME", false, "the token's label" },
	{ "serial", "TEXT", false, "its serial, when two share the label" },
	{ "pin-file", "FILE", false, "user PIN (else asked)" },
	{ "no-login", NULL, false, "look at public objects alone" },
	{ "profile", "NAME", false, "production (default) or rehearsal" },
	{ "config", "FILE", false, "a TPM: whose token.lockout_off counts" },
	{ "name", "NAME", false, "which token of it, when there are several" },
	{ NULL, NULL, false, NULL },
};

static const char *const profiles[AUDIT_PROFILES] = { "production",
	                                              "rehearsal" };

struct report {
	enum audit_profile profile;
	json_t *token, *mechanisms, *keys, *findings;
	int counts[AUDIT_SEVERITIES];
	bool software;
};

static void
report_release(struct report *r)
{
	json_decref(r->token);
	json_decref(r->mechanisms);
	json_decref(r->keys);
	json_decref(r->findings);
}
DEFINE_AUTO_REF(struct report, report_release);

static void
on_token(void *arg, const struct audit_token *token)
{
	struct report *r = arg;

	r->token = audit_token_json(token);
	r->software = token->token.software;
}

static void
on_mechanism(void *arg, const struct audit_mechanism *mechanism)
{
	struct report *r = arg;

	json_array_append_new(r->mechanisms, audit_mechanism_json(mechanism));
}

static void
on_key(void *arg, const struct audit_key *key)
{
	struct report *r = arg;

	json_array_append_new(r->keys, audit_key_json(key));
}

static void
on_finding(void *arg, enum audit_code code, const struct audit_key *key,
           const char *detail)
{
	struct report *r = arg;

	r->counts[hsm_audit_row(code)->severity[r->profile]]++;
	json_array_append_new(
	        r->findings, audit_finding_json(code, r->profile, key, detail));
}

/* The whole report; NULL when there was no memory for it. */
static json_t *
compose(const struct report *r)
{
	json_t *j = json_pack(
	        "{s:s, s:s, s:O, s:O, s:O, s:O, s:{s:i, s:i, s:i}}", "profile",
	        profiles[r->profile], "verdict",
	        r->counts[AUDIT_ERROR] ? "refused" : "passed", "token",
	        r->token, "mechanisms", r->mechanisms, "keys", r->keys,
	        "findings", r->findings, "counts", "error",
	        r->counts[AUDIT_ERROR], "warning", r->counts[AUDIT_WARNING],
	        "note", r->counts[AUDIT_NOTE]);

	if (j && r->software)
		json_object_set_new(j, "warning",
		                    json_string(HSM_SOFTWARE_WARNING));
	return j;
}

static bool
read_profile(const struct cli *cli, enum audit_profile *ret_profile)
{
	const char *name = cli_option(cli, "profile", 0);

	*ret_profile = AUDIT_PRODUCTION;
	if (!name)
		return true;
	for (unsigned i = 0; i < AUDIT_PROFILES; i++)
		if (strcmp(name, profiles[i]) == 0) {
			*ret_profile = (enum audit_profile)i;
			return true;
		}
	return false;
}

static int
report(struct cli *cli, const struct report *r)
{
	int code = r->counts[AUDIT_ERROR] ? VERB_REFUSED : VERB_GOOD;
	json_t *document = compose(r);

	if (!document)
		return cli_fail(cli, VERB_PART, "the report has no room");
	if (cli_json(cli))
		return cli_print_json(cli, document, code);
	audit_print(document);
	json_decref(document);
	return code;
}

/* Why this TPM's keys may be noDA is said by who runs the service. */
static int
read_reason(const struct cli *cli, struct config **ret_config,
            struct hsm_tpm2_audited *audited)
{
	const struct config_token *token = NULL;

	if (!cli_option(cli, "config", 0))
		return VERB_GOOD;
	if (!audited->uri)
		return cli_fail(cli, VERB_USAGE, "--config goes with --uri");
	int rc = token_config(cli, ret_config, &token);
	if (rc == VERB_GOOD)
		audited->lockout_off = token->lockout_off;
	return rc;
}

static int
run(struct cli *cli)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(config_free) struct config *config = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(report_release)
	struct report r = {
		.mechanisms = json_array(),
		.keys = json_array(),
		.findings = json_array(),
	};
	const struct audit_ops ops = { on_token, on_mechanism, on_key,
		                       on_finding, &r };
	const struct hsm_token_name name = token_name(cli, "token");
	const char *pin_file = cli_option(cli, "pin-file", 0);

	const char *uri = cli_option(cli, "uri", 0);
	struct hsm_tpm2_audited audited = { .uri = uri };
	if ((uri != NULL) == (name.module != NULL) ||
	    (uri != NULL) == (*name.label != '\0'))
		return cli_fail(cli, VERB_USAGE,
		                "--uri for a TPM, or --module and --token");
	if (!read_profile(cli, &r.profile))
		return cli_fail(cli, VERB_USAGE,
		                "--profile is production or rehearsal");
	if (pin_file && cli_flag(cli, "no-login"))
		return cli_fail(cli, VERB_USAGE,
		                "--pin-file and --no-login exclude each other");
	int rc = read_reason(cli, &config, &audited);
	if (rc != VERB_GOOD)
		return rc;
	if (!cli_flag(cli, "no-login") &&
	    token_pin(cli, pin_file, "user PIN", false, &pin) != OK)
		return VERB_PART;

	err_t err = uri ? hsm_tpm2_audit(&audited, pin, &ops, &why)
	                : hsm_token_audit(&name, pin, &ops, &why);
	if (err != OK)
		return token_fail(cli, err, &why);
	return report(cli, &r);
}

const struct verb verb_token_audit = {
	.words = "token audit",
	.arguments = "",
	.help = "Judge a token: keys, attempts on them, generator, PINs.",
	.options = options,
	.run = run,
};
