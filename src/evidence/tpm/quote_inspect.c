/*
 * quote_inspect.c - writes "tpm2-quote" as JSON: every field, unverified.
 *
 * Each part is parsed independently, so that one malformed part does not hide
 * the others.  Parts that do not parse are listed under "malformed".
 */
#include <ctype.h>
#include <string.h>

#include "base/encode.h"
#include "evidence/tpm/quote.h"

#define HEX_MAX (4 * TPM_QUOTE_PART_MAX)

static json_t *
quote_hex_json(struct bytes v)
{
	AUTO(buf_release) struct buf text = buf_of(HEX_MAX);

	encode_hex(&text, v);
	return json_string(buf_str(&text));
}

static json_t *
hex_number(uint64_t v, int digits)
{
	AUTO(buf_release) struct buf text = buf_of(32);

	buf_printf(&text, "%0*llx", digits, (unsigned long long)v);
	return json_string(buf_str(&text));
}

/* jansson's integers end at 2^63 - 1; a larger number, which only forged
 * evidence has, is written in hex. */
static json_t *
quote_number_json(uint64_t v)
{
	return v <= INT64_MAX ? json_integer((json_int_t)v) : hex_number(v, 16);
}

static json_t *
hash_name(uint16_t hash)
{
	const char *name = tpm_alg_name(hash);

	return name && hash != TPM_ALG_NULL ? json_string(name) : json_null();
}

/* Schemes and key types in TCG's spelling: "RSASSA". */
static json_t *
upper_name(uint16_t alg)
{
	const char *name = tpm_alg_name(alg);
	char text[16] = "";

	if (!name || alg == TPM_ALG_NULL)
		return json_null();
	for (size_t i = 0; i + 1 < sizeof(text) && name[i]; i++)
		text[i] = (char)toupper((unsigned char)name[i]);
	return json_string(text);
}

static json_t *
select_json(const struct tpm_attest *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_select; i++) {
		json_t *row = json_object();
		json_t *pcrs = json_array();

		for (int p = 0; p < TPM_PCR_COUNT; p++)
			if (a->select[i].mask & (uint32_t)1 << p)
				json_array_append_new(pcrs, json_integer(p));
		json_object_set_new(row, "hash", hash_name(a->select[i].hash));
		json_object_set_new(row, "pcrs", pcrs);
		json_array_append_new(list, row);
	}
	return list;
}

static void
set_by_type(json_t *o, const struct tpm_attest *a)
{
	switch (a->type) {
	case TPM_ATTEST_QUOTE:
		json_object_set_new(o, "pcr_select", select_json(a));
		json_object_set_new(o, "pcr_digest",
		                    quote_hex_json(a->pcr_digest));
		return;
	case TPM_ATTEST_CREATION:
		json_object_set_new(o, "object_name", quote_hex_json(a->name));
		json_object_set_new(o, "creation_hash",
		                    quote_hex_json(a->detail));
		return;
	case TPM_ATTEST_CERTIFY:
		json_object_set_new(o, "name", quote_hex_json(a->name));
		json_object_set_new(o, "qualified_name",
		                    quote_hex_json(a->detail));
		return;
	default:
		json_object_set_new(o, "body", quote_hex_json(a->body));
	}
}

static json_t *
clock_json(const struct tpm_attest *a)
{
	json_t *clock = json_object();

	json_object_set_new(clock, "clock", quote_number_json(a->clock));
	json_object_set_new(clock, "reset_count",
	                    quote_number_json(a->reset_count));
	json_object_set_new(clock, "restart_count",
	                    quote_number_json(a->restart_count));
	json_object_set_new(clock, "safe", json_integer(a->safe));
	return clock;
}

