/*
 * ceremony_judge.c - see ceremony_judge.h.
 */
#include "trust/ceremony_judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "trust/ceremony_keys.h"
#include "trust/ceremony_tokens.h"
#include "trust/ssh_sig.h"

static err_t
refuse_entry(struct buf *why, size_t i, const char *fault)
{
	buf_printf(why, "entry %zu: %s", i, fault);
	return E_DENIED;
}

/* --- the beginning -------------------------------------------------------- */

static void
put_begin_line(struct buf *output, const char *name, struct bytes value)
{
	AUTO(buf_release) struct buf line = buf_of(CEREMONY_LINE_MAX);

	buf_append_str(&line, name);
	buf_u8(&line, ' ');
	buf_append(&line, value);
	transcript_put_line(output, buf_bytes(&line));
}

static void
put_begin_pair(struct buf *output, const char *kind, const char *name,
               const char *value)
{
	AUTO(buf_release) struct buf pair = buf_of(CEREMONY_LINE_MAX);

	buf_printf(&pair, "%s = %s", name, value);
	put_begin_line(output, kind, buf_bytes(&pair));
}

void
ceremony_put_begin(struct buf *output, const struct ceremony_begin *b)
{
	AUTO(buf_release) struct buf hex = buf_of(HEX_LEN(HASH_SIZE));

	encode_hex(&hex, bytes_of(b->plan->digest, HASH_SIZE));
	put_begin_line(output, "plan", buf_bytes(&hex));
	put_begin_line(output, "ceremony", bytes_of_str(b->plan->name));
	put_begin_line(output, "program", b->program);
	put_begin_line(output, "rehearsal",
	               bytes_of_str(b->rehearsal ? "true" : "false"));
	for (size_t i = 0; i < b->site->n_present; i++)
		put_begin_pair(output, "present", b->site->present[i].role,
		               b->site->present[i].person);
	for (size_t i = 0; i < b->site->n_values; i++)
		put_begin_pair(output, "value", b->site->values[i].name,
		               b->site->values[i].value);
}

/* Takes "NAME VALUE" if that is the next line, otherwise nothing. */
static bool
take_begin_line(struct bytes *output, const char *name, struct bytes *ret_value)
{
	struct bytes rest = *output;
	size_t len = strlen(name);
	struct bytes line;

	if (!transcript_take_line(&rest, &line) || line.len <= len ||
	    memcmp(line.data, name, len) != 0 || line.data[len] != ' ')
		return false;
	*ret_value = bytes_of(line.data + len + 1, line.len - len - 1);
	*output = rest;
	return true;
}

static bool
copy_text(struct bytes text, char *to, size_t size)
{
	if (text.len == 0 || text.len >= size)
		return false;
	memcpy(to, text.data, text.len);
	to[text.len] = '\0';
	return true;
}

/* Takes "KIND NAME = VALUE"; 0: the next line is another, -1: none of that size. */
static int
take_begin_pair(struct bytes *output, const char *kind, char *name, char *value)
{
	struct bytes pair;

	if (!take_begin_line(output, kind, &pair))
		return 0;
	const uint8_t *equals = memmem(pair.data, pair.len, " = ", 3);
	if (!equals)
		return -1;
	size_t len = (size_t)(equals - pair.data);
	return copy_text(bytes_of(pair.data, len), name, CEREMONY_NAME_SIZE) &&
	                       copy_text(
	                               bytes_of(equals + 3, pair.len - len - 3),
	                               value, CEREMONY_VALUE_SIZE)
	               ? 1
	               : -1;
}

static bool
take_begin_rows(struct bytes *output, struct ceremony_site *site)
{
	int took = 1;

	while (took > 0 && site->n_present < CEREMONY_ROLES_MAX) {
		struct ceremony_role *r = &site->present[site->n_present];

		took = take_begin_pair(output, "present", r->role, r->person);
		site->n_present += took > 0;
	}
	if (took < 0)
		return false;
	took = 1;
	while (took > 0 && site->n_values < CEREMONY_VALUES_MAX) {
		struct ceremony_value *v = &site->values[site->n_values];

		took = take_begin_pair(output, "value", v->name, v->value);
		site->n_values += took > 0;
	}
	return took >= 0;
}

