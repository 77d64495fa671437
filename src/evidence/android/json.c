/*
 * json.c - writes "android-key" as JSON: every field, unverified.
 *
 * docs/formats-android.md describes the document.
 */
#include "evidence/android/android.h"

#include "crypto/codec/utf8.h"
#include "crypto/digest.h"
#include "base/encode.h"

static json_t *
android_hex_json(struct bytes v)
{
	AUTO(buf_release) struct buf text = buf_of(HEX_LEN(ANDROID_CERT_MAX));

	encode_hex(&text, v);
	return json_string(buf_str(&text));
}

/* Names that Android encodes as bytes; in hex if they are not UTF-8 text. */
static json_t *
android_text_json(struct bytes v)
{
	return utf8_text_valid(v) ? json_stringn((const char *)v.data, v.len)
	                          : android_hex_json(v);
}

/* jansson's integers end at 2^63 - 1; a larger number is written as a string of
 * digits. */
static json_t *
android_number_json(uint64_t v)
{
	AUTO(buf_release) struct buf digits = buf_of(32);

	if (v <= INT64_MAX)
		return json_integer((json_int_t)v);
	buf_printf(&digits, "%llu", (unsigned long long)v);
	return json_string(buf_str(&digits));
}

static json_t *
named_or_number(uint64_t v, const char *const *names, size_t n)
{
	return v < n ? json_string(names[v]) : android_number_json(v);
}

static json_t *
security_level_json(uint64_t v)
{
	static const char *const names[] = { "software", "tee", "strongbox" };

	return named_or_number(v, names, ARRAY_LEN(names));
}

/* --- the kinds of tags.def ------------------------------------------------ */

static json_t *
json_of_SET(const void *in)
{
	const struct android_set *set = in;
	json_t *list = json_array();

	for (size_t i = 0; i < set->n; i++)
		json_array_append_new(list,
		                      android_number_json(set->values[i]));
	return list;
}

static json_t *
json_of_INT(const void *in)
{
	const uint64_t *v = in;

	return android_number_json(*v);
}

static json_t *
json_of_FLAG(const void *in)
{
	const bool *v = in;

	return json_boolean(*v);
}

static json_t *
json_of_BYTES(const void *in)
{
	const struct bytes *v = in;

	return android_hex_json(*v);
}

static json_t *
json_of_TEXT(const void *in)
{
	const struct bytes *v = in;

	return android_text_json(*v);
}

static json_t *
json_of_ROOT(const void *in)
{
	static const char *const states[] = { "verified", "self_signed",
		                              "unverified", "failed" };
	const struct root_of_trust *root = in;
	json_t *o = json_object();

	json_object_set_new(o, "verified_boot_key",
	                    android_hex_json(root->verified_boot_key));
	json_object_set_new(o, "device_locked",
	                    json_boolean(root->device_locked));
	json_object_set_new(o, "verified_boot_state",
	                    named_or_number(root->verified_boot_state, states,
	                                    ARRAY_LEN(states)));
	if (root->has_hash)
		json_object_set_new(o, "verified_boot_hash",
		                    android_hex_json(root->verified_boot_hash));
	return o;
}

static json_t *
json_of_APP(const void *in)
{
	const struct android_application *app = in;
	json_t *packages = json_array();
	json_t *digests = json_array();

	for (size_t i = 0; i < app->n_packages; i++)
		json_array_append_new(
		        packages,
		        json_pack("{s:o, s:I}", "name",
		                  android_text_json(app->packages[i].name),
		                  "version",
		                  (json_int_t)app->packages[i].version));
	for (size_t i = 0; i < app->n_digests; i++)
		json_array_append_new(digests,
		                      android_hex_json(app->digests[i]));
	return json_pack("{s:o, s:o}", "packages", packages,
	                 "signature_digests", digests);
}

static const struct tag_row {
	const char *name;
	size_t offset;
	json_t *(*json)(const void *in);
} rows[] = {
#define TAG(number, name, kind) \
	{ #name, offsetof(struct android_list, name), json_of_##kind },
#include "evidence/android/tags.def"
#undef TAG
};

/* --- the extension -------------------------------------------------------- */

static json_t *
tag_json(const struct android_list *list, size_t tag)
{
	static const char *const origins[] = { "generated", "derived",
		                               "imported", "reserved",
		                               "securely_imported" };
	const uint8_t *base = (const uint8_t *)list;

	if (tag == TAG_origin)
		return named_or_number(list->origin, origins,
		                       ARRAY_LEN(origins));
	return rows[tag].json(base + rows[tag].offset);
}

static json_t *
unknown_json(const struct android_list *list)
{
	json_t *unknown = json_array();

	for (size_t i = 0; i < list->n_unknown; i++) {
		const struct android_unknown *u = &list->unknown[i];

		json_array_append_new(unknown,
		                      json_pack("{s:I, s:o}", "tag",
		                                (json_int_t)u->tag, "value",
		                                android_hex_json(u->value)));
	}
	return unknown;
}

static json_t *
list_json(const struct android_list *list)
{
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (android_has(list, (enum android_tag)i))
			json_object_set_new(o, rows[i].name, tag_json(list, i));
	if (list->n_unknown > 0)
		json_object_set_new(o, "unknown_tags", unknown_json(list));
	return o;
}

static json_t *
description_json(const struct key_description *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "attestation_version",
	                    android_number_json(d->attestation_version));
	json_object_set_new(o, "attestation_security_level",
	                    security_level_json(d->attestation_security_level));
	json_object_set_new(o, "keymint_version",
	                    android_number_json(d->keymint_version));
	json_object_set_new(o, "keymint_security_level",
	                    security_level_json(d->keymint_security_level));
	json_object_set_new(o, "attestation_challenge",
	                    android_hex_json(d->attestation_challenge));
	json_object_set_new(o, "unique_id", android_hex_json(d->unique_id));
	json_object_set_new(o, "software_enforced",
	                    list_json(&d->software_enforced));
	json_object_set_new(o, "hardware_enforced",
	                    list_json(&d->hardware_enforced));
	return o;
}