static json_t *
attest_json(const struct tpm_attest *a)
{
	json_t *o = json_object();

	json_object_set_new(o, "magic", hex_number(0xff544347, 8));
	json_object_set_new(o, "type",
	                    json_string(tpm_attest_type_name(a->type)));
	json_object_set_new(o, "qualified_signer",
	                    quote_hex_json(a->qualified_signer));
	json_object_set_new(o, "extra_data", quote_hex_json(a->extra_data));
	json_object_set_new(o, "clock_info", clock_json(a));
	json_object_set_new(o, "firmware_version",
	                    hex_number(a->firmware_version, 16));
	set_by_type(o, a);
	return o;
}

static json_t *
signature_json(const struct tpm_signature *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "scheme", upper_name(s->scheme));
	json_object_set_new(o, "hash", hash_name(s->hash));
	if (s->rsa.len > 0) {
		json_object_set_new(o, "signature", quote_hex_json(s->rsa));
		return o;
	}
	json_object_set_new(o, "r", quote_hex_json(s->r));
	json_object_set_new(o, "s", quote_hex_json(s->s));
	return o;
}

static json_t *
attributes_json(uint32_t attributes)
{
	json_t *list = json_array();

#define ATTRIBUTE(name, bit, text)        \
	if (attributes & (uint32_t)(bit)) \
		json_array_append_new(list, json_string(text));
	TPM_ATTRIBUTES(ATTRIBUTE)
#undef ATTRIBUTE
	return list;
}

static json_t *
name_json(const struct tpm_public *p)
{
	uint8_t name[2 + TPM_DIGEST_MAX] = { (uint8_t)(p->name_alg >> 8),
		                             (uint8_t)p->name_alg };

	if (tpm_hash(p->name_alg, p->area, name + 2) != OK)
		return json_null();
	return quote_hex_json(bytes_of(name, 2 + tpm_hash_size(p->name_alg)));
}

static void
set_numbers(json_t *o, const struct tpm_public *p)
{
	if (p->type == TPM_ALG_RSA) {
		json_object_set_new(o, "bits", json_integer(p->bits));
		json_object_set_new(o, "exponent",
		                    quote_number_json(p->exponent));
		json_object_set_new(o, "modulus", quote_hex_json(p->modulus));
		return;
	}
	json_object_set_new(o, "curve", json_string(p->curve->name));
	json_object_set_new(o, "x", quote_hex_json(p->x));
	json_object_set_new(o, "y", quote_hex_json(p->y));
}

static json_t *
public_json(const struct tpm_public *p)
{
	json_t *o = json_object();

	json_object_set_new(o, "type", upper_name(p->type));
	json_object_set_new(o, "name_alg", hash_name(p->name_alg));
	json_object_set_new(o, "name", name_json(p));
	json_object_set_new(o, "attributes", attributes_json(p->attributes));
	json_object_set_new(o, "auth_policy", quote_hex_json(p->auth_policy));
	json_object_set_new(o, "scheme", upper_name(p->scheme));
	json_object_set_new(o, "scheme_hash", hash_name(p->scheme_hash));
	set_numbers(o, p);
	return o;
}

/* A bare key has no TPM name and no attributes. */
static json_t *
bare_json(const struct tpm_key *key)
{
	json_t *o = json_object();
	bool rsa = strcmp(tpm_key_type(key), "rsa") == 0;

	json_object_set_new(o, "type", json_string(rsa ? "RSA" : "ECC"));
	json_object_set_new(o, "bits",
	                    json_integer((json_int_t)tpm_key_bits(key)));
	json_object_set_new(o, "attributes", json_null());
	return o;
}

/* --- the document --------------------------------------------------------- */

/* Adds the text as an element of "malformed" and empties why. */
static void
note_malformed_part(json_t *malformed, struct buf *why)
{
	json_array_append_new(malformed, json_string(buf_str(why)));
	buf_reset(why);
}

static void
set_attest(json_t *o, const struct tpm_quote *q, json_t *malformed)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct tpm_attest a;

	if (tpm_attest_parse(buf_bytes(&q->attest_bytes), &why, &a) == OK)
		json_object_set_new(o, "attest", attest_json(&a));
	else
		note_malformed_part(malformed, &why);
}