/* Reads the first entry; what is written otherwise again is refused. */
static err_t
read_begin(const struct transcript_entry *e, struct ceremony_begin *b,
           struct ceremony_site *site, struct buf *why)
{
	AUTO(buf_release) struct buf again = buf_of(TRANSCRIPT_TEXT_MAX);
	struct bytes rest = e->output;
	struct bytes text;
	bool whole = take_begin_line(&rest, "plan", &text) &&
	             take_begin_line(&rest, "ceremony", &text) &&
	             take_begin_line(&rest, "program", &b->program) &&
	             take_begin_line(&rest, "rehearsal", &text);

	if (!whole)
		return refuse_entry(why, 0, "not the beginning of a ceremony");
	b->rehearsal = bytes_equal_str(text, "true");
	if (!take_begin_rows(&rest, site))
		return refuse_entry(why, 0, "not who is present, or a value");
	b->site = site;
	ceremony_put_begin(&again, b);
	TRY(buf_status(&again));
	size_t n = e->output.len - rest.len;
	if (!bytes_equal(buf_bytes(&again), bytes_of(e->output.data, n)))
		return refuse_entry(why, 0, "another plan, or another order");
	return ceremony_fit(b->plan, site, why);
}

/* --- steps ---------------------------------------------------------------- */

static void
put_does(const struct ceremony_begin *b, uint32_t step, struct buf *out)
{
	if (step == 0)
		buf_append_str(out, CEREMONY_DOES_BEGIN);
	else if (step == b->plan->n_steps + 1)
		buf_append_str(out, CEREMONY_DOES_END);
	else
		ceremony_put_step(b->plan, b->site, step - 1, out);
}

/* Only a verb can fail. */
static bool
may_fail(const struct ceremony_begin *b, uint32_t step)
{
	return step > 0 && step <= b->plan->n_steps &&
	       *b->plan->steps[step - 1].run;
}

static const char *
fault_of_entry(const struct transcript *t, size_t i,
               const struct ceremony_begin *b, uint32_t step)
{
	AUTO(buf_release) struct buf does = buf_of(CEREMONY_LINE_MAX);
	const struct transcript_entry *e = &t->entries[i];

	if (step > b->plan->n_steps + 1)
		return "there is an entry behind the end";
	if (e->step != step)
		return "another step than the next of the plan";
	put_does(b, step, &does);
	if (buf_status(&does) != OK || !bytes_equal(buf_bytes(&does), e->does))
		return "other words than the plan's";
	if (e->status != 0 && !may_fail(b, step))
		return "what is no verb has not the status 0";
	if (i > 0 && e->time_s < e[-1].time_s)
		return "time goes back";
	return NULL;
}

err_t
ceremony_next_step(const struct transcript *t, const struct ceremony_begin *b,
                   struct buf *why, uint32_t *ret_step)
{
	uint32_t step = 0;

	for (size_t i = 0; i < t->n; i++) {
		const char *fault = fault_of_entry(t, i, b, step);

		if (fault)
			return refuse_entry(why, i, fault);
		step += t->entries[i].status == 0;
	}
	*ret_step = step;
	return OK;
}

/* --- signatures ----------------------------------------------------------- */

static const struct ceremony_signer *
signer_of_role(const struct ceremony_evidence *evidence, const char *role)
{
	for (size_t i = 0; i < evidence->n_signers; i++)
		if (strcmp(evidence->signers[i].role, role) == 0)
			return &evidence->signers[i];
	return NULL;
}

static bool
signed_for_another(const struct ceremony_evidence *evidence,
                   const struct ceremony_plan *plan, size_t i,
                   const struct ssh_key *key)
{
	for (size_t k = 0; k < i; k++) {
		const struct ceremony_signer *other =
		        signer_of_role(evidence, plan->present[k].role);

		/* Whatever SSH type the key is written as. */
		if (other && other->key.spki_len == key->spki_len &&
		    memcmp(other->key.spki, key->spki, key->spki_len) == 0)
			return true;
	}
	return false;
}

