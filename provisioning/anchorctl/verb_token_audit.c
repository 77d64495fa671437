/*
 * verb_token_audit.c - `anchorctl token audit`: audits a token's keys and
 * compares the result with a profile.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "provisioning/anchorctl/verb_token_audit.h"
#include "base/version.h"

static const struct verb_option options[] = {
	{ "uri", "URI", false, "of a TPM (token.uri)" },
	{ "module", "PATH", false, "the PKCS#11 module" },
	{ "token", "NAME", false, "the token's label" },
	{ "serial", "TEXT", false, "its serial, if two share the label" },
	{ "pin-file", "FILE", false, "with the user PIN (else it is asked)" },
	{ "no-login", NULL, false, "audit public objects only" },
	{ "profile", "NAME", false, "production (default) or rehearsal" },
	{ "accept-model", "MODEL...", false,
	  "you confirm that this model is hardware" },
	{ "config", "FILE", false, "compare with this configuration" },
	{ "name", "NAME", false, "of the token in the configuration" },
	{ NULL, NULL, false, NULL },
};

static const char *const profiles[AUDIT_PROFILES] = { "production",
	                                              "rehearsal" };

struct report {
	const struct cli *cli;
	enum audit_profile profile;
	json_t *token, *mechanisms, *keys, *findings;
	struct audit_seen_keys *seen;
	int counts[AUDIT_SEVERITIES];
	bool software, logged_in;
};

static void
report_release(struct report *r)
{
	json_decref(r->token);
	json_decref(r->mechanisms);
	json_decref(r->keys);
	json_decref(r->findings);
	audit_seen_free(r->seen);
}
DEFINE_AUTO_REF(struct report, report_release);

static void
on_finding(void *arg, enum audit_code code, const struct audit_key *key,
           const char *detail)
{
	struct report *r = arg;

	r->counts[hsm_audit_row(code)->severity[r->profile]]++;
	json_array_append_new(
	        r->findings, audit_finding_json(code, r->profile, key, detail));
}

/* Compares the names exactly.  A model without a name cannot be accepted,
 * because an officer cannot have identified it. */
static bool
is_accepted(const struct cli *cli, const char *model)
{
	const char *accepted = NULL;

	for (size_t i = 0;
	     *model && (accepted = cli_option(cli, "accept-model", i)); i++)
		if (strcmp(accepted, model) == 0)
			return true;
	return false;
}

static void
on_audited_token(void *arg, const struct audit_token *token)
{
	struct report *r = arg;

	r->token = audit_token_json(token);
	r->software = token->token.software;
	r->logged_in = token->logged_in;
	/* A known software token is refused for that reason. */
	if (!r->software && !is_accepted(r->cli, token->token.model))
		on_finding(r, AUDIT_MODEL_UNACCEPTED, NULL, token->token.model);
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
	audit_seen_add(r->seen, key);
}

static json_t *
when_and_by_what(void)
{
	char now[CLOCK_TEXT_SIZE];

	clock_format(clock_wall_ms(), now);
	return json_pack("{s:s, s:s, s:s, s:s}", "time", now, "program",
	                 "anchorctl", "version", anchord_version, "commit",
	                 anchord_commit);
}

/* Composes the report; NULL: out of memory. */
static json_t *
compose_audit_report(const struct report *r, const struct audit_what *what)
{
	json_t *j = json_pack(
	        "{s:o, s:s, s:s, s:O, s:O, s:O, s:O, s:{s:i, s:i, s:i}}",
	        "audit", when_and_by_what(), "profile", profiles[r->profile],
	        "verdict", r->counts[AUDIT_ERROR] ? "refused" : "passed",
	        "token", r->token, "mechanisms", r->mechanisms, "keys", r->keys,
	        "findings", r->findings, "counts", "error",
	        r->counts[AUDIT_ERROR], "warning", r->counts[AUDIT_WARNING],
	        "note", r->counts[AUDIT_NOTE]);

	if (j && what->file)
		json_object_set_new(j, "module", audit_module_json(what));
	if (j && what->config)
		json_object_set_new(j, "configuration",
		                    audit_config_json(what));
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
answer_audit(struct cli *cli, const struct report *r,
             const struct audit_what *what)
{
	int code = r->counts[AUDIT_ERROR] ? VERB_REFUSED : VERB_GOOD;
	json_t *document = compose_audit_report(r, what);

	if (!document)
		return cli_fail(cli, VERB_PART, "out of memory");
	if (cli_json(cli))
		return cli_print_json(cli, document, code);
	audit_print(document);
	json_decref(document);
	return code;
}

static int
read_options(const struct cli *cli, enum audit_profile *ret_profile)
{
	if (!read_profile(cli, ret_profile))
		return cli_fail(cli, VERB_USAGE,
		                "--profile must be production or rehearsal");
	if (cli_option(cli, "pin-file", 0) && cli_flag(cli, "no-login"))
		return cli_fail(cli, VERB_USAGE,
		                "--pin-file and --no-login exclude each other");
	return VERB_GOOD;
}

static int
run_token_audit(struct cli *cli)
{
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);
	AUTO(audit_what_release) struct audit_what what = { .cli = cli };
	AUTO(report_release)
	struct report r = {
		.cli = cli,
		.mechanisms = json_array(),
		.keys = json_array(),
		.findings = json_array(),
		.seen = audit_seen_new(),
	};
	const struct audit_ops ops = { on_audited_token, on_mechanism, on_key,
		                       on_finding, &r };
	const char *pin_file = cli_option(cli, "pin-file", 0);

	int code = read_options(cli, &r.profile);
	if (code == VERB_GOOD)
		code = audit_what_find(cli, &what);
	if (code != VERB_GOOD)
		return code;
	if (!r.seen ||
	    (!cli_flag(cli, "no-login") &&
	     token_pin(cli, pin_file, "user PIN", false, &pin) != OK))
		return VERB_PART;
	const char *pinned[PINS_MAX];
	const struct hsm_audited asked = {
		.name = what.name,
		.lockout_off = what.of ? what.of->lockout_off : NULL,
		.pinned = pinned,
		.n_pinned = audit_what_pinned(&what, pinned),
	};
	err_t err = hsm_token_audit(&asked, pin, &ops, &why);
	if (err != OK)
		return token_fail(cli, err, &why);
	audit_compare(&what, r.seen, &ops, r.logged_in);
	code = audit_compare_trust(&what, pin, &ops, r.logged_in);
	return code == VERB_GOOD ? answer_audit(cli, &r, &what) : code;
}

const struct verb verb_token_audit = {
	.words = "token audit",
	.arguments = "",
	.help = "Audit a token: keys, attempts on them, random numbers, PINs.",
	.options = options,
	.run = run_token_audit,
};