static void
set_signature(json_t *o, const struct tpm_quote *q, json_t *malformed)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct bytes in = buf_bytes(&q->signature_bytes);
	struct tpm_signature s;

	if (in.len == 0)
		return;
	if (tpm_signature_parse(in, &why, &s) == OK)
		json_object_set_new(o, "signature", signature_json(&s));
	else
		note_malformed_part(malformed, &why);
}

static void
set_bare(json_t *o, const struct tpm_quote *q, json_t *malformed)
{
	AUTO(tpm_key_free) struct tpm_key *key = NULL;
	AUTO(buf_release) struct buf why = buf_of(256);

	buf_append_str(&why, "public: neither an RSA key of 2048 bits or more "
	                     "nor an ECC key on a supported curve");
	if (tpm_key_of_spki(buf_bytes(&q->ak_bytes), &key) == OK)
		json_object_set_new(o, "ak_public", bare_json(key));
	else
		note_malformed_part(malformed, &why);
}

static void
set_ak(json_t *o, const struct tpm_quote *q, json_t *malformed)
{
	AUTO(buf_release) struct buf why = buf_of(256);
	struct tpm_public p;

	if (q->ak_form == AK_NONE)
		return;
	if (q->ak_form == AK_SPKI)
		set_bare(o, q, malformed);
	else if (tpm_quote_parse_ak(q, &why, &p) == OK)
		json_object_set_new(o, "ak_public", public_json(&p));
	else
		note_malformed_part(malformed, &why);
}

static void
set_others(json_t *o, const struct tpm_quote *q)
{
	if (q->pcrs.present)
		json_object_set_new(o, "pcrs", tpm_pcrs_to_json(&q->pcrs));
	if (q->n_certs > 0) {
		json_t *list = json_array();

		for (size_t i = 0; i < q->n_certs; i++)
			json_array_append_new(
			        list, quote_hex_json(buf_bytes(&q->certs[i])));
		json_object_set_new(o, "x5c", list);
	}
	if (q->event_log.len > 0)
		json_object_set_new(o, "event_log_bytes",
		                    quote_number_json(q->event_log.len));
	if (q->ima_log.len > 0)
		json_object_set_new(o, "ima_log_bytes",
		                    quote_number_json(q->ima_log.len));
}

json_t *
tpm_quote_inspect(const void *own)
{
	const struct tpm_quote *q = own;
	json_t *o = json_object();
	json_t *malformed = json_array();

	json_object_set_new(o, "format", json_string("tpm2-quote"));
	set_attest(o, q, malformed);
	set_signature(o, q, malformed);
	set_ak(o, q, malformed);
	set_others(o, q);
	if (json_array_size(malformed) > 0)
		json_object_set(o, "malformed", malformed);
	json_decref(malformed);
	return o;
}

/* How the attributes of the AK are known.  "checked": by the trusted public
 * area or certificate.  "stated": only by the evidence's public area.
 * "unknown": the evidence has a bare key or none. */
static const char *
attributes_claim(const struct tpm_quote *q)
{
	if (q->attributes_proved)
		return "checked";
	return q->ak_form == AK_TPM2B || q->ak_form == AK_TPMT ? "stated"
	                                                       : "unknown";
}

json_t *
tpm_quote_claims(const void *own)
{
	const struct tpm_quote *q = own;
	json_t *o = tpm_quote_inspect(own);

	json_object_set_new(o, "signature_good",
	                    json_boolean(q->signature_good));
	json_object_set_new(o, "ak_trusted", json_boolean(q->key_trusted));
	json_object_set_new(o, "ak_attributes",
	                    json_string(attributes_claim(q)));
	return o;
}

json_t *
tpm_quote_not_appraised(const void *own)
{
	const struct tpm_quote *q = own;
	json_t *list = json_array();

	if (q->n_certs > 0 && !q->trust)
		json_array_append_new(list, json_string("x5c"));
	if (q->event_log.len > 0)
		json_array_append_new(list, json_string("event_log"));
	if (q->ima_log.len > 0)
		json_array_append_new(list, json_string("ima_log"));
	return list;
}
