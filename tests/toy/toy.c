/*
 * toy.c - see toy.h.
 */
#include "tests/toy/toy.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "base/encode.h"
#include "policy/policy.h"
#include "crypto/keys/signature.h"

#define CLAIM_AFFIRMED 2

DEFINE_AUTO(json_t *, json_decref);

static err_t
refuse(struct buf *why, const char *what)
{
	buf_append_str(why, what);
	return E_MALFORMED;
}

/* --- the statement -------------------------------------------------------- */

static err_t
read_base64(const json_t *json, struct buf *out)
{
	if (!json_is_string(json))
		return E_MALFORMED;
	return decode_base64(out, bytes_of(json_string_value(json),
	                                   json_string_length(json)));
}

static bool
read_serial(const json_t *json, char out[static TOY_SERIAL_MAX + 1])
{
	const char *text = json_string_value(json);

	if (!text || text[0] == '\0' || strlen(text) > TOY_SERIAL_MAX)
		return false;
	memcpy(out, text, strlen(text));
	return true;
}

/* Parses a statement.  Evidence has a nonce; a card must not have one. */
static err_t
read_said(struct bytes text, bool with_nonce, struct buf *why,
          struct toy_said *said)
{
	AUTO(json_decref)
	json_t *o = json_loadb((const char *)text.data, text.len,
	                       JSON_REJECT_DUPLICATES, NULL);
	const json_t *counter = json_object_get(o, "counter");

	if (json_object_size(o) != (with_nonce ? 4 : 3))
		return refuse(why, "statement: missing or unknown members");
	if (!json_is_integer(counter) || json_integer_value(counter) < 1)
		return refuse(why, "statement.counter: not a whole number");
	said->counter = (uint64_t)json_integer_value(counter);
	if (read_base64(json_object_get(o, "key"), &said->key) != OK)
		return refuse(why, "statement.key: not base64");
	if (with_nonce &&
	    read_base64(json_object_get(o, "nonce"), &said->nonce) != OK)
		return refuse(why, "statement.nonce: not base64");
	if (!read_serial(json_object_get(o, "serial"), said->serial))
		return refuse(why, "statement.serial: empty or too long");
	return OK;
}

static void
said_release(struct toy_said *said)
{
	buf_release(&said->key);
	buf_release(&said->nonce);
}
DEFINE_AUTO_REF(struct toy_said, said_release);

static struct toy_said
said_new(void)
{
	return (struct toy_said){ .key = buf_of(TOY_KEY_MAX),
		                  .nonce = buf_of(TOY_NONCE_MAX) };
}

/* The serial number identifies the device; the counter must never decrease. */
static err_t
facts_of(const struct toy_said *said, struct facts *facts)
{
	TRY(facts_add_bytes(facts, FACT_EQUAL, bytes_of_str("toy_serial"),
	                    bytes_of_str(said->serial)));
	return facts_add_number(facts, FACT_NOT_BELOW,
	                        bytes_of_str("toy_counter"), said->counter);
}

/* --- parsing -------------------------------------------------------------- */

static void
toy_free(void *own)
{
	struct toy *t = own;

	if (!t)
		return;
	buf_release(&t->text);
	buf_release(&t->signature);
	buf_release(&t->trusted);
	said_release(&t->said);
	free(t);
}
DEFINE_AUTO(struct toy *, toy_free);

static err_t
toy_read(const json_t *object, struct buf *why, void **ret_own)
{
	AUTO(toy_free) struct toy *t = calloc(1, sizeof(*t));
	const json_t *text = json_object_get(object, "statement");

	if (!t)
		return E_NOMEM;
	t->text = buf_of(TOY_STATEMENT_MAX);
	t->signature = buf_of(TOY_SIGNATURE_MAX);
	t->trusted = buf_of(TOY_KEY_MAX);
	t->said = said_new();
	if (json_object_size(object) != 3 || !json_is_string(text))
		return refuse(why, "evidence: missing or unknown members");
	buf_append(&t->text,
	           bytes_of(json_string_value(text), json_string_length(text)));
	if (buf_status(&t->text) != OK ||
	    read_base64(json_object_get(object, "signature"), &t->signature) !=
	            OK)
		return refuse(why, "evidence: too long, or not base64");
	*ret_own = TAKE(t);
	return OK;
}

/* Offline the evidence is one file. */
static err_t
toy_read_files(const struct bytes *files, size_t n, struct buf *why,
               void **ret_own)
{
	if (n != 1)
		return refuse(why, "evidence: give exactly one file");
	AUTO(json_decref)
	json_t *o = json_loadb((const char *)files[0].data, files[0].len,
	                       JSON_REJECT_DUPLICATES, NULL);
	return toy_read(o, why, ret_own);
}

