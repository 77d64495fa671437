/*
 * known.c - see known.h.
 */
#include "front/json/known.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "front/json/read.h"
#include "front/json/write.h"
#include "wire/wire.h"

#define WHERE_MAX 32 /* bytes of "[999]", whatever the index */

/* --- names ------------------------------------------------------------------- */

void
known_put_name(struct buf *out, unsigned kind,
               const uint8_t digest[static HASH_SIZE])
{
	buf_printf(out, "%s-",
	           wire_preregistration_name((enum wire_preregistration)kind));
	encode_hex(out, bytes_of(digest, HASH_SIZE));
}

err_t
known_name_parse(struct bytes name, unsigned *ret_kind,
                 uint8_t ret_digest[static HASH_SIZE])
{
	for (unsigned kind = WIRE_PREREGISTRATION_KEY;
	     wire_preregistration_valid(kind); kind++) {
		const char *word = wire_preregistration_name(
		        (enum wire_preregistration)kind);
		size_t n = strlen(word);

		if (name.len != n + 1 + HEX_LEN(HASH_SIZE) ||
		    memcmp(name.data, word, n) != 0 || name.data[n] != '-')
			continue;
		*ret_kind = kind;
		return decode_hex_exact(
		        bytes_of(name.data + n + 1, HEX_LEN(HASH_SIZE)),
		        ret_digest, HASH_SIZE);
	}
	return E_MALFORMED;
}

/* --- the body ---------------------------------------------------------------- */

static err_t
entry_fault(struct json_fault *fault, const char *where, const char *text)
{
	json_fault_set(fault, PROBLEM_VALUE_INVALID, where, text);
	return E_MALFORMED;
}

/* Exactly one of the digests; a key is one device's. */
static err_t
read_digest(const json_t *o, const char *where, struct wire_known *m,
            struct json_fault *fault)
{
	bool key = json_object_get(o, "key");

	if (key == (json_object_get(o, "certificate") != NULL))
		return entry_fault(fault, where,
		                   "needs one of key and certificate");
	m->kind = key ? WIRE_PREREGISTRATION_KEY
	              : WIRE_PREREGISTRATION_CERTIFICATE;
	if (decode_hex_exact(json_read_text(o, key ? "key" : "certificate"),
	                     m->digest, HASH_SIZE) != OK ||
	    bytes_all_zero(m->digest, HASH_SIZE))
		return entry_fault(fault, where,
		                   "the digest is not that of SHA-256 in 64 "
		                   "lower-case hexadecimal digits");
	return OK;
}

static err_t
read_devices(const json_t *o, const char *where, struct wire_known *m,
             struct json_fault *fault)
{
	const json_t *devices = json_object_get(o, "devices");
	json_int_t n = devices ? json_integer_value(devices) : 1;

	if (n < 1 || n > LIMIT_KNOWN_DEVICES)
		return entry_fault(fault, where,
		                   "devices must be 1 to 1000000");
	if (m->kind == WIRE_PREREGISTRATION_KEY && n != 1)
		return entry_fault(fault, where, "a key is of one device");
	m->devices = (uint32_t)n;
	return OK;
}

static err_t
read_expiry(const json_t *o, const char *where, uint64_t now_s,
            struct wire_known *m, struct json_fault *fault)
{
	uint64_t at_ms = 0;

	if (!json_object_get(o, "expires_at"))
		return OK;
	if (clock_parse(json_read_text(o, "expires_at"), &at_ms) != OK)
		return entry_fault(fault, where,
		                   "expires_at must be a time of RFC 3339");
	m->expires_s = at_ms / 1000;
	return m->expires_s > now_s
	               ? OK
	               : entry_fault(fault, where, "expires_at is past");
}

/* Printable ASCII, so that no label needs more bytes in an answer than here. */
static err_t
read_label(const json_t *o, const char *where, struct wire_known *m,
           struct json_fault *fault)
{
	m->label = json_read_text(o, "label");
	bool good = m->label.len <= LIMIT_KNOWN_LABEL;

	for (size_t i = 0; i < m->label.len && good; i++)
		good = m->label.data[i] >= ' ' && m->label.data[i] < 0x7f;
	return good ? OK
	            : entry_fault(fault, where,
	                          "label must be at most 64 printable "
	                          "characters of ASCII");
}

static err_t
read_known_entry(const json_t *o, const char *where, uint64_t now_s,
                 struct wire_known *m, struct json_fault *fault)
{
	static const struct json_member rows[] = {
		{ "key", JSON_STRING, false },
		{ "certificate", JSON_STRING, false },
		{ "devices", JSON_INTEGER, false },
		{ "label", JSON_STRING, false },
		{ "expires_at", JSON_STRING, false },
		{ NULL, JSON_NULL, false },
	};