static json_t *
lenient_json(const struct der_lenient *lenient)
{
	json_t *o = json_object();

	for (enum der_leniency l = 0; l < LENIENT_COUNT; l++)
		if (lenient->count[l] > 0)
			json_object_set_new(
			        o, der_leniency_name(l),
			        android_number_json(lenient->count[l]));
	return o;
}

/* --- the certificates ----------------------------------------------------- */

static json_t *
put_text_json(void (*put)(const struct x509_cert *cert, struct buf *out),
              const struct x509_cert *cert)
{
	AUTO(buf_release) struct buf out = buf_of(8 * X509_CERT_MAX);

	put(cert, &out);
	return json_stringn(buf_str(&out), out.len);
}

static json_t *
sha256_json(struct bytes v)
{
	uint8_t digest[HASH_SIZE];

	digest_sha256(v, digest);
	return android_hex_json(bytes_of(digest, HASH_SIZE));
}

static json_t *
certificate_json(const struct android_cert *cert)
{
	const struct x509_cert *x = cert->x509;
	json_t *o = json_object();

	json_object_set_new(o, "sha256", sha256_json(buf_bytes(&cert->der)));
	if (!x)
		return o;
	json_object_set_new(o, "subject",
	                    put_text_json(x509_cert_put_subject, x));
	json_object_set_new(o, "issuer",
	                    put_text_json(x509_cert_put_issuer, x));
	json_object_set_new(o, "serial",
	                    put_text_json(x509_cert_put_serial, x));
	json_object_set_new(o, "not_before",
	                    put_text_json(x509_cert_put_not_before, x));
	json_object_set_new(o, "not_after",
	                    put_text_json(x509_cert_put_not_after, x));
	json_object_set_new(o, "spki_sha256", sha256_json(x509_cert_spki(x)));
	return o;
}

/* --- the document --------------------------------------------------------- */

static void
set_certificates(json_t *o, const struct android_evidence *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->n; i++)
		json_array_append_new(list, certificate_json(&e->certs[i]));
	json_object_set_new(o, "certificates", list);
}

/* The KeyDescription nearest to the root, because it attests the keys below it.
 * If the certificates are not leaf first, this is the last one. */
static void
set_description(json_t *o, const struct android_evidence *e)
{
	const struct key_description *d =
	        e->vouched < e->n ? e->certs[e->vouched].description : NULL;

	if (!d)
		return;
	json_object_set_new(o, "key_description", description_json(d));
	json_object_set_new(o, "key_description_certificate",
	                    android_number_json(e->vouched));
	json_object_set_new(o, "leniencies", lenient_json(&d->lenient));
}

/* All KeyDescriptions if there are several: below an attest key, or in a chain
 * that an attacker has extended. */
static void
set_descriptions(json_t *o, const struct android_evidence *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->n; i++) {
		const struct key_description *d = e->certs[i].description;

		if (!d)
			continue;
		json_array_append_new(
		        list, json_pack("{s:I, s:o, s:o}", "certificate",
		                        (json_int_t)i, "key_description",
		                        description_json(d), "leniencies",
		                        lenient_json(&d->lenient)));
	}
	if (json_array_size(list) > 1)
		json_object_set(o, "key_descriptions", list);
	json_decref(list);
}

static json_t *
second_json(const struct android_evidence *e)
{
	AUTO(buf_release) struct buf line = buf_of(128);

	buf_printf(&line, "certificate %zu: a second chain behind the first",
	           e->second);
	return json_string(buf_str(&line));
}

static void
set_malformed(json_t *o, const struct android_evidence *e)
{
	json_t *list = json_array();
	struct bytes left = buf_bytes(&e->malformed);

	if (e->misordered)
		json_array_append_new(
		        list, json_string("certificates: the order is not leaf "
		                          "first"));
	if (e->second > 0)
		json_array_append_new(list, second_json(e));
	for (size_t n = 0; left.len > 0;
	     left = bytes_of(left.data + n + 1, left.len - n - 1)) {
		for (n = 0; left.data[n] != '\n'; n++)
			;
		json_array_append_new(list,
		                      json_stringn((const char *)left.data, n));
	}
	if (json_array_size(list) > 0)
		json_object_set(o, "malformed", list);
	json_decref(list);
}

json_t *
android_inspect(const void *own)
{
	const struct android_evidence *e = own;
	json_t *o = json_object();

	json_object_set_new(o, "format", json_string("android-key"));
	set_certificates(o, e);
	android_set_provisioning(o, e);
	set_description(o, e);
	set_descriptions(o, e);
	if (e->proof.len > 0) {
		json_object_set_new(o, "proof",
		                    android_hex_json(buf_bytes(&e->proof)));
		json_object_set_new(o, "proof_key",
		                    android_hex_json(buf_bytes(&e->proof_key)));
	}
	set_malformed(o, e);
	return o;
}
