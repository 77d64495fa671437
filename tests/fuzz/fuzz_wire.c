/*
 * fuzz_wire.c - every decoder of wire.def: what decodes must encode to the same
 * bytes, so that no two packets mean the same message.
 */
#include <stdlib.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MESSAGE(id, NAME, name, from, to)                                     \
	static void try_##name(struct bytes packet)                           \
	{                                                                     \
		AUTO(buf_release) struct buf again = buf_of(WIRE_PACKET_MAX); \
		struct wire_##name m;                                         \
                                                                              \
		if (wire_get_##name(packet, &m) != OK)                        \
			return;                                               \
		wire_put_##name(&again, &m);                                  \
		if (!bytes_equal(packet, buf_bytes(&again)))                  \
			abort();                                              \
	}
#include "wire/wire.def"
#undef MESSAGE

/* A finding is encoded inside other messages and database rows. */
static void
try_finding(struct bytes in)
{
	AUTO(buf_release) struct buf again = buf_of(WIRE_PACKET_MAX);
	struct wire_finding m;

	if (wire_get_finding(in, &m) != OK)
		return;
	wire_put_finding(&again, &m);
	if (!bytes_equal(in, buf_bytes(&again)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > WIRE_PACKET_MAX)
		return 0;

#define MESSAGE(id, NAME, name, from, to) try_##name(bytes_of(data, size));
#include "wire/wire.def"
#undef MESSAGE
	try_finding(bytes_of(data, size));
	return 0;
}
