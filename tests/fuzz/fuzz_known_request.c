/*
 * fuzz_known_request.c - the bodies of POST /v1/preregistrations and
 * /v1/enrollments/{handle}/key.  What is accepted decodes as the ledger reads it,
 * and an entry's name leads to the same entry.
 */
#include <stdlib.h>
#include <string.h>

#include "front/json/known.h"
#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_S 1795000000u /* in November 2026 */

static void
check_name(const struct wire_known *m)
{
	AUTO(buf_release) struct buf name = buf_of(KNOWN_NAME_MAX);
	uint8_t digest[HASH_SIZE];
	unsigned kind = 0;

	known_put_name(&name, m->kind, m->digest);
	if (known_name_parse(buf_bytes(&name), &kind, digest) != OK ||
	    kind != (unsigned)m->kind ||
	    memcmp(digest, m->digest, HASH_SIZE) != 0)
		abort();
}

static void
check_entries(const struct known_orders *orders)
{
	AUTO(buf_release) struct buf shown = buf_of(1024 * 1024);
	struct reader in = reader_of(buf_bytes(&orders->entries));
	size_t n = 0;

	for (; in.left > 0; n++) {
		struct wire_known m;

		if (wire_get_known(reader_take(&in, reader_u32(&in)), &m) !=
		            OK ||
		    m.devices < 1 || m.devices > LIMIT_KNOWN_DEVICES ||
		    m.label.len > LIMIT_KNOWN_LABEL || m.handle.len > 0 ||
		    (m.expires_s != 0 && m.expires_s <= NOW_S))
			abort();
		check_name(&m);
	}
	if (n != orders->n_valid || n + orders->n_invalid > LIMIT_KNOWN ||
	    known_put_entries(&shown, buf_bytes(&orders->entries)) != OK)
		abort();
}

static void
check_key_order(struct bytes body)
{
	AUTO(attestation_order_release) struct attestation_order order = { 0 };
	struct json_fault fault = { .problem = PROBLEM_NONE };

	if (key_order_parse(body, &order, &fault) != OK)
		return;
	if ((order.previous_key.len > 0) !=
	            (order.previous_signature.len > 0) ||
	    order.previous_key.len > LIMIT_PREVIOUS ||
	    order.previous_signature.len > LIMIT_PREVIOUS ||
	    order.reason.len > LIMIT_REASON)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(known_orders_release) struct known_orders orders = { 0 };
	struct json_fault fault = { .problem = PROBLEM_NONE };
	struct bytes body = bytes_of(data, size);

	if (known_orders_parse(body, NOW_S, &orders, &fault) == OK)
		check_entries(&orders);
	else if (fault.problem == PROBLEM_NONE)
		abort();
	check_key_order(body);
	return 0;
}
