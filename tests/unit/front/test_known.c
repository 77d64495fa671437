/*
 * test_known.c - the body of a batch of known devices: what is stored of it, and
 * what is wrong with the rest.
 */
#include <stdio.h>
#include <string.h>

#include "front/json/known.h"
#include "tests/common/base/harness.h"
#include "wire/wire.h"

#define NOW_S 1795000000u /* in November 2026 */
#define HEX "2200000000000000000000000000000000000000000000000000000000000033"

static struct known_orders
parsed(const char *body)
{
	struct known_orders orders = { 0 };
	struct json_fault fault;

	CU_ASSERT_EQUAL_FATAL(
	        known_orders_parse(bytes_of_str(body), NOW_S, &orders, &fault),
	        OK);
	return orders;
}

static struct wire_known
only(const struct known_orders *orders)
{
	struct reader in = reader_of(buf_bytes(&orders->entries));
	struct wire_known m = { 0 };

	CU_ASSERT_EQUAL(orders->n_valid, 1);
	CU_ASSERT_EQUAL_FATAL(
	        wire_get_known(reader_take(&in, reader_u32(&in)), &m), OK);
	CU_ASSERT_EQUAL(in.left, 0);
	return m;
}

static void
test_good(void)
{
	AUTO(known_orders_release)
	struct known_orders key = parsed("[{\"key\": \"" HEX "\"}]");
	struct wire_known m = only(&key);

	CU_ASSERT_EQUAL(m.kind, WIRE_PREREGISTRATION_KEY);
	CU_ASSERT_EQUAL(m.digest[0], 0x22);
	CU_ASSERT_EQUAL(m.digest[HASH_SIZE - 1], 0x33);
	CU_ASSERT_EQUAL(m.devices, 1);
	CU_ASSERT_EQUAL(m.expires_s, 0);
	CU_ASSERT_EQUAL(m.label.len, 0);
	CU_ASSERT_EQUAL(key.n_invalid, 0);
	CU_ASSERT_STRING_EQUAL(buf_str(&key.faults), "[]");

	AUTO(known_orders_release)
	struct known_orders batch =
	        parsed("[{\"certificate\": \"" HEX "\", \"devices\": 1000000, "
	               "\"label\": \"fleet 7\", "
	               "\"expires_at\": \"2027-01-01T00:00:00Z\"}]");
	m = only(&batch);
	CU_ASSERT_EQUAL(m.kind, WIRE_PREREGISTRATION_CERTIFICATE);
	CU_ASSERT_EQUAL(m.devices, 1000000);
	CU_ASSERT(bytes_equal_str(m.label, "fleet 7"));
	CU_ASSERT_EQUAL(m.expires_s, 1798761600);
}

/* Each alone, and what is said of it. */
static const struct {
	const char *entry, *says;
} bad[] = {
	{ "7", "not an object" },
	{ "{}", "needs one of key and certificate" },
	{ "{\"key\": \"" HEX "\", \"certificate\": \"" HEX "\"}",
	  "needs one of key and certificate" },
	{ "{\"key\": \"abc\"}", "the digest is not" },
	{ "{\"key\": \"" HEX "00\"}", "the digest is not" },
	{ "{\"key\": \"00000000000000000000000000000000000000000000000000000000"
	  "00000000\"}",
	  "the digest is not" },
	{ "{\"key\": 7}", "wrong type" },
	{ "{\"key\": \"" HEX "\", \"owner\": \"x\"}", "does not know" },
	{ "{\"key\": \"" HEX "\", \"devices\": 2}", "a key is of one device" },
	{ "{\"certificate\": \"" HEX "\", \"devices\": 0}", "devices must be" },
	{ "{\"certificate\": \"" HEX "\", \"devices\": 1000001}",
	  "devices must be" },
	{ "{\"key\": \"" HEX "\", \"label\": \"a\\nb\"}", "label must be" },
	{ "{\"key\": \"" HEX "\", \"label\": \"\\u00e9\"}", "label must be" },
	{ "{\"key\": \"" HEX "\", \"label\": \"1234567890123456789012345678901"
	  "2345678901234567890123456789012345\"}",
	  "label must be" },
	{ "{\"key\": \"" HEX "\", \"expires_at\": \"tomorrow\"}",
	  "expires_at must be" },
	{ "{\"key\": \"" HEX "\", \"expires_at\": \"2026-01-01T00:00:00Z\"}",
	  "expires_at is past" },
};