static err_t
judge_signature(const struct ceremony_evidence *evidence,
                const struct ceremony_plan *plan, size_t i, struct buf *why)
{
	const char *role = plan->present[i].role;
	const struct ceremony_signer *s = signer_of_role(evidence, role);
	AUTO(buf_release) struct buf cause = buf_of(512);

	if (!s || s->signature.len == 0) {
		buf_printf(why,
		           s ? "%s was present and has not signed"
		             : "no key is known of %s, who was present",
		           role);
		return E_DENIED;
	}
	if (signed_for_another(evidence, plan, i, &s->key)) {
		buf_printf(why, "%s has the key of another role", role);
		return E_DENIED;
	}
	err_t err = ssh_sig_verify(&s->key, bytes_of_str(TRANSCRIPT_NAMESPACE),
	                           evidence->transcript, s->signature, &cause);
	if (err != OK)
		buf_printf(why, "the signature of %s: %s", role,
		           cause.len ? buf_str(&cause) : err_name(err));
	return err;
}

/* --- the whole ------------------------------------------------------------ */

static err_t
judge_entries(const struct ceremony_evidence *evidence,
              const struct ceremony_begin *b, const struct transcript *t,
              struct buf *why)
{
	uint32_t step = 0;

	if (b->rehearsal != evidence->rehearsal)
		return refuse_entry(why, 0,
		                    b->rehearsal ? "this is a rehearsal"
		                                 : "this is no rehearsal");
	TRY(ceremony_next_step(t, b, why, &step));
	if (step != b->plan->n_steps + 2) {
		buf_printf(why, "the ceremony stopped before step %u", step);
		return E_DENIED;
	}
	return OK;
}

static err_t
judge_hsm(const struct ceremony_evidence *evidence,
          const struct transcript_entry *last, struct buf *why)
{
	const struct ceremony_signer *hsm =
	        signer_of_role(evidence, CEREMONY_HSM);

	/* The plan may have no such role. */
	if (!hsm || hsm->signature.len == 0 ||
	    ceremony_keys_have(last->output,
	                       bytes_of(hsm->key.spki, hsm->key.spki_len)))
		return OK;
	buf_append_str(why, "the HSM's signature is by a key that the last "
	                    "inventory does not have");
	return E_DENIED;
}

static void
put_found(const struct ceremony_plan *plan, const struct transcript *t,
          struct ceremony_found *f)
{
	*f = (struct ceremony_found){ .entries = t->n,
		                      .from_s = t->entries[0].time_s,
		                      .to_s = t->entries[t->n - 1].time_s };
	memcpy(f->name, plan->name, sizeof(f->name));
	memcpy(f->plan, plan->digest, HASH_SIZE);
	for (size_t i = 0; i < t->n; i++)
		f->failed += t->entries[i].status != 0;
}

err_t
ceremony_judge(const struct ceremony_evidence *evidence, struct buf *why,
               struct ceremony_found *ret_found)
{
	AUTO(ceremony_plan_free) struct ceremony_plan *plan = NULL;
	AUTO(transcript_free) struct transcript *t = NULL;
	AUTO(ceremony_site_free) struct ceremony_site *site = NULL;
	struct ceremony_begin begin = { 0 };
	struct ceremony_found found;

	TRY(transcript_parse(evidence->transcript, why, &t));
	TRY(ceremony_plan_parse(evidence->plan, why, &plan));
	begin.plan = plan;
	site = calloc(1, sizeof(*site));
	if (!site)
		return E_NOMEM;
	TRY(read_begin(&t->entries[0], &begin, site, why));
	TRY(judge_entries(evidence, &begin, t, why));
	for (size_t i = 0; i < plan->n_present; i++)
		TRY(judge_signature(evidence, plan, i, why));
	TRY(ceremony_keys_judge(plan, t, why));
	TRY(ceremony_tokens_judge(plan, t, why));
	put_found(plan, t, &found);
	const struct ceremony_attest_asked asked = { plan, site, t,
		                                     evidence->attest };
	TRY(ceremony_attest_judge(&asked, why, found.attested));
	TRY(judge_hsm(evidence, &t->entries[t->n - 1], why));
	*ret_found = found;
	return OK;
}