	TRY(json_read_object(o, where, rows, fault));
	TRY(read_digest(o, where, m, fault));
	TRY(read_devices(o, where, m, fault));
	TRY(read_expiry(o, where, now_s, m, fault));
	return read_label(o, where, m, fault);
}

static err_t
put_entry(struct known_orders *orders, const struct wire_known *m)
{
	AUTO(buf_release) struct buf row = buf_of(WIRE_PACKET_MAX);

	wire_put_known(&row, m);
	TRY(buf_status(&row));
	buf_u32(&orders->entries, (uint32_t)row.len);
	buf_append(&orders->entries, buf_bytes(&row));
	orders->n_valid++;
	return buf_status(&orders->entries);
}

static err_t
put_fault(struct known_orders *orders, size_t i, const struct json_fault *fault)
{
	struct buf *out = &orders->faults;

	if (orders->n_invalid++ >= LIMIT_KNOWN_FAULTS)
		return OK;
	buf_append_str(out, orders->n_invalid > 1 ? "," : "");
	buf_append_str(out, "{\"index\":");
	json_put_number(out, i);
	buf_append_str(out, ",\"detail\":");
	json_put_string(out, bytes_of_str(fault->detail));
	buf_append_str(out, "}");
	return buf_status(out);
}

static err_t
read_entries(const json_t *root, uint64_t now_s, struct known_orders *orders)
{
	for (size_t i = 0; i < json_array_size(root); i++) {
		struct wire_known m = { 0 };
		struct json_fault fault = { .problem = PROBLEM_UNAVAILABLE };
		char where[WHERE_MAX];

		(void)snprintf(where, sizeof(where), "[%zu]", i);
		err_t err = read_known_entry(json_array_get(root, i), where,
		                             now_s, &m, &fault);
		if (err == OK)
			TRY(put_entry(orders, &m));
		else if (err == E_MALFORMED)
			TRY(put_fault(orders, i, &fault));
		else
			return err;
	}
	return OK;
}

err_t
known_orders_parse(struct bytes body, uint64_t now_s,
                   struct known_orders *ret_orders,
                   struct json_fault *ret_fault)
{
	AUTO(json_decref) json_t *root = NULL;
	AUTO(known_orders_release)
	struct known_orders orders = { .entries = buf_of(WIRE_PACKET_MAX),
		                       .faults = buf_of(WIRE_PACKET_MAX) };

	TRY(json_read_open(body, &root, ret_fault));
	if (!json_is_array(root) || json_array_size(root) == 0) {
		json_fault_set(ret_fault, PROBLEM_JSON_TYPE, "",
		               "not an array of entries");
		return E_MALFORMED;
	}
	if (json_array_size(root) > LIMIT_KNOWN) {
		json_fault_set(ret_fault, PROBLEM_ARRAY_TOO_LONG, "",
		               "more than 1000 entries");
		return E_MALFORMED;
	}
	buf_append_str(&orders.faults, "[");
	TRY(read_entries(root, now_s, &orders));
	buf_append_str(&orders.faults, "]");
	TRY(buf_status(&orders.faults));
	*ret_orders = orders;
	orders = (struct known_orders){ 0 };
	return OK;
}

void
known_orders_release(struct known_orders *orders)
{
	buf_release(&orders->entries);
	buf_release(&orders->faults);
}

/* --- a page ------------------------------------------------------------------ */

static void
put_entry_json(struct buf *out, const struct wire_known *m)
{
	buf_append_str(out, "{\"entry\":\"");
	known_put_name(out, m->kind, m->digest);
	buf_printf(out, "\",\"%s\":", wire_preregistration_name(m->kind));
	json_put_hex(out, bytes_of(m->digest, HASH_SIZE));
	buf_append_str(out, ",\"devices\":");
	json_put_number(out, m->devices);
	buf_append_str(out, ",\"enrolled\":");
	json_put_number(out, m->enrolled);
	buf_append_str(out, ",\"added_at\":");
	json_put_time(out, m->added_s);
	if (m->expires_s > 0) {
		buf_append_str(out, ",\"expires_at\":");
		json_put_time(out, m->expires_s);
	}
	if (m->label.len > 0) {
		buf_append_str(out, ",\"label\":");
		json_put_string(out, m->label);
	}
	if (m->handle.len > 0) {
		buf_append_str(out, ",\"device_handle\":");
		json_put_string(out, m->handle);
	}
	buf_append_str(out, "}");
}

err_t
known_put_entries(struct buf *out, struct bytes entries)
{
	struct reader in = reader_of(entries);
	const char *before = "[";

	if (in.left == 0)
		buf_append_str(out, "[");
	while (in.left > 0) {
		struct wire_known m;

		TRY(wire_get_known(reader_take(&in, reader_u32(&in)), &m));
		buf_append_str(out, before);
		put_entry_json(out, &m);
		before = ",";
	}
	buf_append_str(out, "]");
	return buf_status(out);
}