static void
test_bad(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body), "[{\"key\": \"%s\"}, %s]",
		               HEX, bad[i].entry);
		AUTO(known_orders_release)
		struct known_orders orders = parsed(body);
		(void)only(&orders); /* the first one counts all the same */
		CU_ASSERT_EQUAL(orders.n_invalid, 1);
		CU_ASSERT_PTR_NOT_NULL(
		        strstr(buf_str(&orders.faults), "{\"index\":1,"));
		if (!strstr(buf_str(&orders.faults), bad[i].says)) {
			fprintf(stderr, "%s: %s\n", bad[i].entry,
			        buf_str(&orders.faults));
			CU_FAIL("another fault");
		}
	}
}

static enum problem
refused(const char *body)
{
	struct known_orders orders = { 0 };
	struct json_fault fault = { 0 };

	CU_ASSERT_EQUAL(
	        known_orders_parse(bytes_of_str(body), NOW_S, &orders, &fault),
	        E_MALFORMED);
	return fault.problem;
}

static void
test_bounds(void)
{
	AUTO(buf_release) struct buf body = buf_of(65536);

	CU_ASSERT_EQUAL(refused("{}"), PROBLEM_JSON_TYPE);
	CU_ASSERT_EQUAL(refused("[]"), PROBLEM_JSON_TYPE);
	CU_ASSERT_EQUAL(refused("[{}"), PROBLEM_JSON_MALFORMED);
	CU_ASSERT_EQUAL(refused("[{\"key\": 1, \"key\": 1}]"),
	                PROBLEM_JSON_DUPLICATE);
	for (int i = 0; i < 1000; i++)
		buf_append_str(&body, i ? ",7" : "[7");
	size_t before = body.len;
	buf_append_str(&body, "]");
	AUTO(known_orders_release)
	struct known_orders orders = parsed(buf_str(&body));
	CU_ASSERT_EQUAL(orders.n_invalid, 1000);
	CU_ASSERT_PTR_NOT_NULL(
	        strstr(buf_str(&orders.faults), "\"index\":19,"));
	CU_ASSERT_PTR_NULL(strstr(buf_str(&orders.faults), "\"index\":20,"));
	body.len = before;
	buf_append_str(&body, ",7]");
	CU_ASSERT_EQUAL(refused(buf_str(&body)), PROBLEM_ARRAY_TOO_LONG);
}

static void
test_names(void)
{
	static const char *const names[] = {
		"",         "key",       "key-",       "key-" HEX "0",
		"KEY-" HEX, "keys-" HEX, "chain-" HEX, "key_" HEX,
	};
	AUTO(buf_release) struct buf name = buf_of(KNOWN_NAME_MAX);
	uint8_t digest[HASH_SIZE], again[HASH_SIZE];
	unsigned kind = 0;

	memset(digest, 0xa5, sizeof(digest));
	for (unsigned k = 1; k <= 2; k++) {
		buf_reset(&name);
		known_put_name(&name, k, digest);
		CU_ASSERT_EQUAL(
		        known_name_parse(buf_bytes(&name), &kind, again), OK);
		CU_ASSERT_EQUAL(kind, k);
		CU_ASSERT_EQUAL(memcmp(digest, again, HASH_SIZE), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CU_ASSERT_NOT_EQUAL(
		        known_name_parse(bytes_of_str(names[i]), &kind, again),
		        OK);
}

static const struct harness_test tests[] = {
	{ "entries", test_good },
	{ "what is wrong with an entry", test_bad },
	{ "what is wrong with a body", test_bounds },
	{ "the names of entries", test_names },
	{ NULL, NULL },
};

HARNESS_MAIN("known", tests)