static err_t
toy_parse(void *own, struct buf *why)
{
	struct toy *t = own;

	return read_said(buf_bytes(&t->text), true, why, &t->said);
}

static struct bytes
toy_nonce(const void *own)
{
	const struct toy *t = own;

	return buf_bytes(&t->said.nonce);
}

/* --- appraisal and enrolment ---------------------------------------------- */

static err_t
add_trusted(void *arg, struct bytes file, struct buf *why)
{
	struct toy *t = arg;

	if (signature_check_key(file) != OK)
		return refuse(why, "not a key");
	buf_reset(&t->trusted);
	buf_append(&t->trusted, file);
	return buf_status(&t->trusted);
}

static err_t
toy_offline(void *own, const struct evidence_offline *offline, struct buf *why)
{
	struct toy *t = own;

	if (offline->n_allow > 0)
		return E_NOT_FOUND;
	t->offline = true;
	return evidence_trust_read(offline, add_trusted, t, why);
}

static reason_set
judge(const struct toy *t, const struct toy_rules *rules)
{
	reason_set reasons = 0;

	if (!t->signature_good)
		reasons |= reason_bit(REASON_EVIDENCE_SIGNATURE);
	if (t->offline &&
	    !bytes_equal(buf_bytes(&t->trusted), buf_bytes(&t->said.key)))
		reasons |= reason_bit(REASON_CHAIN_UNTRUSTED);
	if (rules && t->said.counter < rules->counter_min)
		reasons |= reason_bit(REASON_PATCH_LEVEL);
	return reasons;
}

static err_t
toy_appraise(void *own, const struct policy *policy,
             struct appraisal *ret_appraisal)
{
	struct toy *t = own;
	struct appraisal a = { 0 };

	t->signature_good =
	        signature_verify(buf_bytes(&t->said.key), buf_bytes(&t->text),
	                         buf_bytes(&t->signature)) == OK;
	a.reasons = judge(t, policy ? policy_rules(policy, &toy_policy_group)
	                            : NULL);
	if (t->signature_good) {
		digest_sha256(buf_bytes(&t->said.key), a.identity);
		a.identified = true;
		a.vector[VECTOR_INSTANCE_IDENTITY] = CLAIM_AFFIRMED;
		TRY(facts_of(&t->said, &a.facts));
	}
	*ret_appraisal = a;
	return OK;
}

/* Enrols by a card: evidence without a nonce, signed by the key to enrol. */
static err_t
toy_enroll(struct bytes card, struct buf *why, struct enrollee *ret_enrollee)
{
	AUTO(said_release) struct toy_said said = said_new();
	AUTO(buf_release) struct buf signature = buf_of(TOY_SIGNATURE_MAX);
	AUTO(json_decref)
	json_t *o = json_loadb((const char *)card.data, card.len,
	                       JSON_REJECT_DUPLICATES, NULL);
	const json_t *text = json_object_get(o, "statement");
	struct bytes statement =
	        bytes_of(json_string_value(text), json_string_length(text));
	struct enrollee e = { 0 };

	if (json_object_size(o) != 2 || !json_is_string(text) ||
	    read_base64(json_object_get(o, "signature"), &signature) != OK)
		return refuse(why, "card: missing or unknown members");
	TRY(read_said(statement, false, why, &said));
	if (signature_verify(buf_bytes(&said.key), statement,
	                     buf_bytes(&signature)) != OK) {
		buf_append_str(why, "card: not signed by its key");
		return E_DENIED;
	}
	digest_sha256(buf_bytes(&said.key), e.identity);
	TRY(facts_of(&said, &e.facts));
	*ret_enrollee = e;
	return OK;
}

/* --- anchorctl inspect ---------------------------------------------------- */

static json_t *
toy_inspect(const void *own)
{
	const struct toy *t = own;
	AUTO(said_release) struct toy_said said = said_new();
	AUTO(buf_release) struct buf why = buf_of(256);

	if (read_said(buf_bytes(&t->text), true, &why, &said) != OK)
		return json_pack("{s:s, s:[s]}", "format", "toy", "malformed",
		                 buf_str(&why));
	return json_pack("{s:s, s:I, s:s}", "format", "toy", "counter",
	                 (json_int_t)said.counter, "serial", said.serial);
}

static json_t *
toy_not_appraised(const void *own)
{
	(void)own;
	return json_array();
}

const struct evidence_format evidence_toy = {
	.name = "toy",
	.help = "a signed statement, to show what a format needs",
	.enroll = toy_enroll,
	.read = toy_read,
	.read_files = toy_read_files,
	.parse = toy_parse,
	.nonce = toy_nonce,
	.offline = toy_offline,
	.appraise = toy_appraise,
	.policy = &toy_policy_group,
	.inspect = toy_inspect,
	.claims = toy_inspect,
	.not_appraised = toy_not_appraised,
	.free = toy_free,
};
