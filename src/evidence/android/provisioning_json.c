/*
 * provisioning_json.c - writes provisioning info as JSON: a member for each key
 * of the map, named by its number, and for the known keys another one with the
 * same value, named by its meaning.
 */
#include "crypto/codec/cbor.h"
#include "evidence/android/android.h"
#include "base/encode.h"

#define HEX_MAX HEX_LEN(ANDROID_CERT_MAX)

static json_t *
provisioning_hex_json(struct bytes v)
{
	AUTO(buf_release) struct buf text = buf_of(HEX_MAX);

	encode_hex(&text, v);
	return json_string(buf_str(&text));
}

static json_t *
provisioning_text_json(struct bytes v)
{
	return json_stringn((const char *)v.data, v.len);
}

/* Integers, booleans and texts as JSON; anything else as its CBOR in hex. */
static json_t *
value_json(struct bytes value)
{
	struct cbor_cursor c = cbor_cursor_of(value);
	int64_t v = cbor_take_int(&c);

	if (cbor_done(&c))
		return json_integer(v);
	c = cbor_cursor_of(value);
	bool truth = cbor_take_bool(&c);
	if (cbor_done(&c))
		return json_boolean(truth);
	c = cbor_cursor_of(value);
	struct bytes words = cbor_take_text(&c);
	return cbor_done(&c) ? provisioning_text_json(words)
	                     : provisioning_hex_json(value);
}

static void
set_named(json_t *o, const struct android_provisioning *p)
{
	if (p->has_certificates_issued)
		json_object_set(o, "certificates_issued",
		                json_object_get(o, "1"));
	if (p->has_manufacturer)
		json_object_set(o, "manufacturer", json_object_get(o, "3"));
	if (p->has_attested_entity)
		json_object_set(o, "attested_entity", json_object_get(o, "4"));
	if (p->has_reported_lost)
		json_object_set(o, "reported_lost", json_object_get(o, "6"));
}

void
android_set_provisioning(json_t *o, const struct android_evidence *e)
{
	size_t i = 0;

	while (i < e->n && e->certs[i].n_provisioning == 0)
		i++;
	if (i == e->n || e->certs[i].provisioning.malformed)
		return;

	const struct android_provisioning *p = &e->certs[i].provisioning;
	json_t *info = json_object();
	for (size_t k = 0; k < p->n; k++) {
		AUTO(buf_release) struct buf key = buf_of(32);

		buf_printf(&key, "%lld", (long long)p->items[k].key);
		json_object_set_new(info, buf_str(&key),
		                    value_json(p->items[k].value));
	}
	set_named(info, p);
	json_object_set_new(o, "provisioning_info", info);
	json_object_set_new(o, "provisioning_info_certificate",
	                    json_integer((json_int_t)i));
}
