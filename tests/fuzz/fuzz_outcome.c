/*
 * fuzz_outcome.c - an outcome of the ledger's database, as OUTCOMES carries it:
 * what decodes encodes to the same bytes, and whatever its texts and numbers
 * are, the document is one JSON object in printable ASCII.
 */
#include <jansson.h>
#include <stdlib.h>

#include "crypto/token/outcome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_document(const struct wire_outcome *m)
{
	AUTO(buf_release) struct buf text = buf_of(8 * WIRE_PACKET_MAX);

	if (outcome_put_json(&text, m) != OK)
		abort();
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			abort();
	json_t *o = json_loadb((const char *)text.data, text.len,
	                       JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (!json_is_object(o))
		abort();
	json_decref(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf again = buf_of(WIRE_PACKET_MAX);
	const struct bytes in = bytes_of(data, size);
	struct wire_outcome m;

	if (size > WIRE_PACKET_MAX || wire_get_outcome(in, &m) != OK)
		return 0;
	wire_put_outcome(&again, &m);
	if (!bytes_equal(in, buf_bytes(&again)))
		abort();
	check_document(&m);
	return 0;
}
