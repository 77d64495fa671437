/*
 * ceremony_inventory.c - see ceremony_inventory.h.
 */
#include "provisioning/anchorctl/ceremony_inventory.h"

#include "base/encode.h"
#include "hsm/admin/attest.h"
#include "hsm/admin/list.h"
#include "provisioning/anchorctl/verb_token.h"
#include "trust/ceremony_attest.h"
#include "trust/ceremony_keys.h"
#include "trust/ceremony_tokens.h"
#include "trust/transcript.h"

#define LINE_MAX_BYTES 4096

/* A row of the plan with the site's values. */
struct token_row {
	struct buf module, label, uri, pin_file;
	struct hsm_token_name name;
};

static void
token_row_release(struct token_row *r)
{
	buf_release(&r->module);
	buf_release(&r->label);
	buf_release(&r->uri);
	buf_release(&r->pin_file);
}
DEFINE_AUTO_REF(struct token_row, token_row_release);

static const char *
expand_member(const struct ceremony_site *site, const char *text,
              struct buf *to)
{
	*to = buf_of(CEREMONY_LINE_MAX);
	ceremony_expand(site, text, to);
	return to->len ? buf_str(to) : NULL;
}

static void
expand_row(const struct ceremony_site *site, const struct ceremony_token *t,
           struct token_row *r)
{
	r->name = (struct hsm_token_name){
		.module = expand_member(site, t->module, &r->module),
		.label = expand_member(site, t->label, &r->label),
		.serial = "",
		.uri = expand_member(site, t->uri, &r->uri),
	};
	if (!r->name.label)
		r->name.label = "";
	(void)expand_member(site, t->pin_file, &r->pin_file);
}

/* --- lines ---------------------------------------------------------------- */

static void
on_inventory_token(void *arg, const struct hsm_token *t)
{
	AUTO(buf_release) struct buf line = buf_of(LINE_MAX_BYTES);

	buf_printf(&line, CEREMONY_SAYS_TOKEN "%s' serial %s (%s, %s)%s%s",
	           t->label, t->serial, t->manufacturer, t->model,
	           t->initialized ? "" : " not initialised",
	           t->software ? " software" : "");
	transcript_put_line(arg, buf_bytes(&line));
	if (!t->ownership.known)
		return;
	buf_reset(&line);
	token_put_ownership(&t->ownership, &line);
	transcript_put_line(arg, buf_bytes(&line));
}

static void
on_inventory_object(void *arg, const struct hsm_object *o)
{
	AUTO(buf_release) struct buf line = buf_of(LINE_MAX_BYTES);

	buf_printf(&line, "object %s%s%s '%s' id ", o->class,
	           *o->type ? " " : "", o->type, o->label);
	encode_hex(&line, bytes_of(o->id, o->id_len));
	buf_append_str(&line, ":");
	for (unsigned a = 0; a < HSM_ATTRIBUTE_COUNT; a++)
		if (o->attributes[a] != HSM_UNSAID)
			buf_printf(&line, " %s%s",
			           o->attributes[a] == HSM_YES ? "" : "!",
			           hsm_attribute_name(a));
	if (o->spki_len > 0)
		ceremony_put_key(bytes_of(o->spki, o->spki_len), &line);
	transcript_put_line(arg, buf_bytes(&line));
}

struct token_count {
	size_t tokens, hardware;
};

static void
count_token(void *arg, const struct hsm_token *t)
{
	struct token_count *count = arg;

	count->tokens++;
	count->hardware += !t->software;
}

static void
pass_object(void *arg, const struct hsm_object *o)
{
	(void)arg;
	(void)o;
}

static int
put_token(const struct cli *cli, struct token_row *r, struct buf *output)
{
	struct token_count count = { 0 };
	const struct hsm_list_ops look = { count_token, pass_object, &count };
	const struct hsm_list_ops ops = { on_inventory_token,
		                          on_inventory_object, output };
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);

	/* First without a PIN: none is tried where the token is not there. */
	err_t err = hsm_token_list(&r->name, NULL, &look, &why);
	if (err == OK && r->pin_file.len > 0 && !r->name.uri &&
	    token_pin(cli, buf_str(&r->pin_file), "user PIN", false, &pin) !=
	            OK)
		return VERB_PART;
	if (err == OK)
		err = hsm_token_list(&r->name, pin, &ops, &why);
	if (err == E_NOT_FOUND) {
		AUTO(buf_release) struct buf line = buf_of(LINE_MAX_BYTES);

		buf_printf(&line, CEREMONY_SAYS_NO_TOKEN "%s'", r->name.label);
		transcript_put_line(output, buf_bytes(&line));
		return VERB_GOOD;
	}
	return err == OK ? VERB_GOOD : token_fail(cli, err, &why);
}

static void
on_attested(void *arg, const struct hsm_attested *a)
{
	const struct certified c = { .public = a->public,
		                     .attest = a->attest,
		                     .signature = a->signature };
	AUTO(buf_release) struct buf line = buf_of(LINE_MAX_BYTES);

	ceremony_put_attested(a->what, a->handle, &c, &line);
	transcript_put_line(arg, buf_bytes(&line));
}

static int
put_attestation(const struct cli *cli, struct token_row *r,
                const uint8_t *nonce, struct buf *output)
{
	const struct hsm_attest_ops ops = { on_attested, output };
	AUTO(secret_free) struct secret *pin = NULL;
	AUTO(buf_release) struct buf why = buf_of(1024);

	if (token_pin(cli, buf_str(&r->pin_file), "user PIN", false, &pin) !=
	    OK)
		return VERB_PART;
	err_t err = hsm_token_attest(&r->name, pin, nonce, &ops, &why);
	return err == OK ? VERB_GOOD : token_fail(cli, err, &why);
}

int
ceremony_put_inventory(const struct cli *cli, const struct ceremony_plan *plan,
                       const struct ceremony_site *site, const uint8_t *nonce,
                       struct buf *output)
{
	int rc = VERB_GOOD;

	for (size_t i = 0; rc == VERB_GOOD && i < plan->n_tokens; i++) {
		AUTO(token_row_release) struct token_row r = { 0 };

		expand_row(site, &plan->tokens[i], &r);
		rc = put_token(cli, &r, output);
		if (rc == VERB_GOOD && nonce && plan->tokens[i].attest)
			rc = put_attestation(cli, &r, nonce, output);
	}
	return rc;
}

/* --- rehearsals ----------------------------------------------------------- */

/* All tokens of its module, since a step may name any of them. */
static int
check_software(const struct cli *cli, struct token_row *r)
{
	struct token_count count = { 0 };
	const struct hsm_list_ops ops = { count_token, pass_object, &count };
	AUTO(buf_release) struct buf why = buf_of(1024);

	r->name.label = "";
	err_t err = hsm_token_list(&r->name, NULL, &ops, &why);
	if (err != OK)
		return token_fail(cli, err, &why);
	if (count.tokens == 0 || count.hardware > 0)
		return cli_fail(cli, VERB_REFUSED,
		                "%zu of %zu tokens are not known to be "
		                "software: this is no place for a rehearsal",
		                count.hardware, count.tokens);
	return VERB_GOOD;
}

int
ceremony_check_rehearsal(const struct cli *cli,
                         const struct ceremony_plan *plan,
                         const struct ceremony_site *site)
{
	int rc = VERB_GOOD;

	for (size_t i = 0; rc == VERB_GOOD && i < plan->n_tokens; i++) {
		AUTO(token_row_release) struct token_row r = { 0 };

		expand_row(site, &plan->tokens[i], &r);
		rc = check_software(cli, &r);
	}
	return rc;
}
